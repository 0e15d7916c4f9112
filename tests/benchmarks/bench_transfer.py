"""The face between two video frames: interpolated coefficients and pose against the truth.

Minimum-jerk expressions, blinks and micro-expressions on a head that sways, seen 30 times a second
and resampled to 200 Hz and 1 kHz. Errors are root mean squares over all times and all coefficients
that move; those of micro-expressions over the stretches they take, a frame on either side. The
peer is the nearest video frame, as the paper takes it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import Camera, FaceTrack, Source, SourceKind
from evface.cli.bench import Figure
from evface.geometry.registration import Registration
from evface.morphable.camera import FRONTAL, rotation_vector
from evface.morphable.model import load_open_head
from evface.simulation.performance import Gesture, Performance
from evface.transfer.interpolation import Interpolation, face_at_times
from evface.transfer.projection import event_frame_times, transfer_landmarks

FRAME_US = 33_333
DURATION_US = 20_000_000
N_PEOPLE = 6
# What a frame's coefficients scatter by when landmarks are half a pixel off.
NOISE = 0.03
MOVING = ("AU1", "AU2", "AU4", "AU6", "AU9", "AU12", "AU25", "AU45", "AU51")
WAYS: tuple[Interpolation, ...] = ("nearest", "linear", "cubic")
# Of the error of the nearest frame.
TARGET = 0.6
MS = 1_000


class _Errors(NamedTuple):
    """Root mean square errors of one way; coefficients whole and in micro-expressions, degrees."""

    whole: float
    micro: float
    head_deg: float


def run(report: Callable[[str], None]) -> list[Figure]:
    """Measure."""
    figures = []
    people = [_perform(seed) for seed in range(N_PEOPLE)]
    for rate_hz, noise in ((200, 0.0), (1_000, 0.0), (200, NOISE)):
        seen = f", {noise:g} of noise" if noise else ""
        report(f"resampling to {rate_hz} Hz{seen}")
        errors = {by: _errors(people, 1_000_000 // rate_hz, noise, by) for by in WAYS}
        for by in WAYS[1:]:
            for what, name, unit in (
                ("whole", f"coefficients at {rate_hz} Hz{seen}, error", ""),
                ("micro", f"micro-expressions at {rate_hz} Hz{seen}, error", ""),
                ("head_deg", f"head at {rate_hz} Hz{seen}, error", "deg"),
            ):
                peer = getattr(errors["nearest"], what)
                has_target = what == "whole" and by == "cubic" and not noise
                figures.append(
                    Figure(
                        f"{name}, {by}",
                        getattr(errors[by], what),
                        unit,
                        "nearest frame",
                        peer,
                        target=TARGET * peer if has_target else None,
                        higher_is_better=False,
                    )
                )
    report("asking for single moments of a long track")
    figures.append(Figure("one moment of 100,000", _one_moment_ms(), "ms", higher_is_better=False))
    report("carrying landmarks over every millisecond")
    figures.append(Figure("landmarks at 1000 Hz", _landmarks_speed(), "x real time", target=10.0))
    return figures


def _perform(seed: int) -> Performance:
    """Return a performance of expressions, blinks and micro-expressions at random times."""
    rng = np.random.default_rng([seed, 41])
    gestures: list[Gesture] = []
    start_us = 300 * MS
    while start_us < DURATION_US - 1_500 * MS:
        kind = rng.integers(4)
        if kind == 0:
            shape, amounts = (26, 20, 30), {"AU4": 0.75, "AU9": 0.45}
        elif kind == 1:
            shape, amounts = (75, 20, 150), {"AU45": 1.0}
        else:
            shape = tuple(rng.integers((190, 100, 200), (400, 400, 450)).tolist())
            names = rng.choice(MOVING[:-1], 3, replace=False).tolist()
            amounts = dict(zip([*names, "AU51"], rng.uniform(0.3, 1.0, 4).tolist(), strict=True))
        onset_us, apex_us, offset_us = (length * MS for length in shape)
        gestures.append(Gesture(start_us, onset_us, apex_us, offset_us, amounts))
        start_us = gestures[-1].stop_us + int(rng.integers(100, 400)) * MS
    return Performance(DURATION_US, tuple(gestures), seed=seed)


def _face(performance: Performance, times_us: NDArray[np.int64], noise: float) -> FaceTrack:
    n = len(times_us)
    rng = np.random.default_rng([performance.seed, 42])
    intensities = performance.intensities(times_us, MOVING)[:, :-1]
    scattered = intensities + noise * rng.standard_normal(intensities.shape)
    ones = np.ones(n, np.float32)
    return FaceTrack(
        times_us=times_us,
        valid=ones.astype(bool),
        source=Source(SourceKind.TRUTH, "performance"),
        identity=np.zeros(1, np.float32),
        action_units=scattered.astype(np.float32),
        rotation=(FRONTAL @ performance.rotations(times_us)).astype(np.float32),
        scale_px_per_mm=ones,
        translation_px=performance.shifts_mm(times_us)[:, :2].astype(np.float32),
        residual_px=ones,
        camera=Camera.RGB,
        model=load_open_head().key,
    )


def _errors(people: list[Performance], period_us: int, noise: float, by: Interpolation) -> _Errors:
    off, off_micro, off_deg = [], [], []
    for person in people:
        # Frames fall anywhere in a movement.
        first_us = int(np.random.default_rng([person.seed, 43]).integers(FRAME_US))
        seen = _face(person, np.arange(first_us, DURATION_US, FRAME_US, dtype=np.int64), noise)
        at_us = np.arange(seen.times_us[0], seen.times_us[-1], period_us, dtype=np.int64)
        truth = _face(person, at_us, 0.0)
        found = face_at_times(seen, at_us, by=by)
        squares = (found.action_units - truth.action_units) ** 2
        turned = rotation_vector(found.rotation.swapaxes(1, 2) @ truth.rotation)
        off.append(squares.mean())
        off_deg.append((turned**2).sum(axis=1).mean())
        off_micro.append(squares[_is_micro(person, at_us)][:, [2, 4]].mean())
    return _Errors(
        float(np.sqrt(np.mean(off))),
        float(np.sqrt(np.mean(off_micro))),
        float(np.degrees(np.sqrt(np.mean(off_deg)))),
    )


def _is_micro(performance: Performance, times_us: NDArray[np.int64]) -> NDArray[np.bool_]:
    found = np.zeros(len(times_us), bool)
    for gesture in performance.gestures:
        if gesture.stop_us - gesture.start_us < 100 * MS:
            found |= (times_us > gesture.start_us - FRAME_US) & (
                times_us < gesture.stop_us + FRAME_US
            )
    return found


def _landmarks_speed() -> float:
    """Return how many seconds of landmarks a second of processor time carries over."""
    model = load_open_head()
    face = _face(_perform(0), np.arange(0, DURATION_US, FRAME_US, dtype=np.int64), 0.0)
    n_missing = len(model.action_unit_basis) - face.action_units.shape[1]
    face = replace(face, action_units=np.pad(face.action_units, ((0, 0), (0, n_missing))))
    start = time.process_time()
    times_us = event_frame_times(0, DURATION_US, 1_000)
    transfer_landmarks(model, face, times_us, event_from_rgb=Registration())
    return DURATION_US * 1e-6 / (time.process_time() - start)


def _one_moment_ms() -> float:
    """Return the processor time of one moment of a track of 100,000 samples."""
    person = Performance(3_600_000_000, (), seed=1)
    track = _face(person, np.arange(100_000, dtype=np.int64) * FRAME_US, 0.0)
    moments_us = np.random.default_rng(7).integers(0, track.times_us[-1], 500)
    face_at_times(track, moments_us[:1])
    start = time.process_time()
    for t_us in moments_us:
        face_at_times(track, np.array([t_us]))
    return 1e3 * (time.process_time() - start) / len(moments_us)
