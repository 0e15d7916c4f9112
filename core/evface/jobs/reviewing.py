"""The job that looks through the recordings of a project for what a person should look at."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from evface.projects.project import Project
from evface.review.queue_file import write_queue
from evface.review.reviewing import review_project


@dataclass(frozen=True)
class ReviewJob:
    """Make the review queue of a project; the result is a file of it.

    Parameters
    ----------
    project
        Path of the project, which is only read.
    output
        Path of the file to write, see `read_queue`.
    author
        Whose labels to look at, as when annotators work blind; everyone's when empty.
    recordings
        Their ids; all of the project when empty.
    """

    kind: ClassVar[str] = "review"

    project: str
    output: str
    author: str = ""
    recordings: tuple[str, ...] = ()

    def run(self, report: Callable[[float, str], None]) -> str:
        """Make the queue; return `output`."""
        report(0.0, "Opening the project")
        path = Path(self.project)
        with _left_as_it_is(path), Project.open(path, read_only=True) as project:
            entries = project.recordings()
            if self.recordings:
                entries = [entry for entry in entries if entry.id in self.recordings]
            queue = review_project(project, entries, author=self.author or None, report=report)
        write_queue(Path(self.output), queue)
        return self.output


@contextmanager
def _left_as_it_is(path: Path) -> Iterator[None]:
    """Keep SQLite from tidying a project's log away when a reader closes it last.

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
        yield
