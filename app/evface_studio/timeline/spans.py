"""Stretches of time that are shaded."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from evface.annotations.tracks import Track


def invalid_spans(track: Track) -> NDArray[np.int64]:
    """Return the stretches where a track holds nothing.

    Returns
    -------
    (n_spans, 2) int64, us
        Start and stop: from the first missing sample to the first that is there again; the last
        one stops at the track's last sample. Empty where nothing is missing.
    """
    if not len(track):
        return np.empty((0, 2), np.int64)
    missing = np.concatenate([[False], ~track.valid, [False]]).astype(np.int8)
    change = np.diff(missing)
    first, after = np.flatnonzero(change > 0), np.flatnonzero(change < 0)
    ends = np.minimum(after, len(track) - 1)
    return np.stack([track.times_us[first], track.times_us[ends]], axis=1)


class SpansItem(pg.GraphicsObject):
    """Shades stretches of time over the whole height, however many there are."""

    def __init__(self) -> None:
        super().__init__()
        self._spans_s: NDArray[np.floating] = np.empty((0, 2))
        self._colour = QColor()
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def set_spans(self, spans_us: NDArray[np.int64]) -> None:
        """Shade other stretches, (n, 2) int64 us, sorted and apart."""
        self._spans_s = spans_us * 1e-6
        self.update()

    def set_colour(self, colour: str) -> None:
        """Shade in another colour."""
        self._colour = QColor(colour)
        self.update()

    def boundingRect(self) -> QRectF:
        """Cover what the lane shows."""
        return QRectF(self.viewRect())

    def viewRangeChanged(self) -> None:
        """Cover what the lane shows now."""
        self.prepareGeometryChange()
        self.update()

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Fill the stretches in view; those less than a pixel apart are filled as one."""
        view = self.viewRect()
        start = int(np.searchsorted(self._spans_s[:, 1], view.left()))
        stop = int(np.searchsorted(self._spans_s[:, 0], view.right()))
        if start == stop:
            return
        pixel_s = float(self.getViewBox().viewPixelSize()[0])
        left, right = np.clip(self._spans_s[start:stop], view.left(), view.right()).T
        right = np.maximum(right, left + pixel_s)
        is_first = np.concatenate([[True], left[1:] > right[:-1] + pixel_s])
        lefts = left[is_first].tolist()
        rights = right[np.concatenate([is_first[1:], [True]])].tolist()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        painter.drawRects(
            [
                QRectF(a, view.top(), b - a, view.height())
                for a, b in zip(lefts, rights, strict=True)
            ]
        )
