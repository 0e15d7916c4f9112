"""What a review needs to know of a project, read off the GUI thread."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from evface.projects.project import Project
from evface.review.decisions import Decisions, read_decisions
from evface.review.progress import Progress, read_progress
from evface.review.queue import QueueItem, ReviewQueue
from evface.review.queue_file import read_queue

Key = tuple[str, str, int]


class Status(StrEnum):
    """What became of an item of the queue."""

    OPEN = "open"
    ACCEPTED = "accepted"
    FIXED = "fixed"
    SKIPPED = "skipped"
    VERIFIED = "verified"


@dataclass(frozen=True, eq=False)
class Wanted:
    """What is to be read.

    Parameters
    ----------
    queue
        What was found before.
    file
        A new queue to read instead; its folder is removed then.
    recording_ids
        Of those that may have changed; all where a file is given.
    """

    project: Project
    author: str
    is_blind: bool
    queue: ReviewQueue
    file: Path | None = None
    recording_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class ReviewState:
    """What was read.

    Parameters
    ----------
    recording_ids
        What the following is about.
    statuses
        Of the items that are not open any more.
    progress
        By author and recording.
    """

    queue: ReviewQueue
    recording_ids: frozenset[str]
    statuses: Mapping[Key, Status] = field(default_factory=dict)
    progress: Mapping[tuple[str, str], Progress] = field(default_factory=dict)


def read_review(wanted: Wanted) -> ReviewState:
    """Read a queue, what was decided about it, and how far everyone is.

    Raises
    ------
    EvfaceError
        If the file or the project cannot be read.
    """
    queue, recording_ids = wanted.queue, wanted.recording_ids
    if wanted.file is not None:
        try:
            queue = read_queue(wanted.file)
        finally:
            shutil.rmtree(wanted.file.parent, ignore_errors=True)
        recording_ids = frozenset(one.recording_id for one in queue.recordings)
        _prepare(queue)
    project, author = wanted.project, wanted.author
    authors = [author]
    if not wanted.is_blind:
        authors += [other for other in project.annotators() if other != author]
    statuses: dict[Key, Status] = {}
    progress: dict[tuple[str, str], Progress] = {}
    for one in queue.recordings:
        if one.recording_id not in recording_ids:
            continue
        decisions = read_decisions(project, one.recording_id, author)
        for item in one.items:
            status = _status(decisions, item)
            if status is not Status.OPEN:
                statuses[item.key] = status
        for who in authors:
            said = decisions if who == author else None
            progress[who, one.recording_id] = read_progress(project, one, who, said)
    return ReviewState(queue, recording_ids, statuses, progress)


def _prepare(queue: ReviewQueue) -> None:
    """Work out here what is worked out once, so that the window need not."""
    for item in queue.items:
        _ = item.key, item.kinds


def _status(decisions: Decisions, item: QueueItem) -> Status:
    review = decisions.review_of(item)
    if review is not None:
        return Status(review.verdict.value)
    return Status.VERIFIED if decisions.is_verified(item) else Status.OPEN
