"""How long a training would take, measured on the machine that is to train."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from evface.errors import JobError
from evface.files import replacing


@dataclass(frozen=True)
class TrainingTime:
    """How long a training would take.

    Parameters
    ----------
    step_s
        A step here.
    n_steps
        In an epoch.
    epoch_s
        All of an epoch, with validation.
    setup_s
        Gathering labels and drawing pictures, before the first step.
    n_clips
        Of all recordings.
    n_measured
        Steps that were measured.
    """

    step_s: float
    n_steps: int
    epoch_s: float
    setup_s: float
    n_clips: int
    n_measured: int

    def total_s(self, epochs: int) -> float:
        """Return how long so many epochs take."""
        return self.setup_s + epochs * self.epoch_s


def write_time(path: Path, found: TrainingTime) -> None:
    """Write what was measured.

    Raises
    ------
    FileError
        If it cannot be written.
    """
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(asdict(found)), encoding="utf-8")


def read_time(path: Path) -> TrainingTime:
    """Read what `write_time` wrote.

    Raises
    ------
    JobError
        If it cannot be read.
    """
    try:
        return TrainingTime(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise JobError(f"{path}: is no measurement ({error}); measure again") from error
