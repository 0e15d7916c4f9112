"""What differs between what is learnt: the items, the loss and the figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from evface.datasets.splits import SPLITS
from evface.errors import TrainingError
from evface.models.checkpoints import NetworkInfo
from evface.models.registry import model_config, task_of
from evface.training.settings import TrainingConfig
from evface.training_sets.file import TrainingSet
from evface.training_sets.splitting import missing_classes, split_clips, split_clips_in_time
from evface.training_sets.torch_data import Items

Told = dict[str, NDArray[Any]]


class Metrics(Protocol):
    """Figures of rows, which may repeat."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def figures(self, rows: NDArray[np.intp] | None = None) -> dict[str, float]:
        """Return the figures of some rows, all by default."""


class Task(Protocol):
    """One thing to learn from one training set."""

    # What is watched unless the configuration says otherwise.
    metric: str

    def info(self) -> NetworkInfo:
        """Return what the network is and how it is fed, with nothing of its training."""

    def items(self, *, trains: bool) -> Items:
        """Return the items of the task's clips, changed by chance where they train."""

    def begin(self, network: nn.Module) -> None:
        """Tell a fresh network what it must know of the data."""

    def losses(self, network: nn.Module, batch: dict[str, Tensor]) -> tuple[dict[str, Tensor], Any]:
        """Return the losses of a batch, ``loss`` first of all, and what the network told."""

    def told(self, outputs: Any, batch: Mapping[str, Tensor]) -> Told:
        """Return what the network told and what is true, a row an item."""

    def metrics(self, told: Told) -> Metrics:
        """Return the figures of all rows."""


def make_task(
    config: TrainingConfig,
    training_set: TrainingSet,
    clips: list[int],
    *,
    known: NetworkInfo | None = None,
) -> Task:
    """Return what a configuration learns from some clips.

    Parameters
    ----------
    known
        Of a trained network, whose statistics count; None to measure them on these clips.

    Raises
    ------
    TrainingError
        If the configuration and the set do not go together.
    DatasetError
        If the clips hold nothing to learn from.
    """
    from evface.training.action_units import ActionUnitTask
    from evface.training.landmarks import LandmarkTask
    from evface.training.views import ViewTask

    try:
        model_config(config.network, config.model)
    except ValueError as error:
        raise TrainingError(str(error)) from error
    match task_of(config.network):
        case "action_units":
            return ActionUnitTask(config, training_set, clips, known=known)
        case "landmarks":
            return LandmarkTask(config, training_set, clips, known=known)
        case "self_supervised":
            return ViewTask(config, training_set, clips)


def with_clips(
    config: TrainingConfig, training_set: TrainingSet, clips: list[int], task: Task
) -> Task:
    """Return the same task on other clips, with the statistics of the first."""
    plain = replace(config, data=replace(config.data, caches_features=False))
    return make_task(plain, training_set, clips, known=task.info())


def part_clips(config: TrainingConfig, training_set: TrainingSet) -> dict[str, list[int]]:
    """Part the clips of a set as a configuration says.

    Raises
    ------
    DatasetError
        If there are too few people, or too few clips of them.
    """
    if config.data.split == "none":
        return {"train": list(range(len(training_set))), "validation": [], "test": []}
    if config.data.split == "time":
        return split_clips_in_time(training_set, fractions=config.data.fractions)
    return split_clips(training_set, seed=config.data.split_seed, fractions=config.data.fractions)


def describe_clips(
    config: TrainingConfig, training_set: TrainingSet, parts: Mapping[str, list[int]]
) -> list[str]:
    """Return what people should know of the data before they trust a figure, a line each."""
    notes = []
    for name in SPLITS:
        people = {training_set.index[index].subject for index in parts[name]}
        clips = f"{len(parts[name])} clip{'s' * (len(parts[name]) != 1)}"
        notes.append(
            f"{name}: {clips} of {len(people)} {'people' if len(people) != 1 else 'person'}"
        )
    if config.data.split == "time":
        notes.append(
            "Validated on later moments of the same people: the figures say nothing of others"
        )
    if config.data.split == "none":
        notes.append("Nobody validates: the figures say nothing of other people")
    if task_of(config.network) == "action_units":
        missing = missing_classes(training_set, parts["train"])
        if missing:
            notes.append(f"No training clip shows {', '.join(missing)}: they cannot be learnt")
    entries = [training_set.index[index] for index in parts["train"]]
    n_dark = sum(not entry.n_events for entry in entries)
    if n_dark and config.data.modality in ("events", "both"):
        notes.append(f"{n_dark} of {len(entries)} training clips have no events")
    return notes


def require(condition: object, problem: str) -> None:
    """Raise a `TrainingError` unless something holds."""
    if not condition:
        raise TrainingError(problem)
