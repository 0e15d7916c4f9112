"""`evface sync`: find the clock between the two cameras of recordings."""

from __future__ import annotations

import json
import math
import tempfile
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evface.cli.marked import Notation, read_marked, to_us

if TYPE_CHECKING:
    from evface.transfer.sync_finding import SyncFinding


# A simulated recording's own word, which no estimate replaces unless asked to by name.
_EXACT = ("simulated", "same camera")


class _Method(StrEnum):
    AUTO = "auto"
    TRIGGERS = "triggers"
    CORRELATION = "correlation"
    MARKS = "marks"


class _Edge(StrEnum):
    RISING = "rising"
    FALLING = "falling"
    MIDDLE = "middle"


def register(app: typer.Typer) -> None:
    """Add `sync` to the command line."""
    app.command("sync")(sync)


def sync(
    project: Annotated[Path, typer.Argument(help="A project (.evface).", metavar="PROJECT")],
    recording: Annotated[
        list[str] | None,
        typer.Option(
            help="Which recording, by name; may be repeated. If not given, all whose clock is not "
            "known exactly."
        ),
    ] = None,
    method: Annotated[
        _Method,
        typer.Option(help="Auto takes marks, else triggers where there are any, else the motion."),
    ] = _Method.AUTO,
    mark: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VIDEO_S:EVENT_S",
            help="A blink or flash: its second in the video and in the events. May be repeated.",
        ),
    ] = None,
    marks: Annotated[
        Path | None, typer.Option(help="A file of marks, VIDEO_S,EVENT_S a line.", metavar="FILE")
    ] = None,
    trigger_edge: Annotated[
        _Edge,
        typer.Option(
            help="Which edge times a frame; middle is half way from rising to falling. "
            "Labels belong to the middle of an exposure: its beginning is early by half of it."
        ),
    ] = _Edge.RISING,
    largest_offset_s: Annotated[
        float,
        typer.Option(
            min=0.1, max=86_400.0, help="How long before or after the events the video may begin."
        ),
    ] = 30.0,
    apply: Annotated[
        bool, typer.Option("--apply/--dry-run", help="Set the sync, or only say what it would be.")
    ] = True,
    plot: Annotated[
        Path | None, typer.Option(help="Draw what was found of one recording.", metavar="PNG")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Find when the video began on the sensor's clock, and move the labels with it.

    What people corrected stays where it is. A finding that cannot be trusted is an error, and
    changes nothing.
    """
    from evface.cli.progress import progress
    from evface.cli.recordings import chosen_recordings, raise_problems
    from evface.errors import EvfaceError, ProjectFileError
    from evface.jobs.realigning import realignment_edit
    from evface.jobs.synchronisation import SyncJob
    from evface.projects.project import Project
    from evface.transfer.sync_finding import read_sync_finding

    of_option = Notation(lambda text: _pair_us(text, ":"), "VIDEO_S:EVENT_S such as 1.25:1.9")
    of_line = Notation(lambda text: _pair_us(text, ","), "VIDEO_S,EVENT_S")
    pairs_us = read_marked(mark or [], "--mark", of_option, marks, of_line, may_name_columns=True)
    if method is _Method.MARKS and not pairs_us:
        raise typer.BadParameter("marks are needed; give --mark or --marks", param_hint="--method")
    if pairs_us and method not in (_Method.AUTO, _Method.MARKS):
        raise typer.BadParameter(f"--method {method} does not use marks", param_hint="--mark")
    found: list[dict[str, Any]] = []
    problems: list[str] = []
    with Project.open(project) as opened, tempfile.TemporaryDirectory(prefix="evface-") as folder:
        if apply and opened.is_read_only:
            raise ProjectFileError(
                project, "cannot be written; copy it to where it can, or use --dry-run"
            )
        entries = chosen_recordings(
            opened, recording, of_one="marks and --plot are" if pairs_us or plot else ""
        )
        for entry in entries:
            if entry.sync.method in _EXACT and not (recording or pairs_us):
                if not as_json:
                    typer.echo(f"{entry.name}: its clock is known exactly; left as it is")
                continue
            try:
                job = SyncJob(
                    str(opened.path),
                    entry.id,
                    str(Path(folder) / "sync.npz"),
                    method=method.value,
                    marks_us=pairs_us,
                    trigger_edge=trigger_edge.value,
                    largest_offset_us=round(largest_offset_s * 1e6),
                )
                with progress(entry.name) as report:
                    finding = read_sync_finding(Path(job.run(report)))
                if plot is not None:
                    from evface.export.sync_plot import write_sync_plot

                    write_sync_plot(plot, finding, title=entry.name)
                is_bad = finding.quality == "bad"
                if is_bad:
                    problems.append(
                        f"{entry.name}: no clock that can be trusted was found: {finding.problem}; "
                        "mark blinks with --mark VIDEO_S:EVENT_S"
                    )
                elif apply:
                    label = f"Sync {entry.name}"
                    opened.apply(
                        realignment_edit(opened, entry.id, label=label, new_sync=finding.sync)
                    )
            except ProjectFileError:
                raise  # The next recording would meet the same.
            except (EvfaceError, OSError) as error:
                problems.append(str(error))
                continue
            is_applied = apply and not is_bad
            found.append(_summary(entry.name, finding, is_applied=is_applied))
            if not as_json:
                typer.echo(f"{entry.name}: {finding.describe()}{'' if is_applied else '; not set'}")
    if as_json:
        typer.echo(json.dumps({"project": str(project), "found": found, "failed": problems}))
    raise_problems(problems)


def _summary(name: str, finding: SyncFinding, *, is_applied: bool) -> dict[str, Any]:
    said = asdict(finding.sync)
    if math.isnan(said["residual_us"]):
        said["residual_us"] = None
    return {
        "recording": name,
        "sync": said,
        "quality": finding.quality,
        "confidence": finding.confidence,
        "problem": finding.problem,
        "is_applied": is_applied,
        "parts": [
            {"t_us": int(t_us), "residual_us": float(residual_us)}
            for t_us, residual_us in zip(
                finding.window_times_us, finding.window_residuals_us, strict=True
            )
        ],
    }


def _pair_us(text: str, separator: str) -> tuple[int, int] | None:
    first, _, second = text.partition(separator)
    try:
        video_us, event_us = to_us(float(first)), to_us(float(second))
    except ValueError:
        return None
    return None if video_us is None or event_us is None else (video_us, event_us)
