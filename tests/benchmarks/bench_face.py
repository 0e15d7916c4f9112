"""Faces fitted to people who were not measured: ours, the paper's way and baselines side by side.

People are drawn by the head renderer and shown to the MediaPipe teacher, so that the truth is
known and the landmarks are as bad as they are. All ways get the same landmarks and, but for what
is said to be raw, the same calibration, which was measured on other people.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from evface.cli.bench import Figure
from evface.jobs.teacher_trial import TeacherTrial, try_teacher
from evface.landmarks.metrics import normalised_mean_error
from evface.morphable.facs import levels_of
from evface.morphable.fitting import (
    Method,
    fit_action_units,
    project_landmarks,
    refit_pose,
)
from evface.morphable.identity import fit_identity
from evface.morphable.intensity import distinct_facs, read_intensity, score_contrast
from evface.morphable.model import MorphableModel, load_open_head
from evface.simulation.stills import StillsPlan
from evface.teacher.bundles import fetch_bundle
from evface.teacher.calibration import TeacherCalibration, load_calibration
from evface.teacher.mediapipe import MediapipeTeacher

# Nobody whom the calibration measured.
SEED, N_PEOPLE = 7_000, 20
N_TIMED = 20_000
# An action unit counts as present from level B on, as the DISFA data set is mostly scored.
PRESENT = 0.2


class Findings:
    """What one way makes of all moving frames; rows of people are put one after the other."""

    def __init__(self) -> None:
        self.nme: list[np.ndarray] = []
        self.read: list[np.ndarray] = []
        self.identity_mm: list[float] = []

    def error(self) -> float:
        """Return the mean error of the landmarks, %."""
        return 100 * float(np.concatenate(self.nme).mean())

    def correlations(self, truth: np.ndarray) -> np.ndarray:
        """Return the correlation with the truth of each column of it; 0 for a constant."""
        read = np.concatenate(self.read)
        known = read.std(axis=0) > 0
        values = np.zeros(truth.shape[1])
        for i in np.flatnonzero(known):
            values[i] = np.corrcoef(read[:, i], truth[:, i])[0, 1]
        return values

    def macro_f1(self, truth: np.ndarray) -> float:
        """Return the mean over action units of the F1 of presence."""
        said, is_so = np.concatenate(self.read) >= PRESENT, truth >= PRESENT
        hits = (said & is_so).sum(axis=0)
        return float(np.mean(2 * hits / np.maximum(said.sum(axis=0) + is_so.sum(axis=0), 1)))


def run(report: Callable[[str], None]) -> list[Figure]:
    """Measure."""
    model = load_open_head()
    fetch_bundle()
    teacher = MediapipeTeacher()
    calibration = load_calibration(teacher, model)
    trial = try_teacher(
        model, teacher, range(SEED, SEED + N_PEOPLE), StillsPlan(),
        lambda n: report(f"drawn person {n} of {N_PEOPLE}"),
    )  # fmt: skip
    teacher.close()
    report("fitting")
    distinct, _ = distinct_facs(model)
    frames = trial.frames
    moving = frames.intensity.any(axis=1)
    truth = np.concatenate(
        [frames.intensity[moving & (frames.persons == p)] for p in np.unique(frames.persons)]
    )[:, distinct]
    ours, papers, scores = (
        _findings(model, calibration, trial, way) for way in ("closed_form", "paper", "scores")
    )
    raw = normalised_mean_error(frames.landmarks[..., :2], frames.true_px)[moving]
    agree, paper_agree = ours.correlations(truth), papers.correlations(truth)
    for i, facs in enumerate(distinct):
        report(f"{model.facs_names[facs]:5} correlation {agree[i]:.2f}, paper {paper_agree[i]:.2f}")
    seen = truth >= 0.1
    off = np.abs(levels_of(np.concatenate(ours.read)).astype(int) - levels_of(truth))[seen]
    mean_face = float(
        np.mean([_face_mm(model, model.mean_shape, model.shape(i)) for i in trial.identities])
    )
    report("timing")
    speeds = [_frames_a_second(model, calibration, frames.landmarks, m) for m in _METHODS]
    return [
        Figure("error of the fitted landmarks (NME)", ours.error(), "%", "paper", papers.error(),
               target=2.5, higher_is_better=False),
        Figure("error of the teacher's own landmarks (NME)", 100 * float(raw.mean()), "%",
               higher_is_better=False),
        Figure("error of the identity", float(np.mean(ours.identity_mm)), "mm", "mean face",
               mean_face, target=1.6, higher_is_better=False),
        Figure("correlation of action units, mean", float(agree.mean()), "", "paper",
               float(paper_agree.mean()), target=0.8),
        Figure("correlation of action units, mean beside scores alone", float(agree.mean()), "",
               "scores", float(scores.correlations(truth).mean())),
        Figure(f"correlation of action units, lowest: {model.facs_names[distinct[agree.argmin()]]}",
               float(agree.min()), "", "paper", float(paper_agree.min()), target=0.4),
        Figure("presence of action units (macro F1)", ours.macro_f1(truth), "", "paper",
               papers.macro_f1(truth), target=0.75),
        Figure("levels A to E at most one off", 100 * float((off <= 1).mean()), "%"),
        Figure("fit on one core", speeds[0], "frames/s", "paper", speeds[1], target=30_000),
    ]  # fmt: skip


_METHODS: tuple[Method, Method] = ("closed_form", "paper")


def _findings(
    model: MorphableModel, calibration: TeacherCalibration, trial: TeacherTrial, way: str
) -> Findings:
    """Fit everybody one way; ``"scores"`` reads the teacher's scores alone."""
    found, frames, errors = Findings(), trial.frames, calibration.errors
    distinct, _ = distinct_facs(model)
    method: Method = "paper" if way == "paper" else "closed_form"
    for person in np.unique(frames.persons):
        own = frames.persons == person
        rest, landmarks = frames.neutral[own], frames.landmarks[own]
        moving = frames.intensity[own].any(axis=1)
        scores = frames.scores[own]
        identity = fit_identity(model, landmarks[rest], errors=errors).identity
        fit = fit_action_units(model, landmarks, identity=identity, errors=errors, method=method)
        resting = np.median(fit.action_units[rest], axis=0)
        moved = fit.action_units - resting
        if way == "closed_form":
            contrast = score_contrast(scores, np.median(scores[rest], axis=0))
            reading = read_intensity(model, calibration.intensity, moved, contrast)
            read = reading.intensity
            fit = refit_pose(
                model, landmarks, fit, identity=identity, errors=errors,
                action_units=reading.coefficients + resting,
            )  # fmt: skip
        elif way == "paper":
            read = np.maximum(moved @ model.facs_readout.T, 0.0)
        else:
            read = _read_scores(model, scores - np.median(scores[rest], axis=0), frames.score_names)
        mesh = project_landmarks(model, fit.pose, identity=identity, action_units=fit.action_units)
        found.nme.append(normalised_mean_error(mesh, frames.true_px[own])[moving])
        found.read.append(read[moving][:, distinct])
        true_face = model.shape(trial.identities[person])
        found.identity_mm.append(_face_mm(model, model.shape(identity), true_face))
    return found


