"""How far people are: what they decided, corrected, verified and coded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from evface.annotations.reviews import Verdict
from evface.annotations.segments import Decision
from evface.annotations.tracks import LandmarkState
from evface.projects.project import Project
from evface.review.decisions import Decisions, is_reviewed, read_decisions
from evface.review.queue import RecordingQueue, ReviewQueue


@dataclass(frozen=True)
class Progress:
    """What one person did, in one recording or in several.

    Parameters
    ----------
    n_open
        Items of the queue that wait for this person's decision.
    n_accepted, n_fixed, n_skipped
        Verdicts.
    n_corrected_frames, n_verified_frames
        Frames of any track of which the person corrected or verified at least one point.
    n_segments
        Segments of action units, refused ones left out.
    """

    author: str
    n_open: int = 0
    n_accepted: int = 0
    n_fixed: int = 0
    n_skipped: int = 0
    n_corrected_frames: int = 0
    n_verified_frames: int = 0
    n_segments: int = 0

    @property
    def n_decided(self) -> int:
        """Verdicts of any kind."""
        return self.n_accepted + self.n_fixed + self.n_skipped

    @property
    def n_queued(self) -> int:
        """What is or was in the queue: decided or open."""
        return self.n_decided + self.n_open

    @property
    def fraction(self) -> float:
        """The share of the queue that was decided, 0 to 1; 1 where nothing is left to decide."""
        return self.n_decided / self.n_queued if self.n_queued else 1.0


def sum_progress(author: str, parts: Iterable[Progress]) -> Progress:
    """Return what a person did in several recordings."""
    parts = list(parts)
    counts = {
        name: sum(getattr(part, name) for part in parts)
        for name in Progress.__dataclass_fields__
        if name.startswith("n_")
    }
    return Progress(author, **counts)


def read_progress(
    project: Project,
    queue: RecordingQueue,
    author: str,
    decisions: Decisions | None = None,
) -> Progress:
    """Count what one person did in one recording.

    Parameters
    ----------
    decisions
        The person's, of this recording; read if None.

    Raises
    ------
    ProjectFileError
        If the project is damaged.
    """
    recording_id = queue.recording_id
    if decisions is None:
        decisions = read_decisions(project, recording_id, author)
    verdicts = [review.verdict for review in decisions.reviews.values()]
    corrected: set[tuple[str, int]] = set()
    verified: set[tuple[str, int]] = set()
    for role, info in project.tracks(recording_id).items():
        if not is_reviewed(role, info):
            continue
        labelled = project.labelled(recording_id, role, author=author)
        if labelled is None:
            continue
        for placed in labelled.corrections:
            if placed.correction.state is LandmarkState.VERIFIED:
                verified.add((role, placed.t_us))
            elif placed.correction.state is LandmarkState.CORRECTED:
                corrected.add((role, placed.t_us))
    segments = project.segments(recording_id, author=author).values()
    return Progress(
        author,
        sum(decisions.is_open(item) for item in queue.items),
        verdicts.count(Verdict.ACCEPTED),
        verdicts.count(Verdict.FIXED),
        verdicts.count(Verdict.SKIPPED),
        len(corrected),
        len(verified),
        sum(one.decision is not Decision.REFUSED for one in segments),
    )


def read_all_progress(
    project: Project, queue: ReviewQueue, authors: Iterable[str]
) -> dict[str, dict[str, Progress]]:
    """Count what people did in each recording, by author and recording id."""
    return {
        author: {one.recording_id: read_progress(project, one, author) for one in queue.recordings}
        for author in authors
    }
