"""Landmarks that a person put right, tracked on the events to the frames that follow or precede."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from evface.annotations.edits import Together
from evface.annotations.labelled import LabelledTrack
from evface.annotations.landmark_edits import MoveLandmarks
from evface.annotations.tracks import Camera, LandmarkState
from evface.errors import EvfaceError
from evface.events.events import Events
from evface.events.high_pass import N_TAUS, Box, high_pass_pictures
from evface.events.sources import EventSource
from evface.landmarks.following import nearness, parts_of
from evface.landmarks.schemes import SCHEMES
from evface.transfer.joint_flow import PatchMotion, find_motion

# Between two pictures, and how long each remembers what changed.
STEP_US = 10_000
_TAU_US = 40_000.0
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


class TrackingError(EvfaceError):
    """There is nothing to track, or nothing to track it on."""


class Stop(StrEnum):
    """Why tracking ended."""

    DONE = "as far as asked"
    TOO_FEW_EVENTS = "too few events"
    LOST = "lost"
    KEYFRAME = "reached another keyframe"
    ENDS = "the recording ends"


@dataclass(frozen=True, eq=False)
class TrackedPoints:
    """Where landmarks were tracked to.

    Parameters
    ----------
    start_us
        Where they were tracked from.
    times_us : (n,) int64
        Of the track's frames that were reached, nearest to the start first. May be empty.
    landmarks : (n_tracked,) int
        Which landmarks.
    places_px : (n, n_tracked, 2) float32
    confidence : (n, n_tracked) float32, 0 to 1
        ``exp(-e / 2 %)`` for the error to be expected, `e`, in distances of the eyes.
    stop
        Why it ended there.
    """

    start_us: int
    times_us: NDArray[np.int64]
    landmarks: NDArray[np.intp]
    places_px: NDArray[np.float32]
    confidence: NDArray[np.float32]
    stop: Stop


def track_points(
    source: EventSource,
    labelled: LabelledTrack,
    start_us: int,
    for_us: int,
    *,
    landmarks: tuple[int, ...] | None = None,
) -> TrackedPoints:
    """Track corrected landmarks on the events.

    All landmarks are tracked together, on pictures of the light that events tell of, from step to
    step of 10 ms. They are expected to move as the automatic track does; part by part of the face,
    the events overrule that where they say otherwise convincingly, as where an expression was
    missed. Tracking ends before the next frame that a person corrected.

    Parameters
    ----------
    source
        The events.
    labelled
        A track on the events with its corrections.
    start_us
        Sensor time of the corrected frame.
    for_us
        How far; backwards where it is negative.
    landmarks
        Which to return; those corrected at `start_us` when None.

    Raises
    ------
    TrackingError
        If the track lies on the video, or no landmark was corrected at `start_us`.
    """
    if labelled.track.camera is not Camera.EVENTS:
        raise TrackingError("tracking follows events: start it on the events' landmarks")
    start = labelled.frame_at(start_us)
    chosen = tuple(start.corrections) if landmarks is None else landmarks
    known = set(np.flatnonzero(np.isfinite(start.landmarks).all(axis=1)).tolist())
    wanted = np.array(sorted(known.intersection(chosen)), np.intp)
    if not len(wanted):
        raise TrackingError("there is nothing to track: correct a landmark on this frame first")
    frames_us, stop = _frames_between(source, labelled, start_us, for_us)
    if not len(frames_us):
        return _result(start_us, frames_us, wanted, [], [], stop)
    direction = 1 if for_us > 0 else -1
    n_steps = -(-abs(int(frames_us[-1]) - start_us) // STEP_US)
    knots_us = start_us + direction * STEP_US * np.arange(n_steps + 1)
    automatic = _automatic(labelled, knots_us)
    tracker = _Tracker(source, start.landmarks.astype(np.float64), labelled, automatic, knots_us)
    for step in range(1, n_steps + 1):
        reason = tracker.advance(step)
        if reason is not None:
            stop = reason
            break
    reached_us = int(knots_us[len(tracker.shifts) - 1])
    frames_us = frames_us[(frames_us - reached_us) * direction <= 0]
    # Between knots, what the automatic track does is kept, and the distance from it changes evenly.
    away = np.abs(knots_us[: len(tracker.shifts)] - start_us)
    at = np.abs(frames_us - start_us)
    base = _automatic(labelled, frames_us)
    places, confidence = [], []
    shifts, trust = np.array(tracker.shifts), np.array(tracker.confidence)
    for i in wanted.tolist():
        shift = [np.interp(at, away, shifts[:, i, axis]) for axis in (0, 1)]
        places.append(base[:, i] + np.stack(shift, axis=-1))
        confidence.append(np.interp(at, away, trust[:, i]))
    return _result(start_us, frames_us, wanted, places, confidence, stop)


def propagation_edit(recording_id: str, role: str, tracked: TrackedPoints) -> Together:
    """Return the edit that keeps tracked landmarks, one step however many frames.

    Their state is ``interpolated``: a machine carried them there.

    Raises
    ------
    TrackingError
        If no frame was reached.
    """
    if not len(tracked.times_us):
        raise TrackingError(f"no frame was reached: {tracked.stop}")
    source = f"tracked from {tracked.start_us / 1e6:.3f} s"
    label = "Propagate by tracking"
    edits = tuple(
        MoveLandmarks(
            recording_id,
            role,
            t_us,
            {i: (float(x), float(y)) for i, (x, y) in zip(names, places.tolist(), strict=True)},
            source,
            LandmarkState.INTERPOLATED,
            label,
        )
        for t_us, places in zip(tracked.times_us.tolist(), tracked.places_px, strict=True)
        for names in (tracked.landmarks.tolist(),)
    )
    return Together(edits, label)


class _Tracker:
    """All landmarks of a face, going from knot to knot."""

    def __init__(
        self,
        source: EventSource,
        start: NDArray[np.float64],
        labelled: LabelledTrack,
        automatic: NDArray[np.float64],
        knots_us: NDArray[np.int64],
    ) -> None:
        scheme = SCHEMES.get(labelled.track.scheme)
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
        self._read(source, knots_us)

    def _read(self, source: EventSource, knots_us: NDArray[np.int64]) -> None:
        """Read the events and make the pictures, in the order of the knots."""
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
        self._n_empty = 0 if self._counts[step - 1] >= _FEWEST_EVENTS else self._n_empty + 1
        if self._n_empty >= _MOST_EMPTY_STEPS:
            return Stop.TOO_FEW_EVENTS
        motion = np.nan_to_num(self._automatic[step] - self._automatic[step - 1], nan=0.0)
        expected = self._places + motion
        known, corner = self._known, np.array(self._box[:2], np.float64)
        found = find_motion(
            self._pictures[step - 1],
            self._pictures[step],
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


def _frames_between(
    source: EventSource, labelled: LabelledTrack, start_us: int, for_us: int
) -> tuple[NDArray[np.int64], Stop]:
    """Return the track's frames to go to, nearest first, and why no more of them."""
    if for_us == 0:
        raise ValueError("for_us must not be 0")
    last_us, stop = start_us + for_us, Stop.DONE
    end_us = max(0, min(last_us, source.duration_us - 1))
    if end_us != last_us:
        last_us, stop = end_us, Stop.ENDS
    times_us = labelled.times_us
    is_between = (
        (times_us > start_us) & (times_us <= last_us)
        if for_us > 0
        else (times_us < start_us) & (times_us >= last_us)
    )
    frames_us = times_us[is_between] if for_us > 0 else times_us[is_between][::-1]
    said = labelled.corrections
    for number in np.flatnonzero(np.isin(frames_us, said.times_us)).tolist():
        of_all = (said.at(landmark, int(frames_us[number])) for landmark in said.landmarks)
        if any(one is not None and one.state > LandmarkState.INTERPOLATED for one in of_all):
            return frames_us[:number], Stop.KEYFRAME
    return frames_us, stop