def _read_scores(
    model: MorphableModel, scores: np.ndarray, score_names: tuple[str, ...]
) -> np.ndarray:
    """Read each action unit from the scores of the units that compose it."""
    units = np.asarray(model.facs_units, np.float64)
    shares = units / (units**2).sum(axis=1, keepdims=True)
    known = [n for n, name in enumerate(model.unit_names) if name in score_names]
    places = [score_names.index(model.unit_names[n]) for n in known]
    return np.maximum(scores[:, places] @ shares[:, known].T, 0.0)


def _face_mm(model: MorphableModel, fitted: np.ndarray, truth: np.ndarray) -> float:
    """Return the mean distance of the face's points after turning, shifting and scaling."""
    skin = np.unique(model.triangles[model.regions == model.region_names.index("skin")])
    mean = model.mean_shape[skin]
    face = skin[(mean[:, 2] > 20) & (mean[:, 1] > -115) & (mean[:, 1] < 70)]
    moved, fixed = fitted[face].astype(np.float64), truth[face].astype(np.float64)
    moved, fixed = moved - moved.mean(axis=0), fixed - fixed.mean(axis=0)
    left, singular, right = np.linalg.svd(moved.T @ fixed)
    scale = singular.sum() / (moved**2).sum()
    return float(np.linalg.norm(scale * moved @ left @ right - fixed, axis=1).mean())


def _frames_a_second(
    model: MorphableModel, calibration: TeacherCalibration, landmarks: np.ndarray, method: Method
) -> float:
    """Return the best of three runs, by the time of all cores together."""
    many = np.tile(landmarks, (-(-N_TIMED // len(landmarks)), 1, 1))[:N_TIMED]
    identity = np.zeros(len(model.identity_basis))
    seconds = []
    for _ in range(3):
        start = time.process_time()
        fit_action_units(model, many, identity=identity, errors=calibration.errors, method=method)
        seconds.append(time.process_time() - start)
    return N_TIMED / min(seconds)
