"""A fitted face between its video frames: at any moment, however fine the steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import FaceTrack

Interpolation = Literal["nearest", "linear", "cubic"]

# Six frames at 30 fps: gaps of up to five missing frames are bridged.
DEFAULT_GAP_US = 200_000


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The valid samples of a face around times.

    Parameters
    ----------
    valid : (n,) bool
        Whether the face is known at each time. The other arrays have one entry for each that is.
    before, after : (n_valid,) int
        Rows of the track; the same where a time is a sample's own.
    share : (n_valid,) float64
        How far each time lies from the one to the other, 0 to 1.
    longest_gap_us
        No two rows that lie further apart are used together.
    """

    valid: NDArray[np.bool_]
    before: NDArray[np.intp]
    after: NDArray[np.intp]
    share: NDArray[np.float64]
    longest_gap_us: int

    @property
    def bridged(self) -> NDArray[np.bool_]:
        """Whether samples without a face lie between the two, (n_valid,) bool."""
        return np.asarray(self.after - self.before > 1)


def find_neighbours(
    track: FaceTrack, times_us: NDArray[np.int64], *, longest_gap_us: int = DEFAULT_GAP_US
) -> Neighbours:
    """Find the samples between which times lie.

    Takes O(log n) for each time, and O(m) for the m samples around them.

    Parameters
    ----------
    times_us : (n,) int64
        Increasing. May be empty.
    longest_gap_us
        Nothing is known between two valid samples that lie further apart, nor before the first and
        after the last one.
    """
    # Whatever is used lies within the longest gap of a time: the rest of the track is not read.
    ends_us = times_us[[0, -1]] if len(times_us) else np.zeros(2, np.int64)
    first = int(np.searchsorted(track.times_us, ends_us[0] - longest_gap_us))
    last = int(np.searchsorted(track.times_us, ends_us[1] + longest_gap_us, side="right"))
    good = first + np.flatnonzero(track.valid[first:last])
    if not len(good):
        none = np.empty(0, np.intp)
        return Neighbours(np.zeros(len(times_us), bool), none, none, np.empty(0), longest_gap_us)
    known_us = track.times_us[good]
    after = np.searchsorted(known_us, times_us).clip(0, len(good) - 1)
    # A time that is a sample's own lies on it, with no interval before.
    before = np.where(known_us[after] == times_us, after, after - 1).clip(0)
    gap_us = known_us[after] - known_us[before]
    inside = (times_us >= known_us[0]) & (times_us <= known_us[-1])
    valid = inside & (gap_us <= longest_gap_us)
    share = (times_us - known_us[before])[valid] / np.maximum(gap_us[valid], 1)
    return Neighbours(valid, good[before[valid]], good[after[valid]], share, longest_gap_us)


def face_at_times(
    track: FaceTrack,
    times_us: NDArray[np.int64],
    *,
    longest_gap_us: int = DEFAULT_GAP_US,
    by: Interpolation = "cubic",
) -> FaceTrack:
    """Resample a fitted face, at any rate.

    Parameters
    ----------
    track
        Not modified.
    times_us : (n,) int64
        Strictly increasing. May be empty.
    longest_gap_us
        As for `find_neighbours`.
    by
        As for `resample_face`.

    Returns
    -------
    FaceTrack
        At `times_us`, by the same source; NaN where not valid.
    """
    near = find_neighbours(track, times_us, longest_gap_us=longest_gap_us)
    return resample_face(track, times_us, near, by=by)


def resample_face(
    track: FaceTrack, times_us: NDArray[np.int64], near: Neighbours, *, by: Interpolation = "cubic"
) -> FaceTrack:
    """Resample a fitted face between neighbours found before.

    Parameters
    ----------
    track
        Not modified.
    near
        Of these times in this track.
    by
        ``"nearest"``: the nearer frame as it is, which is the paper's way.
        ``"linear"``: coefficients, scale and translation in proportion, rotations along their arc.
        ``"cubic"``: on smooth curves through the samples, rotations as their turn from the sample
        before. The curves look at three samples on either side, and never across one without a
        face or a longer gap: there they go straight.

    Returns
    -------
    FaceTrack
        At `times_us`, by the same source; NaN where not valid.

    References
    ----------
    Becattini et al., "Neuromorphic Facial Analysis with Cross-Modal Supervision", 2024,
    arXiv:2409.10213, Sec. 5: the coefficients of the nearest frame; finer ones are future work.
    Akima, "A New Method of Interpolation and Smooth Curve Fitting Based on Local Procedures",
    J. ACM 1970: the slopes. Differs: the weights of `_slope`.
    """
    share = np.rint(near.share) if by == "nearest" else near.share
    # Times between the same two samples share all but the last step.
    codes, place = np.unique(2 * near.before + (near.after > near.before), return_inverse=True)
    before = codes // 2
    after = before.copy()
    after[place] = near.after
    stencil = _Stencil.around(track, before, after, near.longest_gap_us)
    rows = stencil.rows
    first = track.rotation[before].astype(np.float64)
    # All columns in one go: for a single moment the number of calls is what it costs.
    around = np.concatenate(
        [
            track.action_units[rows],
            track.translation_px[rows],
            track.scale_px_per_mm[rows][..., None],
            track.residual_px[rows][..., None],
            _turns(first.swapaxes(1, 2)[:, None] @ track.rotation[rows]),
        ],
        axis=2,
    )
    slopes = stencil.slopes(around) if by == "cubic" else None
    values = np.full((len(times_us), around.shape[2]), np.nan)
    values[near.valid] = _curve(around[:, 2], around[:, 3], share, place, slopes)
    rotation = np.full((len(times_us), 3, 3), np.nan, np.float32)
    rotation[near.valid] = first[place] @ _rotations(values[near.valid, -3:])
    floats = values.astype(np.float32)
    return FaceTrack(
        times_us=times_us,
        valid=near.valid,
        source=track.source,
        identity=track.identity,
        action_units=floats[:, :-7],
        rotation=rotation,
        scale_px_per_mm=floats[:, -5],
        translation_px=floats[:, -7:-5],
        residual_px=np.maximum(floats[:, -4], 0.0),
        camera=track.camera,
        model=track.model,
    )


