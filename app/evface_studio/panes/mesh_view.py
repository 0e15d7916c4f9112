"""Shows the picture of a mesh with its colour scale, and turns it by hand."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QRadialGradient,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from evface.morphable.heat_map import heat_colours
from evface_studio.panes.mesh_drawer import MeshPicture, Orbit
from evface_studio.theme import GRID, Theme

_BAR_WIDTH = 10
_BAR_HEIGHT = 128


class MeshView(QWidget):
    """A drag turns the mesh, the wheel zooms, a double click resets both."""

    # The mesh was turned, zoomed or resized, and has to be drawn again.
    view_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._picture: MeshPicture | None = None
        self._orbit = Orbit()
        self._drag_from: QPointF | None = None
        self._glow: QPixmap | None = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        colours = np.ascontiguousarray(heat_colours()[::-1, None])
        self._bar = QImage(
            colours.tobytes(), 1, len(colours), 3, QImage.Format.Format_RGB888
        ).copy()

    @property
    def orbit(self) -> Orbit:
        """How the mesh is turned and zoomed by hand."""
        return self._orbit

    @property
    def picture(self) -> MeshPicture | None:
        """The picture shown."""
        return self._picture

    @property
    def size_px(self) -> tuple[int, int]:
        """Size in pixels of the screen's hardware."""
        ratio = self.devicePixelRatioF()
        return max(round(self.width() * ratio), 1), max(round(self.height() * ratio), 1)

    def set_picture(self, picture: MeshPicture | None) -> None:
        """Show another picture."""
        self._picture = picture
        if picture is not None and picture.image is not None:
            picture.image.setDevicePixelRatio(self.devicePixelRatioF())
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._glow = None
        self.update()

    def reset(self) -> None:
        """See the mesh as at first."""
        self._set_orbit(Orbit())

    def _set_orbit(self, orbit: Orbit) -> None:
        if orbit != self._orbit:
            self._orbit = orbit
            self.view_changed.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the mesh."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn the mesh."""
        if self._drag_from is not None:
            moved = event.position() - self._drag_from
            self._drag_from = event.position()
            self._set_orbit(self._orbit.dragged(moved.x(), moved.y()))

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let the mesh go."""
        self._drag_from = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """See the mesh as at first."""
        self.reset()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom."""
        self._set_orbit(self._orbit.zoomed(event.angleDelta().y() / 120))
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Have the mesh drawn in the new size."""
        super().resizeEvent(event)
        self._glow = None
        self.view_changed.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture on a soft light, and the colour scale beside it."""
        painter = QPainter(self)
        if self._glow is None:
            self._glow = self._paint_glow()
        painter.drawPixmap(0, 0, self._glow)
        picture = self._picture
        if picture is None:
            painter.end()
            return
        if picture.image is None:
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "No face at this moment")
        else:
            size = picture.image.deviceIndependentSize()
            if size.toSize() == self.size():
                painter.drawImage(QPoint(0, 0), picture.image)
            else:  # while the view is being resized
                painter.drawImage(QRectF(self.rect()), picture.image)
        self._paint_scale(painter, picture)
        painter.end()

    def _paint_glow(self) -> QPixmap:
        """Draw the background once for this size and these colours: a gradient takes its time."""
        picture = QPixmap(self.size() * self.devicePixelRatioF())
        picture.setDevicePixelRatio(self.devicePixelRatioF())
        glow = QRadialGradient(self.rect().center(), max(self.width(), self.height()) * 0.6)
        glow.setColorAt(0.0, QColor(self._theme.raised))
        glow.setColorAt(1.0, QColor(self._theme.picture))
        painter = QPainter(picture)
        painter.fillRect(self.rect(), glow)
        painter.end()
        return picture

    def _paint_scale(self, painter: QPainter, picture: MeshPicture) -> None:
        metrics = painter.fontMetrics()
        line = metrics.height()
        height = min(_BAR_HEIGHT, self.height() - 6 * line)
        if height < 2 * line:
            return
        margin = GRID + GRID // 2
        bar = QRect(margin, self.height() - margin - height, _BAR_WIDTH, height)
        painter.drawImage(bar, self._bar)
        painter.setPen(QColor(self._theme.border))
        painter.drawRect(bar.adjusted(0, 0, -1, -1))
        painter.setPen(QColor(self._theme.muted))
        for share in (0.0, 0.5, 1.0):
            y = round(bar.bottom() - share * (bar.height() - 1))
            place = QRect(bar.right() + 6, y - line // 2, 10 * GRID, line)
            text = f"{share * picture.limit_mm:g}"
            if share == 1.0:
                text = f"{'≥ ' if picture.is_clipped else ''}{text}\u202fmm"
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)
        painter.drawText(
            QRect(margin, bar.top() - 2 * line, self.width() - 2 * margin, line),
            Qt.AlignmentFlag.AlignVCenter,
            "from neutral",
        )
