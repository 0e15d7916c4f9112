"""Shows one picture that can be zoomed and moved, with whatever lies over it."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication, QGraphicsItem, QStyleOptionGraphicsItem, QWidget

# From this many pixels of the screen per pixel of the picture on, pixels are shown as squares.
_CRISP_SCALE = 2.0
_CLOSEST_PX = 12


class PictureView(pg.GraphicsView):
    """A picture: the wheel zooms about the pointer, a drag moves, a double click fits.

    The part shown stays when the picture changes. A picture that was fitted stays fitted when the
    view is resized.
    """

    # The part shown was changed by hand.
    zoomed = Signal()
    # Position of the pointer in the picture as a QPointF; None where it has left.
    hovered = Signal(object)
    # Where the left button was pressed and released without a drag, as a QPointF in the picture.
    clicked = Signal(object)

    def __init__(self, background: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=background)
        self._resolution = (0, 0)
        self._is_fitted = True
        self._pressed: QPointF | None = None
        self._box = pg.ViewBox(lockAspect=True, invertY=True, enableMenu=False)
        self._box.disableAutoRange()
        self._item = _PictureItem(axisOrder="row-major")
        self._box.addItem(self._item, ignoreBounds=True)
        self.setCentralItem(self._box)
        self._box.sigRangeChangedManually.connect(self._on_zoomed)
        self._box.sigResized.connect(self._on_resized)

    @property
    def resolution(self) -> tuple[int, int]:
        """Width and height of the picture, px; zeros before the first."""
        return self._resolution

    @property
    def is_fitted(self) -> bool:
        """Whether the whole picture is shown, as large as it can be."""
        return self._is_fitted

    @property
    def scale_px(self) -> float:
        """Pixels of the screen per pixel of the picture."""
        return 1.0 / float(self._box.viewPixelSize()[0])

    @property
    def shown_px(self) -> QRectF:
        """The part of the picture that is shown."""
        return QRectF(self._box.viewRect())

    @property
    def image(self) -> NDArray[np.uint8] | None:
        """The picture: indices or RGB."""
        image: NDArray[np.uint8] | None = self._item.image
        return image

    def add_overlay(self, item: QGraphicsItem) -> None:
        """Lay something over the picture, in the picture's coordinates."""
        self._box.addItem(item, ignoreBounds=True)

    def set_image(self, image: NDArray[np.uint8], colours: NDArray[np.uint8] | None = None) -> None:
        """Show a picture.

        Parameters
        ----------
        image : (height, width) or (height, width, 3) uint8
            Indices into `colours`, or RGB.
        colours : (256, 3) uint8
            Only for indices.
        """
        height, width = image.shape[:2]
        if colours is not None and colours is not self._item.lut:
            self._item.setLookupTable(colours, update=False)
        self._item.setImage(image, autoLevels=False)
        if (width, height) != self._resolution:
            self._resolution = (width, height)
            self._box.setLimits(minXRange=_CLOSEST_PX, maxXRange=8 * width)
            self.fit()

    def fit(self) -> None:
        """Show the whole picture."""
        self._is_fitted = True
        if self._resolution[0]:
            self._box.setRange(QRectF(0, 0, *self._resolution), padding=0)

    def show_part(self, part_px: QRectF) -> None:
        """Show a part of the picture."""
        self._is_fitted = False
        self._box.setRange(part_px, padding=0)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag or a click; nothing behind the picture hears of it."""
        is_left = event.button() == Qt.MouseButton.LeftButton
        self._pressed = event.position() if is_left else None
        super().mousePressEvent(event)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag or a click."""
        super().mouseReleaseEvent(event)
        pressed, self._pressed = self._pressed, None
        if pressed is not None:
            moved_px = (event.position() - pressed).manhattanLength()
            if moved_px < QApplication.startDragDistance():
                self.clicked.emit(self._position_px(event))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell where the pointer is."""
        super().mouseMoveEvent(event)
        if event.buttons() == Qt.MouseButton.NoButton:
            self.hovered.emit(self._position_px(event))

    def leaveEvent(self, event: QEvent) -> None:
        """Tell that the pointer has left."""
        super().leaveEvent(event)
        self.hovered.emit(None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the whole picture."""
        self._pressed = None
        if event.button() == Qt.MouseButton.LeftButton:
            self.fit()
            self.zoomed.emit()

    def position_of(self, point_px: QPointF) -> QPointF:
        """Return where a point of the picture lies in this widget."""
        return QPointF(self.mapFromScene(self._box.mapViewToScene(point_px)))

    def _position_px(self, event: QMouseEvent) -> QPointF:
        return QPointF(self._box.mapSceneToView(self.mapToScene(event.position().toPoint())))

    @Slot()
    def _on_zoomed(self) -> None:
        self._is_fitted = False
        self.zoomed.emit()

    @Slot()
    def _on_resized(self) -> None:
        if self._is_fitted:
            self.fit()


class _PictureItem(pg.ImageItem):
    """Smooth where pixels are shrunk, since single events would vanish; crisp where enlarged."""

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        scale = abs(painter.worldTransform().m11()) * painter.device().devicePixelRatioF()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < _CRISP_SCALE)
        super().paint(painter, option, widget)
