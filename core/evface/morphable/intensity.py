"""Action units of FACS from a fitted face and a teacher's scores, weighed as two measurements."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from evface.morphable.bounded import solve_bounded
from evface.morphable.facs import LEVEL_STARTS
from evface.morphable.landmark_errors import LandmarkErrors
from evface.morphable.model import MorphableModel

# An action unit is absent or active; the mean of those that might be is a quarter of full. Smiles
# and parted lips are commoner in everyday faces than dimples and pressed lips, which move the same
# landmarks.
_RATE = 4.0
_RATES = {"AU12": 1.5, "AU25": 3.0, "AU26": 3.0, "AU14": 8.0, "AU24": 6.0}
# Lips that are pressed or tightened are not parted: of each pair one is absent.
_EXCLUSIVE = (
    *(("AU24", other) for other in ("AU10", "AU25", "AU26", "AU27")),
    *(("AU23", other) for other in ("AU26", "AU27")),
)
_EXCLUSION = 20.0
# How far the exclusion of a pair may go, so that there is one minimum still.
_MOST_EXCLUSION = 0.9
_LARGEST = 1.2
# The share of the variance of coefficients that no action unit explains: one-sided movements, and
# others that FACS knows by codes that the model does not have.
_UNEXPLAINED = 0.3
_N_ENLARGEMENTS = 2
# Rows of measurements that tell how large errors are; of more than these, some are taken evenly.
_MOST_LOOKED_AT = 1000
# What an uncalibrated fit gets wrong beside the landmarks' noise, in the components' own spread.
_UNCALIBRATED_SHARE = 0.3


@dataclass(frozen=True, eq=False)
class IntensityModel:
    r"""How fitted coefficients and a teacher's scores follow the action units of FACS.

    .. math:: y = A x + e, \quad e \sim N(0, \Sigma)

    for the intensities `x` and the measurement `y`, the coefficients and the square roots of the
    scores, both less those of the person's neutral face.

    Parameters
    ----------
    gain : (n_measured, n_facs) float64
        `A`; the coefficients come first, then the scores.
    covariance : (n_measured, n_measured) float64
        `Sigma`, positive definite.
    score_names
        Of the scores; empty where there are none.
    knots : (n_facs, n_knots) float64
        The readings that stand for the intensities `LEVEL_STARTS`; increasing in each row.
    """

    gain: NDArray[np.float64]
    covariance: NDArray[np.float64]
    score_names: tuple[str, ...]
    knots: NDArray[np.float64]

    def __post_init__(self) -> None:
        n_measured, n_facs = self.gain.shape
        for name, shape in (
            ("covariance", (n_measured, n_measured)),
            ("knots", (n_facs, len(LEVEL_STARTS))),
        ):
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} must be {shape}, got {getattr(self, name).shape}")
        if (np.diff(self.knots, axis=1) <= 0).any() or (self.knots <= 0).any():
            raise ValueError("knots must be positive and increase")

    @classmethod
    def uncalibrated(cls, model: MorphableModel, errors: LandmarkErrors) -> IntensityModel:
        """Return what follows from the head model and the landmarks' errors alone.

        A fit holds each component back as far as the landmarks are uncertain of it.
        """
        basis = np.asarray(model.action_unit_basis[:, model.landmarks], np.float64)
        flat = basis.reshape(len(basis), -1)
        weights = np.asarray(model.action_unit_weights, np.float64)
        precision = flat @ np.linalg.solve(errors.expression_mm2, flat.T)
        covariance = np.linalg.inv(precision + np.diag(1.0 / weights))
        kept = np.eye(len(basis)) - covariance / weights
        gain = kept @ facs_components(model).T
        spread = covariance + _UNCALIBRATED_SHARE**2 * np.diag(weights)
        return cls(gain, spread, (), np.tile(LEVEL_STARTS, (len(model.facs_names), 1)))


@dataclass(frozen=True, eq=False)
class IntensityReading:
    """Action units read from measurements.

    Parameters
    ----------
    intensity : (n, n_facs) float64
        0 absent, 1 the model's full activation, at most 1.2. NaN where the coefficients are.
    coefficients : (n, n_components) float64
        The measured coefficients, put right by what the action units make of both measurements.
    """

    intensity: NDArray[np.float64]
    coefficients: NDArray[np.float64]


def read_intensity(
    model: MorphableModel,
    reader: IntensityModel,
    coefficients: NDArray[np.floating],
    scores: NDArray[np.floating] | None = None,
    *,
    is_calibrated: bool = True,
) -> IntensityReading:
    r"""Find the intensities that explain coefficients and scores together.

    The most probable ones, for errors of the model's covariance and intensities that are seldom
    above 0, some more seldom than others, and some never together:

    .. math:: \min_x \tfrac12 (y - A x)^T \Sigma^{-1} (y - A x) + \sum_i r_i x_i
              + \sum_{(i, j)} k_{ij} x_i x_j, \quad 0 \le x_i \le 1.2

    Errors may be larger than they were when the covariance was measured, as on real faces if that
    was on renders: what the intensities leave unexplained, over all rows, says by how much. Then
    the coefficients are those of the intensities, plus what was measured beyond them as far as it
    stands out of the errors.

    Parameters
    ----------
    coefficients : (n, n_components) float
        Of the model's action-unit basis, less those of the neutral face. Not modified.
    scores : (n, n_scores) float
        As `score_contrast` gives them. Rows with a NaN, and None, leave the coefficients alone to
        tell. Not modified.
    is_calibrated
        Whether intensities are bent so that the knots come out right.
    """
    measured = np.asarray(coefficients, np.float64)
    n_components = measured.shape[1]
    unknown, copies = distinct_facs(model)
    gain = reader.gain[:, unknown]
    names = [model.facs_names[i] for i in unknown]
    variances = np.asarray(model.action_unit_weights, np.float64)
    of_units = facs_components(model)[unknown]
    together: NDArray[np.bool_] = np.zeros(len(measured), bool)
    both = measured
    if scores is not None and reader.score_names:
        both = np.concatenate([measured, np.asarray(scores, np.float64)], axis=1)
        together = np.asarray(np.isfinite(both).all(axis=1))
    solved = np.full((len(measured), len(unknown)), np.nan)
    right = np.full_like(measured, np.nan)
    for chosen, said in (
        (together, both),
        (~together & np.isfinite(measured).all(axis=1), measured),
    ):
        if not chosen.any():
            continue
        of_said = gain[: said.shape[1]]
        noise = reader.covariance[: said.shape[1], : said.shape[1]]
        noise = _as_large_as_seen(names, of_said, noise, said[chosen], variances)
        solved[chosen] = _most_probable(names, of_said, noise, said[chosen])
        # What was measured beyond the action units is believed as far as it stands out of the
        # noise.
        beyond = _UNEXPLAINED * np.diag(variances)
        noise = noise[:n_components, :n_components]
        belief = np.linalg.solve(beyond + noise, beyond).T
        rest = measured[chosen] - solved[chosen] @ gain[:n_components].T
        right[chosen] = solved[chosen] @ of_units + rest @ belief.T
    intensity = solved[:, copies]
    if is_calibrated:
        for column, knots in zip(intensity.T, reader.knots, strict=True):
            ends = np.r_[0.0, knots, knots[-1] + _LARGEST - LEVEL_STARTS[-1]]
            column[:] = np.interp(column, ends, np.r_[0.0, LEVEL_STARTS, _LARGEST])
    return IntensityReading(intensity, right)


def distinct_facs(model: MorphableModel) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the action units that one picture tells apart, and for each which of those it is.

    Returns
    -------
    (n_distinct,) int
        The first of each that look alike.
    (n_facs,) int
        Index into them.
    """
    _, first, copies = np.unique(model.facs_units, axis=0, return_index=True, return_inverse=True)
    return first, copies.reshape(-1)


