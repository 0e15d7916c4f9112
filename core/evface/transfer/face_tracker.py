"""A face followed on events: all of its landmarks together, from step to step."""

from __future__ import annotations

import math
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.high_pass import N_TAUS, Box, high_pass_pictures
from evface.events.sources import EventSource
from evface.landmarks.following import nearness, parts_of
from evface.landmarks.schemes import LandmarkScheme
from evface.transfer.joint_flow import PatchMotion, find_motion

# Between two pictures, and how long each remembers what changed.
STEP_US = 10_000
_TAU_US = 40_000.0
# So many steps are read at once: a minute of pictures takes gigabytes, and most ways end before.
_N_STEPS = 100
# Lengths as shares of the distance of the eyes: blur, half a patch, room around the face.
_BLUR, _HALF_PATCH, _MARGIN = 0.0066, 0.093, 0.25
_LEAST_BLUR_PX = 0.7
# How far points depart in a step from where the automatic track takes them: all together, with
# their neighbours, and alone.
_TOGETHER, _NEARBY, _REACH, _OWN = 0.015, 0.008, 0.25, 0.003
# What events say counts where it explains more than this share of what does not fit the automatic
# track's motion: that is right most of the time, and finer then than tracking.
_CONVINCING = 0.5
# Expected growth of the error in a step, as a share of the distance of the eyes: at rest, in
# motion, and where patches do not fit; a patch with this mean square, in squared events, moves.
_GROWTH_AT_REST, _GROWTH_MOVING, _GROWTH_LOST = 0.0003, 0.0012, 0.006
_MOVING, _FITTING = 0.06, 0.4
# Confidence is exp(-error / this), and tracking ends where that of most points is lower.
_USUAL_ERROR, _LEAST_CONFIDENCE = 0.02, 0.4
# Events in the face's box in a step, and for how many steps there may be fewer.
_FEWEST_EVENTS, _MOST_EMPTY_STEPS = 20, 3


class Stop(StrEnum):
    """Why tracking ended."""

    DONE = "as far as asked"
    TOO_FEW_EVENTS = "too few events"
    LOST = "lost"
    KEYFRAME = "reached another keyframe"
    ENDS = "the recording ends"


