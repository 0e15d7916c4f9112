"""How good a trained network is, on people that it was not trained on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from evface.datasets.splits import SPLITS
from evface.errors import DatasetError, ModelFileError, TrainingError
from evface.models.checkpoints import NetworkInfo, read_network
from evface.models.registry import task_of
from evface.training.au_metrics import ActionUnitMetrics, UnitFigures
from evface.training.batches import Batches
from evface.training.bootstrap import Figure, measure_with_intervals
from evface.training.config import config_from
from evface.training.settings import TrainingConfig
from evface.training.tasks import make_task
from evface.training_sets.file import TrainingSet
from evface.training_sets.torch_data import to_floats

Part = Literal["train", "validation", "test", "all"]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What was measured.

    Parameters
    ----------
    network
        Name in the registry.
    part
        Of the training set.
    subjects
        Who was seen.
    n_rows
        Clips, or moments of landmarks.
    figures
        By name, with intervals over the people.
    per_unit
        Of action units; empty for landmarks.
    confusion : (24, 24) int64 or None
        Of action units: truth in rows.
    """

    network: str
    part: str
    subjects: tuple[str, ...]
    n_rows: int
    figures: Mapping[str, Figure]
    per_unit: tuple[UnitFigures, ...]
    confusion: NDArray[np.int64] | None

    def to_json(self) -> dict[str, Any]:
        """Return plain values; what is unknown is None."""
        plain = {
            "network": self.network,
            "split": self.part,
            "subjects": list(self.subjects),
            "n": self.n_rows,
            "figures": {name: asdict(figure) for name, figure in self.figures.items()},
            "per_unit": [asdict(unit) for unit in self.per_unit],
            "confusion": None if self.confusion is None else self.confusion.tolist(),
        }
        return {name: _plain(value) for name, value in plain.items()}


def evaluate(
    checkpoint: Path,
    training_set: TrainingSet,
    *,
    part: Part = "test",
    batch_size: int = 16,
    device: str = "cpu",
    n_resamples: int = 1000,
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> Evaluation:
    """Measure a network on a part of a training set.

    Parameters
    ----------
    part
        Whoever neither trained nor validated the network counts as ``"test"``; people are known by
        their names, in another set too. ``"all"`` takes everyone.
    n_resamples
        Of the people, for the intervals.

    Raises
    ------
    TrainingError
        If the network and the set do not go together.
    ModelFileError
        If the checkpoint cannot be used.
    DatasetError
        If the part is empty, or a clip is damaged.
    """
    network, info = read_network(checkpoint)
    config = _config_of(checkpoint, info)
    if task_of(info.network) == "self_supervised":
        raise TrainingError(f"{checkpoint}: {info.network} tells nothing that could be measured")
    clips = part_of(training_set, info, part)
    data = config.data
    if task_of(info.network) == "landmarks":
        # All moments, so that flicker is seen.
        longest = max(training_set.index[index].n_frames for index in clips)
        data = replace(data, per_clip=longest)
    config = replace(config, data=replace(data, caches_features=False, caches_pictures=False))
    task = make_task(config, training_set, clips, known=info)
    batches = Batches(task.items(trains=False), batch_size, shuffles=False)
    network.to(device)
    told: list[dict[str, NDArray[Any]]] = []
    indices: list[NDArray[np.int64]] = []
    with torch.no_grad():
        for number, batch in enumerate(batches.epoch(0)):
            report(number / len(batches), "Measuring")
            fed = to_floats(batch, device)
            _, outputs = task.losses(network, fed)
            told.append(task.told(outputs, fed))
            indices.append(batch["clip_index"].numpy())
    whole = {name: np.concatenate([one[name] for one in told]) for name in told[0]}
    metrics = task.metrics(whole)
    subjects = [training_set.index[index].subject for index in np.concatenate(indices).tolist()]
    is_units = isinstance(metrics, ActionUnitMetrics)
    return Evaluation(
        network=info.network,
        part=part,
        subjects=tuple(sorted(set(subjects))),
        n_rows=len(metrics),
        figures=measure_with_intervals(metrics.figures, subjects, n_resamples=n_resamples),
        per_unit=tuple(metrics.per_unit()) if isinstance(metrics, ActionUnitMetrics) else (),
        confusion=metrics.confusion() if is_units else None,  # type: ignore[attr-defined]
    )


def part_of(training_set: TrainingSet, info: NetworkInfo, part: Part) -> list[int]:
    """Return the clips of a part, as the network's training parted the people.

    Raises
    ------
    DatasetError
        If there are none.
    """
    known = {subject: name for name, people in info.training["split"].items() for subject in people}
    clips = [
        index
        for index, entry in enumerate(training_set.index)
        if part == "all" or known.get(entry.subject, "test") == part
    ]
    if not clips:
        raise DatasetError(
            training_set.path, f"has nobody of {part}; choose of {', '.join((*SPLITS, 'all'))}"
        )
    return clips


def _config_of(path: Path, info: NetworkInfo) -> TrainingConfig:
    try:
        return config_from(info.training["config"])
    except (KeyError, TrainingError) as error:
        raise ModelFileError(path, f"does not say how it was trained ({error})") from error


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
