"""Expressions as people make them: FACS composed of single movements, and samples of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray


def _both(name: str, amount: float = 1.0) -> dict[str, float]:
    return {f"{name}Left": amount, f"{name}Right": amount}


# The action units of FACS composed of ARKit's units. AU43 and AU45 are the same shape: how long
# the eyes stay shut tells them apart.
FACS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "AU1": {"browInnerUp": 1.0},
        "AU2": _both("browOuterUp"),
        "AU4": _both("browDown"),
        "AU6": _both("cheekSquint"),
        "AU7": _both("eyeSquint"),
        "AU9": {**_both("noseSneer"), **_both("browDown", 0.25)},
        "AU10": _both("mouthUpperUp"),
        "AU12": _both("mouthSmile", 0.75),
        "AU14": _both("mouthDimple"),
        "AU15": _both("mouthFrown"),
        "AU17": {"mouthShrugLower": 1.0, "mouthShrugUpper": 0.4},
        "AU23": {"mouthPucker": 0.25, "mouthRollUpper": 0.45, "mouthRollLower": 0.45},
        "AU24": _both("mouthPress"),
        "AU25": {**_both("mouthLowerDown", 0.8), **_both("mouthUpperUp", 0.35)},
        "AU26": {"jawOpen": 0.45},
        "AU27": {"jawOpen": 0.9, **_both("mouthLowerDown", 0.3), **_both("mouthStretch", 0.3)},
        "AU43": _both("eyeBlink"),
        "AU45": _both("eyeBlink"),
    }
)
# Gaze turns the eyes, which landmarks cannot see; the rest are no part of the 18 action units and
# would take components away from them.
NOT_LEARNT = ("eyeLook", "tongueOut", "mouthClose", "jawForward", "jawLeft", "jawRight")


def sample_activations(
    n: int,
    rng: np.random.Generator,
    facs_units: NDArray[np.floating],
    unit_names: Sequence[str],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw expressions of one to four action units, a little lopsided, some with extra movements.

    Parameters
    ----------
    facs_units : (n_facs, n_units) float
        Each action unit of `FACS`, in its order, composed of units.
    unit_names
        ARKit's.

    Returns
    -------
    intensities : (n, n_facs) float64
    activations : (n, n_units) float64
    """
    n_facs = len(facs_units)
    names = list(FACS)
    left = np.array([name.endswith("Left") for name in unit_names])
    right = np.array([name.endswith("Right") for name in unit_names])
    learnt = [i for i, name in enumerate(unit_names) if not name.startswith(NOT_LEARNT)]
    intensities = np.zeros((n, n_facs))
    activations = np.zeros((n, len(unit_names)))
    for i in range(n):
        # AU45 has AU43's shape; one of them is enough.
        active = rng.choice(n_facs - 1, rng.integers(1, 5), replace=False)
        intensities[i, active] = rng.beta(1.5, 1.2, len(active))
        if intensities[i, names.index("AU27")] > 0:
            intensities[i, names.index("AU26")] = 0.0
        lopsided = rng.normal(0.0, 0.12)
        units = intensities[i] @ facs_units
        units = units * np.where(left, 1.0 + lopsided, np.where(right, 1.0 - lopsided, 1.0))
        if rng.uniform() < 0.4:
            extra = rng.choice(learnt, rng.integers(1, 3), replace=False)
            units[extra] += rng.uniform(0.0, 0.5, len(extra))
        activations[i] = np.clip(units, 0.0, 1.2)
    intensities[:, names.index("AU45")] = intensities[:, names.index("AU43")]
    return intensities, activations


def fit_readout(
    coefficients: NDArray[np.floating], intensities: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Fit how the intensity of action units is read from the coefficients of components.

    Parameters
    ----------
    coefficients : (n_samples, n_components) float
    intensities : (n_samples, n_facs) float

    Returns
    -------
    (n_facs, n_components) float64
        By least squares with a small ridge.
    """
    known = np.asarray(coefficients, np.float64)
    penalty = 1e-3 * len(known) * np.diag((known**2).mean(axis=0))
    solved = np.linalg.solve(known.T @ known + penalty, known.T @ intensities)
    return np.asarray(solved.T, np.float64)