@dataclass(frozen=True, eq=False)
class _Stencil:
    """The samples that bear on the curve between two: three on either side.

    Parameters
    ----------
    rows : (n, 6) int
        Those of the interval are in the middle.
    steps : (n, 5) float64
        From each to the next, in units of the interval.
    is_known : (n, 5) bool
        Whether there is a face all the way from the interval to the far end of the step.
    """

    rows: NDArray[np.intp]
    steps: NDArray[np.float64]
    is_known: NDArray[np.bool_]

    @classmethod
    def around(
        cls,
        track: FaceTrack,
        before: NDArray[np.intp],
        after: NDArray[np.intp],
        longest_gap_us: int,
    ) -> _Stencil:
        wanted = np.concatenate([before[:, None] + [-2, -1, 0], after[:, None] + [0, 1, 2]], axis=1)
        rows = wanted.clip(0, len(track) - 1)
        there = (rows == wanted) & track.valid[rows]
        steps_us = np.diff(track.times_us[rows], axis=1)
        is_known = there[:, :-1] & there[:, 1:] & (steps_us <= longest_gap_us)
        # Nothing reaches across samples without a face: the line there is straight.
        is_known[:, [1, 3]] &= (after - before == 1)[:, None]
        is_known[:, 0] &= is_known[:, 1]
        is_known[:, 4] &= is_known[:, 3]
        return cls(rows, steps_us / np.maximum(steps_us[:, 2:3], 1), is_known)

    def slopes(
        self, values: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the slopes at either end of the interval, (n, k) each, a unit of the interval.

        Parameters
        ----------
        values : (n, 6, k) float64
            Of the rows.
        """
        steps = np.where(self.is_known & (self.steps > 0), self.steps, 1.0)
        secants = (values[:, 1:] - values[:, :-1]) / steps[..., None]
        left, right = self.is_known[:, 1, None], self.is_known[:, 3, None]
        before, own, after = secants[:, 1], secants[:, 2], secants[:, 3]
        # Beyond the last sample on either side the secants go on as they did, and from a single
        # interval straight on.
        before, after = (
            np.where(left, before, np.where(right, 2 * own - after, own)),
            np.where(right, after, np.where(left, 2 * own - before, own)),
        )
        first = np.where(self.is_known[:, 0, None], secants[:, 0], 2 * before - own)
        last = np.where(self.is_known[:, 4, None], secants[:, 4], 2 * after - own)
        return _slope(first, before, own, after), _slope(before, own, after, last)


def _slope(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    third: NDArray[np.float64],
    fourth: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the slope between the second and the third of four secants.

    The one that changes less towards the outside counts more. The mean of two neighbours enters
    the weights beside their difference, so that a plateau stays flat where both sides are even.
    """
    left = np.abs(fourth - third) + np.abs(fourth + third) / 2
    right = np.abs(second - first) + np.abs(second + first) / 2
    total = left + right
    slope: NDArray[np.float64] = np.where(
        total > 0, (left * second + right * third) / np.where(total > 0, total, 1.0), 0.0
    )
    return slope


def _curve(
    start: NDArray[np.float64],
    stop: NDArray[np.float64],
    share: NDArray[np.float64],
    place: NDArray[np.intp],
    slopes: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
) -> NDArray[np.float64]:
    """Go from one value to another: straight, or on Hermite's cubic with slopes at both ends.

    Parameters
    ----------
    start, stop : (n_intervals, k) float64
    share, place : (n,)
        How far along which interval.

    Returns
    -------
    (n, k) float64
    """
    u = share[:, None]
    change = stop - start
    line: NDArray[np.float64] = start[place] + u * change[place]
    if slopes is None:
        return line
    bend_start, bend_stop = ((slope - change)[place] for slope in slopes)
    return line + u * (1 - u) * ((1 - u) * bend_start - u * bend_stop)


def _turns(rotation: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the axis times the angle of (..., 3, 3) turns by less than half a circle, radians.

    The closed form: for a single moment many times quicker than `rotation_vector`, and without
    the import that a first picture would wait for.
    """
    turn = rotation.astype(np.float64)
    odd = (turn - turn.swapaxes(-1, -2)) / 2
    vector = np.stack([odd[..., 2, 1], odd[..., 0, 2], odd[..., 1, 0]], axis=-1)
    sine = np.linalg.norm(vector, axis=-1)
    cosine = (np.trace(turn, axis1=-2, axis2=-1) - 1) / 2
    angle = np.arctan2(sine, cosine)
    factor = np.where(sine > 0, angle / np.where(sine > 0, sine, 1.0), 1.0)
    vectors: NDArray[np.float64] = vector * factor[..., None]
    return vectors


def _rotations(turns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the (n, 3, 3) rotations of what `_turns` returns, (n, 3), by Rodrigues' formula."""
    x, y, z = turns.T
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
    angle = np.linalg.norm(turns, axis=1)[:, None, None]
    # NumPy's sinc is that of pi times its argument; the second factor is (1 - cos angle) / angle^2.
    sine, versine = np.sinc(angle / np.pi), np.sinc(angle / (2 * np.pi)) ** 2 / 2
    rotations: NDArray[np.float64] = np.eye(3) + sine * cross + versine * (cross @ cross)
    return rotations
