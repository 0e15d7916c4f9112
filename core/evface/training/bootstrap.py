"""How sure a figure is: intervals over the people that it was measured on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Figure:
    """A value, and where it would lie for 95 of 100 such groups of people.

    `low` and `high` are NaN where there are fewer than two people.
    """

    value: float
    low: float
    high: float


def measure_with_intervals(
    statistics: Callable[[NDArray[np.intp]], dict[str, float]],
    subjects: Sequence[str],
    *,
    n_resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Figure]:
    """Measure on all rows, and on groups of people drawn with replacement.

    Parameters
    ----------
    statistics
        Figures by name of some rows, which may repeat. Those that are NaN are left out.
    subjects
        Who each row is of.

    Returns
    -------
    dict[str, Figure]
        The 2.5th and 97.5th percentile of the groups.
    """
    values = statistics(np.arange(len(subjects)))
    people = sorted(set(subjects))
    rows_of = [np.flatnonzero(np.array(subjects) == person) for person in people]
    drawn: dict[str, list[float]] = {name: [] for name in values}
    random = np.random.default_rng(seed)
    for _ in range(n_resamples if len(people) > 1 else 0):
        chosen = random.integers(len(people), size=len(people))
        found = statistics(np.concatenate([rows_of[k] for k in chosen]))
        for name in drawn:
            if np.isfinite(found.get(name, np.nan)):
                drawn[name].append(found[name])
    return {
        name: Figure(value, *_interval(drawn[name]))
        for name, value in values.items()
        if np.isfinite(value)
    }


def _interval(values: list[float]) -> tuple[float, float]:
    if not values:
        return float("nan"), float("nan")
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
