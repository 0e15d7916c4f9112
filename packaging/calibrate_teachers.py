#!/usr/bin/env python3
"""Measure a teacher on renders of the open head; write what ships in resources.

    python packaging/calibrate_teachers.py [--people 100] [--out FILE]

Two thirds of the people are measured, the rest tell what it brings: the landmarks' error before
and after, the identity's, and the correlation of each action unit with the truth. Takes about ten
minutes. Run it again when the open head or the teacher's weights change.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from evface.landmarks.metrics import normalised_mean_error
from evface.morphable.camera import FRONTAL, HeadPose, rotation_matrix
from evface.morphable.fitting import fit_action_units, fit_identity, project_landmarks
from evface.morphable.landmark_errors import LandmarkErrors
from evface.morphable.model import MorphableModel, load_open_head
from evface.simulation.appearance import Appearance
from evface.simulation.display import encode_srgb
from evface.simulation.head import HeadRenderer
from evface.simulation.views import view_of_pose
from evface.teacher.base import Teacher
from evface.teacher.calibration import (
    CalibrationFrames,
    calibrate,
    readings,
    write_calibration,
)
from evface.teacher.registry import open_teacher

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "resources" / "evface_resources" / "teacher_bias.npz"
RESOLUTION = (640, 480)
N_NEUTRAL, N_MOVING = 6, 18
SEED = 90_000
RGB_NOISE = 2.0


def render_frames(
    model: MorphableModel, teacher: Teacher, people: range
) -> tuple[CalibrationFrames, dict[str, np.ndarray]]:
    """Show rendered people to the teacher; return what it said, and the rest of the truth."""
    rows: dict[str, list] = {
        name: []
        for name in ("landmarks", "shape", "person", "neutral", "intensity", "scores", "true_px")
    }
    identities = {}
    blink, drop, wide = (model.facs_names.index(name) for name in ("AU45", "AU26", "AU27"))
    basis = model.units[:, model.landmarks]
    n_missed = t_us = 0
    for person in people:
        rng = np.random.default_rng(SEED + person)
        identity = rng.normal(0.0, 0.9, len(model.identity_basis)).astype(np.float32)
        identities[person] = identity
        neutral_face = model.shape(identity)
        renderer = HeadRenderer(
            model, Appearance.draw(SEED + person), neutral_face, texture_width=768
        )
        scale = rng.uniform(0.9, 1.9)
        for number in range(N_NEUTRAL + N_MOVING):
            is_neutral = number < N_NEUTRAL
            intensity = np.zeros(len(model.facs_names))
            if not is_neutral:
                active = rng.choice(len(intensity), rng.integers(1, 4), replace=False)
                intensity[active] = rng.uniform(0.2, 1.0, len(active))
                # Blinks look like closed eyes in one picture; the jaw is open one way or another.
                intensity[blink] = 0.0
                if intensity[wide] > 0:
                    intensity[drop] = 0.0
            activations = np.clip(intensity @ model.facs_units, 0.0, 1.1)
            spread = np.full(3, 0.06) if is_neutral else np.array([0.1, 0.2, 0.06])
            pose = HeadPose(
                FRONTAL @ rotation_matrix(spread * rng.normal(size=3)),
                np.array(scale),
                np.array([320.0, 250.0]) + rng.normal(0.0, 10.0, 2),
            )
            picture = renderer.render(
                model.unit_shape(activations, identity), *view_of_pose(pose, RESOLUTION)
            )
            colour = encode_srgb(picture.colour).astype(np.float32)
            frame = np.clip(colour + rng.normal(0.0, RGB_NOISE, colour.shape), 0, 255)
            # A second look lets the landmarks' own tracking settle on the new picture.
            for _ in range(2):
                t_us += 500_000
                found = teacher.detect(frame.astype(np.uint8), t_us)
            if found is None:
                n_missed += 1
                continue
            rows["landmarks"].append(found.landmarks)
            rows["shape"].append(
                neutral_face[model.landmarks] + np.tensordot(activations, basis, axes=1)
            )
            rows["person"].append(person)
            rows["neutral"].append(is_neutral)
            rows["intensity"].append(intensity)
            rows["scores"].append(found.blendshapes)
            rows["true_px"].append(picture.landmarks)
        print(f"\rperson {person - people.start + 1} of {len(people)}", end="", flush=True)
    print(f"; no face found in {n_missed} pictures")
    frames = CalibrationFrames(
        np.array(rows["landmarks"]),
        np.array(rows["shape"]),
        np.array(rows["person"]),
        np.array(rows["neutral"]),
        np.array(rows["intensity"]),
        np.array(rows["scores"]) if teacher.blendshape_names else None,
        teacher.blendshape_names,
    )
    return frames, {"px": np.array(rows["true_px"]), "identities": identities}


def select(frames: CalibrationFrames, chosen: np.ndarray) -> CalibrationFrames:
    """Return some of the frames."""
    return CalibrationFrames(
        frames.landmarks[chosen],
        frames.shapes_mm[chosen],
        frames.persons[chosen],
        frames.neutral[chosen],
        frames.intensity[chosen],
        None if frames.scores is None else frames.scores[chosen],
        frames.score_names,
    )


def face_error_mm(model: MorphableModel, fitted: np.ndarray, truth: np.ndarray) -> float:
    """Return the mean distance of the face's points after turning, shifting and scaling."""
    skin = np.unique(model.triangles[model.regions == model.region_names.index("skin")])
    mean = model.mean_shape[skin]
    face = skin[(mean[:, 2] > 20) & (mean[:, 1] > -115) & (mean[:, 1] < 70)]
    moved, fixed = fitted[face].astype(np.float64), truth[face].astype(np.float64)
    moved, fixed = moved - moved.mean(axis=0), fixed - fixed.mean(axis=0)
    left, singular, right = np.linalg.svd(moved.T @ fixed)
    scale = singular.sum() / (moved**2).sum()
    return float(np.linalg.norm(scale * moved @ left @ right - fixed, axis=1).mean())


