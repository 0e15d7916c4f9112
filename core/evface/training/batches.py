"""Batches made ahead in threads, in an order that depends on seed and epoch alone."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from torch import Tensor

from evface.training_sets.torch_data import Items, collate

Batch = dict[str, Tensor]


class Batches:
    """The batches of an epoch, each parted among the processes that train together.

    Parameters
    ----------
    items
        Given by epoch and position.
    batch_size
        Of all processes together.
    shuffles
        For training: the order is a random one, and a last batch that is not full is left out.
    seed
        Of the order.
    n_loaders
        Threads that make batches ahead.
    rank, n_ranks
        Which process this is, of how many. Each gets its share of every batch.
    """

    def __init__(
        self,
        items: Items,
        batch_size: int,
        *,
        shuffles: bool,
        seed: int = 0,
        n_loaders: int = 1,
        rank: int = 0,
        n_ranks: int = 1,
    ) -> None:
        self._items, self._shuffles, self._seed = items, shuffles, seed
        self._size = min(batch_size, len(items)) if shuffles else batch_size
        self._n_loaders, self._rank, self._n_ranks = n_loaders, rank, n_ranks
        # How long the last batch was waited for.
        self.waited_s = 0.0

    def __len__(self) -> int:
        n = len(self._items)
        return n // self._size if self._shuffles else -(-n // self._size)

    def epoch(self, epoch: int, *, first: int = 0) -> Generator[Batch]:
        """Yield the batches of an epoch from one on, as uint8 where they are pictures."""
        order = np.arange(len(self._items))
        if self._shuffles:
            order = np.random.default_rng([self._seed, epoch]).permutation(order)
        parts = [
            order[k * self._size : (k + 1) * self._size][self._rank :: self._n_ranks]
            for k in range(first, len(self))
        ]
        ahead = self._n_loaders + 1
        with ThreadPoolExecutor(self._n_loaders, thread_name_prefix="batches") as threads:
            waiting: deque[Future[Batch]] = deque()
            try:
                for number, positions in enumerate(parts):
                    while len(waiting) < min(ahead, len(parts) - number):
                        wanted = parts[number + len(waiting)].tolist()
                        waiting.append(threads.submit(self._make, epoch, wanted))
                    begun_s = time.perf_counter()
                    batch = waiting.popleft().result()
                    self.waited_s = time.perf_counter() - begun_s
                    if len(positions):
                        yield batch
            finally:
                for future in waiting:
                    future.cancel()

    def _make(self, epoch: int, positions: Sequence[int]) -> Batch:
        if not positions:
            return {}
        return collate([self._items.item(epoch, position) for position in positions])