def _automatic(labelled: LabelledTrack, times_us: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return where the machine has the landmarks, (n, n_landmarks, 2); held where it says nothing.

    Before the first known and after the last known place, and in between, the nearest counts.
    """
    bare = LabelledTrack(labelled.track)
    rows = [bare.frame_at(t_us).landmarks for t_us in times_us.tolist()]
    places = np.array(rows, np.float64).reshape(len(times_us), labelled.n_landmarks, 2)
    is_missing = ~np.isfinite(places).all(axis=(1, 2))
    if is_missing.any() and not is_missing.all():
        there = np.flatnonzero(~is_missing)
        nearest = there[np.abs(np.arange(len(places))[:, None] - there).argmin(axis=1)]
        places = places[nearest]
    return np.nan_to_num(places, nan=0.0)


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


def _result(
    start_us: int,
    times_us: NDArray[np.int64],
    wanted: NDArray[np.intp],
    places: list[NDArray[np.float64]],
    confidence: list[NDArray[np.float64]],
    stop: Stop,
) -> TrackedPoints:
    n, k = len(times_us), len(wanted)
    return TrackedPoints(
        start_us,
        times_us,
        wanted,
        np.array(places, np.float32).reshape(k, n, 2).swapaxes(0, 1),
        np.array(confidence, np.float32).reshape(k, n).swapaxes(0, 1),
        stop,
    )
