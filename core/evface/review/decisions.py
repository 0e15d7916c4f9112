"""What people decided about the queue: what is still open to whom."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from evface.annotations.labelled import LabelledTrack
from evface.annotations.reviews import Review
from evface.annotations.roles import is_truth
from evface.annotations.tracks import LandmarkState, LandmarkTrack
from evface.projects.entries import TrackInfo
from evface.projects.project import Project
from evface.review.queue import SPACING_US, QueueItem
from evface.review.segment_checks import ROLE as CODING_ROLE

# A verdict covers what is found this near to it later: peaks move a little when labels do.
_COVERED_US = SPACING_US // 2
# Times on the video's clock are rounded to whole microseconds.
_ROUNDINGS_US = (0, -1, 1, -2, 2)


@dataclass(frozen=True)
class Decisions:
    """What one person decided about one recording.

    Parameters
    ----------
    reviews
        By role and sensor time, us.
    verified
        By role: times of frames of which a person verified points, and which points.
    """

    reviews: Mapping[tuple[str, int], Review] = field(default_factory=dict)
    verified: Mapping[str, Mapping[int, frozenset[int]]] = field(default_factory=dict)

    def review_of(self, item: QueueItem) -> Review | None:
        """Return the verdict that covers an item, the nearest in time; None where it is open."""
        times_us = self._times_us.get(item.role, [])
        reach_us = 0 if item.role == CODING_ROLE else _COVERED_US
        after = bisect_left(times_us, item.t_us)
        near = [
            (abs(t_us - item.t_us), t_us)
            for t_us in times_us[max(after - 1, 0) : after + 1]
            if abs(t_us - item.t_us) <= reach_us
        ]
        return self.reviews[item.role, min(near)[1]] if near else None

    def is_verified(self, item: QueueItem) -> bool:
        """Return whether the points that an item is about were verified on its frame."""
        known = self.verified.get(item.role, {})
        near = (known.get(item.t_us + shift_us) for shift_us in _ROUNDINGS_US)
        return any(points is not None and points.issuperset(item.landmarks) for points in near)

    def is_open(self, item: QueueItem) -> bool:
        """Return whether the person has still to decide about an item."""
        return self.review_of(item) is None and not self.is_verified(item)

    @cached_property
    def _times_us(self) -> dict[str, list[int]]:
        """Times of verdicts by role, increasing."""
        times_us: dict[str, list[int]] = {}
        for role, t_us in sorted(self.reviews):
            times_us.setdefault(role, []).append(t_us)
        return times_us


def is_reviewed(role: str, info: TrackInfo) -> bool:
    """Return whether a track is one that people review: landmarks that are not the truth."""
    return info.kind == LandmarkTrack.kind and not is_truth(role)


def verified_points(labelled: LabelledTrack, author: str) -> dict[int, frozenset[int]]:
    """Return the points that a person verified, by the time of the frame, us."""
    points: dict[int, set[int]] = {}
    for placed in labelled.corrections:
        said = placed.correction
        if said.state is LandmarkState.VERIFIED and said.author == author:
            points.setdefault(placed.t_us, set()).add(placed.landmark)
    return {t_us: frozenset(of_frame) for t_us, of_frame in points.items()}


def read_decisions(project: Project, recording_id: str, author: str) -> Decisions:
    """Read what a person decided about a recording.

    Raises
    ------
    ProjectFileError
        If the project is damaged.
    """
    reviews = {
        (role, t_us): review
        for (role, t_us, who), review in project.reviews(recording_id).items()
        if who == author
    }
    verified = {}
    for role, info in project.tracks(recording_id).items():
        if not is_reviewed(role, info):
            continue
        labelled = project.labelled(recording_id, role, author=author)
        if labelled is not None and len(labelled.corrections):
            verified[role] = verified_points(labelled, author)
    return Decisions(reviews, verified)
