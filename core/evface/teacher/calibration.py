"""What is known of a teacher's landmarks and scores: the file of what was measured."""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import evface_resources
from evface.errors import ModelFileError
from evface.morphable.intensity import IntensityModel
from evface.morphable.landmark_errors import LandmarkErrors
from evface.morphable.model import MorphableModel
from evface.teacher.base import Teacher

_ERRORS = ("bias_mm", "identity_mm2", "expression_mm2", "outline_slide")
_INTENSITY = ("gain", "covariance", "score_names", "knots")


@dataclass(frozen=True, eq=False)
class TeacherCalibration:
    """How a teacher sees the head model.

    Parameters
    ----------
    errors
        Of its landmarks.
    intensity
        How fitted faces and its scores follow the action units.
    is_measured
        Whether it was measured for this teacher and this head, or is what is assumed of any.
    """

    errors: LandmarkErrors
    intensity: IntensityModel
    is_measured: bool


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
    assumed_errors = LandmarkErrors.uncalibrated()
    assumed = TeacherCalibration(
        assumed_errors, IntensityModel.uncalibrated(model, assumed_errors), is_measured=False
    )
    try:
        # Opened here: numpy leaves the file open where it turns out to be damaged.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            prefix = f"{teacher.name}/"
            if f"{prefix}weights" not in stored:
                return assumed
            weights = teacher.version.partition("+")[2]
            if str(stored[f"{prefix}weights"]) != weights or str(stored["head"]) != model.key:
                return assumed
            values = {name: stored[prefix + name] for name in (*_ERRORS, *_INTENSITY)}
            return TeacherCalibration(
                LandmarkErrors(
                    values["bias_mm"].astype(np.float64),
                    values["identity_mm2"].astype(np.float64),
                    values["expression_mm2"].astype(np.float64),
                    float(values["outline_slide"]),
                ),
                IntensityModel(
                    values["gain"].astype(np.float64),
                    values["covariance"].astype(np.float64),
                    tuple(str(name) for name in values["score_names"]),
                    values["knots"].astype(np.float64),
                ),
                is_measured=True,
            )
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
    for part, names in ((calibration.errors, _ERRORS), (calibration.intensity, _INTENSITY)):
        for field in names:
            value = np.asarray(getattr(part, field))
            stored[prefix + field] = value.astype(np.float32) if value.dtype.kind == "f" else value
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as stream:
            np.savez_compressed(stream, **stored)  # type: ignore[arg-type]
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
