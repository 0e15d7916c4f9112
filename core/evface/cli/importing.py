"""`evface import`: bring labels of other tools into a project."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class _Format(StrEnum):
    COCO = "coco"
    CVAT = "cvat"
    ELAN = "elan"
    OPENFACE = "openface"
    HDF5 = "hdf5"
    NPZ = "npz"


class _Camera(StrEnum):
    RGB = "rgb"
    EVENTS = "events"


def register(app: typer.Typer) -> None:
    """Add `import` to the command line."""
    app.command("import")(import_labels)


def import_labels(
    project: Annotated[Path, typer.Argument(help="The project's file.")],
    file: Annotated[Path, typer.Argument(help="The file of labels.")],
    form: Annotated[
        _Format | None,
        typer.Option("--format", help="What the file is; told from what is in it if not given."),
    ] = None,
    recording: Annotated[
        str | None, typer.Option(help="Which recording; may be left out where there is only one.")
    ] = None,
    camera: Annotated[
        _Camera | None,
        typer.Option(help="Which picture its landmarks lie on; if not given what it says, or rgb."),
    ] = None,
    onto: Annotated[
        str | None,
        typer.Option(
            help="Take its corrections for corrections of this track, and leave its own out.",
            metavar="TRACK",
        ),
    ] = None,
    by: Annotated[
        str,
        typer.Option(
            help="Who made its labels, where the file does not say; a machine if not given.",
            metavar="NAME",
        ),
    ] = "",
    face: Annotated[
        int | None, typer.Option(help="Which of several faces, by the file's own number.")
    ] = None,
    sidecar: Annotated[
        Path | None,
        typer.Option(
            help="The .evface.json that was exported with it, where that lies elsewhere.",
            metavar="FILE",
        ),
    ] = None,
    first_frame: Annotated[
        int, typer.Option(min=0, max=1, help="coco, cvat: the number of its first frame.")
    ] = 0,
    rate_hz: Annotated[
        float | None,
        typer.Option(
            min=0.001,
            max=1_000_000,
            help="Frames a second of the pictures that it counts, where those are not the video.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Bring labels from a file into a recording, as one step that can be taken back.

    What people labelled stays theirs, and what machines made comes as it is, as a track of its own.
    """
    from evface.annotations.tracks import Camera
    from evface.cli.recordings import chosen_recordings
    from evface.cli.wording import counted
    from evface.interchange.formats import Format, read_imported
    from evface.interchange.importing import plan_import
    from evface.interchange.reading import import_target
    from evface.interchange.recognition import form_and_camera
    from evface.projects.project import Project

    chosen, on_camera = form_and_camera(
        file,
        None if form is None else Format(form),
        None if camera is None else Camera(camera),
    )
    with Project.open(project) as opened:
        names = [entry.name for entry in opened.recordings()] if recording is None else [recording]
        (entry,) = chosen_recordings(opened, names, of_one="a file holds the labels")
        target = import_target(
            entry,
            camera=on_camera,
            first_frame=first_frame,
            rate_hz=rate_hz,
            face=face,
            person=by,
            sidecar=sidecar,
        )
        imported = read_imported(chosen, file, target)
        plan = plan_import(opened, entry.id, imported, label=f"Import {file.name}", onto=onto)
        if plan.edit is not None:
            opened.apply(plan.edit)
    if as_json:
        report = {
            "project": str(project),
            "recording": entry.name,
            "format": chosen,
            "tracks": list(plan.roles),
            "added": dict(plan.counts),
            "notes": list(plan.notes),
        }
        typer.echo(json.dumps(report))
        return
    counts = {thing.removesuffix("s").replace("_", " "): n for thing, n in plan.counts.items()}
    added = [counted(n, thing) for thing, n in counts.items() if n]
    typer.echo(f"{file}: {', '.join(added) or 'nothing new'} for {entry.name!r}")
    if plan.roles:
        typer.echo(f"  tracks  {', '.join(plan.roles)}")
    for note in plan.notes:
        typer.echo(f"  {note}")
