"""`evface dataset`: published data sets, any folder by a manifest, and training sets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evface.cli import training_sets
from evface.cli.wording import counted

if TYPE_CHECKING:
    from evface.datasets.dataset import Dataset, Findings

_Name = Annotated[
    str, typer.Argument(help="A data set; evface dataset list shows them.", metavar="NAME")
]
_Folder = Annotated[Path, typer.Argument(help="Where it lies.", metavar="FOLDER")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
# Longer lists of what is missing or failed are cut; --json has all.
_MOST_LINES = 20


def register(app: typer.Typer) -> None:
    """Add the group `dataset` to the command line."""
    group = typer.Typer(help="Data sets of faces and events.", no_args_is_help=True)
    group.command("list")(show)
    group.command("info")(info)
    group.command("check")(check)
    group.command("add")(add)
    training_sets.register_in(group)
    app.add_typer(group, name="dataset")


def show(as_json: _Json = False) -> None:
    """List the data sets that can be loaded."""
    from evface.datasets.registry import DATASETS

    if as_json:
        typer.echo(json.dumps({"datasets": [_report_dataset(d) for d in DATASETS.values()]}))
        return
    width = max(map(len, DATASETS))
    for dataset in DATASETS.values():
        typer.echo(f"{dataset.name:<{width}}  {dataset.title}")
    typer.echo("\nevface dataset info NAME says how to get one and what must lie where")


def info(name: _Name, as_json: _Json = False) -> None:
    """Say how to get a data set, how its folder must look, and what is read of it."""
    dataset = _find(name)
    if as_json:
        typer.echo(json.dumps(_report_dataset(dataset)))
        return
    parts = [
        dataset.title,
        dataset.reference,
        f"How to get it\n{dataset.obtain}",
        f"What must lie where in FOLDER\n{dataset.layout}",
        f"What is read\n{dataset.labels}",
    ]
    if dataset.assumed:
        parts.append(f"What is assumed\n{dataset.assumed}")
    typer.echo("\n\n".join(parts))


def check(name: _Name, folder: _Folder, as_json: _Json = False) -> None:
    """Look at a folder: what is there of a data set, what is missing. Exits 1 if nothing is."""
    dataset = _find(name)
    findings = dataset.find(folder)
    if as_json:
        report = asdict(findings) | {"missing": [str(line) for line in findings.missing]}
        typer.echo(json.dumps({"dataset": name, "folder": str(folder)} | report))
    else:
        typer.echo(_findings_in_words(folder, findings))
        _tell("missing", findings.missing)
    if not findings.n_samples:
        typer.echo(
            f"error: {folder}: holds nothing of {name}; see evface dataset info {name}", err=True
        )
        raise typer.Exit(1)


def add(
    project: Annotated[Path, typer.Argument(help="A project (.evface).", metavar="PROJECT")],
    name: _Name,
    folder: _Folder,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Add this many at most.", metavar="N")
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="Only this split: train, validation or test.")
    ] = None,
    preset: Annotated[
        str, typer.Option(help="Simulated sensor, where events are: clean, noisy or v2e.")
    ] = "v2e",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same events.")] = 0,
    as_json: _Json = False,
) -> None:
    """Add the recordings of a data set to a project, with their published labels.

    Those that are in it already are passed over, so that it can be called again. Videos and events
    that must be made lie in a folder beside the project, and nothing is written into FOLDER.
    """
    from evface.cli.progress import progress
    from evface.datasets.adding import add_dataset
    from evface.datasets.sample_media import Simulation
    from evface.datasets.splits import SPLITS
    from evface.projects.project import Project
    from evface.simulation.events import PRESETS

    for option, value, known in (("preset", preset, PRESETS), ("split", split, SPLITS)):
        if value is not None and value not in known:
            raise typer.BadParameter(
                f"there is no {value!r}; choose {', '.join(known)}", param_hint=f"'--{option}'"
            )
    dataset = _find(name)
    with Project.open(project) as opened, progress(f"Adding {name}") as report:
        addition = add_dataset(
            opened,
            dataset,
            folder,
            split=split,
            limit=limit,
            simulation=Simulation(preset, seed),
            report=report,
        )
    if as_json:
        typer.echo(json.dumps({"project": str(project), **asdict(addition)}))
    else:
        parts = [f"added {counted(len(addition.added), 'recording')} of {name}"]
        if addition.n_there:
            parts.append(f"{addition.n_there:,} were there already")
        if addition.n_pictures:
            parts.append(f"{addition.n_pictures:,} have pictures of events only")
        typer.echo(f"{project}: {', '.join(parts)}")
    _tell("error", addition.errors)
    if addition.errors:
        raise typer.Exit(1)


def _find(name: str) -> Dataset:
    from evface.datasets.registry import DATASETS

    if name not in DATASETS:
        raise typer.BadParameter(
            f"there is no {name!r}; choose {', '.join(DATASETS)}", param_hint="'NAME'"
        )
    return DATASETS[name]


def _tell(what: str, lines: Sequence[object]) -> None:
    """Print lines on stderr, the first ones only where there are many."""
    for line in lines[:_MOST_LINES]:
        typer.echo(f"{what}: {line}", err=True)
    if len(lines) > _MOST_LINES:
        typer.echo(f"{what}: {len(lines) - _MOST_LINES} more; --json lists them all", err=True)


def _report_dataset(dataset: Dataset) -> dict[str, str]:
    fields = ("name", "title", "reference", "obtain", "layout", "labels", "assumed")
    return {field: getattr(dataset, field) for field in fields}


def _findings_in_words(folder: Path, findings: Findings) -> str:
    kinds = (
        (findings.n_with_events, "with events"),
        (findings.n_simulated, "whose events are simulated"),
        (findings.n_pictures, "with pictures of events only"),
    )
    samples, subjects = findings.n_samples, findings.n_subjects
    lines = [f"{folder}: {counted(samples, 'sample')} of {counted(subjects, 'subject')}"]
    lines += [f"  {n:,} {kind}" for n, kind in kinds if n]
    for title, counts in (("split", findings.splits), ("class", findings.labels)):
        named = {word: n for word, n in counts.items() if word}
        lines += [f"  {title} {word}: {n:,}" for word, n in named.items()]
    return "\n".join(lines)
