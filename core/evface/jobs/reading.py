"""Read a project that a window may be editing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from evface.projects.project import Project


@contextmanager
def opened_for_reading(path: Path) -> Iterator[Project]:
    """Open a project for reading only, and leave it to SQLite of others to tidy its log away.

    The window that has the project open writes into that log, and its hold on the file is lost
    where the same process opens the file a second time. A connection that can only read never
    removes a log; as long as it is there, no other one does.
    """
    with ExitStack() as stack:
        # What is wrong with the file is said by whoever opens it as a project.
        with suppress(sqlite3.Error):
            reader = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
            stack.enter_context(closing(reader))
            reader.execute("SELECT 1 FROM sqlite_master").fetchone()
        yield stack.enter_context(Project.open(path, read_only=True))