class FaceTracker:
    """All landmarks of a face, going from knot to knot.

    Parameters
    ----------
    source
        The events.
    start : (n_landmarks, 2) float64, px
        Where the landmarks are at the first knot; NaN where missing.
    automatic : (n_knots, n_landmarks, 2) float64, px
        Where the automatic track has them at the knots.
    knots_us : (n_knots,) int64
        Sensor times, `STEP_US` apart, going either way.
    scheme
        Of the landmarks, None where it is unknown: then the face is one part.

    Attributes
    ----------
    shifts : list of (n_landmarks, 2) float64, px
        Distance from the automatic track at each knot reached.
    confidence : list of (n_landmarks,) float64, 0 to 1
        At each knot reached.
    """

    def __init__(
        self,
        source: EventSource,
        start: NDArray[np.float64],
        automatic: NDArray[np.float64],
        knots_us: NDArray[np.int64],
        *,
        scheme: LandmarkScheme | None,
    ) -> None:
        self._parts = np.zeros(len(start), np.int64) if scheme is None else parts_of(scheme)
        self._known = np.isfinite(start).all(axis=1)
        self._automatic = automatic
        self._places = start
        self._eyes_px = _size(start, None if scheme is None else scheme.eye_corners)
        departures = _departures(start[self._known], self._eyes_px)
        self._precision = np.asarray(np.linalg.inv(departures), np.float64)
        self._box = _box(start, automatic, self._eyes_px, source.resolution)
        self._errors = np.zeros(len(start))
        self._n_empty = 0
        self.shifts = [start - automatic[0]]
        self.confidence = [np.ones(len(start))]
        self._source, self._knots_us = source, knots_us
        self._read(0)

    def _read(self, first: int) -> None:
        """Read the events from a knot on and make the pictures, in the order of the knots."""
        self._first, source = first, self._source
        knots_us = self._knots_us[first : first + _N_STEPS + 1]
        first_us, last_us = int(knots_us.min()), int(knots_us.max())
        reach_us = math.ceil(N_TAUS * _TAU_US)
        events = source.read(first_us - reach_us, last_us + reach_us)
        pictures = high_pass_pictures(
            events,
            self._box,
            start_us=first_us,
            step_us=STEP_US,
            n_pictures=len(knots_us),
            tau_us=_TAU_US,
            sigma_px=max(_BLUR * self._eyes_px, _LEAST_BLUR_PX),
        )
        counts = _counts(events, self._box, first_us, len(knots_us) - 1)
        is_back = knots_us[-1] < knots_us[0]
        self._pictures = pictures[::-1] if is_back else pictures
        self._counts = counts[::-1] if is_back else counts

    def advance(self, step: int) -> Stop | None:
        """Go on to the next knot; return why that cannot be."""
        if step - self._first > _N_STEPS:
            self._read(step - 1)
        at = step - self._first
        self._n_empty = 0 if self._counts[at - 1] >= _FEWEST_EVENTS else self._n_empty + 1
        if self._n_empty >= _MOST_EMPTY_STEPS:
            return Stop.TOO_FEW_EVENTS
        motion = np.nan_to_num(self._automatic[step] - self._automatic[step - 1], nan=0.0)
        expected = self._places + motion
        known, corner = self._known, np.array(self._box[:2], np.float64)
        found = find_motion(
            self._pictures[at - 1],
            self._pictures[at],
            self._places[known] - corner,
            expected[known] - corner,
            self._precision,
            half_px=_HALF_PATCH * self._eyes_px,
        )
        places = expected.copy()
        is_told, growth = self._judge(found)
        places[known] = np.where(is_told[:, None], found.places + corner, expected[known])
        self._errors[known] += growth
        confidence = np.exp(-self._errors / _USUAL_ERROR)
        if np.median(confidence[known]) < _LEAST_CONFIDENCE:
            return Stop.LOST
        self._places = places
        self.shifts.append(places - self._automatic[step])
        self.confidence.append(confidence)
        return None

    def _judge(self, found: PatchMotion) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Return whose places are the events', and how much the errors grow, by part."""
        parts = self._parts[self._known]
        n = int(parts.max()) + 1
        misfit, expected, energy = (
            np.bincount(parts, values, n)[parts] / np.bincount(parts, minlength=n)[parts]
            for values in (found.misfit, found.expected_misfit, found.energy)
        )
        is_told = misfit < (1.0 - _CONVINCING) * expected
        left = np.where(is_told, misfit, expected)
        growth = np.where(energy > _MOVING, _GROWTH_MOVING, _GROWTH_AT_REST)
        growth = np.where((energy > _MOVING) & (left > _FITTING * energy), _GROWTH_LOST, growth)
        return is_told, growth


def _departures(points: NDArray[np.float64], eyes_px: float) -> NDArray[np.float64]:
    """Return how far points may go another way than expected, in common, px**2."""
    near = nearness(points, _REACH * eyes_px)
    both = _TOGETHER**2 + _NEARBY**2 * near + _OWN**2 * np.eye(len(points))
    return np.asarray(np.kron(both * eyes_px**2, np.eye(2)), np.float64)


def _size(points: NDArray[np.float64], corners: tuple[int, int] | None) -> float:
    """Return the distance of the eyes, px; about that of another scheme's or a hidden face's."""
    if corners is not None:
        eyes = float(np.linalg.norm(points[corners[0]] - points[corners[1]]))
        if math.isfinite(eyes) and eyes > 0:
            return eyes
    known = points[np.isfinite(points).all(axis=1)]
    return max(0.6 * float(np.ptp(known, axis=0).max()), 1.0)


def _box(
    start: NDArray[np.float64],
    automatic: NDArray[np.float64],
    eyes_px: float,
    resolution: tuple[int, int],
) -> Box:
    """Return the part of the sensor in which the face is, with room around it."""
    ways = start + (automatic - automatic[0])
    known = ways[:, np.isfinite(start).all(axis=1)].reshape(-1, 2)
    low = np.floor(known.min(axis=0) - _MARGIN * eyes_px).astype(int)
    high = np.ceil(known.max(axis=0) + _MARGIN * eyes_px).astype(int) + 1
    limit = np.array(resolution)
    # Where the face has left the picture, a corner of it is looked at, in which nothing is found.
    low, high = np.clip(low, 0, limit - 2), np.clip(high, 2, limit)
    high = np.maximum(high, low + 2)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _counts(events: Events, box: Box, start_us: int, n_steps: int) -> NDArray[np.int64]:
    """Count the events in a box from knot to knot, (n_steps,) int64."""
    left, top, right, bottom = box
    is_in = (events.x >= left) & (events.x < right) & (events.y >= top) & (events.y < bottom)
    edges_us = start_us + STEP_US * np.arange(n_steps + 1)
    return np.diff(np.searchsorted(events.t[is_in], edges_us)).astype(np.int64)
