"""Keyframes: moments at which a person corrected something, as ticks in a thin strip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QBrush, QColor, QMouseEvent, QPainter, QPolygonF
from PySide6.QtWidgets import QWidget

from evface_studio.look.text_size import fix_size
from evface_studio.look.theme import GRID, Theme
from evface_studio.timeline.strip import TimeStrip
from evface_studio.timeline.time_scale import TimeScale
from evface_studio.view_state import ViewState

HEIGHT = 2 * GRID
_REACH = 4.0
_SNAP_PX = 5


@dataclass(frozen=True, eq=False)
class Keyframes:
    """Moments of one sort.

    Parameters
    ----------
    times_us : (n,) int64
        Sorted.
    colour
        Of their state.
    is_hollow
        Drawn as an outline, so that sorts differ by more than their colour.
    """

    times_us: NDArray[np.int64]
    colour: str
    is_hollow: bool = False


class KeyframeStrip(TimeStrip):
    """A diamond for each moment. A click beside one goes to it exactly. Hidden without any."""

    def __init__(self, view_state: ViewState, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(view_state, theme, parent)
        self._keyframes: tuple[Keyframes, ...] = ()
        fix_size(self, height_px=HEIGHT)
        self.setAccessibleName("Keyframes")
        self.hide()

    @property
    def keyframes(self) -> tuple[Keyframes, ...]:
        """What is drawn, the last on top."""
        return self._keyframes

    def set_keyframes(self, keyframes: Sequence[Keyframes]) -> None:
        """Draw other moments."""
        self._keyframes = tuple(keyframes)
        n = sum(len(sort.times_us) for sort in self._keyframes)
        self.setToolTip(f"{n} keyframes: frames that a person corrected or verified")
        self.setVisible(n > 0)
        self.redraw()

    def nearest(self, x: float) -> int | None:
        """Return the moment drawn next to a pixel, None where none is near."""
        scale = self.scale
        near: list[tuple[float, int]] = []
        for sort in self._keyframes:
            after = int(np.searchsorted(sort.times_us, scale.t_of(x)))
            near += [
                (abs(scale.x_of(int(t_us)) - x), int(t_us))
                for t_us in sort.times_us[max(after - 1, 0) : after + 1]
            ]
        distance, t_us = min(near, default=(_SNAP_PX + 1.0, 0))
        return t_us if distance <= _SNAP_PX else None

    def paint_content(self, painter: QPainter, scale: TimeScale) -> None:
        """Paint a diamond for each pixel that holds a moment."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        margin_us = round(_REACH * scale.us_per_px)
        for sort in self._keyframes:
            first, last = np.searchsorted(
                sort.times_us, (scale.start_us - margin_us, scale.stop_us + margin_us)
            )
            columns = np.unique(np.rint(scale.xs_of(sort.times_us[first:last])))
            colour = QColor(sort.colour)
            painter.setPen(colour)
            painter.setBrush(QColor(self._theme.surface) if sort.is_hollow else QBrush(colour))
            for x in columns.tolist():
                painter.drawPolygon(_diamond(x + 0.5, middle))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Go to the moment clicked on, exactly."""
        x = event.position().x()
        t_us = self.nearest(x) if self._drag in ("click", "scrub") else None
        if t_us is None:
            super().mouseReleaseEvent(event)
        else:
            self._drag = None
            self.sought.emit(t_us)


def _diamond(x: float, y: float) -> QPolygonF:
    return QPolygonF(
        [
            QPointF(x, y - _REACH),
            QPointF(x + _REACH, y),
            QPointF(x, y + _REACH),
            QPointF(x - _REACH, y),
        ]
    )
