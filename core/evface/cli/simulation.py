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
    video: Annotated[Path, typer.Argument(help="The video to look at.")],
    out: Annotated[Path, typer.Argument(help="The event file to write, .h5.")],
    preset: Annotated[
        str, typer.Option(help="What the sensor is like: clean, noisy or v2e.")
    ] = "v2e",
    seed: Annotated[int, typer.Option(help="The same seed gives the same events.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Simulate an event camera that looks at VIDEO."""
    from evface.cli.progress import progress
    from evface.simulation.events import PRESETS
    from evface.simulation.video import simulate_video

    if preset not in PRESETS:
        raise typer.BadParameter(f"no preset {preset!r}; there are {', '.join(PRESETS)}")
    with progress("Simulating events") as report:
        summary = simulate_video(video, out, preset=preset, seed=seed, report=report)
    if as_json:
        typer.echo(json.dumps({"events": str(out), **asdict(summary)}))
        return
    rate = summary.n_events / summary.duration_us  # events a microsecond are millions a second
    typer.echo(
        f"{out}: {summary.n_events:,} events in {summary.duration_us / 1e6:.2f} s "
        f"({rate:.2f} million a second), {summary.n_frames} frames, {summary.n_steps:,} steps"
    )
