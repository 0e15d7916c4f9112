"""How late things are: percentiles over the last while."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass

import numpy as np

_REMEMBERED = 4096


@dataclass(frozen=True)
class Latency:
    """How late something was, over about the last minute.

    Parameters
    ----------
    p50_ms, p99_ms
        Half of them, and all but one in a hundred, were no later. NaN where there were none.
    n
        How many there were.
    """

    p50_ms: float = float("nan")
    p99_ms: float = float("nan")
    n: int = 0


class LatencyMeter:
    """Collects how late things were. For any thread.

    Parameters
    ----------
    memory_s
        How long they count.
    """

    def __init__(self, memory_s: float = 60.0) -> None:
        self._memory_s = memory_s
        self._lock = threading.Lock()
        self._seen: deque[tuple[float, float]] = deque(maxlen=_REMEMBERED)

    def add(self, late_s: float) -> None:
        """Count something that was so late, just now."""
        with self._lock:
            self._seen.append((time.monotonic(), late_s))

    def latency(self) -> Latency:
        """Return the percentiles of what counts now."""
        oldest_s = time.monotonic() - self._memory_s
        with self._lock:
            late_s = [late for at, late in self._seen if at >= oldest_s]
        if not late_s:
            return Latency()
        p50, p99 = np.percentile(late_s, (50, 99)) * 1e3
        return Latency(float(p50), float(p99), len(late_s))
