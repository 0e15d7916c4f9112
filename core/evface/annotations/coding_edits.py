"""Edits of what people code: segments of action units, and the class of a whole recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from evface.annotations.edits import LabelStore
from evface.annotations.segments import Segment


@dataclass(frozen=True)
class SetSegments:
    """Add, change or remove segments of action units in one step.

    Parameters
    ----------
    segments
        By id; None removes it. Those without author or time get those of the edit.
    """

    recording_id: str
    segments: Mapping[str, Segment | None]
    label: str = "Code action unit"

    @property
    def t_us(self) -> int | None:
        """Where the earliest of them begins, None where all are removed."""
        earliest = self._earliest()
        return None if earliest is None else earliest.onset_us

    @property
    def unit(self) -> str | None:
        """Which action unit the earliest of them is, None where all are removed."""
        earliest = self._earliest()
        return None if earliest is None else earliest.unit

    def apply(self, store: LabelStore) -> SetSegments:
        """Change the segments; return the edit that restores the old ones."""
        before = {key: store.segment(self.recording_id, key) for key in self.segments}
        for key, segment in self.segments.items():
            if segment is not None and segment.id != key:
                raise ValueError(f"the segment {segment.id!r} is named {key!r}")
            if segment is not None and not segment.made_at:
                segment = replace(segment, author=segment.author or store.author, made_at=store.now)
            store.set_segment(self.recording_id, key, segment)
        return SetSegments(self.recording_id, before, self.label)

    def _earliest(self) -> Segment | None:
        set_ones = (one for one in self.segments.values() if one is not None)
        return min(set_ones, key=lambda one: one.onset_us, default=None)


@dataclass(frozen=True)
class SetVideoClass:
    """Say which action unit a whole recording shows, as FACEMORPHIC labels its videos.

    Parameters
    ----------
    unit
        ``"AU12"``; None takes it back.
    author
        Whose words are set; those of who makes the edit where it is empty.
    """

    recording_id: str
    unit: str | None
    label: str = "Set the recording's class"
    author: str = ""

    def apply(self, store: LabelStore) -> SetVideoClass:
        """Set it; return the edit that restores the old one."""
        author = self.author or store.author
        before = store.video_class(self.recording_id, author)
        store.set_video_class(self.recording_id, author, self.unit)
        return SetVideoClass(self.recording_id, before, self.label, author)
