"""Measuring a teacher on pictures whose truth is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.morphable.camera import HeadPose, fit_pose, head_angles_deg
from evface.morphable.carrying import RIGID, carry_to_model
from evface.morphable.facs import LEVEL_STARTS
from evface.morphable.fitting import fit_action_units
from evface.morphable.identity import fit_identity
from evface.morphable.intensity import (
    IntensityModel,
    distinct_facs,
    facs_components,
    read_intensity,
    score_contrast,
)
from evface.morphable.landmark_errors import LandmarkErrors
from evface.morphable.model import MorphableModel
from evface.morphable.outline import OutlineSlide
from evface.teacher.calibration import TeacherCalibration

# Added to every variance, mm^2: errors on real faces have directions that renders do not show.
_FLOOR_IDENTITY_MM2, _FLOOR_EXPRESSION_MM2 = 0.3, 1.0
_N_ROUNDS = 4
# Heads turned by more than this show whether the outline slides.
_TURNED_DEG = 12.0
# Off its diagonal, the covariance of the measurements is made smaller by this share, which no
# finite number of people measures well.
_SHRINKAGE = 0.1
# Real faces differ from renders by at least so much: in coefficients, and in roots of scores, some
# of which renders do not move at all.
_FLOOR_COEFFICIENT, _FLOOR_SCORE = 0.02, 0.03
# Steps of intensity among which the beginnings of the levels are sought.
_CANDIDATES = np.linspace(0.01, 1.0, 100)
_LEAST_STEP = 0.01
# A level begins within these shares of its intensity: what is hardly seen at all would be told
# from noise alone, and real faces are not the renders on which the rest was measured.
_LEAST_SHARE, _MOST_SHARE = 0.8, 1.25


@dataclass(frozen=True, eq=False)
class CalibrationFrames:
    """What a teacher said of pictures whose truth is known.

    Parameters
    ----------
    landmarks : (n, 68, 3) float, px
        As in `Detection`.
    shapes_mm : (n, 68, 3) float, mm
        The true landmarks in the model's axes.
    true_px : (n, 68, 2) float, px
        Where they fall.
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
    true_px: NDArray[np.floating]
    persons: NDArray[np.integer]
    neutral: NDArray[np.bool_]
    intensity: NDArray[np.floating]
    scores: NDArray[np.floating] | None
    score_names: tuple[str, ...]


def calibrate(model: MorphableModel, frames: CalibrationFrames) -> TeacherCalibration:
    """Measure a teacher's bias, the covariance of the rest, and how it sees action units.

    The bias is the mean error over all neutral frames, seen by the true cameras: so a teacher that
    takes every head for a little raised is put right too. Errors that a person keeps make the
    identity's covariance; those that vary, the expression's. Of the latter, what follows the
    action units is left out: that is how much less the teacher sees of an expression, which is no
    noise.
    """
    bias_mm = _bias_mm(frames)
    identity_mm2 = LandmarkErrors.uncalibrated().identity_mm2
    for _ in range(_N_ROUNDS):
        variance = np.diag(identity_mm2).reshape(68, 3)[:, :2].mean(axis=1)
        rest = _errors_mm(frames, frames.neutral, bias_mm, 1.0 / variance)[0]
        rest -= rest.mean(axis=0)
        of_person = _means(rest.reshape(-1, 204), frames.persons[frames.neutral])
        identity_mm2 = _covariance(of_person, _FLOOR_IDENTITY_MM2)
    slide = _outline_slide(model, frames, bias_mm)
    expression_mm2 = _expression_covariance(model, frames, bias_mm, slide)
    errors = LandmarkErrors(bias_mm, identity_mm2, expression_mm2, slide)
    return TeacherCalibration(errors, _intensity_model(model, frames, errors), is_measured=True)


def measure_people(
    model: MorphableModel, frames: CalibrationFrames, errors: LandmarkErrors
) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64] | None]]:
    """Fit each person, whose identity and neutral come from the neutral frames.

    Yields
    ------
    own : (n,) bool
        The person's frames.
    coefficients : (n_own, n_components) float64
        Less those of the neutral face.
    contrasts : (n_own, n_scores) float64, or None
        As `score_contrast` gives them; None for a teacher without scores.
    """
    for person in np.unique(frames.persons):
        own = frames.persons == person
        rest, landmarks = frames.neutral[own], frames.landmarks[own]
        identity = fit_identity(model, landmarks[rest], errors=errors).identity
        fit = fit_action_units(model, landmarks, identity=identity, errors=errors)
        moved = fit.action_units - np.median(fit.action_units[rest], axis=0)
        contrasts = None
        if frames.scores is not None:
            scores = frames.scores[own]
            contrasts = score_contrast(scores, np.median(scores[rest], axis=0))
        yield own, moved, contrasts


def _bias_mm(frames: CalibrationFrames) -> NDArray[np.float64]:
    """Return the mean error of each landmark of a neutral face, (68, 3)."""
    shapes = np.asarray(frames.shapes_mm[frames.neutral], np.float64)
    pose = fit_pose(shapes, frames.true_px[frames.neutral])
    bias_mm = np.zeros((68, 3))
    # Depth has no origin of its own: it is counted from the rigid landmarks, the bias included.
    for _ in range(_N_ROUNDS):
        seen = carry_to_model(frames.landmarks[frames.neutral], pose, shapes + bias_mm)
        bias_mm = (seen - shapes).mean(axis=0)
    return bias_mm


