"""What a person's clips came to in one row of a table, and how two rows differ person by person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from evface.morphable.facs import HEAD_NAMES
from evface.training.bootstrap import Figure
from evface.training.evaluation_file import ClipTold, Evaluation

_N_RESAMPLES = 10_000
# More people than this and the signs are drawn, not gone through.
_MOST_EXACT = 12


@dataclass(frozen=True)
class Measure:
    """What is asked of a clip.

    Parameters
    ----------
    value
        Of a clip; None where the clip does not count.
    """

    name: str
    value: Callable[[ClipTold], float | None]


def _hit(clip: ClipTold) -> float:
    return float(clip.told == clip.shown)


ALL = Measure("top-1", lambda clip: _hit(clip) if clip.shown else None)
FACE = Measure(
    "face", lambda clip: _hit(clip) if clip.shown and clip.shown not in HEAD_NAMES else None
)
HEAD = Measure("head", lambda clip: _hit(clip) if clip.shown in HEAD_NAMES else None)
NME = Measure("NME", lambda clip: clip.error)


def unit(name: str) -> Measure:
    """Return the recall of one action unit."""
    return Measure(name, lambda clip: _hit(clip) if clip.shown == name else None)


@dataclass(frozen=True)
class Difference:
    """By how much one row exceeds another on the same people.

    `p_value` is that of a two-sided test in which each person's difference could as well have had
    the other sign.
    """

    value: float
    low: float
    high: float
    p_value: float

    @property
    def is_sure(self) -> bool:
        """Whether chance alone would do this in less than one of twenty cases."""
        return self.p_value < 0.05


def by_person(evaluations: Sequence[Evaluation], measure: Measure) -> dict[str, float]:
    """Return the mean over the clips of each person, and over the seeds."""
    values: dict[str, list[float]] = defaultdict(list)
    for evaluation in evaluations:
        for clip in evaluation.clips:
            value = measure.value(clip)
            if value is not None and np.isfinite(value):
                values[clip.subject].append(value)
    return {person: float(np.mean(values[person])) for person in sorted(values)}


def measured(evaluations: Sequence[Evaluation], measure: Measure) -> Figure | None:
    """Return the mean over people and its interval over people; None where nothing was measured."""
    found = np.array(list(by_person(evaluations, measure).values()))
    if not found.size:
        return None
    low, high = _interval(found)
    return Figure(float(found.mean()), low, high)


def difference(
    one: Sequence[Evaluation], other: Sequence[Evaluation], measure: Measure
) -> Difference | None:
    """Return by how much `one` exceeds `other`, paired by person; None without common people."""
    first, second = by_person(one, measure), by_person(other, measure)
    people = sorted(first.keys() & second.keys())
    if not people:
        return None
    gaps = np.array([first[person] - second[person] for person in people])
    return Difference(float(gaps.mean()), *_interval(gaps), _p_value(gaps))


def _interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return where the mean of such a group of people lies in 95 of 100 cases; NaN for one."""
    if len(values) < 2:
        return float("nan"), float("nan")
    random = np.random.default_rng(0)
    chosen = random.integers(len(values), size=(_N_RESAMPLES, len(values)))
    low, high = np.percentile(values[chosen].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def _p_value(gaps: NDArray[np.float64]) -> float:
    """Return the share of all signs that give a mean as far from 0."""
    n = len(gaps)
    if n <= _MOST_EXACT:
        signs = np.array(list(product((1.0, -1.0), repeat=n)))
    else:
        signs = np.random.default_rng(0).choice([1.0, -1.0], size=(_N_RESAMPLES, n))
        signs[0] = 1.0
    means = np.abs(signs @ gaps) / n
    return float((means >= abs(gaps.mean()) - 1e-12).mean())
