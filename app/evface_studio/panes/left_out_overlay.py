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
# Fewer pixels than this share are drawn larger where the picture is shrunk.
_SPARSE = 0.02


class LeftOutOverlay(QGraphicsItem):
    """Pixels in a colour of their own over the event picture, in whose coordinates it lies."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._mask: NDArray[np.uint8] | None = None
        # The pixels, and what is drawn in their place where the picture is shrunk.
        self._images = (QImage(), QImage())
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
            self._images = (QImage(), QImage())
            return
        height, width = mask.shape
        bounds = QRectF(0, 0, width, height)
        if bounds != self._bounds:
            self.prepareGeometryChange()
            self._bounds = bounds
        self._images = (_to_image(mask), _to_image(_grown(mask)))
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
        if self._images[0].isNull():
            return
        painter.save()
        to_screen = painter.worldTransform()
        is_shrunk = abs(to_screen.m11()) < 1.0
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_shrunk)
        painter.drawImage(self._bounds, self._images[is_shrunk])
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._theme.left_out), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = scaled(_RING)
        for x, y in self._rings:
            painter.drawEllipse(to_screen.map(QPointF(x + 0.5, y + 0.5)), radius, radius)
        painter.restore()

    def _colour(self) -> None:
        for image in self._images:
            if not image.isNull():
                image.setColorTable([0, QColor(self._theme.left_out).rgba()])


def _grown(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a mask whose pixels are seen where it is shrunk; itself where they are many."""
    if np.count_nonzero(mask) > _SPARSE * mask.size:
        return mask
    grown = mask.copy()
    grown[1:] |= mask[:-1]
    grown[:-1] |= mask[1:]
    grown[:, 1:] |= mask[:, :-1]
    grown[:, :-1] |= mask[:, 1:]
    return grown


def _to_image(mask: NDArray[np.uint8]) -> QImage:
    height, width = mask.shape
    # Copied, since the image looks into the array.
    return QImage(mask.data, width, height, width, QImage.Format.Format_Indexed8).copy()
