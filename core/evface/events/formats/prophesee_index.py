"""The seek index of Prophesee's HDF5 files: one pass over their chunks.

``CD/indexes``, which the files bring with them, has one entry for every 2 ms, counts from an
instant of its own and says nothing of damage, so it is not used.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from evface.events.formats.prophesee_chunks import Columns, EventChunks, settle

# Steps back in time by up to this are jitter; further ones are the clock starting again, or damage
# where what follows contradicts them.
_JITTER_US = 1 << 16
# No recording begins later on the sensor's clock, nor pauses for longer before its last chunk.
MAX_TIME_US = 1 << 50
_MAX_PAUSE_US = 24 * 3_600_000_000
# So many chunks that follow tell whether the times of one are damage.
_LOOKAHEAD = 2
_LONG_AGO_US = -(1 << 61)
# What bounds the table of milliseconds; beyond it, it is kept in steps of twice the length.
_MAX_STEPS = 1 << 22

KEPT, BEFORE, STARTS, SHIFTS, FLOORS = range(5)


@dataclass(frozen=True, eq=False)
class ChunkIndex:
    """Which chunks hold events, and when.

    Parameters
    ----------
    chunks : (5, n + 1) int64
        For each chunk with events: its number, the events before it, the time of its first one
        since the recording's first, and what `settle` needs to read it again. The last column
        holds the number of all events.
    steps : (2, k) int64
        The milliseconds that have events, and the first event in each.
    totals : (7,) int64
        Time of the first event on the sensor's clock, duration, events outside the sensor, events
        in damaged chunks, late events and how late at most, new starts of the clock.
    """

    chunks: NDArray[np.int64]
    steps: NDArray[np.int64]
    totals: NDArray[np.int64]

    @property
    def n_events(self) -> int:
        """Number of events."""
        return int(self.chunks[BEFORE, -1])

    def is_consistent(self) -> bool:
        """Whether the arrays fit one another; not whether they fit a file."""
        return (
            len(self.chunks) == 5
            and self.chunks.shape[1] > 0
            and len(self.steps) == 2
            and len(self.totals) == 7
            and all(bool(np.all(np.diff(row) >= 0)) for row in self.chunks[: STARTS + 1])
            and bool(np.all(self.chunks[KEPT] >= 0))
            and all(bool(np.all(np.diff(row) >= 0)) for row in self.steps)
        )

    def to_arrays(self) -> dict[str, NDArray[np.int64]]:
        """Return what is kept in the file of the index."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


INDEX_SHAPES = {"chunks": 2, "steps": 2, "totals": 1}


def build_chunk_index(
    chunks: EventChunks,
    resolution: tuple[int, int],
    report: Callable[[float, str], None] | None = None,
) -> ChunkIndex:
    """Decode all chunks once and note where each moment lies.

    Parameters
    ----------
    chunks
        The chunks of a file.
    resolution
        Sensor ``(width, height)``, px. Events outside are counted and left out.
    report
        Told the progress, 0 to 1.
    """
    builder = _Builder(resolution)
    waiting: deque[tuple[int, Columns]] = deque()
    for k in range(len(chunks)):
        if report and k % 256 == 0:
            report(k / len(chunks), "Indexing events")
        columns = chunks.read(k)
        if columns is None:
            builder.n_lost += chunks.n_events(k)
            continue
        waiting.append((k, columns))
        if len(waiting) > _LOOKAHEAD:
            builder.take(*waiting.popleft(), [int(later[0][0]) for _, later in waiting])
    while waiting:
        builder.take(*waiting.popleft(), [int(later[0][0]) for _, later in waiting])
    return builder.index()


class _Builder:
    def __init__(self, resolution: tuple[int, int]) -> None:
        self._resolution = resolution
        self._rows: list[tuple[int, int, int, int, int]] = []
        self._steps: list[NDArray[np.int64]] = [np.empty((2, 0), np.int64)]
        self._step_ms, self._last_step, self._n_steps = 1, -1, 0
        self._n_events = self._origin_us = self._shift_us = 0
        self._last_us = _LONG_AGO_US
        self.n_lost = self._n_outside = self._n_late = self._max_late_us = self._n_restarts = 0

    def take(self, k: int, columns: Columns, nexts_us: list[int]) -> None:
        """Note chunk `k`, which is followed by chunks that begin at `nexts_us`."""
        t = columns[0]
        n = len(t)
        if not self._is_possible(t, nexts_us):
            self.n_lost += n
            return
        shift_us = self._shift_us
        if self._n_events and t[0] + shift_us < self._last_us - _JITTER_US:
            shift_us = self._last_us - int(t[0])
            self._n_restarts += 1
        left, n_late, max_late_us = settle(*columns, *self._resolution, shift_us, self._last_us)
        self._n_outside += n - left
        self._n_late += n_late
        self._max_late_us = max(self._max_late_us, max_late_us)
        if not left:
            return
        if not self._n_events:
            self._origin_us = int(t[0])
        self._rows.append((k, self._n_events, int(t[0]) - self._origin_us, shift_us, self._last_us))
        self._note_steps(t[:left])
        self._n_events += left
        self._shift_us = shift_us
        self._last_us = int(t[left - 1])

    def index(self) -> ChunkIndex:
        """Return the index of what was taken."""
        duration_us = self._last_us - self._origin_us + 1 if self._n_events else 0
        rows = [
            *self._rows,
            (self._rows[-1][0] if self._rows else 0, self._n_events, duration_us, 0, 0),
        ]
        return ChunkIndex(
            chunks=np.ascontiguousarray(np.array(rows, np.int64).T),
            steps=np.concatenate(self._steps, axis=1),
            totals=np.array(
                [
                    self._origin_us,
                    duration_us,
                    self._n_outside,
                    self.n_lost,
                    self._n_late,
                    self._max_late_us,
                    self._n_restarts,
                ],
                np.int64,
            ),
        )

    def _is_possible(self, t: NDArray[np.int64], nexts_us: list[int]) -> bool:
        """Whether times are those of a recording, and the chunks around agree with them."""
        first, low, high = int(t[0]), int(t.min()), int(t.max())
        if not -MAX_TIME_US < low <= high < MAX_TIME_US:
            return False
        before = self._last_us - self._shift_us if self._n_events else None
        nexts_us = [next_us for next_us in nexts_us if abs(next_us) < MAX_TIME_US]
        if not nexts_us:
            return before is None or high < before + _MAX_PAUSE_US
        goes_on = before is None or nexts_us[0] >= before - _JITTER_US
        # The chunk that follows may be the one whose times are damaged.
        is_ahead = all(high > next_us + _JITTER_US for next_us in nexts_us)
        is_behind = before is not None and first < before - _JITTER_US
        return not (goes_on and (is_ahead or is_behind))

    def _note_steps(self, t: NDArray[np.int64]) -> None:
        step_us = 1000 * self._step_ms
        numbers = (t - self._origin_us) // step_us
        places = np.flatnonzero(np.diff(numbers, prepend=self._last_step))
        self._last_step = int(numbers[-1])
        if not len(places):
            return
        self._steps.append(np.stack((numbers[places] * self._step_ms, self._n_events + places)))
        self._n_steps += len(places)
        if self._n_steps > _MAX_STEPS:
            self._step_ms *= 2
            steps = np.concatenate(self._steps, axis=1)
            steps[0] -= steps[0] % self._step_ms
            steps = steps[:, np.diff(steps[0], prepend=-1) != 0]
            self._steps, self._n_steps = [steps], steps.shape[1]
            self._last_step = int(steps[0, -1]) // self._step_ms
