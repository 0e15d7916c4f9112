"""Events per second over time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from evface_studio.look.text_size import fix_size
from evface_studio.look.theme import GRID, Theme
from evface_studio.timeline.drawing import paint_area, paint_spans
from evface_studio.timeline.event_rate import EventRate
from evface_studio.timeline.strip import TimeStrip
from evface_studio.timeline.time_scale import TimeScale
from evface_studio.view_state import ViewState

HEIGHT = 5 * GRID
_HEADROOM = 1.15


class RateStrip(TimeStrip):
    """The curve of events per second, and the stretches without a face behind it."""

    def __init__(self, view_state: ViewState, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(view_state, theme, parent)
        self._rate: EventRate | None = None
        self._spans_us: NDArray[np.int64] = np.empty((0, 2), np.int64)
        fix_size(self, height_px=HEIGHT)
        self.setAccessibleName("Events per second")

    def set_rate(self, rate: EventRate | None) -> None:
        """Draw another recording's events; None for none."""
        self._rate = rate
        self.redraw()

    def set_spans(self, spans_us: NDArray[np.int64]) -> None:
        """Shade stretches without a face, (n, 2) int64 us, sorted and apart."""
        self._spans_us = spans_us
        self.redraw()

    def paint_content(self, painter: QPainter, scale: TimeScale) -> None:
        """Paint the stretches and the curve."""
        paint_spans(painter, self._spans_us, scale, self.height(), self._theme.invalid)
        if self._rate is not None and len(self._rate.curve):
            top_hz = max(self._rate.curve.highest, 1.0) * _HEADROOM
            paint_area(painter, self._rate.curve, scale, self.height(), top_hz, self._theme.rate)
