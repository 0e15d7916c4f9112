"""What a training measured, a column for each figure."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray


def _numbers() -> array[float]:
    return array("d")


@dataclass(eq=False)
class _Column:
    steps: array[float] = field(default_factory=_numbers)
    values: array[float] = field(default_factory=_numbers)
    epochs: array[float] = field(default_factory=_numbers)

    def put(self, step: float, value: float, epoch: float) -> None:
        """Add a value; one of the same step is replaced."""
        if self.steps and self.steps[-1] == step:
            self._pop()
        self.steps.append(step)
        self.values.append(value)
        self.epochs.append(epoch)

    def forget_after(self, step: float) -> None:
        """Forget the values of later steps."""
        while self.steps and self.steps[-1] > step:
            self._pop()

    def _pop(self) -> None:
        for numbers in (self.steps, self.values, self.epochs):
            numbers.pop()


class Measured:
    """Figures of a training by their names, such as ``train/loss``, over its steps.

    Trainings measure for hours, and are drawn while they do: a line takes no time to add, and a
    figure next to none to be had whole.

    Parameters
    ----------
    lines
        See `add`, in their order.
    """

    def __init__(self, lines: Iterable[Mapping[str, Any]] = ()) -> None:
        self._columns: dict[str, _Column] = {}
        self._step = -math.inf
        for line in lines:
            self.add(line)

    @property
    def keys(self) -> list[str]:
        """What was measured, in the order in which it began to be."""
        return [key for key, column in self._columns.items() if column.steps]

    def add(self, line: Mapping[str, Any]) -> None:
        """Add figures of one ``step`` and ``epoch``; what is no finite number is left out.

        What goes on from an earlier step measures again what came after it.
        """
        step, epoch = line.get("step"), line.get("epoch")
        if not _is_number(step):
            return
        if step < self._step:
            for column in self._columns.values():
                column.forget_after(step)
        self._step = step
        for key, value in line.items():
            if "/" in key and _is_number(value):
                column = self._columns.setdefault(key, _Column())
                column.put(step, value, epoch if _is_number(epoch) else math.nan)

    def curve(self, key: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return steps and values of a figure, (n,) float64 each; empty where there is none."""
        column = self._columns.get(key, _Column())
        return np.array(column.steps, np.float64), np.array(column.values, np.float64)

    def step_of_epoch(self, key: str, epoch: object) -> float | None:
        """Return the first step at which a figure was measured in an epoch; None where in none."""
        column = self._columns.get(key)
        if column is None or not _is_number(epoch) or epoch not in column.epochs:
            return None
        return column.steps[column.epochs.index(epoch)]


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and math.isfinite(value)
