"""What is measured as training goes on: a line of JSON a time, and TensorBoard beside it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from evface.errors import TrainingError
from evface.files import replacing
from evface.training.runs import CURVES, read_curves


class MetricsLog:
    """The log of a run. What was written after the step at which it goes on is taken back.

    Parameters
    ----------
    folder
        Of the run.
    step
        From which training goes on.

    Raises
    ------
    FileError
        If it cannot be written.
    """

    def __init__(self, folder: Path, *, step: int = 0) -> None:
        self._path = folder / CURVES
        kept = [line for line in read_curves(folder) if line["step"] <= step] if step else []
        with replacing(self._path) as temporary:
            temporary.write_text("".join(_line(one) for one in kept), encoding="utf-8")
        self._board = SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1)

    def write(self, step: int, epoch: int, figures: Mapping[str, float]) -> None:
        """Add figures of a step; those that are no number are left out."""
        known = {name: value for name, value in figures.items() if math.isfinite(value)}
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(_line({"step": step, "epoch": epoch, **known}))
            for name, value in known.items():
                self._board.add_scalar(name, value, step)
        except OSError as error:
            raise TrainingError(
                f"{self._path}: cannot be written ({error.strerror}); make room, and go on"
            ) from error

    def close(self) -> None:
        """Write what waits to be written."""
        self._board.close()


def _line(values: Mapping[str, object]) -> str:
    return json.dumps(values) + "\n"
