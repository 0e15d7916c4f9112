"""Where an export goes: a file for each recording, and never one that the project needs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evface.errors import FileError
from evface.projects.project import Project

_FORBIDDEN = '/\\:*?"<>|'


def file_names(names: Sequence[str], suffix: str) -> list[str]:
    """Return a file name for each recording, no two alike on any system.

    Parameters
    ----------
    names
        Of the recordings.
    suffix
        With its dot.
    """
    taken: set[str] = set()
    found = []
    for name in names:
        stem = "".join("_" if c in _FORBIDDEN else c for c in name)
        chosen, number = stem, 2
        while chosen.casefold() in taken:
            chosen, number = f"{stem} ({number})", number + 1
        taken.add(chosen.casefold())
        found.append(f"{chosen}{suffix}")
    return found


def refuse_own_files(project: Project, path: Path) -> None:
    """Raise FileError where an export would take the place of the project or of its media."""
    target = path.resolve()
    own = [project.path.resolve()]
    own += [Path(f"{own[0]}{suffix}") for suffix in ("-wal", "-shm", "-journal")]
    own += [medium.path.resolve() for one in project.recordings() for medium in one.media]
    if target in own:
        raise FileError(
            path, "belongs to the project, which an export never changes; choose another place"
        )
