"""Why a frame is in the review queue, in figures and in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class ReasonKind(StrEnum):
    """What is doubtful about a frame or a segment."""

    SWAPPED = "swapped"
    COLLAPSED = "collapsed"
    CROSSED_LIPS = "crossed_lips"
    CROSSED_EYELIDS = "crossed_eyelids"
    OUTSIDE_FACE = "outside_face"
    OUTSIDE_PICTURE = "outside_picture"
    JUMP = "jump"
    LOPSIDED = "lopsided"
    DISAGREEMENT = "disagreement"
    REPROJECTION = "reprojection"
    LOW_CONFIDENCE = "low_confidence"
    JERK = "jerk"
    FEW_EVENTS = "few_events"
    OVERLAPPING_SEGMENTS = "overlapping_segments"
    LATE_SEGMENT = "late_segment"
    CONFLICTING_ANNOTATORS = "conflicting_annotators"
    NETWORK_DISAGREES = "network_disagrees"


@dataclass(frozen=True)
class KindInfo:
    """What a kind of reason is called, and how its value is to be read.

    Parameters
    ----------
    title
        Two or three words.
    unit
        Of value and threshold.
    weight
        How much it counts in the score, 0 to 1: 1 for what cannot be right.
    meaning
        How the value is measured; one sentence.
    """

    title: str
    unit: str
    weight: float
    meaning: str


KINDS: dict[ReasonKind, KindInfo] = {
    ReasonKind.SWAPPED: KindInfo(
        "Left and right swapped",
        "of the face's size",
        1.0,
        "How far the points of one side lie on the other side of their mirror images.",
    ),
    ReasonKind.COLLAPSED: KindInfo(
        "Collapsed",
        "times smaller",
        1.0,
        "How many times smaller than around this moment the face is, or a part of it than usual.",
    ),
    ReasonKind.CROSSED_LIPS: KindInfo(
        "Crossed lips",
        "of the face's size",
        1.0,
        "How far the upper lip lies below the lower one, or a point of a lip beyond the next.",
    ),
    ReasonKind.CROSSED_EYELIDS: KindInfo(
        "Crossed eyelids",
        "of the face's size",
        1.0,
        "How far the upper eyelid lies below the lower one.",
    ),
    ReasonKind.OUTSIDE_FACE: KindInfo(
        "Outside the face",
        "of the face's size",
        1.0,
        "How far points lie beyond all the others.",
    ),
    ReasonKind.OUTSIDE_PICTURE: KindInfo(
        "Outside the picture",
        "of the face's size",
        0.8,
        "How far points lie beyond the edge of the picture.",
    ),
    ReasonKind.JUMP: KindInfo(
        "Jump",
        "of the face's size",
        1.0,
        "How far a point moves in one frame beyond what it does in the frames around.",
    ),
    ReasonKind.LOPSIDED: KindInfo(
        "Unlike its mirror image",
        "of the face's size",
        0.8,
        "How much higher one side lies than its mirror image, whichever way the head is turned.",
    ),
    ReasonKind.DISAGREEMENT: KindInfo(
        "Disagreement",
        "of the face's size",
        0.8,
        "How far two tracks lie apart, beyond what they usually do in this recording.",
    ),
    ReasonKind.REPROJECTION: KindInfo(
        "Poor fit",
        "of the face's size",
        0.8,
        "Mean distance between the landmarks on the video and the fitted head.",
    ),
    ReasonKind.LOW_CONFIDENCE: KindInfo(
        "Low confidence", "of 1 in doubt", 0.8, "One minus the confidence that the maker states."
    ),
    ReasonKind.JERK: KindInfo(
        "Jerk",
        "face sizes / s³",
        0.6,
        "Third derivative of a point's place in px/s³, over the size of the face in px.",
    ),
    ReasonKind.FEW_EVENTS: KindInfo(
        "Few events",
        "times too few",
        0.4,
        "How many times fewer events than show an outline lie in the face's box in 20 ms.",
    ),
    ReasonKind.OVERLAPPING_SEGMENTS: KindInfo(
        "Overlapping segments",
        "s in common",
        1.0,
        "How long one annotator codes the same action unit and side in two ways.",
    ),
    ReasonKind.LATE_SEGMENT: KindInfo(
        "Beyond the recording", "s too long", 1.0, "How long a segment goes on after the end."
    ),
    ReasonKind.CONFLICTING_ANNOTATORS: KindInfo(
        "Annotators disagree",
        "s in common",
        0.8,
        "How long two annotators code the same action unit and side in different ways.",
    ),
    ReasonKind.NETWORK_DISAGREES: KindInfo(
        "Network disagrees",
        "of full strength",
        0.6,
        "How far the intensity that a network sees lies from what is coded or fitted.",
    ),
}


@dataclass(frozen=True)
class Reason:
    """One thing that is doubtful, at one time.

    Parameters
    ----------
    t_us
        When it is worst, on the sensor's clock.
    role
        On which track it was seen.
    value, threshold
        In the unit of `KINDS`; the value is above the threshold.
    sentence
        The same in plain words.
    landmarks
        Which points; none where it is about action units.
    unit
        The action unit, where it is about one.
    """

    kind: ReasonKind
    t_us: int
    role: str
    value: float
    threshold: float
    sentence: str
    landmarks: tuple[int, ...] = ()
    unit: str = ""

    @property
    def severity(self) -> float:
        """How many times the threshold, at least 1."""
        if not math.isfinite(self.value):
            return math.inf
        return max(self.value / self.threshold, 1.0) if self.threshold > 0 else 1.0 + self.value

    @property
    def doubt(self) -> float:
        """What it alone makes the score, 0 to 1: half its weight at the threshold, then more."""
        return KINDS[self.kind].weight * (1.0 - 0.5 / self.severity)


def combined_score(reasons: tuple[Reason, ...]) -> float:
    """Return how doubtful a frame is, 0 to 1, as if its kinds of reason were independent.

    Of several reasons of the same kind only the worst counts.

    Examples
    --------
    >>> jump = Reason(ReasonKind.JUMP, 0, "transferred", 0.2, 0.1, "")
    >>> jerk = Reason(ReasonKind.JERK, 0, "transferred", 5.0, 5.0, "")
    >>> round(combined_score((jump,)), 3), round(combined_score((jump, jerk)), 3)
    (0.75, 0.825)
    """
    worst: dict[ReasonKind, float] = {}
    for reason in reasons:
        worst[reason.kind] = max(worst.get(reason.kind, 0.0), reason.doubt)
    return 1.0 - math.prod(1.0 - doubt for _, doubt in sorted(worst.items()))
