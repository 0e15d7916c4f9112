"""Measures of agreement between two raters. What is undefined says why."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Figure:
    """A measure, and what it rests on.

    Parameters
    ----------
    value
        NaN where it is undefined.
    n
        How many things were compared.
    reason
        Why it is undefined; empty where it is not.
    """

    value: float
    n: int
    reason: str = ""

    @classmethod
    def undefined(cls, reason: str, n: int = 0) -> Figure:
        """Return a figure that is none."""
        return cls(math.nan, n, reason)

    @property
    def is_defined(self) -> bool:
        """Whether there is a value."""
        return not self.reason


@dataclass(frozen=True)
class Spread:
    """How differences are distributed: median and quartiles, NaN where there are none."""

    median: float
    lower_quartile: float
    upper_quartile: float
    n: int
    reason: str = ""


def cohens_kappa(counts: NDArray[np.integer], names: Sequence[str]) -> Figure:
    r"""Agreement of two raters on categories beyond what chance brings about.

    .. math:: \kappa = (p_o - p_e) / (1 - p_e)

    Parameters
    ----------
    counts : (k, k) int
        How often the first rater said the row and the second the column. Not modified.
    names
        Of the categories, for the reason where kappa is undefined: without anything to compare,
        and where both said one and the same category throughout, so that chance explains all.

    References
    ----------
    Cohen, "A Coefficient of Agreement for Nominal Scales", Educational and Psychological
    Measurement 20 (1960).

    Examples
    --------
    >>> round(cohens_kappa(np.array([[20, 5], [10, 15]]), ("yes", "no")).value, 6)
    0.4
    """
    counts = np.asarray(counts)
    n = int(counts.sum())
    if n == 0:
        return Figure.undefined("nothing that both coded")
    used = np.flatnonzero(counts.sum(axis=0) + counts.sum(axis=1))
    if len(used) == 1:
        return Figure.undefined(f"both coded nothing but {names[int(used[0])]}", n)
    shares = counts / n
    observed = float(np.trace(shares))
    expected = float(shares.sum(axis=1) @ shares.sum(axis=0))
    return Figure((observed - expected) / (1.0 - expected), n)


def agreement_index(n_agreed: int, n_first: int, n_second: int) -> Figure:
    """Twice what both said over all that either said: the agreement index of FACS, and F1.

    FACS asks for 0.7 in its final test. Taken of single things found by two raters it is the F1
    score of one against the other, whichever counts as the truth.

    References
    ----------
    Ekman, Friesen and Hager, "Facial Action Coding System: Investigator's Guide" (2002).
    """
    total = n_first + n_second
    if not total:
        return Figure.undefined("neither coded it as present")
    return Figure(2.0 * n_agreed / total, total)


def intraclass_correlations(
    ratings: NDArray[np.floating], counts: NDArray[np.integer] | None = None
) -> tuple[Figure, Figure]:
    """ICC(2,1) and ICC(3,1): how much of the variance of single ratings is that of the targets.

    ICC(2,1) takes the raters as drawn from many, so that one who always rates higher lowers it
    (absolute agreement); ICC(3,1) takes these raters as the only ones (consistency).

    Parameters
    ----------
    ratings : (n, k) float
        One row a target, one column a rater. No NaN. Not modified.
    counts : (n,) int
        How often each row occurs; once where left out.

    References
    ----------
    Shrout and Fleiss, "Intraclass Correlations: Uses in Assessing Rater Reliability",
    Psychological Bulletin 86 (1979).
    """
    ratings = np.asarray(ratings, np.float64)
    weights = np.ones(len(ratings), np.int64) if counts is None else np.asarray(counts)
    n, k = int(weights.sum()), ratings.shape[1]
    if n < 2:
        few = Figure.undefined(
            "nothing that both graded" if n == 0 else "only one thing that both graded", n
        )
        return few, few
    mean = float(weights @ ratings.mean(axis=1)) / n
    of_raters = weights @ ratings / n
    of_targets = ratings.mean(axis=1)
    between_targets = k * float(weights @ (of_targets - mean) ** 2) / (n - 1)
    between_raters = n * float(((of_raters - mean) ** 2).sum()) / (k - 1)
    rest = ratings - of_targets[:, None] - of_raters[None, :] + mean
    residual = float(weights @ (rest**2).sum(axis=1)) / ((n - 1) * (k - 1))
    signal = between_targets - residual
    consistent = between_targets + (k - 1) * residual
    absolute = consistent + k * (between_raters - residual) / n
    return tuple(  # type: ignore[return-value]
        Figure(signal / total, n)
        if total > 1e-12
        else Figure.undefined("every grade is the same", n)
        for total in (absolute, consistent)
    )


def compute_spread(differences: NDArray[np.floating]) -> Spread:
    """Return median and quartiles of differences, (n,) float, linearly between neighbours."""
    if not len(differences):
        return Spread(math.nan, math.nan, math.nan, 0, "nothing that both coded")
    lower, median, upper = np.quantile(differences, (0.25, 0.5, 0.75)).tolist()
    return Spread(median, lower, upper, len(differences))
