"""The job that trains a network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from evface.jobs.spec import JobReport
from evface.training.config import read_config
from evface.training.loop import train


@dataclass(frozen=True)
class TrainJob:
    """Train a network; the result is its checkpoint.

    What is measured goes with the reports: ``train/loss`` and its parts, ``validation/loss``,
    ``validation/top1`` and so on, with the ``step`` and the ``epoch``. A job that is cancelled or
    killed leaves a folder from which the same job goes on.

    Parameters
    ----------
    config
        A preset, or the path of a TOML file.
    output
        Folder of the run.
    settings
        ``section.key=value`` each, what counts instead of the configuration's own.
    restarts
        Begin anew, whatever the folder holds.
    """

    kind: ClassVar[str] = "train"

    config: str
    output: str
    settings: tuple[str, ...] = ()
    restarts: bool = False

    def run(self, report: JobReport) -> str:
        """Train; return the path of the best network."""
        report(0.0, "Reading the data")
        config = read_config(self.config, self.settings)
        result = train(config, Path(self.output), report=report, restarts=self.restarts)
        return str(result.path)
