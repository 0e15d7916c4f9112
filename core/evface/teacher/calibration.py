"""What is known of a teacher's landmarks and scores, measured once on renders of the head."""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import evface_resources
from evface.errors import ModelFileError
from evface.morphable.camera import HeadPose, fit_pose
from evface.morphable.facs import ScoreFusion, facial_intensity, scores_intensity
from evface.morphable.fitting import RIGID, carry_to_model, fit_action_units, fit_identity
from evface.morphable.landmark_errors import LandmarkErrors
from evface.morphable.model import MorphableModel
from evface.teacher.base import Teacher

# Added to every variance, mm^2: errors on real faces have directions that renders do not show.
_FLOOR_IDENTITY_MM2, _FLOOR_EXPRESSION_MM2 = 0.3, 1.0
_N_ROUNDS = 4
# Renders flatter landmarks and belittle scores, whose networks learned on real faces. So both
# weights are drawn towards the same value, with so many times the strength of the data.
_PRIOR_WEIGHT, _PRIOR_STRENGTH = 0.8, 2.0
_MAX_WEIGHT = 2.0


@dataclass(frozen=True, eq=False)
class TeacherCalibration:
    """How a teacher sees the head model.

    Parameters
    ----------
    errors
        Of its landmarks.
    fusion
        How its scores are weighed; None for a teacher without scores.
    is_measured
        Whether it was measured for this teacher and this head, or is what is assumed of any.
    """

    errors: LandmarkErrors
    fusion: ScoreFusion | None
    is_measured: bool


@dataclass(frozen=True, eq=False)
class CalibrationFrames:
    """What a teacher said of pictures whose truth is known.

    Parameters
    ----------
    landmarks : (n, 68, 3) float, px
        As in `Detection`.
    shapes_mm : (n, 68, 3) float, mm
        The true landmarks in the model's axes.
    persons : (n,) int
        Who is seen; each has several neutral frames and others.
    neutral : (n,) bool
    intensity : (n, n_facs) float
        The true action units of the face.
    scores : (n, n_scores) float, or None
    score_names
        Their names.
    """

    landmarks: NDArray[np.floating]
    shapes_mm: NDArray[np.floating]
    persons: NDArray[np.integer]
    neutral: NDArray[np.bool_]
    intensity: NDArray[np.floating]
    scores: NDArray[np.floating] | None
    score_names: tuple[str, ...]


def load_calibration(
    teacher: Teacher, model: MorphableModel, path: Path | None = None
) -> TeacherCalibration:
    """Return what was measured of a teacher on a head model, else what is assumed of any.

    The weights of the networks decide, not the version of the package around them.

    Parameters
    ----------
    path
        The measurements; those that ship with evface when None.

    Raises
    ------
    ModelFileError
        If the file is not one of measurements.
    """
    path = path or evface_resources.path("teacher_bias.npz")
    assumed = TeacherCalibration(LandmarkErrors.uncalibrated(), None, is_measured=False)
    try:
        # Opened here: numpy leaves the file open where it turns out to be damaged.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            prefix = f"{teacher.name}/"
            if f"{prefix}weights" not in stored:
                return assumed
            weights = teacher.version.partition("+")[2]
            if str(stored[f"{prefix}weights"]) != weights or str(stored["head"]) != model.key:
                return assumed
            errors = LandmarkErrors(
                *(
                    stored[prefix + name].astype(np.float64)
                    for name in ("bias_mm", "identity_mm2", "expression_mm2")
                )
            )
            fusion = None
            if f"{prefix}fit_weights" in stored:
                fusion = ScoreFusion(
                    stored[f"{prefix}fit_weights"].astype(np.float64),
                    stored[f"{prefix}score_weights"].astype(np.float64),
                )
            return TeacherCalibration(errors, fusion, is_measured=True)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelFileError(path, "is not a file of teachers' measurements") from error


def write_calibration(
    path: Path, calibration: TeacherCalibration, *, name: str, version: str, head: str
) -> None:
    """Write the measurements of one teacher on the head model of that key."""
    prefix = f"{name}/"
    stored: dict[str, NDArray[np.generic]] = {
        "head": np.array(head),
        f"{prefix}weights": np.array(version.partition("+")[2]),
    }
    for field in ("bias_mm", "identity_mm2", "expression_mm2"):
        stored[prefix + field] = getattr(calibration.errors, field).astype(np.float32)
    if calibration.fusion is not None:
        stored[f"{prefix}fit_weights"] = calibration.fusion.fit_weights
        stored[f"{prefix}score_weights"] = calibration.fusion.score_weights
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as stream:
            np.savez_compressed(stream, **stored)  # type: ignore[arg-type]
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def calibrate(model: MorphableModel, frames: CalibrationFrames) -> TeacherCalibration:
    """Measure a teacher's bias, the covariance of the rest, and the weights of its scores.

    The bias is the mean error over all neutral frames, the cameras being fitted to the true
    shapes. Errors that a person keeps make the identity's covariance; those that vary, the
    expression's. Of the latter, what follows the action units is left out: that is how much less
    the teacher sees of an expression, which is no noise.
    """
    bias_mm, identity_mm2 = np.zeros((68, 3)), LandmarkErrors.uncalibrated().identity_mm2
    for _ in range(_N_ROUNDS):
        variance = np.diag(identity_mm2).reshape(68, 3)[:, :2].mean(axis=1)
        rest = _errors_mm(frames, frames.neutral, bias_mm, 1.0 / variance)
        bias_mm = bias_mm + rest.mean(axis=0)
        rest -= rest.mean(axis=0)
        of_person = _means(rest.reshape(-1, 204), frames.persons[frames.neutral])
        identity_mm2 = _covariance(of_person, _FLOOR_IDENTITY_MM2)
    errors = LandmarkErrors(bias_mm, identity_mm2, _expression_covariance(frames, bias_mm))
    fusion = None
    if frames.scores is not None:
        fusion = _fuse(model, frames, errors)
    return TeacherCalibration(errors, fusion, is_measured=True)


