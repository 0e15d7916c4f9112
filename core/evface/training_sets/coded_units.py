"""What people coded of action units, as numbers at the moments of a clip.

The rule: whatever was refused counts for nothing. A graded level becomes the middle of its range on
the model's scale (A 0.15, B 0.275, C 0.5, D 0.75) and E the full 1; other scales as everywhere.
What is present without a grade is as strong as the machine says, at least a trace (0.1), or 0.5
where no machine says anything. With an apex the intensity grows from a trace at the onset and fades
to one at the offset, else it is the same throughout. Absent is 0, not visible is unknown. Of
several segments about the same action unit and moment the one made last counts; of the two sides
the stronger.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from evface.annotations.segments import Decision, Intensity, Presence, Scale, Segment, Side
from evface.morphable.facs import LEVEL_STARTS
from evface.training_sets.clips import AU_CLASSES

# Where levels begin on FACS' and OpenFace's scales of five, and on the model's.
_OF_FIVE = np.array([0.0, 0.5, 1.5, 2.5, 3.5, 4.5, 5.0])
_OF_ONE = np.array([0.0, *LEVEL_STARTS, 1.0])
_TRACE = LEVEL_STARTS[0]
_UNGRADED = 0.5


def lay_segments(
    intensity: NDArray[np.float32],
    segments: Iterable[Segment],
    times_us: NDArray[np.int64],
    *,
    not_coded_is_known: bool = True,
) -> NDArray[np.float32]:
    """Lay what people coded over what a machine says.

    Parameters
    ----------
    intensity : (t, 24) float32
        The machine's; NaN where it says nothing. Not modified.
    segments
        In any order.
    times_us : (t,) int64
        On the recording's clock.
    not_coded_is_known
        Whether the machine counts where no segment is; else nothing is known there.

    Returns
    -------
    (t, 24) float32, 0 to 1
    """
    laid = intensity.copy() if not_coded_is_known else np.full_like(intensity, np.nan)
    by_side: dict[tuple[int, Side], NDArray[np.float32]] = {}
    said = np.zeros(intensity.shape, bool)
    for segment in sorted(segments, key=lambda one: (one.made_at, one.id)):
        if segment.decision is Decision.REFUSED or segment.unit not in AU_CLASSES:
            continue
        column = AU_CLASSES.index(segment.unit)
        rows = np.flatnonzero((segment.onset_us < times_us) & (times_us <= segment.offset_us))
        values = _values(segment, times_us[rows], intensity[rows, column])
        for side in (Side.LEFT, Side.RIGHT) if segment.side is Side.BOTH else (segment.side,):
            of_side = by_side.setdefault((column, side), np.full(len(times_us), np.nan, np.float32))
            of_side[rows] = values
        said[rows, column] = True
    for column in {column for column, _ in by_side}:
        sides = [of_side for (unit, _), of_side in by_side.items() if unit == column]
        strongest = np.fmax.reduce(sides)
        laid[said[:, column], column] = strongest[said[:, column]]
    return laid


def shown_unit(segments: Iterable[Segment]) -> int:
    """Return the index of the only action unit that people saw; -1 if it was none or several."""
    seen = {
        segment.unit
        for segment in segments
        if segment.presence is Presence.PRESENT and segment.decision is not Decision.REFUSED
    }
    known = [AU_CLASSES.index(unit) for unit in seen if unit in AU_CLASSES]
    return known[0] if len(seen) == 1 and known else -1


def _values(
    segment: Segment, times_us: NDArray[np.int64], machine: NDArray[np.float32]
) -> NDArray[np.float32]:
    if segment.presence is Presence.ABSENT:
        return np.zeros(len(times_us), np.float32)
    if segment.presence is Presence.NOT_VISIBLE:
        return np.full(len(times_us), np.nan, np.float32)
    if segment.intensity is None:
        is_told = np.isfinite(machine)
        return np.where(is_told, np.maximum(machine, _TRACE), _UNGRADED).astype(np.float32)
    peak = _on_scale_of_one(segment.intensity)
    if segment.apex_us is None:
        return np.full(len(times_us), peak, np.float32)
    trace = min(_TRACE, peak)
    places = [segment.onset_us, segment.apex_us, segment.offset_us]
    return np.interp(times_us, places, [trace, peak, trace]).astype(np.float32)


def _on_scale_of_one(intensity: Intensity) -> float:
    if intensity.scale is Scale.UNIT:
        return intensity.value
    return float(np.interp(intensity.value, _OF_FIVE, _OF_ONE))
