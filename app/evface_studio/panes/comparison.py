"""The RGB picture laid over the events, so that one sees at once where they do not agree."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from evface.geometry.transforms import PlanarTransform
from evface_studio.look.theme import Theme
from evface_studio.view_state import Comparison

_BLEND_OPACITY = 0.5
# Over the events, below the landmarks.
_Z_PICTURE, _Z_DIVIDER = 5, 20


class ComparedPicture(QGraphicsItem):
    """The video's frame as the registration carries it into the event picture.

    Its coordinates are those of the event picture, with (0, 0) at its corner.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._image: QImage | None = None
        self._view_from_rgb = QTransform()
        self._bounds = QRectF()
        self._comparison = Comparison.OFF
        self.divider = pg.InfiniteLine(0.0, angle=90, movable=True)
        self.divider.setZValue(_Z_DIVIDER)
        self.divider.sigPositionChanged.connect(lambda _line: self.update())
        self.setZValue(_Z_PICTURE)
        self.set_theme(theme)
        self.set_comparison(Comparison.OFF)

    @property
    def is_shown(self) -> bool:
        """Whether there is a picture to show and a wish to see it."""
        return self._image is not None and self._comparison is not Comparison.OFF

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self.divider.setPen(QPen(QColor(theme.accent), 2))
        self.divider.setHoverPen(QPen(QColor(theme.accent_hover), 4))

    def set_comparison(self, comparison: Comparison) -> None:
        """Show the picture on one side of the divider, half through everywhere, or not at all."""
        self._comparison = comparison
        self._follow()

    def set_resolution(self, resolution: tuple[int, int]) -> None:
        """Take the size of the event picture; the divider begins in its middle."""
        bounds = QRectF(0, 0, *resolution)
        if bounds != self._bounds:
            self.prepareGeometryChange()
            self._bounds = bounds
            self.divider.setBounds((0, resolution[0]))
            self.divider.setValue(resolution[0] / 2)

    def set_frame(
        self, frame: NDArray[np.uint8] | None, event_from_rgb: PlanarTransform | None = None
    ) -> None:
        """Show another frame, (height, width, 3) uint8; None where there is none."""
        if frame is None or event_from_rgb is None:
            self._image = None
        else:
            pixels = np.ascontiguousarray(frame)
            height, width = pixels.shape[:2]
            # Copied: the image would not keep the array alive.
            self._image = QImage(
                pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888
            ).copy()
            self._view_from_rgb = _between_corners(event_from_rgb)
        self._follow()

    def boundingRect(self) -> QRectF:
        """Return the event picture."""
        return self._bounds

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Draw the frame left of the divider, or through the events."""
        if self._image is None:
            return
        seen = QRectF(self._bounds)
        painter.save()
        if self._comparison is Comparison.SWIPE:
            seen.setRight(float(self.divider.value()))
        else:
            painter.setOpacity(_BLEND_OPACITY)
        painter.setClipRect(seen, Qt.ClipOperation.IntersectClip)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setTransform(self._view_from_rgb, combine=True)
        painter.drawImage(0, 0, self._image)
        painter.restore()

    def _follow(self) -> None:
        self.setVisible(self.is_shown)
        self.divider.setVisible(self.is_shown and self._comparison is Comparison.SWIPE)
        self.update()


def _between_corners(transform: PlanarTransform) -> QTransform:
    """Return the transform for coordinates that begin at pixels' corners, as Qt's do."""
    m = transform.matrix.T
    centred = QTransform(*(float(value) for value in m.ravel()))
    return QTransform.fromTranslate(-0.5, -0.5) * centred * QTransform.fromTranslate(0.5, 0.5)
