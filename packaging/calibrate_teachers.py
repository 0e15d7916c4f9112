#!/usr/bin/env python3
"""Measure a teacher on renders of the open head; write what ships in resources.

    python packaging/calibrate_teachers.py [--people 90] [--out FILE]

Takes about ten minutes. Run it again when the open head, its renderer or the teacher's weights
change. What it brings for people who were not measured tells `evface bench face`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from evface.jobs.teacher_trial import try_teacher
from evface.morphable.facs import LEVEL_STARTS, LEVELS
from evface.morphable.model import load_open_head
from evface.simulation.stills import StillsPlan
from evface.teacher.calibration import write_calibration
from evface.teacher.measuring import calibrate
from evface.teacher.registry import open_teacher

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "resources" / "evface_resources" / "teacher_bias.npz"
# Nobody whom the benchmarks draw.
SEED = 90_000


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--teacher", default="mediapipe")
    parser.add_argument("--weights", type=Path, help="bundle or folder of the teacher's weights")
    parser.add_argument("--people", type=int, default=90)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    model = load_open_head()
    teacher = open_teacher(options.teacher, weights=options.weights)
    trial = try_teacher(
        model,
        teacher,
        range(SEED, SEED + options.people),
        StillsPlan(),
        lambda n: print(f"\rperson {n} of {options.people}", end="", flush=True),
    )
    teacher.close()
    print(f"; no face found in {trial.n_missed} pictures")
    calibration = calibrate(model, trial.frames)
    write_calibration(
        options.out, calibration, name=teacher.name, version=teacher.version, head=model.key
    )
    bias = np.linalg.norm(calibration.errors.bias_mm[:, :2], axis=1)
    print(
        f"bias {bias.mean():.2f} mm, of the outline {bias[:17].mean():.2f} mm, "
        f"which slides by {calibration.errors.outline_slide:.0%} of the visible edge"
    )
    print("readings from which levels begin:")
    print(
        "      ",
        "  ".join(f"{name} {start:.2f}" for name, start in zip(LEVELS, LEVEL_STARTS, strict=True)),
    )
    for name, knots in zip(model.facs_names, calibration.intensity.knots, strict=True):
        print(name.ljust(6), "  ".join(f"  {knot:.2f}" for knot in knots))


if __name__ == "__main__":
    main()
