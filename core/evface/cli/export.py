"""`evface export`: take tracks and labels out of a project."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evface.cli.training_sets import State, export_training_set

if TYPE_CHECKING:
    from evface.interchange.labels import Exported
    from evface.projects.entries import RecordingEntry
    from evface.projects.project import Project


class _Format(StrEnum):
    COCO = "coco"
    CVAT = "cvat"
    ELAN = "elan"
    OPENFACE = "openface"
    OPENFACE_EXACT = "openface-exact"
    HDF5 = "hdf5"
    NPZ = "npz"
    VIDEO = "video"
    DATASET = "dataset"


class _Camera(StrEnum):
    RGB = "rgb"
    EVENTS = "events"


class _Units(StrEnum):
    MODEL = "model"
    CODED = "coded"
    NONE = "none"


_HELP = (
    "coco: keypoints; cvat: XML 1.1 for video; elan: .eaf of action units; openface: CSV, or "
    "openface-exact with all its columns; hdf5, npz: everything; video: RGB, events and mesh side "
    "by side; dataset: a training set of all recordings, see also evface dataset build."
)


def register(app: typer.Typer) -> None:
    """Add `export` to the command line."""
    app.command("export")(export)


def export(
    project: Annotated[Path, typer.Argument(help="The project's file.")],
    form: Annotated[_Format, typer.Option("--format", help=_HELP, metavar="FORMAT")],
    recordings: Annotated[
        list[str] | None,
        typer.Option("--recording", help="Which recording; can be repeated. All if not given."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="The file to write, or the folder for several recordings; "
            "the recording's name, here, if not given."
        ),
    ] = None,
    camera: Annotated[_Camera, typer.Option(help="Whose landmarks.")] = _Camera.RGB,
    role: Annotated[
        str | None,
        typer.Option(help="Which landmarks, as evface project list names them.", metavar="TRACK"),
    ] = None,
    author: Annotated[
        str | None, typer.Option(help="Only what this person said, over the machine's.")
    ] = None,
    all_keyframes: Annotated[
        bool,
        typer.Option(
            "--all-keyframes", help="cvat: make a keyframe of every frame, so that CVAT shows it."
        ),
    ] = False,
    units: Annotated[
        _Units,
        typer.Option(help="openface: action units that a model measured, or that people coded."),
    ] = _Units.MODEL,
    window_us: Annotated[
        int,
        typer.Option(min=100, max=1_000_000, help="video: length of each event window, us."),
    ] = 20_000,
    least_state: Annotated[
        State,
        typer.Option("--least-state", help="dataset: leave out landmarks that are less than this."),
    ] = State.AUTO,
    subject_pattern: Annotated[
        str,
        typer.Option(
            help="dataset: regular expression that finds who is seen in a recording's name.",
            metavar="REGEX",
        ),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write what a project holds in another form. The project is not changed."""
    if form is _Format.DATASET:
        export_training_set(
            project,
            out or Path(f"{project.stem}.evset"),
            recordings=recordings or [],
            least_state=least_state,
            subject_pattern=subject_pattern,
            author=author,
            as_json=as_json,
        )
        return
    from evface.annotations.tracks import Camera
    from evface.cli.recordings import chosen_recordings, raise_problems
    from evface.errors import EvfaceError
    from evface.interchange.destinations import refuse_own_files
    from evface.interchange.formats import ExportChoices, Format, write_labels
    from evface.interchange.openface_writing import UnitSource
    from evface.interchange.reading import read_labels
    from evface.projects.project import Project

    choices = ExportChoices(
        camera=Camera(camera),
        role=role,
        all_keyframes=all_keyframes,
        units=UnitSource(units),
    )
    reports, problems = [], []
    with Project.open(project, read_only=True) as opened:
        everything = [entry.name for entry in opened.recordings()]
        wanted = recordings if form is _Format.VIDEO else recordings or everything
        entries = chosen_recordings(opened, wanted)
        for entry, path in zip(entries, _paths(entries, form, out), strict=True):
            refuse_own_files(opened, path)
            try:
                if form is _Format.VIDEO:
                    exported = _write_video(opened, entry, path, window_us)
                else:
                    labels = read_labels(opened, entry.id, author=author)
                    exported = write_labels(Format(form), path, labels, choices)
            except EvfaceError as problem:
                problems.append(str(problem))
                continue
            reports.append(_report(entry, exported))
            if not as_json:
                _say(exported)
    if as_json and reports:
        typer.echo(json.dumps({"project": str(project), "format": form, "exports": reports}))
    raise_problems(problems)


def _paths(entries: list[RecordingEntry], form: _Format, out: Path | None) -> list[Path]:
    """Return where each recording goes."""
    from evface.interchange.destinations import file_names
    from evface.interchange.formats import SUFFIXES, Format

    suffix = ".mp4" if form is _Format.VIDEO else SUFFIXES[Format(form)]
    if len(entries) == 1 and out is not None and not out.is_dir():
        return [out]
    folder = out or Path()
    if len(entries) > 1:
        folder.mkdir(parents=True, exist_ok=True)
    return [folder / name for name in file_names([entry.name for entry in entries], suffix)]


def _write_video(project: Project, entry: RecordingEntry, path: Path, window_us: int) -> Exported:
    from evface.annotations.roles import FACE
    from evface.annotations.tracks import FaceTrack
    from evface.cli.progress import progress
    from evface.export.side_by_side import write_side_by_side
    from evface.interchange.labels import Exported
    from evface.morphable.head_library import find_model
    from evface.morphable.model import load_open_head
    from evface.projects.recording import open_recording

    tracks = {role: project.read_track(entry.id, role) for role in project.tracks(entry.id)}
    face = tracks.get(FACE)
    model = find_model(face.model) if isinstance(face, FaceTrack) else load_open_head()
    media = open_recording(entry)
    try:
        with progress("Writing the video") as report:
            n_frames = write_side_by_side(
                path,
                media,
                {role: track for role, track in tracks.items() if track is not None},
                model,
                window_us=window_us,
                report=report,
            )
    finally:
        media.close()
    return Exported(files=(path,), counts={"pictures": n_frames})


def _report(entry: RecordingEntry, exported: Exported) -> dict[str, Any]:
    return {
        "recording": entry.name,
        "files": [str(path) for path in exported.files],
        **exported.counts,
        "notes": list(exported.notes),
    }


def _say(exported: Exported) -> None:
    from evface.cli.wording import counted

    path, *beside = exported.files
    counts = ", ".join(counted(n, thing.removesuffix("s")) for thing, n in exported.counts.items())
    typer.echo(f"{path}: {counts}")
    for sidecar in beside:
        typer.echo(f"  {sidecar}: what the format has no place for; keep it beside the file")
    for note in exported.notes:
        typer.echo(f"  {note}")
