"""What a training tells while it runs, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class TrainingReport(Protocol):
    """Told how far a training is; an exception that it raises ends the training."""

    def __call__(
        self, fraction: float, message: str = "", metrics: Mapping[str, float] | None = None
    ) -> None:
        """Take how far, 0 to 1, what is being done, and what was measured."""


@dataclass(frozen=True)
class TrainingResult:
    """What a training came to.

    Parameters
    ----------
    path
        Of the best network.
    figures
        Of its validation; none where nobody validates.
    epoch, n_steps
        At which it was best, from 0; how many steps were made in all.
    notes
        What people should know before they trust the figures.
    step_s, waited_share
        How long a step took in the mean, and the share of it that was spent waiting for data.
    """

    path: Path
    figures: Mapping[str, float]
    epoch: int
    n_steps: int
    notes: tuple[str, ...]
    step_s: float
    waited_share: float
