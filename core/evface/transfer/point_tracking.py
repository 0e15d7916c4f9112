"""Landmarks that a person put right, tracked on the events to the frames that follow or precede."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.annotations.edits import Together
from evface.annotations.labelled import LabelledTrack
from evface.annotations.landmark_edits import MoveLandmarks
from evface.annotations.tracks import Camera, LandmarkState
from evface.errors import EvfaceError
from evface.events.sources import EventSource
from evface.landmarks.schemes import SCHEMES
from evface.transfer.face_tracker import STEP_US, FaceTracker, Stop


class TrackingError(EvfaceError):
    """There is nothing to track, or nothing to track it on."""


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
    tracker = FaceTracker(
        source,
        start.landmarks.astype(np.float64),
        automatic,
        knots_us,
        scheme=SCHEMES.get(labelled.track.scheme),
    )
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

    Of each landmark the known place nearest in time counts there; 0 where it has none at all.
    """
    bare = LabelledTrack(labelled.track)
    rows = [bare.frame_at(t_us).landmarks for t_us in times_us.tolist()]
    places = np.array(rows, np.float64).reshape(len(times_us), labelled.n_landmarks, 2)
    is_there = np.asarray(np.isfinite(places).all(axis=2))
    for landmark in np.flatnonzero(~is_there.all(axis=0)).tolist():
        there = np.flatnonzero(is_there[:, landmark])
        nearest = np.searchsorted((there[:-1] + there[1:]) / 2, np.arange(len(places)))
        places[:, landmark] = places[there[nearest], landmark] if len(there) else 0.0
    return places


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
