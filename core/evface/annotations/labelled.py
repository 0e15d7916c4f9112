"""A landmark track as people see it: corrections in place, and carried between keyframes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.annotations.corrections import Changes, Correction, Corrections
from evface.annotations.track_parts import read_whole
from evface.annotations.tracks import LandmarkState, LandmarkTrack, nearest_index

# Corrections farther apart than this are not carried from one to the other.
DEFAULT_GAP_US = 2_000_000
_MOST_AUTOMATIC = 64


@dataclass(frozen=True, eq=False)
class LabelledFrame:
    """All landmarks of one moment, and who stands behind each.

    Parameters
    ----------
    t_us
        On the sensor's clock.
    landmarks : (n_landmarks, 2) float32, px
        NaN where missing.
    state : (n_landmarks,) uint8
        `LandmarkState` of each.
    occluded : (n_landmarks,) bool
        Whether something hides the point.
    corrections
        What was said at this very moment, by landmark.
    """

    t_us: int
    landmarks: NDArray[np.float32]
    state: NDArray[np.uint8]
    occluded: NDArray[np.bool_]
    corrections: Mapping[int, Correction]


@dataclass(frozen=True, eq=False)
class _Carried:
    """Landmarks that are shifted between two keyframes.

    Parameters
    ----------
    landmarks, before_us, after_us : (n,) int64
        Which, and the keyframes of each.
    offsets_px : (n, 2, 2) float64
        At the keyframe before and at the one after, x and y.
    """

    landmarks: NDArray[np.int64]
    before_us: NDArray[np.int64]
    after_us: NDArray[np.int64]
    offsets_px: NDArray[np.float64]

    def offsets_at(self, t_us: int | NDArray[np.int64]) -> NDArray[np.float32]:
        """Return how far each is shifted at a time, or each at its own, (n, 2)."""
        share = (t_us - self.before_us) / (self.after_us - self.before_us)
        first, last = self.offsets_px[:, 0], self.offsets_px[:, 1]
        return (first + share[:, None] * (last - first)).astype(np.float32)


class LabelledTrack:
    """A landmark track with what people said laid over it, frame by frame. Never changed once made.

    A landmark that was corrected at two moments is shifted in between: by the correction's distance
    from the automatic point, interpolated in time, so that the automatic track's movements stay.
    Before the first keyframe and after the last it is left alone. A correction at a time that the
    track does not hold makes a frame of its own, whose other landmarks lie between its neighbours.

    Looking up a frame takes O(log n) however long the track is.

    Parameters
    ----------
    track
        As a machine made it. Not modified.
    corrections
        Those of landmarks that the track does not have are left out.
    longest_gap_us
        Corrections farther apart are not carried from one to the other; 0 turns this off.
    tolerance_us
        How far a frame's time may be from a correction's.
    """

    def __init__(
        self,
        track: LandmarkTrack,
        corrections: Corrections | None = None,
        *,
        longest_gap_us: int = DEFAULT_GAP_US,
        tolerance_us: int = 0,
    ) -> None:
        self.track = track
        corrections = corrections if corrections is not None else Corrections()
        if any(not 0 <= landmark < self.n_landmarks for landmark in corrections.landmarks):
            corrections = Corrections(
                placed for placed in corrections if 0 <= placed.landmark < self.n_landmarks
            )
        self.corrections = corrections
        self.longest_gap_us = longest_gap_us
        self._tolerance_us = tolerance_us
        self._own_us = self._times_of_its_own()
        self.times_us = (
            np.insert(track.times_us, np.searchsorted(track.times_us, self._own_us), self._own_us)
            if len(self._own_us)
            else track.times_us
        )
        # How far corrections lie from the automatic points, by landmark, time and place.
        self._automatic_us: dict[int, NDArray[np.float32]] = {}
        self._offsets: dict[tuple[int, int, tuple[float, float]], tuple[float, float]] = {}
        # What is carried between two neighbouring keyframes, and which ones these are.
        self._carried: tuple[int, _Carried] | None = None

    def __len__(self) -> int:
        return len(self.times_us)

    @property
    def n_landmarks(self) -> int:
        """Number of points."""
        return int(self.track.state.shape[1])

    def index_at(self, t_us: int, *, tolerance_us: int) -> int | None:
        """Return the index of the frame nearest to `t_us` that says anything, as a track does."""
        index = nearest_index(self.times_us, t_us)
        if index is None or abs(int(self.times_us[index]) - t_us) > tolerance_us:
            return None
        row = self._row_of(int(self.times_us[index]))
        if row is not None and not self.track.valid[row]:
            own = self._said_at(int(self.times_us[index]))
            return index if own else None
        return index

    def frame(self, index: int) -> LabelledFrame:
        """Return a frame by its index in `times_us`."""
        return self.frame_at(int(self.times_us[index]))

    def frame_at(self, t_us: int) -> LabelledFrame:
        """Return the frame of any time; one that the track does not hold lies between its rows."""
        landmarks, state, occluded = self._automatic(t_us)
        said = self._said_at(t_us)
        for landmark, one in said.items():
            landmarks[landmark], state[landmark] = one.xy_px, one.state
            occluded[landmark] = one.is_occluded
        if self.longest_gap_us and len(self.corrections):
            carried = self._carried_to(t_us, said)
            landmarks[carried.landmarks] += carried.offsets_at(t_us)
            state[carried.landmarks] = LandmarkState.INTERPOLATED
        return LabelledFrame(t_us, landmarks, state, occluded, said)

    def with_changes(self, changes: Changes) -> LabelledTrack:
        """Return it with other words about some landmarks at some times; None forgets one."""
        changed = LabelledTrack(
            self.track,
            self.corrections.with_changes(changes),
            longest_gap_us=self.longest_gap_us,
            tolerance_us=self._tolerance_us,
        )
        # They are kept under the words that they belong to, so none of them is wrong there.
        changed._offsets, changed._automatic_us = self._offsets, self._automatic_us
        return changed

    def keyframes_us(self) -> NDArray[np.int64]:
        """Return the times at which a person said something, increasing, (n,) int64."""
        return self.corrections.times_us

    def laid(self) -> LandmarkTrack:
        """Return the whole track with all of it in place; takes time and memory as the track."""
        track = read_whole(self.track)
        if not len(self.corrections):
            return track
        rows = np.searchsorted(self.times_us, track.times_us)
        n = len(self)
        fields: dict[str, Any] = {
            "times_us": self.times_us,
            "valid": np.ones(n, bool),
            "landmarks": np.full((n, self.n_landmarks, 2), np.nan, np.float32),
            "confidence": np.full(n, np.nan, np.float32),
            "state": np.full((n, self.n_landmarks), LandmarkState.INTERPOLATED, np.uint8),
            "occluded": np.zeros((n, self.n_landmarks), bool),
        }
        for name in ("valid", "landmarks", "confidence", "state", "occluded"):
            fields[name][rows] = getattr(track, name)
        for t_us in self._own_us.tolist():
            fields["landmarks"][np.searchsorted(self.times_us, t_us)] = self._automatic(t_us)[0]
        keyframes_us = self.corrections.times_us
        automatic = np.array([self._automatic(t_us)[0] for t_us in keyframes_us.tolist()])
        for landmark in self.corrections.landmarks:
            times_us, said = self.corrections.of(landmark)
            places = np.array([one.xy_px for one in said])
            at = automatic[np.searchsorted(keyframes_us, times_us), landmark]
            is_said = self._lay_said(fields, landmark, times_us, said)
            self._lay_carried(fields, landmark, times_us, places - at, is_said)
        for array in fields.values():
            array.setflags(write=False)
        return replace(track, **fields)

    def _lay_said(
        self,
        fields: dict[str, Any],
        landmark: int,
        times_us: NDArray[np.int64],
        said: tuple[Correction, ...],
    ) -> NDArray[np.bool_]:
        """Lay what was said of a landmark over its frames; return which these are, (n,)."""
        is_said = np.zeros(len(self), bool)
        starts = np.searchsorted(self.times_us, times_us - self._tolerance_us)
        stops = np.searchsorted(self.times_us, times_us + self._tolerance_us, side="right")
        for start, stop, one in zip(starts.tolist(), stops.tolist(), said, strict=True):
            frames = slice(start, stop)
            fields["landmarks"][frames, landmark] = one.xy_px
            fields["state"][frames, landmark] = one.state
            fields["occluded"][frames, landmark] = one.is_occluded
            fields["valid"][frames] = True
            is_said[frames] = True
        return is_said

    def _lay_carried(
        self,
        fields: dict[str, Any],
        landmark: int,
        times_us: NDArray[np.int64],
        offsets_px: NDArray[np.float64],
        is_said: NDArray[np.bool_],
    ) -> None:
        """Shift a landmark between its keyframes, as `frame_at` does frame by frame."""
        before = np.searchsorted(times_us, self.times_us) - 1
        after = np.searchsorted(times_us, self.times_us, side="right")
        frames = np.flatnonzero((before >= 0) & (after < len(times_us)) & ~is_said)
        before, after = before[frames], after[frames]
        is_near = times_us[after] - times_us[before] <= self.longest_gap_us
        is_near &= np.isfinite(offsets_px[before] + offsets_px[after]).all(axis=1)
        frames, before, after = frames[is_near], before[is_near], after[is_near]
        carried = _Carried(
            np.full(len(frames), landmark),
            times_us[before],
            times_us[after],
            np.stack([offsets_px[before], offsets_px[after]], axis=1),
        )
        fields["landmarks"][frames, landmark] += carried.offsets_at(self.times_us[frames])
        fields["state"][frames, landmark] = LandmarkState.INTERPOLATED

    def _times_of_its_own(self) -> NDArray[np.int64]:
        times_us = self.corrections.times_us
        if not len(times_us) or not len(self.track):
            return times_us
        after = np.searchsorted(self.track.times_us, times_us).clip(0, len(self.track) - 1)
        before = (after - 1).clip(0)
        away_us = np.minimum(
            np.abs(self.track.times_us[after] - times_us),
            np.abs(self.track.times_us[before] - times_us),
        )
        return times_us[away_us > self._tolerance_us]

    def _row_of(self, t_us: int) -> int | None:
        """Return the automatic track's own row at a time."""
        row = nearest_index(self.track.times_us, t_us)
        if row is None or abs(int(self.track.times_us[row]) - t_us) > self._tolerance_us:
            return None
        return row

    def _automatic(
        self, t_us: int
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.bool_]]:
        """Return copies of what the machine says of a time, between two rows where it has none."""
        track, row = self.track, self._row_of(t_us)
        if row is not None:
            return (
                np.array(track.landmarks[row], np.float32),
                np.array(track.state[row], np.uint8),
                np.array(track.occluded[row], bool),
            )
        landmarks = np.full((self.n_landmarks, 2), np.nan, np.float32)
        index = bisect_left(track.times_us, t_us)
        if 0 < index < len(track) and track.valid[index - 1] and track.valid[index]:
            start_us, stop_us = int(track.times_us[index - 1]), int(track.times_us[index])
            share = np.float32((t_us - start_us) / (stop_us - start_us))
            before, after = track.landmarks[index - 1], track.landmarks[index]
            landmarks = before + share * (after - before)
        state = np.full(self.n_landmarks, LandmarkState.INTERPOLATED, np.uint8)
        return landmarks, state, np.zeros(self.n_landmarks, bool)

    def _said_at(self, t_us: int) -> dict[int, Correction]:
        times_us = self.corrections.times_us
        start = bisect_left(times_us, t_us - self._tolerance_us)
        stop = bisect_right(times_us, t_us + self._tolerance_us)
        said: dict[int, Correction] = {}
        for near_us in times_us[start:stop].tolist():
            for landmark in self.corrections.landmarks:
                one = self.corrections.at(landmark, near_us)
                if one is not None:
                    said[landmark] = one
        return said

    def _carried_to(self, t_us: int, said: Mapping[int, Correction]) -> _Carried:
        """Return what is carried to a time at which some landmarks are spoken of, or none."""
        if said:
            return self._carried_around(t_us, said)
        # From one keyframe to the next it is always the same, frame after frame.
        slot = bisect_left(self.corrections.times_us, t_us)
        known = self._carried
        if known is None or known[0] != slot:
            known = self._carried = (slot, self._carried_around(t_us, said))
        return known[1]

    def _carried_around(self, t_us: int, said: Mapping[int, Correction]) -> _Carried:
        rows: list[tuple[int, ...]] = []
        offsets: list[tuple[tuple[float, float], tuple[float, float]]] = []
        for landmark in self.corrections.landmarks:
            before, after = self.corrections.around(landmark, t_us)
            if landmark in said or before is None or after is None:
                continue
            if after.t_us - before.t_us <= self.longest_gap_us:
                rows.append((landmark, before.t_us, after.t_us))
                first = self._offset(landmark, before.t_us, before.correction)
                offsets.append((first, self._offset(landmark, after.t_us, after.correction)))
        landmarks, before_us, after_us = np.array(rows, np.int64).reshape(-1, 3).T
        px = np.array(offsets, np.float64).reshape(-1, 2, 2)
        is_known = np.asarray(np.isfinite(px).all(axis=(1, 2)))
        return _Carried(landmarks[is_known], before_us[is_known], after_us[is_known], px[is_known])

    def _offset(self, landmark: int, t_us: int, said: Correction) -> tuple[float, float]:
        """Return how far a correction lies from the automatic point, px; NaN where it has none."""
        key = (landmark, t_us, said.xy_px)
        if key not in self._offsets:
            if t_us not in self._automatic_us:
                # All landmarks of a keyframe are asked for, one after another.
                if len(self._automatic_us) >= _MOST_AUTOMATIC:
                    self._automatic_us.clear()
                self._automatic_us[t_us] = self._automatic(t_us)[0]
            x, y = self._automatic_us[t_us][landmark].tolist()
            self._offsets[key] = (said.xy_px[0] - x, said.xy_px[1] - y)
        return self._offsets[key]
