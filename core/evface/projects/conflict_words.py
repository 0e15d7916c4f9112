"""What a conflict of a merge says, for people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evface.annotations.corrections import Correction
from evface.annotations.reviews import Review
from evface.annotations.segments import Presence, Segment, Side
from evface.annotations.tracks import Camera
from evface.geometry.clock import ClockSync
from evface.projects.label_merging import Conflict, ConflictKind


def place_in_words(conflict: Conflict, sync: ClockSync) -> str:
    """Return what a conflict is about, e.g. ``"landmarks teacher at 1.250 s"``.

    Parameters
    ----------
    sync
        Of the recording: the time told is that of the sensor's clock.
    """
    t_us = conflict.t_us
    if conflict.kind is ConflictKind.LANDMARKS and conflict.key[2] == Camera.RGB:
        t_us = int(sync.to_sensor_us(np.array([t_us], np.int64))[0])
    at = "" if t_us is None else f" at {t_us / 1e6:.3f} s"
    match conflict.kind:
        case ConflictKind.LANDMARKS:
            return f"landmarks {conflict.key[1]}{at}"
        case ConflictKind.SEGMENT:
            return f"one segment{at}"
        case ConflictKind.OVERLAP:
            return f"segments that overlap{at}"
        case ConflictKind.VIDEO_CLASS:
            return "class of the recording"
    return f"review of {conflict.key[1]}{at}"


def side_in_words(said: Sequence[Correction | Segment | Review | str], author: str) -> str:
    """Return what one side of a conflict says; `author` is not named again."""
    first = said[0]
    if isinstance(first, Correction):
        points = "1 point" if len(said) == 1 else f"{len(said)} points"
        latest = max(one.made_at for one in said if isinstance(one, Correction))
        return f"{points} by {first.source}, {_day(latest)}"
    if isinstance(first, Segment):
        by = "" if first.author == author else f"{first.author}: "
        return f"{by}{_segment_in_words(first)}"
    if isinstance(first, Review):
        return f"{first.verdict}, {_day(first.made_at)}"
    return ", ".join(map(str, said))


def _segment_in_words(segment: Segment) -> str:
    parts = [f"{segment.unit} {segment.onset_us / 1e6:.3f}–{segment.offset_us / 1e6:.3f} s"]
    if segment.presence is not Presence.PRESENT:
        parts.append(segment.presence.replace("_", " "))
    if segment.intensity is not None:
        parts.append(segment.intensity.level or f"{segment.intensity.value:g}")
    if segment.side is not Side.BOTH:
        parts.append(segment.side)
    return f"{', '.join(parts)} ({_day(segment.made_at)})"


def _day(made_at: str) -> str:
    """Return day and minute of a time, as ISO 8601 has them."""
    return made_at[:16].replace("T", " ")
