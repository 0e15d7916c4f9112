"""Shows one picture that can be zoomed and moved, with whatever lies over it."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication, QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from evface_studio.tools.tool import Pointer, Tool

# From this many pixels of the screen per pixel of the picture on, pixels are shown as squares.
_CRISP_SCALE = 2.0
_CLOSEST_PX = 12
_DIMMED = 0.4


class PictureView(pg.GraphicsView):
    """A picture: the wheel zooms about the pointer, a drag moves, a double click fits.

    What the left button does is up to a tool first; the middle one always moves the picture. The
    part shown stays when the picture changes. A picture that was fitted stays fitted when the view
    is resized.
    """

    # The part shown was changed by hand.
    zoomed = Signal()
    # The `Pointer`, with no button held; None where it has left.
    hovered = Signal(object)
    # The keyboard came here.
    focused = Signal()
    # A button of the pointer goes down; no tool knows it yet.
    pressed = Signal()

    def __init__(self, background: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=background)
        self.tool: Tool | None = None
        # The tool that took the left button, and whether it is held over the tool's own drag.
        self._held: Tool | None = None
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

    def set_mirrored(self, is_mirrored: bool) -> None:
        """Show the picture as in a mirror, or not."""
        self._box.invertX(is_mirrored)

    def set_dimmed(self, is_dimmed: bool) -> None:
        """Show the picture faintly, or not: for one that is not of now."""
        self._item.setOpacity(_DIMMED if is_dimmed else 1.0)

    def fit(self) -> None:
        """Show the whole picture."""
        self._is_fitted = True
        if self._resolution[0]:
            self._box.setRange(QRectF(0, 0, *self._resolution), padding=0)

    def show_all(self) -> None:
        """Show the whole picture, by hand."""
        self.fit()
        self.zoomed.emit()

    def zoom_by(self, factor: float) -> None:
        """Show the middle of what is shown larger by a factor."""
        self._box.scaleBy((1 / factor, 1 / factor))
        self._on_zoomed()

    def move_by(self, right: float, down: float) -> None:
        """Show what lies further to the right and down, by shares of what is shown."""
        shown = self.shown_px
        self._box.translateBy(x=right * shown.width(), y=down * shown.height())
        self._on_zoomed()

    def show_part(self, part_px: QRectF) -> None:
        """Show a part of the picture."""
        self._is_fitted = False
        self._box.setRange(part_px, padding=0)

    def qimage(self) -> QImage | None:
        """Return the picture as it is painted; None before the first."""
        return self._item.painted

    @property
    def is_tool_held(self) -> bool:
        """Whether a tool follows the pointer."""
        return self._held is not None

    def cancel_tool(self) -> None:
        """Put back what is being dragged."""
        held, self._held = self._held, None
        if held is not None:
            held.cancel()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag or a click; nothing behind the picture hears of it."""
        event.accept()
        self.pressed.emit()
        self.cancel_tool()
        self._pressed = None
        if event.button() == Qt.MouseButton.LeftButton:
            if self.tool is not None and self.tool.press(self._pointer(event)):
                self._held = self.tool
                return
            self._pressed = event.position()
        super().mousePressEvent(event)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag or a click."""
        if event.button() == Qt.MouseButton.LeftButton and self._held is not None:
            held, self._held = self._held, None
            held.release(self._pointer(event))
            self.hovered.emit(self._pointer(event))
            event.accept()
            return
        super().mouseReleaseEvent(event)
        pressed, self._pressed = self._pressed, None
        if pressed is not None and self.tool is not None:
            moved_px = (event.position() - pressed).manhattanLength()
            if moved_px < QApplication.startDragDistance():
                self.tool.release(self._pointer(event))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell where the pointer is."""
        if self._held is not None:
            self._held.move(self._pointer(event))
            event.accept()
            return
        super().mouseMoveEvent(event)
        if event.buttons() == Qt.MouseButton.NoButton:
            self.hovered.emit(self._pointer(event))

    def leaveEvent(self, event: QEvent) -> None:
        """Tell that the pointer has left."""
        super().leaveEvent(event)
        self.hovered.emit(None)

    def event(self, event: QEvent) -> bool:
        """Keep Escape from whatever else it does while something is dragged."""
        is_shortcut = event.type() == QEvent.Type.ShortcutOverride and self._held is not None
        if is_shortcut and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Put back what is dragged on Escape."""
        if self._held is not None and event.key() == Qt.Key.Key_Escape:
            self.cancel_tool()
            event.accept()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell that keys mean this picture."""
        super().focusInEvent(event)
        self.focused.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the whole picture, unless something lies under the pointer."""
        self._pressed = None
        event.accept()
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self.tool is not None and self.tool.press(self._pointer(event)):
            self._held = self.tool
            return
        self.fit()
        self.zoomed.emit()

    def position_of(self, point_px: QPointF) -> QPointF:
        """Return where a point of the picture lies in this widget."""
        return self.viewportTransform().map(self._box.mapViewToScene(point_px))

    def pixel_at(self, position: QPointF) -> QPointF:
        """Return which point of the picture lies at a point of this widget."""
        in_scene = self.viewportTransform().inverted()[0].map(position)
        return QPointF(self._box.mapSceneToView(in_scene))

    def _pointer(self, event: QMouseEvent) -> Pointer:
        at = self.pixel_at(event.position())
        # Qt counts from the corner of the first pixel, labels from its middle.
        return Pointer(at.x() - 0.5, at.y() - 0.5, self.scale_px, event.modifiers())

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

    qimage: QImage | None

    @property
    def painted(self) -> QImage | None:
        """The picture in its colours; None before it was painted for the first time."""
        return self.qimage

    def render(self) -> None:
        """Colour the picture once: scaling it from its indices takes four times as long."""
        super().render()
        if self.qimage is not None:
            self.qimage = self.qimage.convertToFormat(QImage.Format.Format_RGB32)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        scale = abs(painter.worldTransform().m11()) * painter.device().devicePixelRatioF()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < _CRISP_SCALE)
        super().paint(painter, option, widget)
