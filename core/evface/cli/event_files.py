"""What the commands on event files have in common: opening, progress, and what OUT may be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from evface.errors import FileError

if TYPE_CHECKING:
    from evface.events.sources import EventSource


def open_source(path: Path, *, columns: str = "") -> EventSource:
    """Open an event file, with a bar where it must be indexed or decoded first."""
    from evface.events.sources import open_events

    with bar_of(f"Opening {path.name}") as report:
        return open_events(path, report=report, columns=columns)


@contextmanager
def bar_of(words: str) -> Iterator[Callable[[float, str], None]]:
    """Show progress once there is some: only large files take more than one step."""
    from evface.cli.progress import progress

    with ExitStack() as stack:
        bar: Callable[[float, str], None] | None = None

        def report(fraction: float, message: str) -> None:
            nonlocal bar
            if fraction > 0:
                bar = bar or stack.enter_context(progress(words))
                bar(fraction, message)

        yield report


def check_out(source: Path, out: Path, force: bool) -> None:
    """Raise a FileError where `out` is not to be written."""
    if out.exists() and out.samefile(source):
        raise FileError(out, "is the file to read; choose another name for OUT")
    if out.is_dir():
        raise FileError(out, "is a folder; name the file to write")
    if out.exists() and not force:
        raise FileError(out, "exists already; choose another name or add --force")
    if not out.absolute().parent.is_dir():
        raise FileError(out, "its folder does not exist; make it first")


def pass_on_warnings(source: EventSource) -> None:
    """Say on stderr what is wrong with a file although it can be read."""
    for warning in source.warnings:
        typer.echo(f"warning: {source.path}: {warning}", err=True)
