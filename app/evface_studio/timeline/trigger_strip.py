"""Edges at the sensor's trigger inputs, as ticks in a thin strip."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLineF, QPointF
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from evface.events.triggers import Triggers
from evface_studio.look.text_size import fix_size
from evface_studio.look.theme import GRID, Theme
from evface_studio.timeline.strip import TimeStrip
from evface_studio.timeline.time_scale import TimeScale
from evface_studio.view_state import ViewState
from evface_studio.wording import format_count, format_time

TRIGGERS = "Triggers"
HEIGHT = 2 * GRID + GRID // 2
_SNAP_PX = 5
# Ticks closer together than this show no heads, and are fainter.
_HEAD_PX = 9
_DENSE_ALPHA = 150
_HEAD = 2.5


class TriggerStrip(TimeStrip):
    """A tick for each edge: upwards where the input went up, downwards where it went down.

    Each input has a band of its own. A click beside an edge goes to it exactly. Hidden without any.
    """

    def __init__(self, view_state: ViewState, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(view_state, theme, parent)
        self._triggers = Triggers.empty()
        self._channels: tuple[int, ...] = ()
        fix_size(self, height_px=HEIGHT)
        self.setAccessibleName("Triggers of the sensor")
        self.hide()

    @property
    def triggers(self) -> Triggers:
        """What is drawn."""
        return self._triggers

    def set_triggers(self, triggers: Triggers) -> None:
        """Draw other edges."""
        self._triggers = triggers
        self._channels = tuple(np.unique(triggers.channels).tolist())
        self.setVisible(len(triggers) > 0)
        self.redraw()

    def words_at(self, x: float, y: float) -> str:
        """Return what is said of the edge next to a point; empty where none is near."""
        place = self._nearest(x, y)
        if place is None:
            return ""
        edges = self._triggers
        way = "up" if edges.is_rising[place] else "down"
        return (
            f"Input {edges.channels[place]} goes {way} at {format_time(int(edges.times_us[place]))}"
        )

    def summary(self) -> str:
        """Return how many edges of which inputs there are."""
        edges = self._triggers
        return "\n".join(
            f"Input {channel}: {format_count(int(np.sum(is_here & edges.is_rising)))} up, "
            f"{format_count(int(np.sum(is_here & ~edges.is_rising)))} down"
            for channel in self._channels
            for is_here in (edges.channels == channel,)
        )

    def paint_content(self, painter: QPainter, scale: TimeScale) -> None:
        """Paint a tick for each pixel that holds an edge."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edges = self._triggers
        margin_us = round(2 * _HEAD * scale.us_per_px)
        first, last = np.searchsorted(
            edges.times_us, (scale.start_us - margin_us, scale.stop_us + margin_us)
        )
        shown = slice(int(first), int(last))
        xs, channels = scale.xs_of(edges.times_us[shown]), edges.channels[shown]
        for band, channel in enumerate(self._channels):
            for is_rising in (True, False):
                is_here = (channels == channel) & (edges.is_rising[shown] == is_rising)
                self._paint_edges(painter, np.unique(np.rint(xs[is_here])), band, is_rising)

    def _paint_edges(
        self, painter: QPainter, columns: NDArray[np.float64], band: int, is_rising: bool
    ) -> None:
        """Paint upper halves of ticks with a head up, or lower halves with a head down."""
        top, bottom = self._band(band)
        middle, far = (top + bottom) / 2, (top if is_rising else bottom)
        colour = QColor(self._theme.curves[0 if is_rising else 1])
        is_dense = len(columns) > 1 and float(np.median(np.diff(columns))) < _HEAD_PX
        if is_dense:
            colour.setAlpha(_DENSE_ALPHA)
        painter.setPen(QPen(colour, 1))
        painter.setBrush(colour)
        painter.drawLines([QLineF(x + 0.5, middle, x + 0.5, far) for x in columns.tolist()])
        if is_dense:
            return
        back = _HEAD * 1.6 * (1 if is_rising else -1)
        for x in columns.tolist():
            painter.drawPolygon(
                QPolygonF(
                    [
                        QPointF(x + 0.5, far),
                        QPointF(x + 0.5 - _HEAD, far + back),
                        QPointF(x + 0.5 + _HEAD, far + back),
                    ]
                )
            )

    def event(self, event: QEvent) -> bool:
        """Say what is under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = event.pos()
            self.setToolTip(self.words_at(place.x(), place.y()) or self.summary())
        return super().event(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Go to the edge clicked on, exactly."""
        place = event.position()
        near = self._nearest(place.x(), place.y()) if self._drag in ("click", "scrub") else None
        if near is None:
            super().mouseReleaseEvent(event)
        else:
            self._drag = None
            self.sought.emit(max(int(self._triggers.times_us[near]), 0))

    def _band(self, band: int) -> tuple[float, float]:
        """Return the top and the bottom of an input's ticks."""
        height = (self.height() - 2) / max(len(self._channels), 1)
        return 1 + band * height, 1 + (band + 1) * height - 1

    def _nearest(self, x: float, y: float) -> int | None:
        """Return the place of the edge next to a point, of the band that it lies in."""
        if not self._channels:
            return None
        band = int(y * len(self._channels) / max(self.height(), 1))
        channel = self._channels[min(max(band, 0), len(self._channels) - 1)]
        scale, edges = self.scale, self._triggers
        reach_us = _SNAP_PX * scale.us_per_px
        t_us = scale.t_of(x)
        first, last = np.searchsorted(edges.times_us, (t_us - reach_us, t_us + reach_us))
        near = np.arange(int(first), int(last))
        near = near[edges.channels[near] == channel]
        if not len(near):
            return None
        away = np.abs(edges.times_us[near] - t_us).astype(np.float64)
        # Where both edges lie in one pixel, the half that the pointer is in decides.
        top, bottom = self._band(self._channels.index(channel))
        is_upper = y < (top + bottom) / 2
        away += np.where(edges.is_rising[near] == is_upper, 0.0, scale.us_per_px)
        return int(near[np.argmin(away)])
