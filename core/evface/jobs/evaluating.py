"""The job that measures a trained network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from evface.errors import DatasetError, TrainingError
from evface.models.checkpoints import NetworkInfo, read_info
from evface.training.evaluation import evaluate, part_of
from evface.training.evaluation_file import FILE_NAME, Part, whom_in_words, write_evaluation
from evface.training.runs import DATA
from evface.training_sets.file import TrainingSet

# On whom a network is measured: the first that there is.
_PARTS: tuple[Part, ...] = ("test", "validation", "train")


@dataclass(frozen=True)
class EvaluateJob:
    """Measure a network on people; the result is a file, see `read_evaluation`.

    Those whom it never saw are taken; where there are none, whoever there is, and the result says
    so.

    Parameters
    ----------
    checkpoint
        Path of the network.
    training_set
        Path of a set; that which the network was trained on when empty.
    output
        Path of the file to write; ``evaluation.json`` beside the network when empty.
    """

    kind: ClassVar[str] = "evaluate"

    checkpoint: str
    training_set: str = ""
    output: str = ""

    def run(self, report: Callable[[float, str], None]) -> str:
        """Measure; return the path of what was found."""
        report(0.0, "Reading the data")
        checkpoint = Path(self.checkpoint)
        info = read_info(checkpoint)
        path = Path(self.training_set) if self.training_set else _own_set(checkpoint, info)
        output = Path(self.output) if self.output else checkpoint.with_name(FILE_NAME)
        with TrainingSet(path) as training_set:
            part = _best_part(training_set, info)
            found = evaluate(checkpoint, training_set, part=part, report=report)
        write_evaluation(output, found)
        report(1.0, whom_in_words(found))
        return str(output)


def _own_set(checkpoint: Path, info: NetworkInfo) -> Path:
    """Return the set that a network was trained on."""
    beside = checkpoint.with_name(DATA)
    if beside.exists():
        return beside
    said = info.training.get("config", {}).get("data", {}).get("path", "")
    if not said or not Path(said).exists():
        raise TrainingError(
            f"{checkpoint}: the data that it was trained on are not here"
            f"{f' ({said})' if said else ''}; choose a training set to measure it on"
        )
    return Path(said)


def _best_part(training_set: TrainingSet, info: NetworkInfo) -> Part:
    for part in _PARTS:
        try:
            part_of(training_set, info, part)
        except DatasetError:
            continue
        return part
    raise DatasetError(training_set.path, "holds no clip to measure on")
