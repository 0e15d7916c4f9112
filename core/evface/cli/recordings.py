"""Which recordings of a project a command is about, and what went wrong with some of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from evface.projects.entries import RecordingEntry
    from evface.projects.project import Project


def chosen_recordings(
    project: Project, names: Sequence[str] | None, *, of_one: str = ""
) -> list[RecordingEntry]:
    """Return the recordings of these names, else all that have a video, else all there are.

    Parameters
    ----------
    of_one
        What was asked for that makes sense for a single recording only.

    Raises
    ------
    ProjectFileError
        If the project has no recordings.
    RecordingError
        If it has none of such a name.
    """
    from evface.errors import ProjectFileError

    entries = [project.find_recording(name) for name in names or ()]
    if not entries:
        everything = project.recordings()
        entries = [entry for entry in everything if entry.video is not None] or everything
    if not entries:
        raise ProjectFileError(project.path, "has no recordings; add one with evface project add")
    if of_one and len(entries) > 1:
        raise typer.BadParameter(
            f"{project.path} has {len(entries)} recordings; {of_one} of one",
            param_hint="--recording",
        )
    return entries


def raise_problems(problems: Sequence[str]) -> None:
    """Fail if there are problems: the last one goes up as the command's own, the others are said.

    Raises
    ------
    EvfaceError
    """
    from evface.errors import EvfaceError

    for problem in problems[:-1]:
        typer.echo(f"error: {problem}", err=True)
    if problems:
        raise EvfaceError(problems[-1])
