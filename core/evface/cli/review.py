"""`evface review`: what a person should look at, and how far everyone is."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evface.cli.wording import counted

if TYPE_CHECKING:
    from evface.projects.project import Project
    from evface.review.progress import Progress
    from evface.review.queue import QueueItem, ReviewQueue


def register(app: typer.Typer) -> None:
    """Add `review` to the command line."""
    app.command("review")(review)


def review(
    project: Annotated[Path, typer.Argument(help="A project (.evface).", metavar="PROJECT")],
    recording: Annotated[
        list[str] | None,
        typer.Option(help="Which recording, by name; may be repeated. All if not given."),
    ] = None,
    top: Annotated[int, typer.Option(min=0, help="How many of the queue to list.")] = 20,
    annotator: Annotated[
        str | None,
        typer.Option(help="List only what this annotator has not decided about yet."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the frames and segments that a person should look at, the most doubtful first.

    Also says how far each annotator is with each recording. Nothing is changed.
    """
    from evface.cli.progress import progress
    from evface.errors import ProjectFileError
    from evface.jobs.reviewing import ReviewJob
    from evface.projects.project import Project
    from evface.review.decisions import read_decisions
    from evface.review.progress import read_all_progress
    from evface.review.queue_file import item_to_json, read_queue

    with Project.open(project, read_only=True) as opened:
        chosen = [opened.find_recording(name) for name in recording or ()] or opened.recordings()
        if not chosen:
            raise ProjectFileError(project, "has no recordings; add one with evface project add")
        with tempfile.TemporaryDirectory(prefix="evface-") as folder:
            job = ReviewJob(
                str(opened.path),
                str(Path(folder) / "queue.jsonl"),
                recordings=tuple(entry.id for entry in chosen),
            )
            with progress("Looking for doubtful labels") as report:
                queue = read_queue(Path(job.run(report)))
        items: Sequence[QueueItem] = queue.items
        if annotator is not None:
            decisions = {e.id: read_decisions(opened, e.id, annotator) for e in chosen}
            items = [item for item in items if decisions[item.recording_id].is_open(item)]
        done = read_all_progress(opened, queue, opened.annotators())
        if as_json:
            typer.echo(
                json.dumps(
                    {
                        "project": str(project),
                        "n_items": len(items),
                        "items": [item_to_json(item) for item in items[:top]],
                        "recordings": _recordings(queue, done),
                    }
                )
            )
        else:
            _print_items(items, top)
            _print_progress(opened, queue, done)


def _recordings(queue: ReviewQueue, done: dict[str, dict[str, Progress]]) -> list[dict[str, Any]]:
    return [
        {
            "recording": one.recording,
            "role": one.role,
            "n_frames": one.n_frames,
            "n_items": len(one.items),
            "notes": list(one.notes),
            "annotators": [asdict(done[author][one.recording_id]) for author in done],
        }
        for one in queue.recordings
    ]


def _print_items(items: Sequence[QueueItem], top: int) -> None:
    if not items:
        typer.echo("Nothing doubtful was found.")
        return
    typer.echo(f"{counted(len(items), 'doubtful moment')}")
    for item in items[:top]:
        first, *more = [reason.sentence for reason in item.reasons]
        typer.echo(f"  {item.score:.2f}  {item.recording}  {item.t_us / 1e6:.3f} s  {first}")
        for sentence in more:
            typer.echo(f"        {sentence}")
    if len(items) > top:
        typer.echo(f"  … and {len(items) - top:,} more; see --top")


def _print_progress(
    project: Project, queue: ReviewQueue, done: dict[str, dict[str, Progress]]
) -> None:
    for one in queue.recordings:
        for note in one.notes:
            typer.echo(f"{one.recording}: {note}")
        for author, by_recording in done.items():
            said = by_recording[one.recording_id]
            typer.echo(
                f"{one.recording}: {author}: {said.n_decided} of {said.n_queued} decided "
                f"({said.n_accepted} accepted, {said.n_fixed} fixed, {said.n_skipped} skipped), "
                f"{counted(said.n_corrected_frames, 'frame')} corrected, "
                f"{counted(said.n_verified_frames, 'frame')} verified, "
                f"{counted(said.n_segments, 'segment')}"
            )
    if not done:
        typer.echo(f"{project.path.name}: nobody has labelled anything yet")