def _errors_mm(
    frames: CalibrationFrames,
    chosen: NDArray[np.bool_],
    bias_mm: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> tuple[NDArray[np.float64], HeadPose]:
    """Return the landmarks' errors beyond the bias, (n_chosen, 68, 3), and the cameras."""
    expected = np.asarray(frames.shapes_mm[chosen], np.float64) + bias_mm
    landmarks = np.asarray(frames.landmarks[chosen], np.float64)
    pose = fit_pose(expected, landmarks[..., :2], weights)
    return carry_to_model(landmarks, pose, expected) - expected, pose


def _rigid_weights() -> NDArray[np.float64]:
    """Return weights as those of a fit: only landmarks that hold still hold the camera."""
    weights = np.full(68, 1e-9)
    weights[RIGID] = 1.0
    return weights


def _outline_slide(
    model: MorphableModel, frames: CalibrationFrames, bias_mm: NDArray[np.float64]
) -> float:
    """Return the share by which the outline follows the visible edge, by least squares."""
    whole = OutlineSlide(model, 1.0)
    everything = np.ones(len(frames.persons), bool)
    rest, pose = _errors_mm(frames, everything, bias_mm, _rigid_weights())
    turn_deg = head_angles_deg(pose.rotation)[:, 0]
    turned = np.abs(turn_deg) > _TURNED_DEG
    slid = whole.shift_mm(turn_deg[turned])
    if not slid.any():
        return 0.0
    return float(np.clip((slid * rest[turned]).sum() / (slid**2).sum(), 0.0, 1.0))


def _expression_covariance(
    model: MorphableModel, frames: CalibrationFrames, bias_mm: NDArray[np.float64], slide: float
) -> NDArray[np.float64]:
    everything = np.ones(len(frames.neutral), bool)
    errors, pose = _errors_mm(frames, everything, bias_mm, _rigid_weights())
    errors -= OutlineSlide(model, slide).shift_mm(head_angles_deg(pose.rotation)[:, 0])
    rest = errors.reshape(-1, 204)
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


def _intensity_model(
    model: MorphableModel, frames: CalibrationFrames, errors: LandmarkErrors
) -> IntensityModel:
    """Learn what coefficients and scores the action units cause, and what else is in them."""
    n_facs, n_components = len(model.facs_names), len(model.action_unit_basis)
    n_scores = 0 if frames.scores is None else frames.scores.shape[1]
    measured = np.empty((len(frames.persons), n_components + n_scores))
    for own, moved, contrasts in measure_people(model, frames, errors):
        measured[own] = moved if contrasts is None else np.concatenate([moved, contrasts], axis=1)
    moving = ~frames.neutral
    rows, truth = measured[moving], np.asarray(frames.intensity[moving], np.float64)
    # What pictures do not tell apart moves alike: the gain of one stands for all.
    prior = np.zeros((n_facs, rows.shape[1]))
    prior[:, :n_components] = facs_components(model)
    gain = prior + np.linalg.solve(
        truth.T @ truth + np.eye(n_facs), truth.T @ (rows - truth @ prior)
    )
    noise = np.cov((rows - truth @ gain).T)
    noise = (1.0 - _SHRINKAGE) * noise + _SHRINKAGE * np.diag(np.diag(noise))
    floors = np.repeat([_FLOOR_COEFFICIENT, _FLOOR_SCORE], [n_components, n_scores])
    noise += np.diag(floors**2)
    plain = np.tile(LEVEL_STARTS, (n_facs, 1))
    names = frames.score_names if n_scores else ()
    reader = IntensityModel(gain.T, noise, names, plain)
    read = np.zeros((len(measured), n_facs))
    for own in (frames.persons == person for person in np.unique(frames.persons)):
        scores = measured[own, n_components:] if n_scores else None
        read[own] = read_intensity(model, reader, measured[own, :n_components], scores).intensity
    knots = np.stack([_level_starts(read[:, i], frames.intensity[:, i]) for i in range(n_facs)])
    # Of action units that look alike in a picture, one stands for all.
    first, copies = distinct_facs(model)
    return IntensityModel(gain.T, noise, names, knots[first[copies]])


def _level_starts(read: NDArray[np.float64], truth: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the readings from which each level is best told from those below it (by F1)."""
    starts = np.array(LEVEL_STARTS)
    if not (truth > 0).any():
        return starts
    last = 0.0
    for number, start in enumerate(LEVEL_STARTS):
        is_so, said = truth >= start, read > _CANDIDATES[:, None]
        hits = (said & is_so).sum(axis=1)
        f1 = 2.0 * hits / np.maximum(said.sum(axis=1) + is_so.sum(), 1)
        best = float(_CANDIDATES[int(np.argmax(f1))])
        best = min(max(best, _LEAST_SHARE * start), _MOST_SHARE * start)
        starts[number] = last = max(best, last + _LEAST_STEP)
    return starts
