"""`evface demo`: the demo project, made on the spot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add `demo` to the command line."""
    app.command("demo")(demo)


def demo(
    folder: Annotated[
        Path | None, typer.Argument(help="Where to put it; your data folder if not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make a recording whose truth is known, process it, and print where its project lies."""
    from evface.cli.progress import progress
    from evface.jobs.demo import DemoJob

    with progress("Making the demo") as report:
        project = DemoJob(folder=str(folder or "")).run(report)
    typer.echo(json.dumps({"project": project}) if as_json else project)
