"""`evface train` and `evface evaluate`: networks, and how good they are."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evface.cli.extras import require_training
from evface.cli.wording import counted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from evface.training.evaluation_file import Part
    from evface.training.results import TrainingResult
    from evface.training.settings import TrainingConfig
    from evface.training_sets.file import TrainingSet

_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


class _Split(StrEnum):
    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"
    ALL = "all"


class _Device(StrEnum):
    CPU = "cpu"
    CUDA = "cuda"


def register(app: typer.Typer) -> None:
    """Add `train` and `evaluate` to the command line."""
    app.command("train")(train)
    app.command("evaluate")(evaluate)


def train(
    config: Annotated[
        str | None, typer.Argument(help="A preset, or a TOML file.", metavar="CONFIG")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="A training set (.evset).", metavar="SET")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Folder of the run. By default runs/ and the configuration's name."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="KEY=VALUE instead of the configuration's own; may be repeated."
        ),
    ] = None,
    sweep: Annotated[
        str | None,
        typer.Option(
            help="KEY=VALUE,VALUE,...: train once with each, and compare them on validation.",
            metavar="KEY=VALUES",
        ),
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin anew, whatever the folder holds.")
    ] = False,
    lists: Annotated[bool, typer.Option("--list", help="List the presets.")] = False,
    shows: Annotated[
        bool, typer.Option("--show", help="Print the whole configuration, and train nothing.")
    ] = False,
    as_json: _AsJson = False,
) -> None:
    """Train a network on a training set.

    The same command again goes on where it stopped, also after it was killed.

    Curves: tensorboard --logdir FOLDER. On several GPUs: accelerate launch -m evface.cli train ...

    A small trial: evface train au_light --data SET --set run.epochs=4
    """
    from evface.training.config import config_text, read_config

    if lists:
        _list_presets(as_json)
        return
    if config is None:
        raise typer.BadParameter("name a preset or a TOML file; --list names the presets")
    given = list(settings or ())
    if data is not None:
        given.append(f"data.path={json.dumps(str(data.resolve()))}")
    read = read_config(config, given)
    if shows:
        typer.echo(config_text(read), nl=False)
        return
    require_training()
    folder = output or Path("runs") / Path(config).stem
    speaks = os.environ.get("RANK", "0") == "0"  # One of those that train together, for all.
    if sweep is not None:
        _sweep(config, given, sweep, folder, restarts=restart, speaks=speaks, as_json=as_json)
        return
    from evface.training.tables import figures_in_words

    result = _train(read, folder, restart)
    if not speaks:
        return
    if as_json:
        typer.echo(json.dumps(_result_to_json(result)))
        return
    for note in result.notes:
        typer.echo(note)
    typer.echo(f"{counted(result.n_steps, 'step')}, best in epoch {result.epoch + 1}")
    for line in figures_in_words(result.figures):
        typer.echo(f"  {line}")
    typer.echo(
        f"{result.step_s * 1e3:.1f} ms a step, {result.waited_share:.0%} of it waiting for data"
    )
    typer.echo(f"network: {result.path}")


def evaluate(
    checkpoint: Annotated[
        Path,
        typer.Argument(
            help="A trained network, its file or the folder of its training.", metavar="CHECKPOINT"
        ),
    ],
    data: Annotated[Path, typer.Argument(help="A training set (.evset).", metavar="SET")],
    split: Annotated[
        _Split, typer.Option(help="On whom; test is whoever neither trained nor validated it.")
    ] = _Split.TEST,
    device: Annotated[_Device, typer.Option(help="cuda is a GPU.")] = _Device.CPU,
    batch_size: Annotated[int, typer.Option(min=1, help="Clips, or moments, at once.")] = 16,
    follows: Annotated[
        bool,
        typer.Option(
            "--follow",
            help="Of landmarks: the network searches and follows the faces itself, instead of "
            "being shown where they are.",
        ),
    ] = False,
    markdown: Annotated[
        Path | None, typer.Option(help="Write the tables here as Markdown.")
    ] = None,
    as_json: _AsJson = False,
) -> None:
    """Measure a network on people that it was not trained on, with 95 % intervals over them."""
    require_training()
    from evface.cli.progress import progress
    from evface.files import replacing
    from evface.models.checkpoints import network_file
    from evface.training.evaluation import evaluate as measure
    from evface.training.tables import markdown_of, tables_of
    from evface.training_sets.file import TrainingSet

    network = network_file(checkpoint)
    part: Part = split.value
    with TrainingSet(data) as training_set, progress("Measuring") as report:
        boxes = _followed(network, training_set, part, report) if follows else None
        found = measure(
            network,
            training_set,
            part=part,
            batch_size=batch_size,
            device=device.value,
            boxes=boxes,
            report=report,
        )
    if markdown is not None:
        with replacing(markdown) as temporary:
            temporary.write_text(markdown_of(found), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(found.to_json()))
        return
    _print_tables(tables_of(found))


def _followed(
    network: Path, training_set: TrainingSet, part: Part, report: Callable[[float, str], None]
) -> dict[int, NDArray[np.float32]]:
    from evface.inference.followed_boxes import followed_boxes
    from evface.inference.trained import open_trained
    from evface.training.evaluation import part_of

    trained = open_trained(network)
    if trained.is_of_units:
        raise typer.BadParameter("--follow is for networks of landmarks")
    clips = part_of(training_set, trained.info, part)
    return followed_boxes(trained, training_set, clips, report=report)


def _train(config: TrainingConfig, folder: Path, restarts: bool) -> TrainingResult:
    from evface.cli.progress import progress
    from evface.training.loop import train as run
    from evface.training.machine import ending_together

    with progress("Training") as bar, ending_together():

        def report(
            fraction: float, message: str = "", metrics: Mapping[str, float] | None = None
        ) -> None:
            bar(fraction, f"{message}  {_in_words(metrics)}" if metrics else "")

        return run(config, folder, report=report, restarts=restarts)


def _sweep(
    config: str,
    settings: list[str],
    text: str,
    folder: Path,
    *,
    restarts: bool,
    speaks: bool,
    as_json: bool,
) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    from evface.cli.progress import progress
    from evface.training.machine import ending_together
    from evface.training.sweep import best_of, parse_sweep
    from evface.training.sweep import sweep as run

    swept = parse_sweep(text)
    with progress("Training") as bar, ending_together():

        def report(
            fraction: float,
            message: str = "",
            metrics: Mapping[str, float] | None = None,  # noqa: ARG001
        ) -> None:
            bar(fraction, message)

        results = run(config, settings, swept, folder, report=report, restarts=restarts)
    if not speaks:
        return
    best = best_of(results)
    if as_json:
        rows = [{"setting": one.setting, **_result_to_json(one.result)} for one in results]
        typer.echo(json.dumps({"best": best.setting, "runs": rows}))
        return
    names = sorted({name for one in results for name in one.result.figures})
    table = Table("", *names, box=SIMPLE_HEAD)
    for one in results:
        figures = [one.result.figures.get(name) for name in names]
        table.add_row(one.setting, *("" if f is None else f"{f:.3f}" for f in figures))
    Console().print(table)
    typer.echo(f"best on validation: {best.setting}")


def _list_presets(as_json: bool) -> None:
    from evface.training.config import preset_names, read_config

    presets = {name: read_config(name) for name in preset_names()}
    if as_json:
        rows = {
            name: {"about": preset.about, "network": preset.network}
            for name, preset in presets.items()
        }
        typer.echo(json.dumps({"presets": rows}))
        return
    shown = {name: preset for name, preset in presets.items() if not name.endswith("_tiny")}
    width = max(map(len, shown))
    for name, preset in shown.items():
        typer.echo(f"{name:<{width}}  {preset.about}")
    typer.echo("Each network also has a *_tiny one, for tests.")


def _result_to_json(result: TrainingResult) -> dict[str, Any]:
    return {
        "network": str(result.path),
        "figures": dict(result.figures),
        "best_epoch": result.epoch + 1,
        "n_steps": result.n_steps,
        "notes": list(result.notes),
        "step_s": result.step_s,
        "waited_share": result.waited_share,
    }


def _in_words(figures: Mapping[str, float]) -> str:
    hidden = ("step", "epoch", "train/rate")
    return ", ".join(
        f"{name.removeprefix('train/')} {value:.3f}"
        for name, value in figures.items()
        if name not in hidden
    )


def _print_tables(tables: list[Any]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for one in tables:
        table = Table(*one.columns, title=one.title, title_justify="left", box=SIMPLE_HEAD)
        for column in table.columns[1:]:
            column.justify = "right"
        for row in one.rows:
            table.add_row(*row)
        console.print(table)
