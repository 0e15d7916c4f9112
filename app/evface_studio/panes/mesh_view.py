"""Shows the picture of a mesh with its colour scale, and turns it by hand."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
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
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.panes.mesh_drawer import MeshPicture, Orbit

_SCALE_HEIGHT = 3 * GRID
# Of colours; where they have less, fewer words stand beside them.
_LEAST_BAR = 8 * GRID


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
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        colours = heat_colours()
        self._bar = QImage(
            colours.tobytes(), len(colours), 1, colours.nbytes, QImage.Format.Format_RGB888
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
        """Size of the picture in pixels of the screen's hardware."""
        ratio = self.devicePixelRatioF()
        place = self._place()
        return max(round(place.width() * ratio), 1), max(round(place.height() * ratio), 1)

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

    def show_all(self) -> None:
        """See the mesh as at first."""
        self.reset()

    def zoom_by(self, factor: float) -> None:
        """See the mesh larger by a factor."""
        self._set_orbit(replace(self._orbit, zoom=self._orbit.zoom * factor).zoomed(0))

    def move_by(self, right: float, down: float) -> None:
        """Turn the mesh, by shares of the view."""
        self._set_orbit(self._orbit.dragged(right * self.width(), down * self.height()))

    def _place(self) -> QRect:
        """Return where the mesh is drawn: above the colour scale."""
        return self.rect().adjusted(0, 0, 0, -scaled(_SCALE_HEIGHT))

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
        picture, place = self._picture, self._place()
        if picture is None:
            painter.end()
            return
        if picture.image is None:
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, "No face at this moment")
        else:
            size = picture.image.deviceIndependentSize()
            if size.toSize() == place.size():
                painter.drawImage(place.topLeft(), picture.image)
            else:  # while the view is being resized
                painter.drawImage(QRectF(place), picture.image)
        if picture.is_coloured:
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
        """Draw the colours with their distances in a strip of their own, below the face."""
        height = scaled(_SCALE_HEIGHT)
        strip = QRect(0, self.height() - height, self.width(), height)
        strip.adjust(GRID + GRID // 2, 0, -GRID - GRID // 2, 0)
        limit = f"{'≥ ' if picture.is_clipped else ''}{picture.limit_mm:g}\u202fmm"
        metrics = painter.fontMetrics()
        whole = f"{limit} from neutral"
        if strip.width() >= metrics.horizontalAdvance(f"0{whole}") + scaled(_LEAST_BAR):
            limit = whole
        left, right = (metrics.horizontalAdvance(text) + GRID for text in ("0", limit))
        painter.setPen(QColor(self._theme.muted))
        painter.drawText(strip, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(strip, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, limit)
        bar = strip.adjusted(left, 0, -right, 0)
        bar.setHeight(GRID)
        bar.moveTop(strip.center().y() - GRID // 2 + 1)
        if bar.width() > GRID:
            painter.drawImage(bar, self._bar)
