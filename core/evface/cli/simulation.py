"""`evface simulate`: events from a video."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add `simulate` to the command line."""
    app.command("simulate")(simulate)


def simulate(
    video: Annotated[Path, typer.Argument(help="The video to look at.", metavar="VIDEO")],
    out: Annotated[Path, typer.Argument(help="The event file to write.", metavar="OUT.h5")],
    preset: Annotated[
        str, typer.Option(help="What the sensor is like: clean, noisy or v2e.")
    ] = "v2e",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same events.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Simulate an event camera that looks at VIDEO."""
    from evface.cli.progress import progress
    from evface.simulation.events import PRESETS
    from evface.simulation.video import simulate_video

    if preset not in PRESETS:
        raise typer.BadParameter(
            f"there is no {preset!r}; choose {', '.join(PRESETS)}", param_hint="'--preset'"
        )
    with progress("Simulating events") as report:
        summary = simulate_video(video, out, preset=preset, seed=seed, report=report)
    for warning in summary.warnings:
        typer.echo(f"warning: {video}: {warning}", err=True)
    if as_json:
        report_of = {"events": str(out), "video": str(video), "preset": preset, "seed": seed}
        typer.echo(json.dumps(report_of | asdict(summary)))
        return
    rate = summary.n_events / summary.duration_us
    typer.echo(
        f"{out}: {summary.n_events:,} events in {summary.duration_us / 1e6:.2f} s "
        f"({rate:.2f} million a second), from {summary.n_frames} frames in {summary.n_steps} steps"
    )
    if not summary.n_events:
        typer.echo("warning: nothing changes in this video, so there are no events", err=True)