def tell(model: MorphableModel, frames: CalibrationFrames, truth: dict, name: str, errors) -> None:
    """Print how well people are fitted with these errors assumed."""
    nme, identity_mm, mean_mm = [], [], []
    for person in np.unique(frames.persons):
        own, rest = frames.persons == person, frames.neutral[frames.persons == person]
        landmarks = frames.landmarks[own]
        identity = fit_identity(model, landmarks[rest], errors=errors).identity
        fit = fit_action_units(model, landmarks, identity=identity, errors=errors)
        mesh = project_landmarks(model, fit.pose, identity=identity, action_units=fit.action_units)
        nme.append(normalised_mean_error(mesh, truth["px"][own]))
        true_face = model.shape(truth["identities"][person])
        identity_mm.append(face_error_mm(model, model.shape(identity), true_face))
        mean_mm.append(face_error_mm(model, model.mean_shape, true_face))
    print(
        f"{name}: fitted landmarks NME {np.concatenate(nme).mean():.2%}, "
        f"identity {np.mean(identity_mm):.2f} mm (mean face {np.mean(mean_mm):.2f})"
    )


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--teacher", default="mediapipe")
    parser.add_argument("--weights", type=Path, help="bundle or folder of the teacher's weights")
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    model = load_open_head()
    teacher = open_teacher(options.teacher, weights=options.weights)
    frames, truth = render_frames(model, teacher, range(options.people))
    measured = frames.persons < round(options.people * 0.6)
    calibration = calibrate(model, select(frames, measured))
    write_calibration(
        options.out, calibration, name=teacher.name, version=teacher.version, head=model.key
    )
    held_out = select(frames, ~measured)
    truth["px"] = truth["px"][~measured]
    raw = normalised_mean_error(held_out.landmarks[..., :2], truth["px"]).mean()
    bias = np.linalg.norm(calibration.errors.bias_mm[:, :2], axis=1)
    print(f"bias {bias.mean():.2f} mm (outline {bias[:17].mean():.2f}); raw NME {raw:.2%}")
    tell(model, held_out, truth, "before", LandmarkErrors.uncalibrated())
    tell(model, held_out, truth, "after", calibration.errors)
    fitted, scored = readings(model, held_out, calibration.errors)
    moving = ~held_out.neutral
    for number, unit in enumerate(model.facs_names):
        true = held_out.intensity[moving, number]
        if not true.std():
            continue
        line = [np.corrcoef(true, fitted[moving, number])[0, 1]]
        if calibration.fusion is not None:
            weights = (
                calibration.fusion.fit_weights[number],
                calibration.fusion.score_weights[number],
            )
            both = weights[0] * fitted[moving, number] + weights[1] * scored[moving, number]
            line += [np.corrcoef(true, scored[moving, number])[0, 1]] if scored.any() else []
            line += [np.corrcoef(true, both)[0, 1], *weights]
        print(unit.ljust(5), "  ".join(f"{value:5.2f}" for value in line))
    teacher.close()


if __name__ == "__main__":
    main()
