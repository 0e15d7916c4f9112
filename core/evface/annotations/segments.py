"""Action units as people code them: segments of time, each with what was seen in it."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from enum import StrEnum

# The 24 action units of FACEMORPHIC (arXiv 2409.10213): 18 of the face, 6 of the head.
UNITS = (
    *("AU1", "AU2", "AU4", "AU6", "AU7", "AU9", "AU10", "AU12", "AU14", "AU15", "AU17", "AU23"),
    *("AU24", "AU25", "AU26", "AU27", "AU43", "AU45"),
    *("AU51", "AU52", "AU53", "AU54", "AU55", "AU56"),
)
LEVELS = "ABCDE"
_UNIT = re.compile(r"AU[1-9][0-9]?")


class Presence(StrEnum):
    """What was seen of an action unit. Where there is no segment, it was not coded."""

    PRESENT = "present"
    ABSENT = "absent"
    NOT_VISIBLE = "not_visible"


class Side(StrEnum):
    """On which side of the face, the subject's own."""

    BOTH = "both"
    LEFT = "left"
    RIGHT = "right"


class Scale(StrEnum):
    """What the number of an intensity means."""

    FACS = "facs"  # 1 to 5 for the levels A (a trace) to E (the most there can be)
    UNIT = "unit"  # 0 absent to 1 the model's full activation
    OPENFACE = "openface"  # 0 to 5, where 1 is the least that counts as present


class Decision(StrEnum):
    """How a segment came about."""

    CODED = "coded"  # by a person, from nothing
    ACCEPTED = "accepted"  # suggested, and taken as it was
    CHANGED = "changed"  # suggested, and corrected
    REFUSED = "refused"  # suggested, and refused: kept, so that it is not suggested again


@dataclass(frozen=True)
class Intensity:
    """How strong, with the scale that the number is on.

    Raises
    ------
    ValueError
        If the value lies outside its scale.
    """

    value: float
    scale: Scale = Scale.FACS

    def __post_init__(self) -> None:
        low, high = {Scale.FACS: (1, 5), Scale.UNIT: (0, 1), Scale.OPENFACE: (0, 5)}[self.scale]
        if not low <= self.value <= high:
            raise ValueError(f"an intensity ({self.scale}) is {low} to {high}, got {self.value}")
        if self.scale is Scale.FACS and self.value != int(self.value):
            raise ValueError(f"FACS knows whole levels only, got {self.value}")

    @classmethod
    def of_level(cls, level: str) -> Intensity:
        """Return the intensity of a letter from A to E."""
        if len(level) != 1 or level not in LEVELS:
            raise ValueError(f"a level is one of {LEVELS}, got {level!r}")
        return cls(LEVELS.index(level) + 1)

    @property
    def level(self) -> str:
        """The letter, A to E; empty on other scales, which are never converted silently."""
        return LEVELS[int(self.value) - 1] if self.scale is Scale.FACS else ""


@dataclass(frozen=True)
class Segment:
    """What one person says about one action unit in one stretch of time.

    Segments of one action unit, side and person may overlap; nothing forbids it, the checks say so.

    Parameters
    ----------
    id
        Which segment: stays when it is changed.
    unit
        FACS name, ``"AU12"``.
    onset_us, offset_us
        ``[onset_us, offset_us)`` on the sensor's clock.
    apex_us
        When it is strongest, within the segment; None where that was not said.
    intensity
        None where it was not graded, or where there is nothing to grade.
    author, made_at
        Who said so last, and when, ISO 8601 in UTC.
    source
        By what means: ``"person"``, ``"typed"``, ``"held key"``, ``"suggested by fit"``,
        ``"imported from elan"``.

    Raises
    ------
    ValueError
        If the times are not in order, the name is none of FACS, or something absent is graded.
    """

    id: str
    unit: str
    onset_us: int
    offset_us: int
    apex_us: int | None = None
    presence: Presence = Presence.PRESENT
    intensity: Intensity | None = None
    side: Side = Side.BOTH
    decision: Decision = Decision.CODED
    author: str = ""
    made_at: str = ""
    source: str = "person"

    def __post_init__(self) -> None:
        if not _UNIT.fullmatch(self.unit):
            raise ValueError(f"unit must be a FACS name such as AU12, got {self.unit!r}")
        if not 0 <= self.onset_us < self.offset_us:
            raise ValueError(
                f"onset and offset must be in order from 0, got {self.onset_us}, {self.offset_us}"
            )
        if self.apex_us is not None and not self.onset_us <= self.apex_us <= self.offset_us:
            raise ValueError(f"the apex must lie within the segment, got {self.apex_us}")
        if self.intensity is not None and self.presence is not Presence.PRESENT:
            raise ValueError(f"what is {self.presence} has no intensity")

    @property
    def duration_us(self) -> int:
        """Length."""
        return self.offset_us - self.onset_us


def new_segment_id() -> str:
    """Return an identity that no other segment has, in any project."""
    return uuid.uuid4().hex[:16]
