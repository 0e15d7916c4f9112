"""How long each model takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Times parts of a piece of work by their names."""

    def __init__(self) -> None:
        self.took_s: dict[str, float] = {}

    @contextmanager
    def timing(self, name: str) -> Iterator[None]:
        """Time the block."""
        begun_s = time.perf_counter()
        yield
        self.took_s[name] = time.perf_counter() - begun_s
