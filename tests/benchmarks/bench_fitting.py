"""Fitting the head: the closed form against the paper's single pass, and how fast it is.

People are drawn by the head renderer and shown to the MediaPipe teacher, so that the truth is
known and the landmarks are as bad as they are. Both ways get the same identity and bias.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from evface.cli.bench import Figure
from evface.landmarks.metrics import normalised_mean_error
from evface.morphable.camera import FRONTAL, HeadPose, rotation_matrix
from evface.morphable.fitting import Method, fit_action_units, fit_identity, project_landmarks
from evface.morphable.model import MorphableModel, load_open_head
from evface.simulation.appearance import Appearance
from evface.simulation.display import encode_srgb
from evface.simulation.head import HeadRenderer
from evface.simulation.views import view_of_pose
from evface.teacher.bundles import fetch_bundle
from evface.teacher.calibration import TeacherCalibration, load_calibration
from evface.teacher.mediapipe import MediapipeTeacher

N_PEOPLE, N_NEUTRAL, N_MOVING = 10, 4, 16
N_TIMED = 20_000


@dataclass(frozen=True)
class Person:
    """What the teacher said of one person, and the truth."""

    landmarks: np.ndarray
    true_px: np.ndarray
    intensity: np.ndarray


def run(report: Callable[[str], None]) -> list[Figure]:
    """Measure."""
    model = load_open_head()
    fetch_bundle()
    teacher = MediapipeTeacher()
    calibration = load_calibration(teacher, model)
    people = []
    for number in range(N_PEOPLE):
        report(f"drawing person {number + 1} of {N_PEOPLE}")
        people.append(_draw(model, teacher, 7_000 + number))
    teacher.close()
    raw = np.concatenate(
        [normalised_mean_error(p.landmarks[..., :2], p.true_px)[N_NEUTRAL:] for p in people]
    )
    report("fitting")
    ours = _quality(model, calibration, people, "closed_form")
    papers = _quality(model, calibration, people, "paper")
    report("timing")
    landmarks = np.concatenate([p.landmarks for p in people])
    landmarks = np.tile(landmarks, (-(-N_TIMED // len(landmarks)), 1, 1))[:N_TIMED]
    speeds = [_frames_a_second(model, calibration, landmarks, m) for m in ("closed_form", "paper")]
    return [
        Figure(
            "error of the fitted landmarks (NME)", 100 * ours[0], "%", "paper", 100 * papers[0],
            higher_is_better=False,
        ),
        Figure(
            "error of the teacher's landmarks (NME)", 100 * float(raw.mean()), "%",
            higher_is_better=False,
        ),
        Figure("correlation of action units with truth", ours[1], "", "paper", papers[1]),
        Figure("fit on one core", speeds[0], "frames/s", "paper", speeds[1], target=10_000),
    ]  # fmt: skip


def _draw(model: MorphableModel, teacher: MediapipeTeacher, seed: int) -> Person:
    rng = np.random.default_rng(seed)
    identity = rng.normal(0.0, 0.9, len(model.identity_basis)).astype(np.float32)
    renderer = HeadRenderer(model, Appearance.draw(seed), model.shape(identity), texture_width=768)
    blink = model.facs_names.index("AU45")
    t_us = seed * 100_000_000
    rows: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for number in range(N_NEUTRAL + N_MOVING):
        intensity = np.zeros(len(model.facs_names))
        spread = np.full(3, 0.06)
        if number >= N_NEUTRAL:
            active = rng.choice(len(intensity), rng.integers(1, 4), replace=False)
            intensity[active] = rng.uniform(0.2, 1.0, len(active))
            intensity[blink] = 0.0
            spread = np.array([0.1, 0.2, 0.06])
        units = np.clip(intensity @ model.facs_units, 0.0, 1.1)
        pose = HeadPose(
            FRONTAL @ rotation_matrix(spread * rng.normal(size=3)),
            np.array(1.6),
            np.array([320.0, 250.0]),
        )
        picture = renderer.render(
            model.unit_shape(units, identity), *view_of_pose(pose, (640, 480))
        )
        frame = encode_srgb(picture.colour)
        found = None
        for _ in range(2):
            # A second look lets the teacher's own tracking settle.
            t_us += 100_000
            found = teacher.detect(frame, t_us)
        assert found is not None, "the teacher found no face on a render"
        rows.append((found.landmarks, picture.landmarks, intensity))
    return Person(*(np.array(column) for column in zip(*rows, strict=True)))


def _quality(
    model: MorphableModel,
    calibration: TeacherCalibration,
    people: list[Person],
    method: Method,
) -> tuple[float, float]:
    """Return the NME of the fitted landmarks and the mean correlation over action units."""
    errors, read, truth = [], [], []
    for person in people:
        identity = fit_identity(
            model, person.landmarks[:N_NEUTRAL], errors=calibration.errors
        ).identity
        fit = fit_action_units(
            model, person.landmarks, identity=identity, errors=calibration.errors, method=method
        )
        mesh = project_landmarks(model, fit.pose, identity=identity, action_units=fit.action_units)
        errors.append(normalised_mean_error(mesh, person.true_px)[N_NEUTRAL:])
        resting = np.median(fit.action_units[:N_NEUTRAL], axis=0)
        moved = (fit.action_units - resting)[N_NEUTRAL:] @ model.facs_readout.T
        read.append(np.maximum(moved, 0.0))
        truth.append(person.intensity[N_NEUTRAL:])
    all_read, all_truth = np.concatenate(read), np.concatenate(truth)
    known = np.flatnonzero(all_truth.std(axis=0) * all_read.std(axis=0))
    agreement = [np.corrcoef(all_read[:, i], all_truth[:, i])[0, 1] for i in known]
    return float(np.concatenate(errors).mean()), float(np.mean(agreement))


def _frames_a_second(
    model: MorphableModel, calibration: TeacherCalibration, landmarks: np.ndarray, method: Method
) -> float:
    """Return the best of three runs on one core."""
    identity = np.zeros(len(model.identity_basis))
    arguments = {"identity": identity, "errors": calibration.errors, "method": method}
    seconds = []
    with threadpool_limits(1):
        for _ in range(3):
            start = time.perf_counter()
            fit_action_units(model, landmarks, **arguments)
            seconds.append(time.perf_counter() - start)
    return len(landmarks) / min(seconds)
