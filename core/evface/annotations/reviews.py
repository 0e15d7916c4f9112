"""What people decided about frames of the review queue."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from evface.annotations.edits import LabelStore


class Verdict(StrEnum):
    """What a person decided about a frame of the review queue."""

    ACCEPTED = "accepted"
    FIXED = "fixed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Review:
    """A verdict, and what had put the frame into the queue."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    made_at: str = ""


@dataclass(frozen=True)
class SetReview:
    """Decide about a frame of the review queue.

    Parameters
    ----------
    review
        None puts the frame back into the queue.
    author
        Whose verdict is set; that of who makes the edit where it is empty.
    """

    recording_id: str
    role: str
    t_us: int
    review: Review | None
    label: str = "Review frame"
    author: str = ""

    def apply(self, store: LabelStore) -> SetReview:
        """Set the verdict; return the edit that restores the old one."""
        author = self.author or store.author
        place = (self.recording_id, self.role, self.t_us)
        before = store.review(*place, author)
        review = self.review
        if review is not None and not review.made_at:
            review = replace(review, made_at=store.now)
        store.set_review(*place, author, review)
        return SetReview(*place, before, self.label, author)
