"""The curves of action units, made ready for drawing in a thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import ActionUnitTrack, Track
from evface_studio.timeline.action_units import most_active
from evface_studio.timeline.pyramid import Pyramid
from evface_studio.timeline.spans import invalid_spans

# Below this confidence a network doubts what it says.
LEAST_SURE = 0.4


@dataclass(frozen=True, eq=False)
class CurveSource:
    """What curves are made of: what was found, known and predicted, and where a face was."""

    found: ActionUnitTrack | None = None
    truth: ActionUnitTrack | None = None
    face: Track | None = None
    predicted: ActionUnitTrack | None = None

    @property
    def main(self) -> ActionUnitTrack | None:
        """What was found, else what is predicted or known."""
        there = (one for one in (self.found, self.predicted, self.truth) if one is not None)
        return next(there, None)

    def is_same(self, other: CurveSource) -> bool:
        """Return whether the very same tracks are meant."""
        return (
            self.found is other.found
            and self.truth is other.truth
            and self.face is other.face
            and self.predicted is other.predicted
        )


@dataclass(frozen=True, eq=False)
class RowCurves:
    """Curves by action unit.

    Parameters
    ----------
    predicted, unsure
        What networks tell: all of it, and where they doubt it.
    active
        Those that move most.
    spans_us : (n, 2) int64
        Stretches without a face.
    """

    found: Mapping[str, Pyramid] = field(default_factory=dict)
    truth: Mapping[str, Pyramid] = field(default_factory=dict)
    predicted: Mapping[str, Pyramid] = field(default_factory=dict)
    unsure: Mapping[str, Pyramid] = field(default_factory=dict)
    active: tuple[str, ...] = ()
    spans_us: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 2), np.int64))

    @property
    def units(self) -> tuple[str, ...]:
        """All that there is a curve of."""
        return tuple(dict.fromkeys((*self.found, *self.truth, *self.predicted)))


def make_curves(source: CurveSource) -> RowCurves:
    """Make curves ready. Takes some tenths of a second for hours of labels."""
    main = source.main
    face = source.face if source.face is not None else main
    predicted, moving = source.predicted, () if main is None else most_active(main)
    if predicted is not None and predicted is not main:
        moving = (*moving, *most_active(predicted))
    sure, unsure = _by_confidence(predicted)
    return RowCurves(
        _pyramids(source.found),
        _pyramids(source.truth),
        sure,
        unsure,
        tuple(dict.fromkeys(moving)),
        np.empty((0, 2), np.int64) if face is None else invalid_spans(face),
    )


def _by_confidence(
    track: ActionUnitTrack | None,
) -> tuple[dict[str, Pyramid], dict[str, Pyramid]]:
    """Return curves where a network is sure, or states nothing, and where it is not."""
    confidence = None if track is None else np.asarray(track.confidence)
    if track is None or confidence is None or not (confidence < LEAST_SURE).any():
        return _pyramids(track), {}
    is_low = confidence < LEAST_SURE
    # Both reach the sample between them, so that the line is unbroken.
    touches = is_low.copy()
    touches[1:] |= is_low[:-1]
    touches[:-1] |= is_low[1:]
    parts = []
    for hidden in (is_low, ~touches):
        intensity = np.where(hidden[:, None], np.float32(np.nan), np.asarray(track.intensity))
        parts.append(_pyramids(replace(track, intensity=intensity)))
    return parts[0], parts[1]


def _pyramids(track: ActionUnitTrack | None) -> dict[str, Pyramid]:
    if track is None:
        return {}
    times_s = track.times_us * 1e-6
    columns = np.asarray(track.intensity).T
    return {
        name: Pyramid(times_s, column)
        for name, column in zip(track.name_list(), columns, strict=True)
    }
