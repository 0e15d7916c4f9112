"""How far off the registration typically is, cell by cell over the event picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from evface_studio.look.theme import Theme

# Errors of this many pixels and more have the colour of what is bad.
_WORST_PX = 6.0
_OPACITY = 0.45
# Below numbers over a picture, so that they are seen on skin and on events alike.
_HALO = QColor(8, 10, 14, 220)
# Over the events and the video laid over them, below the landmarks.
_Z = 6


class ErrorOverlay(QGraphicsItem):
    """A map of errors over the event picture, in whose coordinates it lies."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._map_px: NDArray[np.float32] | None = None
        self._bounds = QRectF()
        self.setZValue(_Z)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.update()

    def set_resolution(self, resolution: tuple[int, int]) -> None:
        """Take the size of the event picture."""
        bounds = QRectF(0, 0, *resolution)
        if bounds != self._bounds:
            self.prepareGeometryChange()
            self._bounds = bounds

    def set_map(self, map_px: NDArray[np.float32] | None) -> None:
        """Show a map, (n_rows, n_columns) px; None takes it away."""
        self._map_px = map_px
        self.setVisible(map_px is not None)
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the event picture."""
        return self._bounds

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Draw with words of the same size at any zoom."""
        if self._map_px is None:
            return
        area = painter.worldTransform().mapRect(self._bounds)
        painter.save()
        painter.resetTransform()
        paint_error_map(painter, self._map_px, area, self._theme, is_over_picture=True)
        painter.restore()


def paint_error_map(
    painter: QPainter,
    map_px: NDArray[np.float32],
    area: QRectF,
    theme: Theme,
    *,
    is_over_picture: bool = False,
) -> None:
    """Draw each cell in the colour of its error, with the number where there is room.

    Cells of which nothing is known stay hollow; over a picture they are left out altogether, and
    the numbers are legible on whatever lies below.
    """
    n_rows, n_columns = map_px.shape
    width, height = area.width() / n_columns, area.height() / n_rows
    metrics = painter.fontMetrics()
    fits = metrics.horizontalAdvance("0.0") + 4 < width and metrics.height() < height
    for row, column in np.ndindex(n_rows, n_columns):
        cell = QRectF(area.left() + column * width, area.top() + row * height, width, height)
        error_px = float(map_px[row, column])
        if not np.isfinite(error_px):
            if not is_over_picture:
                painter.setPen(QPen(QColor(theme.border), 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(cell)
            continue
        painter.setPen(Qt.PenStyle.NoPen if is_over_picture else QPen(QColor(theme.border), 1))
        painter.setBrush(_colour(error_px, theme))
        painter.drawRect(cell)
        if not fits:
            continue
        words = f"{error_px:.1f}"
        if is_over_picture:
            painter.setPen(_HALO)
            painter.drawText(cell.translated(1, 1), Qt.AlignmentFlag.AlignCenter, words)
        painter.setPen(QColor(Qt.GlobalColor.white if is_over_picture else theme.text))
        painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, words)


def _colour(error_px: float, theme: Theme) -> QColor:
    """Return a tint from good through fair to bad."""
    place = min(error_px / _WORST_PX, 1.0) * 2
    tints = [QColor(colour) for colour in (theme.good, theme.warn, theme.error)]
    first = min(int(place), 1)
    share = place - first
    one, other = tints[first], tints[first + 1]
    return QColor.fromRgbF(
        one.redF() + share * (other.redF() - one.redF()),
        one.greenF() + share * (other.greenF() - one.greenF()),
        one.blueF() + share * (other.blueF() - one.blueF()),
        _OPACITY,
    )
