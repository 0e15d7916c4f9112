"""Items of training sets as batches of PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

# Pictures of 0 to 255, to be fed as 0 to 1.
_PICTURES = ("events", "rgb", "event", "views")


class Items(Protocol):
    """Anything that gives items by epoch and position."""

    def __len__(self) -> int:
        """Return the number of items of an epoch."""

    def item(self, epoch: int, position: int) -> dict[str, NDArray[np.generic]]:
        """Return one item."""


def collate(items: Sequence[dict[str, NDArray[np.generic]]]) -> dict[str, Tensor]:
    """Stack items into a batch; pictures stay uint8, a quarter of the size, until `to_floats`."""
    return {key: torch.from_numpy(np.stack([one[key] for one in items])) for key in items[0]}


def to_floats(batch: dict[str, Tensor], device: torch.device | str = "cpu") -> dict[str, Tensor]:
    """Return a batch on a device, with pictures as float32 from 0 to 1."""
    moved = {key: value.to(device, non_blocking=True) for key, value in batch.items()}
    for key in _PICTURES:
        if key in moved and moved[key].dtype == torch.uint8:
            moved[key] = moved[key].to(torch.float32).div_(255)
    return moved
