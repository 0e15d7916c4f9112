"""Draws the curves of one row of the timeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from evface_studio.timeline.pyramid import Pyramid

_FILL_ALPHA = 70


@dataclass(frozen=True, eq=False)
class Curve:
    """One curve and how it is drawn.

    Parameters
    ----------
    is_dashed
        Drawn through the middle of what a pixel holds: dashes up and down would be a blur.
    is_filled
        Drawn along the greatest values, filled down to zero.
    """

    data: Pyramid
    colour: str
    is_dashed: bool = False
    is_filled: bool = False


class CurvesItem(pg.GraphicsObject):
    """All curves of a row as one picture, which is kept while only the cursor moves."""

    def __init__(self) -> None:
        super().__init__()
        self._curves: tuple[Curve, ...] = ()
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    @property
    def curves(self) -> tuple[Curve, ...]:
        """What is drawn, the first at the bottom."""
        return self._curves

    def set_curves(self, curves: Sequence[Curve]) -> None:
        """Draw other curves."""
        self._curves = tuple(curves)
        self.update()

    def boundingRect(self) -> QRectF:
        """Cover what the row shows."""
        return QRectF(self.viewRect())

    def viewRangeChanged(self) -> None:
        """Cover what the row shows now."""
        self.prepareGeometryChange()
        self.update()

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Draw about two points a pixel of each curve."""
        view = self.viewRect()
        n_pixels = max(int(view.width() / self.getViewBox().viewPixelSize()[0]), 1)
        for curve in self._curves:
            times_s, low, high = curve.data.between(view.left(), view.right(), 2 * n_pixels)
            pen = QPen(QColor(curve.colour), 1)
            pen.setCosmetic(True)
            painter.setPen(pen)
            if curve.is_filled:
                _fill(painter, times_s, high, QColor(curve.colour))
            elif curve.is_dashed:
                pen.setStyle(Qt.PenStyle.DashLine)
                painter.setPen(pen)
                painter.drawPath(_path(times_s, (low + high) / 2))
            else:
                painter.drawPath(_path(*_zigzag(times_s, low, high)))


def _zigzag(
    times_s: NDArray[np.floating], low: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[NDArray[np.floating], NDArray[np.float64]]:
    """Go through the least and the greatest value of each bucket; just once where they agree."""
    if np.array_equal(low, high, equal_nan=True):
        return times_s, low
    return np.repeat(times_s, 2), np.stack([low, high], axis=1).ravel()


def _path(times_s: NDArray[np.floating], values: NDArray[np.float64]) -> pg.QtGui.QPainterPath:
    return pg.arrayToQPath(times_s, values, connect="finite")


def _fill(
    painter: QPainter, times_s: NDArray[np.floating], high: NDArray[np.float64], colour: QColor
) -> None:
    outline = _path(times_s, high)
    if outline.isEmpty():
        return
    body = pg.arrayToQPath(
        np.concatenate([times_s[:1], times_s, times_s[-1:]]), np.concatenate([[0.0], high, [0.0]])
    )
    soft = QColor(colour)
    soft.setAlpha(_FILL_ALPHA)
    painter.fillPath(body, soft)
    painter.drawPath(outline)
