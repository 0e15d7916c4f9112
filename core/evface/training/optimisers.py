"""How weights are changed, and how fast at each step."""

from __future__ import annotations

import copy
import math

import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from evface.training.settings import OptimiserConfig, ScheduleConfig


def make_optimiser(network: nn.Module, config: OptimiserConfig) -> Optimizer:
    """Return what changes the weights that learn."""
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    match config.name:
        case "adamw":
            return AdamW(weights, config.rate, weight_decay=config.weight_decay)
        case "adam":
            return Adam(weights, config.rate, weight_decay=config.weight_decay)
        case "sgd":
            return SGD(
                weights, config.rate, momentum=config.momentum, weight_decay=config.weight_decay
            )


def rate_at(step: int, n_steps: int, optimiser: OptimiserConfig, schedule: ScheduleConfig) -> float:
    """Return the learning rate of a step; it depends on nothing else.

    Parameters
    ----------
    step
        From 0.
    n_steps
        Of the whole training.
    """
    share = step / max(n_steps, 1)
    warm = 1.0
    if schedule.warmup and share < schedule.warmup:
        warm = (share + 1 / max(n_steps, 1)) / schedule.warmup
    match schedule.name:
        case "constant":
            factor = 1.0
        case "cosine":
            left = (share - schedule.warmup) / (1 - schedule.warmup)
            factor = (1 + math.cos(math.pi * min(max(left, 0.0), 1.0))) / 2
        case "steps":
            passed = sum(share >= milestone for milestone in schedule.milestones)
            factor = schedule.factor**passed
    return optimiser.rate * min(warm, 1.0) * factor


class RunningAverage:
    """A network whose weights follow those of another, slowly.

    Parameters
    ----------
    network
        Copied.
    decay
        Share that stays at each step; less at first, so that the beginning is soon forgotten.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval()
        self.network.requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def follow(self, network: nn.Module, step: int) -> None:
        """Take a step towards `network`; counts are taken over."""
        decay = min(self._decay, (1 + step) / (10 + step))
        own, others = self.network.state_dict(), network.state_dict()
        for name, value in own.items():
            if value.is_floating_point():
                value.lerp_(others[name], 1 - decay)
            else:
                value.copy_(others[name])
