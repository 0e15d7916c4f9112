"""Makes sound events of what a file states: inside the sensor, in order, of bounded length."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from evface.events.decoding import Piece
from evface.events.events import Events

MAX_DURATION_US = 16 * 3_600_000_000
"""What comes later is left out: tables of milliseconds would take up the memory."""

MAX_SIDE = 4096
# Sorted times are their own running medians, so only damaged ones lie far from theirs.
_MEDIAN = 9
_HELD = _MEDIAN // 2
_MAX_LATE_US = 10_000
_RESTART_US = 1_000_000
_MAX_PAUSE_US = 3_600_000_000
# What follows a new start of the clock, and what follows a pause that cannot be.
_GAP_US = 1_000
# Beyond any clock, and far enough from the ends of 64 bits for sums.
_ABSURD_US = 1 << 61


class Intake:
    """Takes in the pieces of one file and keeps count of what was left out or mended.

    Events outside the sensor and single events with impossible times are left out. Events that
    come late get the time of the event before. Where the clock starts again or jumps by more than
    an hour, what follows is placed after a short gap.

    Parameters
    ----------
    resolution
        Sensor ``(width, height)``, px; None where the file does not state it.
    """

    def __init__(self, resolution: tuple[int, int] | None) -> None:
        self._size = resolution or (MAX_SIDE, MAX_SIDE)
        self._held = Piece(*_no_columns(), 0.0)
        self._before = np.empty(0, np.int64)
        self._shift_us = 0
        self._last_us: int | None = None
        self.origin_us: int | None = None
        # Columns and rows that hold events, where the sensor is not stated.
        self.extent = (0, 0)
        self.n_events = 0
        self.n_outside = 0
        self.n_impossible = 0
        self.n_late = 0
        self.max_late_us = 0
        self.n_restarts = 0
        self.is_full = False

    @property
    def duration_us(self) -> int:
        """Time from the first event to the last, plus one; 0 without events."""
        if self._last_us is None or self.origin_us is None:
            return 0
        return self._last_us - self.origin_us + 1

    def take(self, piece: Piece) -> Events:
        """Return what is sound of a piece and of what was held back before; the last few wait."""
        joined = Piece.join([self._held, piece]) if len(self._held) else piece
        n = max(len(joined) - _HELD, 0)
        self._held = _part(joined, n, len(joined))
        return self._settle(joined, n)

    def finish(self) -> Events:
        """Return what was held back."""
        held, self._held = self._held, Piece(*_no_columns(), 1.0)
        return self._settle(held, len(held))

    def _settle(self, piece: Piece, n: int) -> Events:
        """Check the first `n` events of a piece; those after them only serve as neighbours."""
        if not n or self.is_full:
            return Events.empty()
        is_sound = self._has_possible_time(piece.t, n)
        width, height = self._size
        x, y = piece.x[:n], piece.y[:n]
        is_inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        self.n_impossible += int(n - is_sound.sum())
        self.n_outside += int((is_sound & ~is_inside).sum())
        kept = is_sound & is_inside
        if kept.all():
            t, p = piece.t[:n], piece.p[:n]
        else:
            t, x, y, p = piece.t[:n][kept], x[kept], y[kept], piece.p[:n][kept]
        if not len(t):
            return Events.empty()
        t = self._in_order(t)
        if self.origin_us is None:
            self.origin_us = int(t[0])
        n_fitting = int(np.searchsorted(t, self.origin_us + MAX_DURATION_US))
        if n_fitting < len(t):
            self.is_full = True
            t, x, y, p = t[:n_fitting], x[:n_fitting], y[:n_fitting], p[:n_fitting]
            if not n_fitting:
                return Events.empty()
        self._last_us = int(t[-1])
        self.n_events += len(t)
        self.extent = (
            max(self.extent[0], int(x.max()) + 1),
            max(self.extent[1], int(y.max()) + 1),
        )
        return Events(t, x.astype(np.uint16), y.astype(np.uint16), p)

    def _has_possible_time(self, t: NDArray[np.int64], n: int) -> NDArray[np.bool_]:
        is_possible = (t[:n] > -_ABSURD_US) & (t[:n] < _ABSURD_US)
        seen = np.concatenate([self._before, np.clip(t, -_ABSURD_US, _ABSURD_US)])
        n_before = len(self._before)
        if np.any(np.diff(seen) < 0):
            usual = median_filter(seen, _MEDIAN, mode="nearest")[n_before : n_before + n]
            is_possible &= np.abs(t[:n] - usual) <= _MAX_LATE_US
        self._before = t[:n][is_possible][-_HELD:]
        return is_possible

    def _in_order(self, t: NDArray[np.int64]) -> NDArray[np.int64]:
        first = t[0] if self._last_us is None else self._last_us - self._shift_us
        steps = np.diff(t, prepend=first)
        is_restart = (steps < -_RESTART_US) | (steps > _MAX_PAUSE_US)
        if is_restart.any():
            self.n_restarts += int(is_restart.sum())
            shifts = self._shift_us + np.cumsum(np.where(is_restart, _GAP_US - steps, 0))
            self._shift_us = int(shifts[-1])
            t = t + shifts
        elif self._shift_us:
            t = t + self._shift_us
        if self._last_us is not None or np.any(np.diff(t) < 0):
            ordered = np.maximum.accumulate(t)
            if self._last_us is not None:
                ordered = np.maximum(ordered, self._last_us)
            late_us = ordered - t
            self.n_late += int(np.count_nonzero(late_us))
            self.max_late_us = max(self.max_late_us, int(late_us.max()))
            return ordered
        return t


def _no_columns() -> tuple[
    NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]
]:
    return np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, "?")


def _part(piece: Piece, start: int, stop: int) -> Piece:
    # Copies, so that what is held does not keep a large piece in memory.
    return Piece(
        piece.t[start:stop].copy(),
        piece.x[start:stop].copy(),
        piece.y[start:stop].copy(),
        piece.p[start:stop].copy(),
        piece.fraction,
    )
