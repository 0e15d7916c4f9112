"""What people said about single landmarks, laid over what machines said about all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import LandmarkState, LandmarkTrack


@dataclass(frozen=True)
class Correction:
    """Where a person says that one landmark is, at one time.

    Parameters
    ----------
    xy_px
        Origin at the centre of the top left pixel.
    state
        `LandmarkState.CORRECTED` or `LandmarkState.VERIFIED`.
    author
        Who said so.
    made_at
        When, ISO 8601 in UTC.
    source
        By what means, e.g. ``"person"``.
    """

    xy_px: tuple[float, float]
    state: LandmarkState
    author: str
    made_at: str
    source: str = "person"


@dataclass(frozen=True)
class PlacedCorrection:
    """A correction, the landmark it is about, and its time on the sensor's clock."""

    t_us: int
    landmark: int
    correction: Correction


def lay_over(
    track: LandmarkTrack, corrections: Sequence[PlacedCorrection], *, tolerance_us: int = 0
) -> LandmarkTrack:
    """Return the track with its corrections in place.

    A correction at a time that the track does not hold gets a row of its own: its other landmarks
    lie between the neighbouring rows and count as interpolated, or are NaN where a neighbour is
    missing or not valid.

    Parameters
    ----------
    track
        Not modified.
    corrections
        Those of landmarks that the track does not have are left out.
    tolerance_us
        How far a row's time may be from a correction's.
    """
    n_landmarks = track.state.shape[1]
    corrections = [c for c in corrections if 0 <= c.landmark < n_landmarks]
    if not corrections:
        return track
    times_us = np.array([c.t_us for c in corrections], np.int64)
    rows = _nearest_rows(track.times_us, times_us)
    is_new = np.ones(len(times_us), bool)
    if len(track):
        is_new = np.abs(track.times_us[rows] - times_us) > tolerance_us
    laid = _with_rows(track, np.unique(times_us[is_new]))
    rows = _nearest_rows(laid.times_us, times_us)
    landmarks, state, valid = laid.landmarks.copy(), laid.state.copy(), laid.valid.copy()
    columns = [c.landmark for c in corrections]
    landmarks[rows, columns] = [c.correction.xy_px for c in corrections]
    state[rows, columns] = [c.correction.state for c in corrections]
    valid[rows] = True
    for array in (landmarks, state, valid):
        array.setflags(write=False)
    return replace(laid, landmarks=landmarks, state=state, valid=valid)


def _nearest_rows(rows_us: NDArray[np.int64], times_us: NDArray[np.int64]) -> NDArray[np.intp]:
    if not len(rows_us):
        return np.zeros(len(times_us), np.intp)
    after = np.searchsorted(rows_us, times_us).clip(0, len(rows_us) - 1)
    before = (after - 1).clip(0)
    is_before = np.abs(rows_us[before] - times_us) < np.abs(rows_us[after] - times_us)
    return np.where(is_before, before, after)


def _with_rows(track: LandmarkTrack, new_us: NDArray[np.int64]) -> LandmarkTrack:
    if not len(new_us):
        return track
    at = np.searchsorted(track.times_us, new_us)
    n_landmarks = track.state.shape[1]
    between = np.full((len(new_us), n_landmarks, 2), np.nan, np.float32)
    for row, (index, t_us) in enumerate(zip(at, new_us, strict=True)):
        if 0 < index < len(track) and track.valid[index - 1] and track.valid[index]:
            start_us, stop_us = track.times_us[index - 1], track.times_us[index]
            share = (t_us - start_us) / (stop_us - start_us)
            before, after = track.landmarks[index - 1], track.landmarks[index]
            between[row] = before + share * (after - before)
    return replace(
        track,
        times_us=np.insert(track.times_us, at, new_us),
        valid=np.insert(track.valid, at, True),
        landmarks=np.insert(track.landmarks, at, between, axis=0),
        confidence=np.insert(track.confidence, at, np.float32(np.nan)),
        state=np.insert(track.state, at, np.uint8(LandmarkState.INTERPOLATED), axis=0),
    )
