"""The state of a training: all it takes to go on as if nothing had happened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from evface.errors import ModelFileError
from evface.models.checkpoints import NetworkInfo, read_info, read_weights, write_checkpoint
from evface.training.optimisers import RunningAverage


@dataclass(frozen=True)
class Position:
    """Where a training is. What chance does follows from the seed and the step alone.

    Parameters
    ----------
    step
        Steps that are done.
    n_validated
        Epochs that are validated.
    best, best_epoch
        The best validation so far and its epoch; None before the first.
    """

    step: int = 0
    n_validated: int = 0
    best: float | None = None
    best_epoch: int | None = None


def write_state(
    path: Path,
    info: NetworkInfo,
    position: Position,
    network: nn.Module,
    optimiser: Optimizer,
    average: RunningAverage | None,
) -> None:
    """Write a training's state, all or nothing.

    Raises
    ------
    FileError
        If it cannot be written; the one before is still there then.
    """
    weights = {f"network.{name}": value for name, value in network.state_dict().items()}
    if average is not None:
        state = average.network.state_dict()
        weights |= {f"average.{name}": value for name, value in state.items()}
    for index, slots in optimiser.state_dict()["state"].items():
        for name, value in slots.items():
            if isinstance(value, Tensor):
                weights[f"optimiser.{index}.{name}"] = value
    training = {**info.training, "position": vars(position)}
    write_checkpoint(path, replace(info, training=training), weights)


def read_position(path: Path) -> tuple[NetworkInfo, Position]:
    """Read where a training is, without its weights.

    Raises
    ------
    ModelFileError
        If it is the state of no training, or cannot be read.
    """
    info = read_info(path)
    try:
        return info, Position(**info.training["position"])
    except (KeyError, TypeError) as error:
        raise ModelFileError(path, "is a network, but no training that can go on") from error


def read_state(
    path: Path, network: nn.Module, optimiser: Optimizer, average: RunningAverage | None
) -> None:
    """Give network, optimiser and average the state of a training.

    Raises
    ------
    ModelFileError
        If it cannot be read or does not fit.
    """
    weights = read_weights(path)
    try:
        network.load_state_dict(_part(weights, "network."))
        if average is not None:
            average.network.load_state_dict(_part(weights, "average."))
        state: dict[int, dict[str, Any]] = {}
        for name, value in _part(weights, "optimiser.").items():
            index, _, slot = name.partition(".")
            state.setdefault(int(index), {})[slot] = value
        whole = optimiser.state_dict()
        optimiser.load_state_dict(whole | {"state": state})
    except (RuntimeError, ValueError, KeyError) as error:
        raise ModelFileError(path, "does not fit this training; begin anew elsewhere") from error


def _part(weights: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): value
        for name, value in weights.items()
        if name.startswith(prefix)
    }