def _most_probable(
    names: list[str],
    gain: NDArray[np.float64],
    covariance: NDArray[np.float64],
    measured: NDArray[np.float64],
) -> NDArray[np.float64]:
    weighted = np.linalg.solve(covariance, gain)
    normal = gain.T @ weighted
    # An action unit that nothing measures stays at 0.
    normal += 1e-9 * np.trace(normal) * np.eye(len(normal))
    for pair in _EXCLUSIVE:
        if set(pair) <= set(names):
            i, j = (names.index(name) for name in pair)
            most = _MOST_EXCLUSION * np.sqrt(normal[i, i] * normal[j, j]) - normal[i, j]
            normal[i, j] += np.clip(most, 0.0, _EXCLUSION)
            normal[j, i] = normal[i, j]
    rates = np.array([_RATES.get(name, _RATE) for name in names])
    return solve_bounded(normal, measured @ weighted - rates, lower=0.0, upper=_LARGEST)


def _as_large_as_seen(
    names: list[str],
    gain: NDArray[np.float64],
    covariance: NDArray[np.float64],
    measured: NDArray[np.float64],
    variances: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Enlarge a covariance until it allows for what the intensities leave unexplained.

    Coefficients get the same share more of their `variances`, and all scores the same variance
    more; neither gets less. Of many rows some are looked at.
    """
    n_components = len(variances)
    measured = measured[:: -(-len(measured) // _MOST_LOOKED_AT)]
    enlarged = covariance
    for _ in range(_N_ENLARGEMENTS):
        rest = measured - _most_probable(names, gain, enlarged, measured) @ gain.T
        beyond = (rest**2).mean(axis=0) - np.diag(covariance)
        share = max(float((beyond[:n_components] / variances).mean()), 0.0)
        more = share * variances
        if len(beyond) > n_components:
            of_scores = max(float(beyond[n_components:].mean()), 0.0)
            more = np.r_[more, np.full(len(beyond) - n_components, of_scores)]
        enlarged = covariance + np.diag(more)
    return enlarged


def score_contrast(
    scores: NDArray[np.floating], resting: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return how far scores are from those of the neutral face, as square roots.

    Scores of what a teacher sees badly are small, and differ by factors: their roots are nearly
    linear in the intensity, and as noisy for high as for low ones.

    Parameters
    ----------
    scores : (n, n_scores) float, 0 to 1
    resting : (n_scores,) float, 0 to 1
    """
    return np.sqrt(np.maximum(scores, 0.0)) - np.sqrt(np.maximum(resting, 0.0))


# Kept, so that single frames cost little.
@lru_cache(maxsize=4)
def facs_components(model: MorphableModel) -> NDArray[np.float64]:
    """Return the coefficients nearest to each action unit of FACS, (n_facs, n_components).

    Not to be changed.
    """
    basis = np.asarray(model.action_unit_basis, np.float64).reshape(
        len(model.action_unit_basis), -1
    )
    units = np.asarray(model.units, np.float64).reshape(len(model.units), basis.shape[1])
    shapes = np.asarray(model.facs_units, np.float64) @ units
    components = np.array(np.linalg.solve(basis @ basis.T, basis @ shapes.T).T, np.float64)
    components.setflags(write=False)
    return components
