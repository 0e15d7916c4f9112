"""The job that looks through the recordings of a project for what a person should look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from evface.jobs.reading import opened_for_reading
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
        with opened_for_reading(Path(self.project)) as project:
            entries = project.recordings()
            if self.recordings:
                entries = [entry for entry in entries if entry.id in self.recordings]
            queue = review_project(project, entries, author=self.author or None, report=report)
        write_queue(Path(self.output), queue)
        return self.output
