"""`evface dataset build` and `show`: training sets."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evface.cli.wording import counted

if TYPE_CHECKING:
    from evface.training_sets.building import Built
    from evface.training_sets.file import TrainingSet

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
# Longer lists of what was left out are cut; --json has all.
_MOST_LINES = 20


class State(StrEnum):
    """The least that must be said of a landmark to learn from it."""

    AUTO = "auto"
    INTERPOLATED = "interpolated"
    CORRECTED = "corrected"
    VERIFIED = "verified"


class _Labels(StrEnum):
    MACHINE = "machine"
    TRUTH = "truth"


class _NotCoded(StrEnum):
    MACHINE = "machine"
    UNKNOWN = "unknown"


def register_in(group: typer.Typer) -> None:
    """Add the commands to the group `dataset`."""
    group.command("build")(build)
    group.command("show")(show)


def build(
    out: Annotated[Path, typer.Argument(help="The training set (.evset).", metavar="OUT")],
    sources: Annotated[
        list[Path],
        typer.Argument(
            help="Projects, folders of evface synth, or folders of --dataset.", metavar="SOURCE"
        ),
    ],
    dataset: Annotated[
        str,
        typer.Option(
            help="The data set that the folders are of; evface dataset list shows them. Its "
            "recordings become the project OUT.evface, which can be processed and corrected.",
            metavar="NAME",
        ),
    ] = "",
    recordings: Annotated[
        list[str] | None,
        typer.Option("--recording", help="Of a project; can be repeated. All if not given."),
    ] = None,
    least_state: Annotated[
        State, typer.Option("--least-state", help="Leave out landmarks that are less than this.")
    ] = State.AUTO,
    labels: Annotated[
        _Labels,
        typer.Option(help="machine: with what people said laid over; truth: of synthetic ones."),
    ] = _Labels.MACHINE,
    not_coded: Annotated[
        _NotCoded, typer.Option(help="Action units where nobody coded: the machine's, or unknown.")
    ] = _NotCoded.MACHINE,
    author: Annotated[str | None, typer.Option(help="Only what this person said.")] = None,
    unlabelled: Annotated[
        bool,
        typer.Option("--unlabelled", help="Keep clips without any label too: for ssmer."),
    ] = False,
    subject_pattern: Annotated[
        str,
        typer.Option(
            help="Regular expression that finds the subject in a recording's name, where nothing "
            "else says who it is; (...) around it.",
            metavar="REGEX",
        ),
    ] = "",
    subjects: Annotated[
        Path | None,
        typer.Option(help="CSV of recording,subject lines.", metavar="CSV"),
    ] = None,
    conditions: Annotated[
        str, typer.Option(help="Of synthetic sets: good_light,low_light ... All if not given.")
    ] = "",
    frames: Annotated[int, typer.Option(min=2, help="Moments of a clip, 30 a second.")] = 50,
    stride: Annotated[
        int | None,
        typer.Option(min=1, help="Moments from clip to clip of long recordings; as --frames."),
    ] = None,
    rgb: Annotated[bool, typer.Option(help="Keep the video's pictures.")] = True,
    rgb_px: Annotated[int, typer.Option(min=16, help="Their longest side.")] = 640,
    as_json: _Json = False,
) -> None:
    """Make a training set: clips of events, pictures and labels in one file.

    Subjects are never on two sides of a split, so say who is who where names do not.
    """
    from evface.annotations.tracks import LandmarkState
    from evface.cli.progress import progress
    from evface.datasets.registry import DATASETS
    from evface.simulation.conditions import CONDITION_NAMES
    from evface.training_sets.building import SetPlan, build_training_set
    from evface.training_sets.cutting import Cutting
    from evface.training_sets.from_projects import LabelChoice

    if dataset and dataset not in DATASETS:
        raise typer.BadParameter(
            f"there is no {dataset!r}; choose {', '.join(DATASETS)}", param_hint="'--dataset'"
        )
    wanted = [word for word in conditions.split(",") if word]
    unknown = set(wanted) - set(CONDITION_NAMES)
    if unknown:
        raise typer.BadParameter(
            f"there is no {sorted(unknown)[0]!r}; choose {', '.join(CONDITION_NAMES)}",
            param_hint="'--conditions'",
        )
    plan = SetPlan(
        sources=tuple(sources),
        dataset=dataset,
        recordings=tuple(recordings or ()),
        conditions=tuple(wanted),
        subject_names=tuple(_read_subjects(subjects)) if subjects else (),
        subject_pattern=_checked_pattern(subject_pattern),
        cutting=Cutting(frames, stride or frames, with_rgb=rgb, rgb_px=rgb_px),
        choice=LabelChoice(
            least_state=LandmarkState[least_state.name],
            author=author,
            not_coded=not_coded.value,
            labels=labels.value,
            only_labelled=not unlabelled,
        ),
    )
    with progress("Building the training set") as report:
        built = build_training_set(out, plan, report=report)
    _say_built(out, built, as_json=as_json)


def show(
    path: Annotated[Path, typer.Argument(help="A training set.", metavar="FILE")],
    as_json: _Json = False,
) -> None:
    """Say what a training set holds: subjects, classes, labels by state, and how it splits."""
    from evface.training_sets.file import TrainingSet

    with TrainingSet(path) as training_set:
        report = report_set(training_set)
    _say(path, report, as_json=as_json)


def export_training_set(
    project: Path,
    out: Path,
    *,
    recordings: list[str],
    least_state: State,
    subject_pattern: str,
    author: str | None,
    as_json: bool,
) -> None:
    """Make a training set of a project, as `evface export --format dataset` does."""
    from evface.interchange.destinations import refuse_own_files
    from evface.projects.project import Project

    with Project.open(project, read_only=True) as opened:
        refuse_own_files(opened, out)
    build(
        out,
        [project],
        recordings=recordings,
        least_state=least_state,
        subject_pattern=subject_pattern,
        author=author,
        as_json=as_json,
    )


def _checked_pattern(pattern: str) -> str:
    """Return a regular expression, or say what is wrong with it."""
    from evface.training_sets.recording_facts import Subjects

    try:
        return Subjects({}, pattern).pattern
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'--subject-pattern'") from error


def _say_built(out: Path, built: Built, *, as_json: bool) -> None:
    """Say what was built and what was left out; exit 1 where something was."""
    from evface.training_sets.file import TrainingSet

    with TrainingSet(out) as training_set:
        report = report_set(training_set)
    _say(out, report | {"left_out": list(built.problems)}, as_json=as_json)
    for problem in built.problems[:_MOST_LINES]:
        typer.echo(f"error: {problem}", err=True)
    if len(built.problems) > _MOST_LINES:
        left = len(built.problems) - _MOST_LINES
        typer.echo(f"error: {left} more; --json lists them all", err=True)
    if built.problems:
        raise typer.Exit(1)


def report_set(training_set: TrainingSet) -> dict[str, Any]:
    """Return what a training set holds, as plain values."""
    from evface.errors import DatasetError
    from evface.training_sets.splitting import count_classes, split_clips

    index, about = training_set.index, training_set.about
    try:
        parts = {name: len(clips) for name, clips in split_clips(training_set).items()}
        split_problem = ""
    except DatasetError as error:
        parts, split_problem = {}, error.problem
    classes = count_classes(training_set, list(range(len(index))))
    states = training_set.count_states()
    return {
        "file": str(training_set.path),
        "content_hash": training_set.content_hash,
        "clips": len(index),
        "frames": sum(entry.n_frames for entry in index),
        "events": sum(entry.n_events for entry in index),
        "resolution": list(about.resolution),
        "subjects": list(training_set.subjects),
        "classes": {name: n for name, n in classes.items() if n},
        "landmarks_by_state": {state.name.lower(): n for state, n in states.items()},
        "scheme": about.scheme,
        "frames_with_coefficients": sum(entry.n_coefficients for entry in index),
        "frames_with_intensities": sum(entry.n_intensities for entry in index),
        "frames_with_landmarks": sum(entry.n_landmarks for entry in index),
        "model": about.model,
        "clips_with_rgb": sum(entry.has_rgb for entry in index),
        "split": parts,
        "split_problem": split_problem,
        "sources": list(about.sources),
        "filters": sorted({one for entry in index for one in entry.filters}),
        "labels": dict(about.label_filter),
        "made_with": about.made_with,
    }


def _say(path: Path, report: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(report))
        return
    n_subjects = len(report["subjects"])
    typer.echo(f"{path}: {counted(report['clips'], 'clip')} of {counted(n_subjects, 'subject')}")
    for line in _lines(report):
        typer.echo(f"  {line}")


def _lines(report: dict[str, Any]) -> list[str]:
    width, height = report["resolution"]
    states = ", ".join(f"{n:,} {state}" for state, n in report["landmarks_by_state"].items() if n)
    classes = ", ".join(f"{name} {n}" for name, n in report["classes"].items())
    split = ", ".join(f"{name} {n}" for name, n in report["split"].items())
    return [
        f"{report['frames']:,} frames, {report['events']:,} events of {width}x{height}",
        *(f"events passed {one}" for one in report["filters"]),
        f"classes: {classes or 'none'}",
        f"coefficients ({report['model'] or 'no model'}): "
        f"{report['frames_with_coefficients']:,} frames",
        f"intensities: {report['frames_with_intensities']:,} frames",
        f"landmarks ({report['scheme'] or 'none'}): {states or 'none'}",
        f"pictures of the video: {counted(report['clips_with_rgb'], 'clip')}",
        f"clips by subject: {split}" if split else f"cannot be split: it {report['split_problem']}",
    ]


def _read_subjects(path: Path) -> list[tuple[str, str]]:
    import csv

    from evface.errors import DatasetError

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [[word.strip() for word in row] for row in csv.reader(file) if any(row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(path, f"cannot be read ({error}); correct it") from error
    pairs = []
    for number, row in enumerate(rows, 1):
        if len(row) != 2 or not all(row):
            raise DatasetError(path, f"line {number}: expected recording,subject; correct it")
        if [word.lower() for word in row] != ["recording", "subject"]:
            pairs.append((row[0], row[1]))
    return pairs
