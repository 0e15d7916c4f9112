"""How well action units are told: of clips, and of their frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.training.calibration import calibration_error, fit_temperature, softmax
from evface.training_sets.clips import AU_CLASSES, N_FACIAL

_RANKS = (1, 3, 5)
_N_UNITS = len(AU_CLASSES)
# A correlation of fewer frames says nothing.
_LEAST_FRAMES = 10


@dataclass(frozen=True, eq=False)
class ActionUnitsTold:
    """What a network said of n clips, and what is true of them.

    Parameters
    ----------
    scores : (n, 24) float
        Logits of the classes.
    au_class : (n,) int64
        -1 where unknown.
    coefficients, true_coefficients : (n, t, k) float
        z-scored.
    coefficients_mask : (n, t) bool
    pose, true_pose : (n, t, 4) float
    pose_mask : (n, t) bool
    intensity, true_intensity : (n, t, 24) float, 0 to 1
    intensity_mask : (n, t, 24) bool
    """

    scores: NDArray[np.floating]
    au_class: NDArray[np.int64]
    coefficients: NDArray[np.floating]
    true_coefficients: NDArray[np.floating]
    coefficients_mask: NDArray[np.bool_]
    pose: NDArray[np.floating]
    true_pose: NDArray[np.floating]
    pose_mask: NDArray[np.bool_]
    intensity: NDArray[np.floating]
    true_intensity: NDArray[np.floating]
    intensity_mask: NDArray[np.bool_]


@dataclass(frozen=True)
class UnitFigures:
    """How well one action unit is told; shares from 0 to 1, NaN where nothing is known.

    Parameters
    ----------
    n_clips
        That show it.
    recall
        Share of them that are told right: top-1.
    precision
        Share of the clips told to show it that do.
    f1
        Of both.
    intensity_correlation
        Over all frames where it was coded.
    confused_with
        What it is taken for most, empty if never.
    """

    unit: str
    n_clips: int
    recall: float
    precision: float
    f1: float
    intensity_correlation: float
    confused_with: str


class ActionUnitMetrics:
    """Figures of clips; made once, then read for any of them."""

    def __init__(self, told: ActionUnitsTold) -> None:
        order = np.argsort(-told.scores, axis=1, kind="stable")
        self._true = told.au_class
        self._first = order[:, 0]
        self._scores = told.scores
        self._confidence = softmax(told.scores).max(axis=1)
        place = (order == told.au_class[:, None]).argmax(axis=1)
        self._hits = {rank: place < rank for rank in _RANKS}
        self._coefficients = _sums_of_squares(
            told.coefficients, told.true_coefficients, told.coefficients_mask
        )
        # How large a face is tells of the person and the camera, not of what is shown.
        angles, true_angles = told.pose[..., :3], told.true_pose[..., :3]
        self._angles = _sums_of_squares(angles, true_angles, told.pose_mask)
        self._intensity = _sums_of_products(
            told.intensity, told.true_intensity, told.intensity_mask
        )

    def __len__(self) -> int:
        return len(self._true)

    def figures(self, rows: NDArray[np.intp] | None = None) -> dict[str, float]:
        """Return the figures of some clips, which may repeat; NaN where nothing is known.

        Returns
        -------
        dict[str, float]
            ``top1``, ``top3``, ``top5`` of all clips with a class; the same with ``facial_`` for
            the 18 of the face and ``head_`` for the 6 of the head; ``macro_f1``, over the classes
            that these clips show; ``intensity_correlation``, the mean over the action units;
            ``calibration_error``, how far the probability of the class that is told lies from how
            often it is right; ``coefficients_r2`` and ``angles_r2``, of yaw, pitch and roll: the
            explained share of the variance over frames.
        """
        rows = np.arange(len(self)) if rows is None else rows
        true = self._true[rows]
        figures: dict[str, float] = {}
        groups = {"": true >= 0, "facial_": (true >= 0) & (true < N_FACIAL),
                  "head_": true >= N_FACIAL}  # fmt: skip
        for prefix, is_in in groups.items():
            for rank in _RANKS:
                hits = self._hits[rank][rows][is_in]
                figures[f"{prefix}top{rank}"] = float(hits.mean()) if hits.size else np.nan
        known = rows[true >= 0]
        _, _, f1 = _per_class(_confusion(self._true[known], self._first[known]))
        shown = np.bincount(self._true[known], minlength=_N_UNITS) > 0
        figures["macro_f1"] = float(f1[shown].mean()) if shown.any() else np.nan
        correlations = _correlations(self._intensity[rows].sum(axis=0))
        if np.isfinite(correlations).any():
            figures["intensity_correlation"] = float(np.nanmean(correlations))
        figures["calibration_error"] = calibration_error(
            self._confidence[known], self._hits[1][known]
        )
        for name, sums in (("coefficients_r2", self._coefficients), ("angles_r2", self._angles)):
            figures[name] = _explained(sums[rows].sum(axis=0))
        return figures

    def per_part(self, rows: NDArray[np.intp] | None = None) -> dict[str, float]:
        """Return the recall of each action unit that some clips show; they may repeat."""
        rows = np.arange(len(self)) if rows is None else rows
        known = rows[self._true[rows] >= 0]
        shown = np.bincount(self._true[known], minlength=_N_UNITS)
        right = np.bincount(self._true[known], self._hits[1][known], minlength=_N_UNITS)
        return {name: float(right[k] / shown[k]) for k, name in enumerate(AU_CLASSES) if shown[k]}

    def calibration(self) -> dict[str, float]:
        """Return what makes the scores of such clips probabilities.

        Returns
        -------
        dict[str, float]
            ``temperature``, what to divide scores by; ``error`` and ``error_before``, the
            calibration error with and without it.
        """
        known = self._true >= 0
        temperature = fit_temperature(self._scores, self._true)
        confidence = softmax(self._scores / temperature).max(axis=1)
        right = self._hits[1][known]
        return {
            "temperature": temperature,
            "error": calibration_error(confidence[known], right),
            "error_before": calibration_error(self._confidence[known], right),
        }

    def confusion(self) -> NDArray[np.int64]:
        """Return how many clips of each class (rows) were told to be each (columns), (24, 24)."""
        known = self._true >= 0
        return _confusion(self._true[known], self._first[known])

    def per_unit(self) -> list[UnitFigures]:
        """Return the figures of each action unit."""
        table = self.confusion()
        recall, precision, f1 = _per_class(table)
        correlations = _correlations(self._intensity.sum(axis=0))
        wrong = table.copy()
        np.fill_diagonal(wrong, 0)
        return [
            UnitFigures(
                unit=name,
                n_clips=int(table[k].sum()),
                recall=float(recall[k]),
                precision=float(precision[k]),
                f1=float(f1[k]) if table[k].any() else np.nan,
                intensity_correlation=float(correlations[k]),
                confused_with=AU_CLASSES[wrong[k].argmax()] if wrong[k].any() else "",
            )
            for k, name in enumerate(AU_CLASSES)
        ]


def _confusion(true: NDArray[np.int64], first: NDArray[np.intp]) -> NDArray[np.int64]:
    counts = np.bincount(true * _N_UNITS + first, minlength=_N_UNITS**2)
    return counts.reshape(_N_UNITS, _N_UNITS)


def _per_class(
    table: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return recall, precision and F1; F1 is 0 where nothing is right."""
    right = np.diag(table).astype(np.float64)
    shown, said = table.sum(axis=1), table.sum(axis=0)
    nan = np.full(_N_UNITS, np.nan)
    recall = np.divide(right, shown, out=nan.copy(), where=shown > 0)
    precision = np.divide(right, said, out=nan.copy(), where=said > 0)
    f1 = np.divide(2 * right, shown + said, out=np.zeros(_N_UNITS), where=shown + said > 0)
    return recall, precision, f1


