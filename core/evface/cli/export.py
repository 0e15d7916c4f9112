"""`evface export`: take tracks and labels out of a project."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class _Format(StrEnum):
    VIDEO = "video"


def register(app: typer.Typer) -> None:
    """Add `export` to the command line."""
    app.command("export")(export)


def export(
    project: Annotated[Path, typer.Argument(help="The project's file.")],
    out: Annotated[Path, typer.Argument(help="The file to write.")],
    form: Annotated[
        _Format,
        typer.Option("--format", help="video: RGB, events and mesh side by side, as .mp4."),
    ],
    recording: Annotated[
        str | None, typer.Option(help="Which recording; the first one if not given.")
    ] = None,
    window_us: Annotated[
        int, typer.Option(min=100, max=1_000_000, help="Length of each event window, microseconds.")
    ] = 20_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write what a project holds in another form. The project is not changed."""
    from evface.annotations.tracks import FaceTrack
    from evface.cli.progress import progress
    from evface.errors import RecordingError
    from evface.export.side_by_side import write_side_by_side
    from evface.morphable.library import find_model
    from evface.morphable.model import load_open_head
    from evface.projects.project import Project
    from evface.projects.recording import open_recording

    with Project.open(project, read_only=True) as opened:
        entries = opened.recordings()
        if not entries:
            raise RecordingError(f"{project}: has no recordings; add one with `evface project add`")
        entry = opened.find_recording(recording) if recording else entries[0]
        tracks = {role: opened.read_track(entry.id, role) for role in opened.tracks(entry.id)}
    face = tracks.get("face")
    model = find_model(face.model) if isinstance(face, FaceTrack) else load_open_head()
    media = open_recording(entry)
    try:
        with progress("Writing the video") as report:
            n_frames = write_side_by_side(
                out,
                media,
                {role: track for role, track in tracks.items() if track is not None},
                model,
                window_us=window_us,
                report=report,
            )
    finally:
        media.close()
    typer.echo(
        json.dumps({"out": str(out), "format": form, "frames": n_frames})
        if as_json
        else f"{out}: {n_frames} pictures"
    )
