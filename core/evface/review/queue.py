"""The review queue: moments of recordings that a person should look at, the most doubtful first."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from evface.review.reasons import Reason, ReasonKind, combined_score

# Between two items of one track lies at least this much; what is nearer is told in one.
SPACING_US = 300_000
# Not to be seen on a single frame.
_MOTION = (ReasonKind.JUMP, ReasonKind.JERK)


@dataclass(frozen=True)
class QueueItem:
    """One moment of a recording, and all that is doubtful about it.

    Parameters
    ----------
    role
        Which track a verdict is about; `evface.review.segment_checks.ROLE` for action units.
    t_us
        Of a frame of that track, on the sensor's clock.
    score
        0 to 1, see `combined_score`.
    reasons
        The worst first, those that can be seen on the frame before those of motion.
    """

    recording_id: str
    recording: str
    role: str
    t_us: int
    score: float
    reasons: tuple[Reason, ...]

    @cached_property
    def key(self) -> tuple[str, str, int]:
        """Which item: recording, track and time. A project has no other of the same."""
        return self.recording_id, self.role, self.t_us

    @property
    def landmarks(self) -> tuple[int, ...]:
        """The points of its track that the reasons name; empty for action units."""
        named = (one.landmarks for one in self.reasons if one.role == self.role)
        return tuple(sorted({point for points in named for point in points}))

    @cached_property
    def kinds(self) -> tuple[ReasonKind, ...]:
        """The kinds of reasons, in their order."""
        return tuple(dict.fromkeys(one.kind for one in self.reasons))


@dataclass(frozen=True)
class RecordingQueue:
    """What was found in one recording.

    Parameters
    ----------
    role
        The landmark track that is to be corrected; empty where there is none.
    n_frames
        How many frames that track has.
    items
        In order of time.
    notes
        What could not be looked at, one line each.
    """

    recording_id: str
    recording: str
    role: str
    n_frames: int
    items: tuple[QueueItem, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReviewQueue:
    """What was found in a project.

    Parameters
    ----------
    recordings
        In the project's order.
    author
        Whose labels were looked at; empty for everyone's.
    made_at
        ISO 8601 in UTC.
    """

    recordings: tuple[RecordingQueue, ...] = ()
    author: str = ""
    made_at: str = ""

    @cached_property
    def items(self) -> tuple[QueueItem, ...]:
        """All items, the most doubtful first; of equals the earlier of the earlier recording."""
        places = {one.recording_id: place for place, one in enumerate(self.recordings)}
        return tuple(
            sorted(
                (item for one in self.recordings for item in one.items),
                key=lambda i: (-i.score, places[i.recording_id], i.t_us, i.role),
            )
        )


def gather_items(
    recording_id: str, recording: str, reasons: Iterable[Reason], role: str
) -> tuple[QueueItem, ...]:
    """Return reasons as items: local peaks of doubt, with all reasons that lie around each.

    The most doubtful reason makes an item and takes along what lies less than `SPACING_US` from it;
    then the most doubtful of the rest, and so on. What can be seen on a frame comes before motion
    to or from it. Of one kind and track an item keeps the worst, and of a jump not its jerk too.

    Parameters
    ----------
    role
        The track to be corrected. Reasons about others join its items where there are any.
    """
    ordered = sorted(
        reasons,
        key=lambda one: (one.role != role, one.kind in _MOTION, -one.doubt, one.t_us, one.kind),
    )
    times_us = sorted({one.t_us for one in ordered})
    at: dict[int, list[int]] = {}
    for index, one in enumerate(ordered):
        at.setdefault(one.t_us, []).append(index)
    is_free = [True] * len(ordered)
    items = []
    for index, peak in enumerate(ordered):
        if not is_free[index]:
            continue
        around: dict[tuple[ReasonKind, str], Reason] = {}
        place = bisect_left(times_us, peak.t_us - SPACING_US + 1)
        while place < len(times_us) and times_us[place] < peak.t_us + SPACING_US:
            for other in at[times_us[place]]:
                if is_free[other]:
                    is_free[other] = False
                    one = ordered[other]
                    known = around.get((one.kind, one.role))
                    if known is None or one.doubt > known.doubt:
                        around[one.kind, one.role] = one
            place += 1
        for _, jumped in [key for key in around if key[0] is ReasonKind.JUMP]:
            around.pop((ReasonKind.JERK, jumped), None)
        ranked = tuple(
            sorted(around.values(), key=lambda one: (one.kind in _MOTION, -one.doubt, one.kind))
        )
        items.append(
            QueueItem(recording_id, recording, peak.role, peak.t_us, combined_score(ranked), ranked)
        )
    return tuple(sorted(items, key=lambda item: (item.t_us, item.role)))
