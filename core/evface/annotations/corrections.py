"""What people said about single landmarks, laid over what machines said about all of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import LandmarkState


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class PlacedCorrection:
    """A correction, the landmark it is about, and its time on the sensor's clock."""

    t_us: int
    landmark: int
    correction: Correction


# A correction as a table's row holds it; made a `Correction` when somebody asks for it, since of
# the hundreds of thousands of a long project few ever are.
Row = tuple[float, float, int, str, str, str, int]
# What changes at some times: by time and landmark, None for what is forgotten.
Changes = Mapping[int, Mapping[int, Correction | None]]


class Corrections:
    """All corrections of one landmark track. Never changed once made.

    Of what several people said about the same landmark at the same time, the latest counts here;
    the project keeps all of it.

    Parameters
    ----------
    placed
        In any order. Of two for the same landmark and time the later `made_at` counts, of two
        made in the same moment the later name.
    """

    def __init__(self, placed: Iterable[PlacedCorrection] = ()) -> None:
        by_landmark: dict[int, dict[int, Correction]] = {}
        for one in placed:
            said = by_landmark.setdefault(one.landmark, {})
            before = said.get(one.t_us)
            if before is None or _age(before) <= _age(one.correction):
                said[one.t_us] = one.correction
        self._lines = {landmark: _Line.of(said) for landmark, said in by_landmark.items()}
        self._times_us: NDArray[np.int64] | None = None

    @classmethod
    def from_rows(cls, rows: Mapping[int, tuple[NDArray[np.int64], list[Row]]]) -> Corrections:
        """Return those of a table.

        Parameters
        ----------
        rows
            By landmark: times, strictly increasing, and what was said at each.
        """
        corrections = cls()
        corrections._lines = {k: _Line(times_us, [*line]) for k, (times_us, line) in rows.items()}
        return corrections

    def __len__(self) -> int:
        return sum(map(len, self._lines.values()))

    def __iter__(self) -> Iterator[PlacedCorrection]:
        for landmark, line in self._lines.items():
            for index, t_us in enumerate(line.times_us.tolist()):
                yield PlacedCorrection(t_us, landmark, line.said(index))

    @property
    def landmarks(self) -> tuple[int, ...]:
        """The landmarks that something is said about."""
        return tuple(self._lines)

    @property
    def times_us(self) -> NDArray[np.int64]:
        """All times at which something is said, increasing, (n,) int64."""
        if self._times_us is None:
            all_us = [line.times_us for line in self._lines.values()]
            self._times_us = np.unique(np.concatenate(all_us)) if all_us else np.empty(0, np.int64)
        return self._times_us

    def at(self, landmark: int, t_us: int) -> Correction | None:
        """Return what is said of a landmark at a time, None where nothing is. O(log n)."""
        line = self._lines.get(landmark)
        index = None if line is None else line.find(t_us)
        return None if line is None or index is None else line.said(index)

    def of(self, landmark: int) -> tuple[NDArray[np.int64], tuple[Correction, ...]]:
        """Return the times of a landmark's corrections, increasing, and the corrections."""
        line = self._lines.get(landmark, _EMPTY)
        return line.times_us, tuple(map(line.said, range(len(line))))

    def times_of(self, landmark: int) -> NDArray[np.int64]:
        """Return the times of a landmark's corrections, increasing, (n,) int64."""
        return self._lines.get(landmark, _EMPTY).times_us

    def around(
        self, landmark: int, t_us: int
    ) -> tuple[PlacedCorrection | None, PlacedCorrection | None]:
        """Return the corrections of a landmark next before and next after a time. O(log n)."""
        line = self._lines.get(landmark, _EMPTY)
        before = bisect_left(line.times_us, t_us) - 1
        after = bisect_right(line.times_us, t_us)
        return (
            line.placed(landmark, before) if before >= 0 else None,
            line.placed(landmark, after) if after < len(line) else None,
        )

    def with_changes(self, changes: Changes) -> Corrections:
        """Return them with other words at some times. What stays is shared, not copied."""
        by_landmark: dict[int, dict[int, Correction | None]] = {}
        for t_us, said_at in changes.items():
            for landmark, said in said_at.items():
                by_landmark.setdefault(landmark, {})[t_us] = said
        changed = Corrections()
        lines = dict(self._lines)
        for landmark, said_of in by_landmark.items():
            line = lines.get(landmark, _EMPTY).changed(said_of)
            if len(line):
                lines[landmark] = line
            else:
                lines.pop(landmark, None)
        changed._lines = lines
        if len(changes) == 1:
            (t_us,) = changes
            is_there = any(line.find(t_us) is not None for line in lines.values())
            changed._times_us = _with_time(self.times_us, t_us, is_there=is_there)
        return changed


class _Line:
    """The corrections of one landmark, by increasing time."""

    def __init__(self, times_us: NDArray[np.int64], rows: list[Correction | Row]) -> None:
        self.times_us = times_us
        self._rows = rows

    @classmethod
    def of(cls, said: Mapping[int, Correction]) -> _Line:
        times_us = sorted(said)
        return cls(np.array(times_us, np.int64), [said[t_us] for t_us in times_us])

    def __len__(self) -> int:
        return len(self._rows)

    def find(self, t_us: int) -> int | None:
        index = bisect_left(self.times_us, t_us)
        is_there = index < len(self) and int(self.times_us[index]) == t_us
        return index if is_there else None

    def said(self, index: int) -> Correction:
        row = self._rows[index]
        if isinstance(row, tuple):
            row = self._rows[index] = correction_of_row(row)
        return row

    def placed(self, landmark: int, index: int) -> PlacedCorrection:
        return PlacedCorrection(int(self.times_us[index]), landmark, self.said(index))

    def changed(self, said: Mapping[int, Correction | None]) -> _Line:
        if len(said) == 1:
            ((t_us, one),) = said.items()
            return self._changed_once(t_us, one)
        kept = ~np.isin(self.times_us, np.fromiter(said, np.int64, len(said)))
        new = {t_us: one for t_us, one in said.items() if one is not None}
        times_us = np.concatenate([self.times_us[kept], np.fromiter(new, np.int64, len(new))])
        rows = [self._rows[index] for index in np.flatnonzero(kept)] + list(new.values())
        order = np.argsort(times_us)
        return _Line(times_us[order], [rows[index] for index in order])

    def _changed_once(self, t_us: int, said: Correction | None) -> _Line:
        start, stop = bisect_left(self.times_us, t_us), bisect_right(self.times_us, t_us)
        new: list[Correction | Row] = [] if said is None else [said]
        times_us = _with_time(self.times_us, t_us, is_there=said is not None)
        return _Line(times_us, self._rows[:start] + new + self._rows[stop:])


def _age(said: Correction) -> tuple[str, str]:
    """Return what the last word of several is known by; of one moment, by the later name."""
    return said.made_at, said.author


def correction_of_row(row: Row) -> Correction:
    """Return the correction that a table's row holds."""
    x, y, state, author, made_at, source, is_occluded = row
    return Correction((x, y), LandmarkState(state), author, made_at, source, bool(is_occluded))


def _with_time(times_us: NDArray[np.int64], t_us: int, *, is_there: bool) -> NDArray[np.int64]:
    """Return the times with one more or one less, as it is to be there or not."""
    start, stop = bisect_left(times_us, t_us), bisect_right(times_us, t_us)
    middle = np.full(int(is_there), t_us, np.int64)
    return np.concatenate([times_us[:start], middle, times_us[stop:]])


_EMPTY = _Line(np.empty(0, np.int64), [])
