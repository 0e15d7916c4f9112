"""What using a network costs on one core, and what drawing its pictures does."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from evface.models.checkpoints import read_network
from evface.models.registry import model_config, task_of
from evface.models.specs import InputSpec, TargetSpec
from evface.training.config import config_from
from evface.training.tasks import make_task
from evface.training_sets.file import TrainingSet
from evface.training_sets.torch_data import collate, to_floats
from learning.trials import Outcome, one_thread

_T = TypeVar("_T")

_N_TIMES = 7
_N_FRAMES = 50
# Sides that live use may draw, px: as trained.
_LIVE_SIDE_PX = 96


@dataclass(frozen=True)
class Cost:
    """Of one network.

    Parameters
    ----------
    n_weights
    infer_ms
        One thread: all frames of a clip of action units, or one moment of landmarks.
    draw_ms
        Reading and drawing the pictures of the same.
    """

    n_weights: int
    infer_ms: float
    draw_ms: float


def measure_costs(outcomes: Sequence[Outcome], paths: dict[str, Path]) -> dict[str, Cost]:
    """Measure networks that see pictures, by the name of the trial; not self-supervised ones."""
    with one_thread():
        return {
            outcome.trial.name: _cost(outcome, paths[outcome.trial.material])
            for outcome in outcomes
            if task_of(outcome.trial.config().network) != "self_supervised"
            and outcome.trial.config().data.modality != "coefficients"
        }


def measure_live_ms() -> float:
    """Return how long one more frame takes the light network that looks at the past alone."""
    import torch

    config: Any = model_config("au_light", {"looks_ahead": False})
    network = config.build(InputSpec("events", 3, _LIVE_SIDE_PX, _N_FRAMES), TargetSpec()).eval()
    picture, state = torch.rand(1, 3, _LIVE_SIDE_PX, _LIVE_SIDE_PX), None
    times_s = []
    with one_thread(), torch.inference_mode():
        for _ in range(5 * _N_TIMES):
            began_s = time.perf_counter()
            _, state = network.step(picture, state)
            times_s.append(time.perf_counter() - began_s)
    return 1e3 * float(np.median(times_s))


def _cost(outcome: Outcome, path: Path) -> Cost:
    import torch

    network, info = read_network(outcome.checkpoint)
    # As it is used, whatever it was trained from.
    values = dict(info.training["config"])
    values["data"] = {**values["data"], "caches_pictures": False, "caches_features": False}
    with TrainingSet(path) as training_set:
        items = make_task(config_from(values), training_set, [0], known=info).items(trains=False)
        draw_ms, item = _median_ms(lambda: items.item(0, 0))
        batch = to_floats(collate([item]), torch.device("cpu"))
        with torch.inference_mode():
            infer_ms, _ = _median_ms(lambda: network(batch))
    return Cost(sum(weight.numel() for weight in network.parameters()), infer_ms, draw_ms)


def _median_ms(call: Callable[[], _T]) -> tuple[float, _T]:
    call()
    times_s = []
    for _ in range(_N_TIMES):
        began_s = time.perf_counter()
        found = call()
        times_s.append(time.perf_counter() - began_s)
    return 1e3 * float(np.median(times_s)), found