def _sums_of_squares(
    told: NDArray[np.floating], true: NDArray[np.floating], mask: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return of each clip and component: n, squared error, sum and sum of squares, (n, k, 4)."""
    m = np.broadcast_to(mask[..., None], true.shape)
    t, p = np.where(m, true, 0).astype(np.float64), np.where(m, told, 0).astype(np.float64)
    parts = (m.astype(np.float64), (t - p) ** 2, t, t**2)
    return np.stack([part.sum(axis=1) for part in parts], axis=-1)


def _explained(sums: NDArray[np.float64]) -> float:
    n, error, total, squares = sums.T
    if not n.any():
        return float("nan")
    variance = squares - total**2 / np.maximum(n, 1)
    return float(1 - error.sum() / variance.sum()) if variance.sum() > 1e-9 else float("nan")


def _sums_of_products(
    told: NDArray[np.floating], true: NDArray[np.floating], mask: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return of each clip and action unit what a correlation is made of, (n, 24, 6)."""
    t, p = np.where(mask, true, 0).astype(np.float64), np.where(mask, told, 0).astype(np.float64)
    parts = (mask.astype(np.float64), t, p, t * t, p * p, t * p)
    return np.stack([part.sum(axis=1) for part in parts], axis=-1)


def _correlations(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Pearson's correlation of each action unit; NaN where either hardly changes."""
    n, t, p, tt, pp, tp = sums.T
    safe = np.maximum(n, 1)
    var_t, var_p = tt / safe - (t / safe) ** 2, pp / safe - (p / safe) ** 2
    is_known = (n >= _LEAST_FRAMES) & (var_t > 1e-8) & (var_p > 1e-12)
    spread = np.sqrt(np.where(is_known, var_t * var_p, 1.0))
    return np.where(is_known, (tp / safe - t * p / safe**2) / spread, np.nan)
