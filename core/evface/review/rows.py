"""Rows of a labelled track in slices of bounded size, corrections in place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.annotations.labelled import LabelledTrack
from evface.annotations.tracks import LandmarkTrack

# About 4.5 MB of 68 landmarks in one go.
_N_ROWS = 8192
# Rows that are gathered in one go; lazily stored arrays are quick for so few.
_N_GATHERED = 64
# Times on the video's clock are rounded to whole microseconds.
_ROUNDING_US = 2


@dataclass(frozen=True, eq=False)
class Rows:
    """Some rows that follow one another, with others around them.

    Parameters
    ----------
    times_us : (m,) int64
    landmarks : (m, n_landmarks, 2) float32, px
        NaN where missing.
    start, stop
        The rows meant, among these; those outside are there to compare with.
    """

    times_us: NDArray[np.int64]
    landmarks: NDArray[np.float32]
    start: int
    stop: int


class LabelledRows:
    """The rows of the automatic track with what people said laid over them.

    The same as `LabelledTrack.frame` says of each, computed for many at once.
    """

    def __init__(self, labelled: LabelledTrack) -> None:
        self._track = labelled.track
        self._longest_gap_us = labelled.longest_gap_us
        self._said = _said_of(labelled)

    def __len__(self) -> int:
        return len(self._track)

    @property
    def track(self) -> LandmarkTrack:
        """As a machine made it."""
        return self._track

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return rows ``[start, stop)``, (m, n_landmarks, 2) float32, px; one's own copy."""
        landmarks = np.array(self._track.landmarks[start:stop], np.float32)
        times_us = np.asarray(self._track.times_us[start:stop])
        for landmark, said in self._said.items():
            said.lay_over(landmarks[:, landmark], times_us, self._longest_gap_us)
        return landmarks

    def slices(self, *, overlap: int = 0, n_rows: int = _N_ROWS) -> Iterator[Rows]:
        """Go through all rows, each meant once, with `overlap` more on either side."""
        for start in range(0, len(self), n_rows):
            stop = min(start + n_rows, len(self))
            first, last = max(start - overlap, 0), min(stop + overlap, len(self))
            times_us = np.asarray(self._track.times_us[first:last])
            yield Rows(times_us, self.read(first, last), start - first, stop - first)

    def samples(self, *, overlap: int = 0, n_blocks: int = 48, n_rows: int = 384) -> Iterator[Rows]:
        """Go through rows spread evenly over the track, at most ``n_blocks * n_rows`` of them."""
        if len(self) <= n_blocks * n_rows:
            yield from self.slices(overlap=overlap)
            return
        for middle in np.linspace(0, len(self), n_blocks + 1)[:-1].astype(int).tolist():
            start, stop = middle, min(middle + n_rows, len(self))
            first, last = max(start - overlap, 0), min(stop + overlap, len(self))
            times_us = np.asarray(self._track.times_us[first:last])
            yield Rows(times_us, self.read(first, last), start - first, stop - first)


@dataclass(frozen=True, eq=False)
class _Said:
    """What people said of one landmark: when, where, and how far from the automatic point."""

    times_us: NDArray[np.int64]
    xy_px: NDArray[np.float32]
    offsets_px: NDArray[np.float32]

    def lay_over(
        self, points: NDArray[np.float32], times_us: NDArray[np.int64], longest_gap_us: int
    ) -> None:
        """Move the points, (m, 2), in place."""
        after = np.searchsorted(self.times_us, times_us + _ROUNDING_US, side="right")
        before = after - 1
        exact = (before >= 0) & (self.times_us[before] >= times_us - _ROUNDING_US)
        points[exact] = self.xy_px[before[exact]]
        between = ~exact & (before >= 0) & (after < len(self.times_us))
        if not longest_gap_us or not between.any():
            return
        before, after = before[between], after[between]
        gap_us = self.times_us[after] - self.times_us[before]
        share = ((times_us[between] - self.times_us[before]) / gap_us)[:, None]
        offset = self.offsets_px[before] + share * (
            self.offsets_px[after] - self.offsets_px[before]
        )
        near = (gap_us <= longest_gap_us) & np.isfinite(offset).all(axis=1)
        points[np.flatnonzero(between)[near]] += offset[near].astype(np.float32)


def _said_of(labelled: LabelledTrack) -> dict[int, _Said]:
    times_us = labelled.keyframes_us()
    automatic = _automatic_at(labelled.track, times_us)
    said = {}
    for landmark in labelled.corrections.landmarks:
        own_us, corrections = labelled.corrections.of(landmark)
        xy_px = np.array([one.xy_px for one in corrections], np.float32)
        offsets = xy_px - automatic[np.searchsorted(times_us, own_us), landmark]
        said[landmark] = _Said(own_us, xy_px, offsets)
    return said


def _automatic_at(track: LandmarkTrack, times_us: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the machine's points at times, between two rows where it has none; (n, k, 2)."""
    points = np.full((len(times_us), track.state.shape[1], 2), np.nan, np.float32)
    if not len(track):
        return points
    own_us = np.asarray(track.times_us)
    inside = np.flatnonzero(
        (times_us >= own_us[0] - _ROUNDING_US) & (times_us <= own_us[-1] + _ROUNDING_US)
    )
    wanted_us = times_us[inside]
    after = np.searchsorted(own_us, wanted_us - _ROUNDING_US).clip(0, len(own_us) - 1)
    is_own = np.abs(own_us[after] - wanted_us) <= _ROUNDING_US
    before = np.where(is_own, after, after - 1)
    share = np.where(
        is_own, 0, (wanted_us - own_us[before]) / np.maximum(own_us[after] - own_us[before], 1)
    )
    first, last = _gather(track, before), _gather(track, after)
    points[inside] = first + share[:, None, None].astype(np.float32) * (last - first)
    return points


def _gather(track: LandmarkTrack, rows: NDArray[np.integer]) -> NDArray[np.float32]:
    parts = [
        np.asarray(track.landmarks[rows[start : start + _N_GATHERED]])
        for start in range(0, len(rows), _N_GATHERED)
    ]
    shape = (0, track.state.shape[1], 2)
    return np.concatenate([np.empty(shape, np.float32), *parts])
