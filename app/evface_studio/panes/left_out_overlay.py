"""What a filter leaves out, drawn over the events."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from evface_studio.look.text_size import scaled
from evface_studio.look.theme import Theme

# Over the events and the video laid over them, below the landmarks.
_Z = 7
# Around single pixels, which would not be seen otherwise; device-independent pixels.
_RING = 7
# More rings would hide the picture.
_MOST_RINGS = 3_000


class LeftOutOverlay(QGraphicsItem):
    """Pixels in a colour of their own over the event picture, in whose coordinates it lies."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._mask: NDArray[np.uint8] | None = None
        self._image = QImage()
        self._rings: tuple[tuple[int, int], ...] = ()
        self._bounds = QRectF()
        self.setZValue(_Z)
        self.hide()

    @property
    def mask(self) -> NDArray[np.uint8] | None:
        """The pixels that are drawn, (height, width); None for none."""
        return self._mask

    @property
    def rings(self) -> tuple[tuple[int, int], ...]:
        """The pixels that have a ring around them."""
        return self._rings

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._colour()
        self.update()

    def show_mask(
        self, mask: NDArray[np.uint8] | None, rings: tuple[tuple[int, int], ...] = ()
    ) -> None:
        """Draw pixels where a mask is 1, and rings around some; None takes both away."""
        self._mask, self._rings = mask, rings[:_MOST_RINGS]
        self.setVisible(mask is not None)
        if mask is None:
            self._image = QImage()
            return
        height, width = mask.shape
        bounds = QRectF(0, 0, width, height)
        if bounds != self._bounds:
            self.prepareGeometryChange()
            self._bounds = bounds
        # Copied, since the image looks into the array.
        self._image = QImage(mask.data, width, height, width, QImage.Format.Format_Indexed8).copy()
        self._colour()
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
        """Draw the pixels with the picture, and rings of the same size at any zoom."""
        if self._image.isNull():
            return
        painter.save()
        to_screen = painter.worldTransform()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, abs(to_screen.m11()) < 1.0)
        painter.drawImage(self._bounds, self._image)
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._theme.left_out), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = scaled(_RING)
        for x, y in self._rings:
            painter.drawEllipse(to_screen.map(QPointF(x + 0.5, y + 0.5)), radius, radius)
        painter.restore()

    def _colour(self) -> None:
        if not self._image.isNull():
            self._image.setColorTable([0, QColor(self._theme.left_out).rgba()])
