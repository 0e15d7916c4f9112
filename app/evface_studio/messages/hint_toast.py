"""A short word over a picture: why something was not done. It moves nothing, and goes by itself."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from evface_studio.look.accessibility import set_role
from evface_studio.look.icons import pixmap
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, ICON, Theme
from evface_studio.messages.overlay import Overlay

_LEAST_MS, _MS_PER_LETTER = 2_500, 45
_WIDEST = 460


class HintToast(Overlay):
    """Lies at the foot of a picture. The pointer goes through it: it is never in the way."""

    def __init__(self, window: QWidget, theme: Theme) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        set_role(self, QAccessible.Role.AlertMessage)
        self._theme = theme
        self._text = ""
        self._over = window
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.close_up)

    @property
    def text(self) -> str:
        """What it said last."""
        return self._text

    def say(self, text: str, over: QWidget) -> None:
        """Say something over a part of the window."""
        self._text, self._over = text, over
        self.setAccessibleName(text)
        self.open()
        self.update()
        # Long enough to be read.
        self._timer.start(_LEAST_MS + _MS_PER_LETTER * len(text))
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw a card with an icon and the words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(self._theme.border))
        painter.setBrush(QColor(self._theme.raised))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), GRID, GRID)
        side = scaled(ICON)
        top = (self.height() - side) // 2
        painter.drawPixmap(QPoint(2 * GRID, top), pixmap("info", self._theme.accent, side))
        painter.setPen(QColor(self._theme.text))
        words = QRectF(self.rect().adjusted(3 * GRID + side, 0, -2 * GRID, 0))
        painter.drawText(words, self._flags(), self._text)
        painter.end()

    def _place(self) -> None:
        widest = min(scaled(_WIDEST), self._over.width() - 2 * GRID)
        size = self._size_within(max(widest, 20 * GRID))
        foot = self._over.mapTo(self._window, QPoint(0, self._over.height()))
        left = foot.x() + (self._over.width() - size.width()) // 2
        left = max(min(left, self._window.width() - size.width()), 0)
        self.setGeometry(left, foot.y() - size.height() - 2 * GRID, size.width(), size.height())

    def _size_within(self, widest: int) -> QSize:
        aside = 5 * GRID + scaled(ICON)
        room = QRectF(0, 0, widest - aside, 1_000).toRect()
        words = QFontMetrics(self.font()).boundingRect(room, self._flags(), self._text)
        return QSize(words.width() + aside + 2, max(words.height(), scaled(ICON)) + 2 * GRID + 2)

    def _flags(self) -> int:
        return int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap)
