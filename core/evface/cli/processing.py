"""`evface process`: find the face, fit the head, carry labels to the events."""

from __future__ import annotations

import json
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
    missing: Annotated[
        bool,
        typer.Option(
            "--missing",
            help="Only recordings without landmarks on the events: to go on where it stopped.",
        ),
    ] = False,
    jobs: Annotated[
        int,
        typer.Option(min=0, help="Recordings processed at once; 0 is one a processor."),
    ] = 0,
    scheduler: Annotated[
        str,
        typer.Option(
            help="A Dask cluster that works instead, e.g. tcp://HOST:8786; its workers must see "
            "the recordings under the same paths. Needs the extra 'cluster'.",
            metavar="ADDRESS",
        ),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Label recordings: landmarks on RGB, the fitted head, landmarks on the events.

    Each recording is in the project as soon as it is processed.
    """
    from evface.annotations.edits import ReplaceTracks
    from evface.annotations.roles import TRANSFERRED
    from evface.cli.progress import progress
    from evface.cli.recordings import chosen_recordings, raise_problems
    from evface.errors import ProjectFileError
    from evface.jobs.processing import ProcessJob, describe_tracks, strongest_levels
    from evface.jobs.processing_many import Processed, process_many
    from evface.morphable.head_library import install_head
    from evface.projects.entries import RecordingEntry
    from evface.projects.project import Project

    # The window finds a face's head by its key alone.
    key = install_head(Path(head)) if head and Path(head).is_file() else head or ""
    done: list[dict[str, Any]] = []
    problems: list[str] = []
    with Project.open(project) as opened:
        if opened.is_read_only:
            raise ProjectFileError(project, "cannot be written; copy it to where it can")
        entries = chosen_recordings(opened, recording)
        if missing:
            entries = [one for one in entries if TRANSFERRED not in opened.tracks(one.id)]

        def take(entry: RecordingEntry, processed: Processed) -> None:
            if processed.problem:
                problems.append(processed.problem)
                return
            tracks = processed.tracks
            opened.apply(ReplaceTracks(entry.id, tracks, f"Process {entry.name}"))
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

        if entries:
            with progress("Processing") as report:
                process_many(
                    ProcessJob(
                        str(opened.path),
                        "",
                        "",
                        teacher=teacher,
                        method=method.value,
                        smoothing=smoothing.value,
                        event_period_us=event_period_us,
                        head=key,
                    ),
                    entries,
                    n_processes=jobs,
                    scheduler=scheduler,
                    done=take,
                    report=report,
                )
        elif not as_json:
            typer.echo(f"{project}: every recording is processed")
    if as_json:
        typer.echo(json.dumps({"project": str(project), "processed": done, "failed": problems}))
    raise_problems(problems)
