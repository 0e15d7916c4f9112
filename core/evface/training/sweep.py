"""The same training with several values of one key, compared on validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evface.errors import TrainingError
from evface.training.config import read_config
from evface.training.loop import train
from evface.training.results import TrainingReport, TrainingResult


@dataclass(frozen=True)
class SweepResult:
    """One value, and what came of it."""

    setting: str
    result: TrainingResult


def parse_sweep(text: str) -> list[str]:
    """Return the settings that ``key=a,b,c`` names, each ``key=value``.

    Raises
    ------
    TrainingError
        If it is written otherwise.
    """
    key, is_given, values = text.partition("=")
    named = [value.strip() for value in values.split(",") if value.strip()]
    if not is_given or len(named) < 2:
        raise TrainingError(f"{text}: must be KEY=VALUE,VALUE,..., such as loss.coefficients=0.3,1")
    if len(set(named)) < len(named):
        raise TrainingError(f"{text}: names a value twice")
    return [f"{key.strip()}={value}" for value in named]


def sweep(
    name: str,
    settings: Sequence[str],
    swept: Sequence[str],
    folder: Path,
    *,
    report: TrainingReport,
    restarts: bool = False,
) -> list[SweepResult]:
    """Train once for each value, in the order given; what is done already is not done again.

    Parameters
    ----------
    name, settings
        Of the configuration, as `read_config` takes them.
    swept
        As `parse_sweep` gives them.
    folder
        Holds a run for each value. Nothing is ever measured on the test people.

    Raises
    ------
    TrainingError
        If a training cannot begin or go on.
    """
    results = []
    for setting in swept:
        # All are read first, so that a wrong one is told before hours are spent.
        read_config(name, [*settings, setting])
    for number, setting in enumerate(swept):

        def told(
            fraction: float,
            message: str = "",
            metrics: object = None,  # noqa: ARG001
            *,
            done: int = number,
            setting: str = setting,
        ) -> None:
            report((done + fraction) / len(swept), f"{setting}: {message}")

        config = read_config(name, [*settings, setting])
        result = train(config, folder / setting, report=told, restarts=restarts)
        results.append(SweepResult(setting, result))
    return results


def best_of(results: Sequence[SweepResult]) -> SweepResult:
    """Return the value that validated best; the first where nobody validated.

    Losses of different weights cannot be compared, so accuracy counts before loss.
    """
    for metric, sign in (("facial_top1", 1), ("top1", 1), ("nme", -1), ("loss", -1)):
        if all(metric in one.result.figures for one in results):
            return max(results, key=lambda one: sign * one.result.figures[metric])
    return results[0]
