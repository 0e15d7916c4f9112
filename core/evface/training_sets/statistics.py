"""Mean and spread of what is learnt, over the clips that are trained on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.training_sets.file import TrainingSet

# Components that hardly move are not blown up: coefficients of about 1 are a full activation.
_LEAST_COEFFICIENT_STD = 0.01
_LEAST_POSE_STD = 0.02


@dataclass(frozen=True, eq=False)
class TargetStatistics:
    """What a target's zero and one stand for.

    Parameters
    ----------
    coefficient_mean, coefficient_std : (k,) float32
    pose_mean, pose_std : (4,) float32
        Of poses whose angles are those from how the person holds the head at rest, see
        `measure_rests`.
    """

    coefficient_mean: NDArray[np.float32]
    coefficient_std: NDArray[np.float32]
    pose_mean: NDArray[np.float32]
    pose_std: NDArray[np.float32]

    def coefficients_to_z(self, coefficients: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return coefficients (..., k) as networks tell them; NaN stays NaN."""
        z = (coefficients - self.coefficient_mean) / self.coefficient_std
        return z.astype(np.float32)

    def coefficients_from_z(self, z: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return what networks tell as coefficients of the model."""
        return (z * self.coefficient_std + self.coefficient_mean).astype(np.float32)

    def pose_to_z(self, pose: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return poses (..., 4) as networks tell them; NaN stays NaN."""
        return ((pose - self.pose_mean) / self.pose_std).astype(np.float32)

    def pose_from_z(self, z: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return what networks tell as poses: rad, and log of px per mm."""
        return (z * self.pose_std + self.pose_mean).astype(np.float32)

    def to_json(self) -> dict[str, list[float]]:
        """Return plain numbers, for a checkpoint."""
        return {name: array.tolist() for name, array in vars(self).items()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> TargetStatistics:
        """Return what `to_json` gave.

        Raises
        ------
        ValueError
            If something is missing or no number.
        """
        names = ("coefficient_mean", "coefficient_std", "pose_mean", "pose_std")
        missing = [name for name in names if name not in values]
        if missing:
            raise ValueError(f"{missing[0]} is missing")
        return cls(*(np.array(values[name], np.float32) for name in names))


def measure_rests(
    training_set: TrainingSet, clips: Iterable[int]
) -> dict[str, NDArray[np.float32]]:
    """Measure how each person holds the head when nothing is asked of it.

    Events tell how a head moves, not how it was held before the camera: the angles of all poses are
    learnt and told from here on. The median over a person's clips is right where most of them show
    other things than head motions, as in FACEMORPHIC; over a single clip it would not be.

    Returns
    -------
    dict[str, (4,) float32]
        Of each person in these clips yaw, pitch and roll (rad), and 0 for the scale, which stays as
        it is. All 0 where no pose is known.

    Raises
    ------
    DatasetError
        If a clip is damaged.
    """
    poses: dict[str, list[NDArray[np.float32]]] = {}
    for index in clips:
        clip = training_set.clip(index, with_events=False, with_rgb=False)
        poses.setdefault(clip.subject, []).append(clip.pose)
    return {subject: rest_of(np.concatenate(parts)) for subject, parts in poses.items()}


def rest_of(pose: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the median angles of poses (n, 4), with 0 for the scale; all 0 of none."""
    rest = np.zeros(4, np.float32)
    known = pose[np.isfinite(pose).all(axis=1)]
    if len(known):
        rest[:3] = np.median(known[:, :3], axis=0)
    return rest


def measure_targets(training_set: TrainingSet, clips: Iterable[int]) -> TargetStatistics:
    """Measure the targets of some clips; those that are trained on, and no others.

    Frames without a label are left out. What has none at all gets mean 0 and spread 1.

    Raises
    ------
    DatasetError
        If a clip is damaged.
    """
    coefficients: list[NDArray[np.float32]] = []
    of_people: dict[str, list[NDArray[np.float32]]] = {}
    for index in clips:
        clip = training_set.clip(index, with_events=False, with_rgb=False)
        coefficients.append(clip.coefficients)
        of_people.setdefault(clip.subject, []).append(clip.pose)
    poses = [np.concatenate(parts) - rest_of(np.concatenate(parts)) for parts in of_people.values()]
    k = training_set.about.n_model_coefficients
    return TargetStatistics(
        *_mean_and_std(coefficients, k, _LEAST_COEFFICIENT_STD),
        *_mean_and_std(poses, 4, _LEAST_POSE_STD),
    )


def _mean_and_std(
    parts: list[NDArray[np.float32]], n: int, least: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    rows = np.concatenate(parts) if parts else np.empty((0, n), np.float32)
    known = rows[np.isfinite(rows).all(axis=1)].astype(np.float64)
    if not len(known):
        return np.zeros(n, np.float32), np.ones(n, np.float32)
    return (
        known.mean(axis=0).astype(np.float32),
        np.maximum(known.std(axis=0), least).astype(np.float32),
    )