def _errors_mm(
    frames: CalibrationFrames,
    chosen: NDArray[np.bool_],
    bias_mm: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the landmarks' errors beyond the bias, in the model's axes, (n_chosen, 68, 3)."""
    expected = np.asarray(frames.shapes_mm[chosen], np.float64) + bias_mm
    landmarks = np.asarray(frames.landmarks[chosen], np.float64)
    pose: HeadPose = fit_pose(expected, landmarks[..., :2], weights)
    return carry_to_model(landmarks, pose, expected) - expected


def _expression_covariance(
    frames: CalibrationFrames, bias_mm: NDArray[np.float64]
) -> NDArray[np.float64]:
    everything = np.ones(len(frames.neutral), bool)
    # As the action units are fitted: with the camera of the landmarks that hold still.
    rigid = np.full(68, 1e-9)
    rigid[RIGID] = 1.0
    rest = _errors_mm(frames, everything, bias_mm, rigid).reshape(-1, 204)
    for person in np.unique(frames.persons):
        own = frames.persons == person
        rest[own] -= rest[own & frames.neutral].mean(axis=0)
    moving = ~frames.neutral
    rest, intensity = rest[moving], np.asarray(frames.intensity[moving], np.float64)
    rest -= rest.mean(axis=0)
    intensity = intensity - intensity.mean(axis=0)
    rest -= intensity @ np.linalg.lstsq(intensity, rest, rcond=None)[0]
    return _covariance(rest, _FLOOR_EXPRESSION_MM2)


def _covariance(rows: NDArray[np.float64], floor: float) -> NDArray[np.float64]:
    return np.asarray(np.cov(rows.T) + floor * np.eye(rows.shape[1]), np.float64)


def _means(rows: NDArray[np.float64], persons: NDArray[np.integer]) -> NDArray[np.float64]:
    return np.stack([rows[persons == person].mean(axis=0) for person in np.unique(persons)])


def _fuse(model: MorphableModel, frames: CalibrationFrames, errors: LandmarkErrors) -> ScoreFusion:
    """Weigh each action unit's two readings so that they explain the truth."""
    from scipy.optimize import lsq_linear

    fitted, scored = readings(model, frames, errors)
    moving = ~frames.neutral
    truth = np.asarray(frames.intensity[moving], np.float64)
    weights = np.zeros((truth.shape[1], 2))
    for number in range(len(weights)):
        both = np.stack([fitted[moving, number], scored[moving, number]], axis=1)
        prior = np.diag(np.sqrt(_PRIOR_STRENGTH * np.maximum((both**2).sum(axis=0), 1.0)))
        weights[number] = lsq_linear(
            np.concatenate([both, prior]),
            np.concatenate([truth[:, number], prior @ np.full(2, _PRIOR_WEIGHT)]),
            bounds=(0.0, _MAX_WEIGHT),
        ).x
    return ScoreFusion(weights[:, 0], weights[:, 1])


def readings(
    model: MorphableModel, frames: CalibrationFrames, errors: LandmarkErrors
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Read the action units of all frames from the fitted faces and from the scores.

    Each person's identity and neutral come from the neutral frames.

    Returns
    -------
    (n, n_facs) float64
        From the fitted faces.
    (n, n_facs) float64
        From the scores; 0 where there are none.
    """
    n_facs = len(model.facs_names)
    fitted, scored = np.zeros((2, len(frames.persons), n_facs))
    for person in np.unique(frames.persons):
        own = frames.persons == person
        rest = frames.neutral[own]
        landmarks = frames.landmarks[own]
        identity = fit_identity(model, landmarks[rest], errors=errors).identity
        fit = fit_action_units(model, landmarks, identity=identity, errors=errors)
        moved = fit.action_units - np.median(fit.action_units[rest], axis=0)
        fitted[own] = facial_intensity(model, moved)
        if frames.scores is not None:
            scores = frames.scores[own] - np.median(frames.scores[own][rest], axis=0)
            scored[own] = scores_intensity(model, scores, frames.score_names)
    return fitted, scored
