"""Items of training sets as batches of PyTorch, the same whatever the number of workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

# Pictures of 0 to 255, to be fed as 0 to 1.
_PICTURES = ("events", "rgb", "event", "views")


class Items(Protocol):
    """Anything that gives items by epoch and position."""

    def __len__(self) -> int:
        """Return the number of items of an epoch."""

    def item(self, epoch: int, position: int) -> dict[str, NDArray[np.generic]]:
        """Return one item."""


class ItemDataset(Dataset[dict[str, NDArray[np.generic]]]):
    """Items, asked for by ``(epoch, position)`` as `EpochSampler` does."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, key: tuple[int, int]) -> dict[str, NDArray[np.generic]]:
        return self._items.item(*key)


class EpochSampler(Sampler[tuple[int, int]]):
    """Positions in an order that depends on seed and epoch alone.

    Parameters
    ----------
    n_items
        Of an epoch.
    shuffles
        Whether the order is a random one.
    seed
        Of that order.
    """

    def __init__(self, n_items: int, *, shuffles: bool, seed: int = 0) -> None:
        self._n_items, self._shuffles, self._seed = n_items, shuffles, seed
        self._epoch, self._n_done = 0, 0

    def begin(self, epoch: int, *, n_done: int = 0) -> None:
        """Go on with an epoch of which so many items were had already."""
        self._epoch, self._n_done = epoch, n_done

    def __len__(self) -> int:
        return self._n_items - self._n_done

    def __iter__(self) -> Iterator[tuple[int, int]]:
        order = np.arange(self._n_items)
        if self._shuffles:
            order = np.random.default_rng([self._seed, self._epoch]).permutation(self._n_items)
        return iter([(self._epoch, int(position)) for position in order[self._n_done :]])


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


def make_loader(
    items: Items,
    sampler: EpochSampler,
    *,
    batch_size: int,
    n_workers: int = 0,
    drops_last: bool = False,
) -> DataLoader[dict[str, NDArray[np.generic]]]:
    """Return a loader of batches; `EpochSampler.begin` says of which epoch.

    Parameters
    ----------
    n_workers
        Processes that read ahead; 0 reads in this one. The batches are the same.
    drops_last
        Whether the last batch of an epoch is left out where it is not full.
    """
    return DataLoader(
        ItemDataset(items),
        batch_size=batch_size,
        sampler=sampler,
        num_workers=n_workers,
        collate_fn=collate,
        drop_last=drops_last,
        persistent_workers=n_workers > 0,
        # Threads of the parent would not survive a fork.
        multiprocessing_context="spawn" if n_workers else None,
    )
