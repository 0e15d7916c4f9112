"""What people said about single landmarks, laid over what machines said about all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import LandmarkState


@dataclass(frozen=True)
class Correction:
    """Where a person says that one landmark is, at one time.

    Parameters
    ----------
    xy_px
        Origin at the centre of the top left pixel.
    state
        `LandmarkState.CORRECTED` or `LandmarkState.VERIFIED`; `LandmarkState.INTERPOLATED` where a
        machine carried a person's correction to another time, as tracking does.
    author
        Who said so.
    made_at
        When, ISO 8601 in UTC.
    source
        By what means: ``"drag"``, ``"nudge"``, ``"model-guided drag"``, ``"tracked from 1.250 s"``.
    is_occluded
        Whether something hides the landmark, so that its place was guessed.
    """

    xy_px: tuple[float, float]
    state: LandmarkState
    author: str
    made_at: str
    source: str = "person"
    is_occluded: bool = False


@dataclass(frozen=True)
class PlacedCorrection:
    """A correction, the landmark it is about, and its time on the sensor's clock."""

    t_us: int
    landmark: int
    correction: Correction


class Corrections:
    """All corrections of one landmark track. Never changed once made.

    Of what several people said about the same landmark at the same time, the latest counts here;
    the project keeps all of it.

    Parameters
    ----------
    placed
        In any order. Of two for the same landmark and time the later `made_at` counts.
    """

    def __init__(self, placed: Iterable[PlacedCorrection] = ()) -> None:
        by_landmark: dict[int, dict[int, Correction]] = {}
        for one in placed:
            said = by_landmark.setdefault(one.landmark, {})
            before = said.get(one.t_us)
            if before is None or before.made_at <= one.correction.made_at:
                said[one.t_us] = one.correction
        self._rows = {landmark: _Row.of(said) for landmark, said in by_landmark.items()}
        self._times_us: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return sum(len(row.said) for row in self._rows.values())

    def __iter__(self) -> Iterator[PlacedCorrection]:
        for landmark, row in self._rows.items():
            for t_us, said in zip(row.times_us.tolist(), row.said, strict=True):
                yield PlacedCorrection(t_us, landmark, said)

    @property
    def landmarks(self) -> tuple[int, ...]:
        """The landmarks that something is said about."""
        return tuple(self._rows)

    @property
    def times_us(self) -> NDArray[np.int64]:
        """All times at which something is said, increasing, (n,) int64."""
        if self._times_us is None:
            all_us = [row.times_us for row in self._rows.values()]
            self._times_us = np.unique(np.concatenate(all_us)) if all_us else np.empty(0, np.int64)
        return self._times_us

    def at(self, landmark: int, t_us: int) -> Correction | None:
        """Return what is said of a landmark at a time, None where nothing is. O(log n)."""
        row = self._rows.get(landmark)
        if row is None or not row.has(t_us):
            return None
        return row.said[int(np.searchsorted(row.times_us, t_us))]

    def of(self, landmark: int) -> tuple[NDArray[np.int64], tuple[Correction, ...]]:
        """Return the times of a landmark's corrections, increasing, and the corrections."""
        row = self._rows.get(landmark)
        return (np.empty(0, np.int64), ()) if row is None else (row.times_us, row.said)

    def around(
        self, landmark: int, t_us: int
    ) -> tuple[PlacedCorrection | None, PlacedCorrection | None]:
        """Return the corrections of a landmark next before and next after a time. O(log n)."""
        row = self._rows.get(landmark)
        if row is None:
            return None, None
        first, after = (
            int(np.searchsorted(row.times_us, t_us, side=side)) for side in ("left", "right")
        )
        before = (
            PlacedCorrection(int(row.times_us[first - 1]), landmark, row.said[first - 1])
            if (first > 0)
            else None
        )
        behind = (
            PlacedCorrection(int(row.times_us[after]), landmark, row.said[after])
            if (after < len(row.said))
            else None
        )
        return before, behind

    def with_changes(self, t_us: int, changes: Mapping[int, Correction | None]) -> Corrections:
        """Return them with other words about some landmarks at a time; None forgets one.

        What is said of other landmarks is shared, not copied.
        """
        changed = Corrections()
        rows = dict(self._rows)
        for landmark, said in changes.items():
            row = rows.get(landmark, _EMPTY).changed(t_us, said)
            if len(row.said):
                rows[landmark] = row
            else:
                rows.pop(landmark, None)
        changed._rows = rows
        changed._times_us = _with_time(
            self.times_us, t_us, is_there=any(row.has(t_us) for row in rows.values())
        )
        return changed


@dataclass(frozen=True, eq=False)
class _Row:
    """The corrections of one landmark, by increasing time."""

    times_us: NDArray[np.int64]
    said: tuple[Correction, ...]

    @classmethod
    def of(cls, said: Mapping[int, Correction]) -> _Row:
        times_us = np.array(sorted(said), np.int64)
        return cls(times_us, tuple(said[t_us] for t_us in times_us.tolist()))

    def has(self, t_us: int) -> bool:
        index = int(np.searchsorted(self.times_us, t_us))
        return index < len(self.said) and int(self.times_us[index]) == t_us

    def changed(self, t_us: int, said: Correction | None) -> _Row:
        start = int(np.searchsorted(self.times_us, t_us, side="left"))
        stop = int(np.searchsorted(self.times_us, t_us, side="right"))
        new = () if said is None else (said,)
        times_us = np.concatenate(
            [self.times_us[:start], np.full(len(new), t_us, np.int64), self.times_us[stop:]]
        )
        return _Row(times_us, (*self.said[:start], *new, *self.said[stop:]))


_EMPTY = _Row(np.empty(0, np.int64), ())


def _with_time(times_us: NDArray[np.int64], t_us: int, *, is_there: bool) -> NDArray[np.int64]:
    """Return the times with one more or one less, as it is to be there or not."""
    start = int(np.searchsorted(times_us, t_us, side="left"))
    stop = int(np.searchsorted(times_us, t_us, side="right"))
    middle = np.full(int(is_there), t_us, np.int64)
    return np.concatenate([times_us[:start], middle, times_us[stop:]])
