"""`evface models`: the teachers' weights."""

from __future__ import annotations

import importlib.util
import json
from typing import Annotated

import typer

_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add `models` to the command line."""
    group = typer.Typer(no_args_is_help=True, help="The teachers' weights.")
    group.command("list")(show)
    group.command("fetch")(fetch)
    app.add_typer(group, name="models")


def show(as_json: _AsJson = False) -> None:
    """List the models that evface can use, and where they lie."""
    from evface.errors import EvfaceError
    from evface.morphable.model import load_open_head
    from evface.teacher.bundles import find_bundle

    try:
        bundle = str(find_bundle())
    except EvfaceError as error:
        bundle = str(error)
    models = {
        "open head": load_open_head().key,
        "teacher mediapipe": bundle,
        "teacher fan": _fan_state(),
    }
    if as_json:
        typer.echo(json.dumps({"models": models}))
        return
    for name, where in models.items():
        typer.echo(f"{name}: {where}")


def _fan_state() -> str:
    """Return whether FAN can be used, without importing its large libraries."""
    if importlib.util.find_spec("face_alignment") is None:
        return 'is not installed; `pip install "evface[fan]"`'
    return "is installed; it fetches its weights itself at first use"


def fetch(
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing if it is there.")] = False,
    as_json: _AsJson = False,
) -> None:
    """Put the MediaPipe teacher's bundle into your data folder."""
    from evface.cli.progress import progress
    from evface.teacher.bundles import fetch_bundle

    with progress("Fetching the teacher's bundle") as report:
        path = fetch_bundle(report)
    if as_json:
        typer.echo(json.dumps({"bundle": str(path)}))
    elif not quiet:
        typer.echo(f"{path}: the teacher's bundle is in place")
