"""What is measured as training goes on: a line of JSON a time, and TensorBoard beside it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch.utils.tensorboard import SummaryWriter

from evface.errors import TrainingError
from evface.files import replacing

FILE_NAME = "metrics.jsonl"


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
        self._path = folder / FILE_NAME
        kept = [line for line in read_log(folder) if line.get("step", 0) <= step] if step else []
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


def read_log(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of a run's log, in order; a line that was cut short is left out."""
    try:
        text = (folder / FILE_NAME).read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    lines = []
    for line in text.splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            continue
    return lines


def _line(values: Mapping[str, Any]) -> str:
    return json.dumps(values) + "\n"
