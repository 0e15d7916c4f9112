"""`evface process`: find the face, fit the head, carry labels to the events."""

from __future__ import annotations

import json
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer


class _Teacher(StrEnum):
    MEDIAPIPE = "mediapipe"
    FAN = "fan"


class _Method(StrEnum):
    CLOSED_FORM = "closed_form"
    PAPER = "paper"


class _Smoothing(StrEnum):
    OFFLINE = "offline"
    CAUSAL = "causal"
    NONE = "none"


def register(app: typer.Typer) -> None:
    """Add `process` to the command line."""
    app.command("process")(process)


def process(
    project: Annotated[Path, typer.Argument(help="A project (.evface).", metavar="PROJECT")],
    recording: Annotated[
        list[str] | None,
        typer.Option(help="Which, by name; may be repeated. All with a video if not given."),
    ] = None,
    teacher: Annotated[
        _Teacher, typer.Option(help="What finds the landmarks on RGB.")
    ] = _Teacher.MEDIAPIPE,
    method: Annotated[
        _Method, typer.Option(help="How the head is fitted; paper is the paper's single pass.")
    ] = _Method.CLOSED_FORM,
    smoothing: Annotated[
        _Smoothing, typer.Option(help="Through time; causal is as it would be live.")
    ] = _Smoothing.OFFLINE,
    event_period_us: Annotated[
        int, typer.Option(min=1000, help="Time between event frames that get landmarks.")
    ] = 10_000,
    head: Annotated[
        str | None,
        typer.Option(help="The head to fit, its file or its key; the open one if not given."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Label recordings: landmarks on RGB, the fitted head, landmarks on the events."""
    from evface.annotations.edits import ReplaceTracks
    from evface.annotations.tracks_file import read_tracks
    from evface.cli.progress import progress
    from evface.cli.recordings import chosen_recordings, raise_problems
    from evface.errors import EvfaceError, ModelFileError, ProjectFileError, TeacherError
    from evface.jobs.processing import ProcessJob, describe_tracks, strongest_levels
    from evface.morphable.head_library import install_head
    from evface.projects.project import Project

    # The window finds a face's head by its key alone.
    key = install_head(Path(head)) if head and Path(head).is_file() else head or ""
    done: list[dict[str, Any]] = []
    problems: list[str] = []
    with Project.open(project) as opened, tempfile.TemporaryDirectory(prefix="evface-") as folder:
        if opened.is_read_only:
            raise ProjectFileError(project, "cannot be written; copy it to where it can")
        for entry in chosen_recordings(opened, recording):
            job = ProcessJob(
                str(opened.path),
                entry.id,
                str(Path(folder) / "tracks.npz"),
                teacher=teacher,
                method=method.value,
                smoothing=smoothing.value,
                event_period_us=event_period_us,
                head=key,
            )
            try:
                with progress(entry.name) as report:
                    tracks = read_tracks(Path(job.run(report)))
                opened.apply(ReplaceTracks(entry.id, tracks, f"Process {entry.name}"))
            except (ModelFileError, ProjectFileError, TeacherError):
                raise  # The next recording would meet the same.
            except (EvfaceError, OSError) as error:
                problems.append(str(error))
                continue
            line = describe_tracks(tracks)
            done.append(
                {
                    "recording": entry.name,
                    "found": line,
                    "tracks": {role: len(track) for role, track in tracks.items()},
                    "strongest_levels": strongest_levels(tracks),
                }
            )
            if not as_json:
                typer.echo(f"{entry.name}: {line}")
    if as_json:
        typer.echo(json.dumps({"project": str(project), "processed": done, "failed": problems}))
    raise_problems(problems)
