"""Tracks read at the moments of a clip."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import ActionUnitTrack, FaceTrack, LandmarkState, LandmarkTrack
from evface.geometry.transforms import PlanarTransform
from evface.training_sets.clips import AU_CLASSES
from evface.training_sets.pose import pose_of
from evface.transfer.interpolation import DEFAULT_GAP_US, face_at_times


def sample_face(
    track: FaceTrack, times_us: NDArray[np.int64], *, event_from_rgb: PlanarTransform | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return coefficients (t, k) and pose (t, 4) of a fitted face, NaN where it is unknown.

    Parameters
    ----------
    event_from_rgb
        Of a track on the video's picture: how many pixels of the sensor one of the video is.
        Without it the scale stays that of the video.
    """
    at = face_at_times(track, times_us)
    pose = pose_of(at.rotation, at.scale_px_per_mm)
    if event_from_rgb is not None:
        pose[:, 3] += 0.5 * np.log(abs(np.linalg.det(event_from_rgb.matrix[:2, :2])))
    return at.action_units, pose


def sample_intensity(track: ActionUnitTrack, times_us: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the intensities of `AU_CLASSES` at some moments, (t, 24) float32 from 0 to 1.

    Between two samples in proportion; NaN where the track says nothing. What is only said to be
    present or absent is told by the nearest sample.
    """
    intensity = np.full((len(times_us), len(AU_CLASSES)), np.nan, np.float32)
    if not track.valid.any():
        return intensity
    before, after, share, known = _around(track.times_us, track.valid, times_us)
    if track.scale == "presence":
        share = np.rint(share)
    for column, name in enumerate(track.name_list()):
        if name not in AU_CLASSES:
            continue
        values = track.intensity[:, column]
        # In proportion, but a missing sample that has no share spoils nothing.
        mixed = np.where(share > 0, values[after], 0) * share + np.where(
            share < 1, values[before], 0
        ) * (1 - share)
        mixed = np.where(known, mixed, np.nan)
        intensity[:, AU_CLASSES.index(name)] = np.clip(mixed, 0.0, 1.0)
    return intensity


def sample_landmarks(
    track: LandmarkTrack,
    times_us: NDArray[np.int64],
    *,
    least_state: LandmarkState = LandmarkState.AUTO,
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return landmarks (t, n, 2) at some moments and their states (t, n).

    Between two samples in proportion, and as much to be trusted as the lesser of the two. NaN where
    the track says nothing.

    Parameters
    ----------
    least_state
        Landmarks below it are NaN.
    """
    if not track.valid.any():
        shape = (len(times_us), track.landmarks.shape[1])
        return np.full((*shape, 2), np.nan, np.float32), np.zeros(shape, np.uint8)
    before, after, share, known = _around(track.times_us, track.valid, times_us)
    first, second = track.landmarks[before], track.landmarks[after]
    weight = share[:, None, None].astype(np.float32)
    points = np.where(weight > 0, second, 0) * weight + np.where(weight < 1, first, 0) * (
        1 - weight
    )
    # A sample that has no share in a point has none in its state either.
    of_first = np.where(share[:, None] < 1, track.state[before], np.uint8(255))
    of_second = np.where(share[:, None] > 0, track.state[after], np.uint8(255))
    state = np.minimum(of_first, of_second)
    wanted = known[:, None] & (state >= least_state)
    return np.where(wanted[..., None], points, np.float32(np.nan)).astype(np.float32), state


def _around(
    known_us: NDArray[np.int64], valid: NDArray[np.bool_], times_us: NDArray[np.int64]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64], NDArray[np.bool_]]:
    """Return the valid samples around each moment, its share of the way, and if it is known.

    There is a valid sample at least.
    """
    rows = np.flatnonzero(valid)
    own_us = known_us[rows]
    after = np.searchsorted(own_us, times_us).clip(0, len(rows) - 1)
    before = np.where(own_us[after] == times_us, after, after - 1).clip(0)
    gap_us = own_us[after] - own_us[before]
    known = (times_us >= own_us[0]) & (times_us <= own_us[-1]) & (gap_us <= DEFAULT_GAP_US)
    share = ((times_us - own_us[before]) / np.maximum(gap_us, 1)).clip(0.0, 1.0)
    return rows[before], rows[after], share, known
