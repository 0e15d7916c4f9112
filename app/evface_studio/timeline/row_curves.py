"""The curves of action units, made ready for drawing in a thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import ActionUnitTrack, Track
from evface_studio.timeline.action_units import most_active
from evface_studio.timeline.pyramid import Pyramid
from evface_studio.timeline.spans import invalid_spans


@dataclass(frozen=True, eq=False)
class CurveSource:
    """What curves are made of: what was found, what is known, and where a face was."""

    found: ActionUnitTrack | None = None
    truth: ActionUnitTrack | None = None
    face: Track | None = None

    @property
    def main(self) -> ActionUnitTrack | None:
        """What was found, else what is known."""
        return self.found if self.found is not None else self.truth

    def is_same(self, other: CurveSource) -> bool:
        """Return whether the very same tracks are meant."""
        return self.found is other.found and self.truth is other.truth and self.face is other.face


@dataclass(frozen=True, eq=False)
class RowCurves:
    """Curves by action unit.

    Parameters
    ----------
    active
        Those that move most.
    spans_us : (n, 2) int64
        Stretches without a face.
    """

    found: Mapping[str, Pyramid] = field(default_factory=dict)
    truth: Mapping[str, Pyramid] = field(default_factory=dict)
    active: tuple[str, ...] = ()
    spans_us: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 2), np.int64))

    @property
    def units(self) -> tuple[str, ...]:
        """All that there is a curve of."""
        return tuple(dict.fromkeys((*self.found, *self.truth)))


def make_curves(source: CurveSource) -> RowCurves:
    """Make curves ready. Takes some tenths of a second for hours of labels."""
    main = source.main
    face = source.face if source.face is not None else main
    return RowCurves(
        _pyramids(source.found),
        _pyramids(source.truth),
        () if main is None else tuple(most_active(main)),
        np.empty((0, 2), np.int64) if face is None else invalid_spans(face),
    )


def _pyramids(track: ActionUnitTrack | None) -> dict[str, Pyramid]:
    if track is None:
        return {}
    times_s = track.times_us * 1e-6
    columns = np.asarray(track.intensity).T
    return {
        name: Pyramid(times_s, column)
        for name, column in zip(track.name_list(), columns, strict=True)
    }
