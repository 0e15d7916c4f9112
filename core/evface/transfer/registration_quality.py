"""How good a registration is, where, and what speaks against it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.geometry.registration import Quality
from evface.transfer.edge_agreement import EdgeAgreement

# Cells across the event picture.
_N_COLUMNS = 16
# A place says something of an error once it could tell one of this size, in eye distances.
_TELLING = 0.06
# Limits of a good and of a fair registration: agreement of moving edges, typical error and
# distance of the recording's halves in eye distances, moments that were compared.
_AGREEMENT = (0.45, 0.3)
_RESIDUAL = (0.025, 0.06)
_SPREAD = (0.04, 0.1)
_N_INTERVALS = (12, 6)


@dataclass(frozen=True, eq=False)
class LocalErrors:
    """How far moving edges lie from where a registration puts them.

    Parameters
    ----------
    map_px : (n_rows, n_columns) float32
        In each cell of the event picture; NaN where nothing is said.
    coverage
        Share of the cells with the face that something is said of.
    residuals_px : (n,) float64
        In each interval; NaN where nothing is said.
    """

    map_px: NDArray[np.float32]
    coverage: float
    residuals_px: NDArray[np.float64]

    @property
    def typical_px(self) -> float:
        """Root of the mean square over the map; NaN where nothing is said."""
        known = self.map_px[np.isfinite(self.map_px)]
        return float(np.sqrt((known.astype(np.float64) ** 2).mean())) if len(known) else math.nan


def measure_local_errors(
    agreement: EdgeAgreement,
    places_px: NDArray[np.float64],
    *,
    resolution: tuple[int, int],
    eye_distance_px: float,
) -> LocalErrors:
    """Find by how much each part of the picture, and each interval, would still move.

    Parameters
    ----------
    agreement
        At a blur of some hundredths of the eye distance: larger errors are not seen.
    places_px : (n, n_points, 2) float64
        Where the registration puts the points of the face.
    resolution
        Of the event camera, ``(width, height)``, px.
    """
    width, height = resolution
    n_rows = max(1, round(_N_COLUMNS * height / width))
    gradient, misfit = agreement.pulls(places_px)
    rows, columns = (
        np.clip(np.nan_to_num(places_px[..., i]) * n / size, 0, n - 1).astype(np.intp)
        for i, n, size in ((1, n_rows, height), (0, _N_COLUMNS, width))
    )
    cells = np.where(agreement.is_seen, rows * _N_COLUMNS + columns, -1)
    telling_px = _TELLING * eye_distance_px
    errors_px = np.full(n_rows * _N_COLUMNS, np.nan, np.float32)
    present = np.unique(cells[cells >= 0])
    for cell in present:
        inside = cells == cell
        errors_px[cell] = _remaining_px(gradient[inside], misfit[inside], telling_px)
    residuals_px = [_remaining_px(g, m, telling_px) for g, m in zip(gradient, misfit, strict=True)]
    coverage = float(np.isfinite(errors_px[present]).mean()) if len(present) else 0.0
    return LocalErrors(
        errors_px.reshape(n_rows, _N_COLUMNS), coverage, np.array(residuals_px, np.float64)
    )


def judge(
    *,
    correlation: float,
    mirrored_correlation: float,
    residual_px: float,
    spread_px: float,
    n_intervals: int,
    eye_distance_px: float,
    is_inside: bool,
) -> tuple[Quality, tuple[str, ...]]:
    """Return what the evidence amounts to, and what speaks against the registration.

    Parameters
    ----------
    correlation, mirrored_correlation
        Of moving edges, as found and with left and right exchanged.
    residual_px, spread_px
        Typical error, and distance of what the recording's halves give; NaN where unknown.
    n_intervals
        How many moments were compared.
    is_inside
        Whether the face falls into the event picture.

    Returns
    -------
    quality
        ``"good"``, ``"fair"`` or ``"bad"``: the worst that any of the figures gives.
    reasons
    """
    verdicts = [
        _grade(correlation, _AGREEMENT, f"moving edges agree by {correlation:.2f} only"),
        _grade(
            -residual_px / eye_distance_px,
            (-_RESIDUAL[0], -_RESIDUAL[1]),
            "nothing says where edges should lie"
            if math.isnan(residual_px)
            else f"edges lie {residual_px:.1f} px from where they should",
        ),
        _grade(
            -spread_px / eye_distance_px,
            (-_SPREAD[0], -_SPREAD[1]),
            "there is too little for two halves to be compared"
            if math.isnan(spread_px)
            else f"the recording's halves differ by {spread_px:.1f} px",
        ),
        _grade(n_intervals, _N_INTERVALS, f"only {n_intervals} moments show movement"),
    ]
    if mirrored_correlation > correlation:
        verdicts.append((2, "one picture seems to be a mirror image; flip the video"))
    if not is_inside:
        verdicts.append((2, "the face would lie outside the event picture"))
    worst = max(grade for grade, _ in verdicts)
    qualities: tuple[Quality, ...] = ("good", "fair", "bad")
    return qualities[worst], tuple(reason for grade, reason in verdicts if grade)


def _grade(value: float, limits: tuple[float, float], reason: str) -> tuple[int, str]:
    """Return 0 where a value reaches the first limit, 1 the second, else 2; NaN reaches none."""
    return (0 if value >= limits[0] else 1 if value >= limits[1] else 2), reason


def _remaining_px(
    gradient: NDArray[np.float64], misfit: NDArray[np.float64], telling_px: float
) -> float:
    """Return how far points would move together; NaN where they do not say."""
    known = gradient.T @ gradient
    if np.linalg.eigvalsh(known)[0] < 2 / telling_px**2:
        return math.nan
    return float(np.linalg.norm(np.linalg.solve(known, gradient.T @ misfit)))
