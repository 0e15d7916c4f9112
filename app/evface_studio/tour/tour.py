"""Leads through the window: a light on one part after another, and a card beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QFont,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from evface_studio.look.accessibility import set_role
from evface_studio.look.text_size import scaled, set_text_factor
from evface_studio.look.theme import GRID, Theme
from evface_studio.messages.overlay import Overlay
from evface_studio.tour.steps import Step

_CARD_WIDTH = 46 * GRID
_LEADING = (
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
    Qt.Key.Key_Escape,
)
_VEIL = QColor(0, 0, 0, 150)


class Tour(Overlay):
    """Covers the window while it lasts; keys and buttons lead on, back and out.

    Parameters
    ----------
    fill
        Puts keys and menus into a text.
    """

    # It is over: all steps were seen, or it was left.
    ended = Signal()
    # A page of the help was asked for, by its name.
    help_asked = Signal(str)

    def __init__(
        self, window: QWidget, steps: Sequence[Step], fill: Callable[[str], str], theme: Theme
    ) -> None:
        super().__init__(window)
        set_role(self, QAccessible.Role.Dialog, "Tour")
        self._steps = tuple(steps)
        self._fill = fill
        self._number = 0
        self._hole = QRect()
        self._theme = theme
        self._card = QFrame(self)
        self._card.setObjectName("card")
        self._count = QLabel()
        self._title = QLabel()
        font = QFont(self._title.font())
        font.setWeight(QFont.Weight.DemiBold)
        self._title.setFont(font)
        set_text_factor(self._title, 1.2)
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.MarkdownText)
        self._text.linkActivated.connect(self.help_asked)
        self._skip = QPushButton("Skip")
        self._back = QPushButton("Back")
        self._next = QPushButton("Next")
        self._next.setProperty("primary", True)
        self._skip.clicked.connect(self.leave)
        self._back.clicked.connect(self.go_back)
        self._next.clicked.connect(self.go_on)
        self._buttons = (self._skip, self._back, self._next)
        for button in self._buttons:
            button.installEventFilter(self)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self._skip)
        row.addStretch(1)
        row.addWidget(self._back)
        row.addWidget(self._next)
        layout = QVBoxLayout(self._card)
        layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        layout.setSpacing(GRID)
        layout.addWidget(self._count)
        layout.addWidget(self._title)
        layout.addWidget(self._text)
        layout.addSpacing(GRID)
        layout.addLayout(row)
        self.set_theme(theme)

    @property
    def number(self) -> int:
        """Which step is shown, from 0."""
        return self._number

    @property
    def words(self) -> tuple[str, str]:
        """Title and text of the step shown."""
        return self._title.text(), self._text.text()

    @property
    def light(self) -> QRect:
        """What is not veiled, in the window's pixels; empty where all is."""
        return QRect(self._hole)

    def start(self) -> None:
        """Begin with the first step."""
        self._show_step(0)

    @Slot()
    def go_on(self) -> None:
        """Do what the step offers, else go to the next one, or end after the last."""
        then = self._steps[self._number].then
        if then is not None:
            self.close_up()
            then()
        elif self._number + 1 < len(self._steps):
            self._show_step(self._number + 1)
        else:
            self.leave()

    @Slot()
    def go_back(self) -> None:
        """Go to the step before."""
        if self._number > 0:
            self._show_step(self._number - 1)

    @Slot()
    def leave(self) -> None:
        """End it here."""
        self.close_up()
        self.ended.emit()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._card.setStyleSheet(
            f"#card {{ background: {theme.surface}; border: 1px solid {theme.border};"
            f" border-radius: {GRID}px; }}"
        )
        self._count.setStyleSheet(f"color: {theme.muted};")
        self.update()

    def event(self, event: QEvent) -> bool:
        """Keep the keys of the window from doing anything."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Lead by keys, whichever button has the keyboard."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and watched in self._buttons
            and event.key() in _LEADING
        ):
            self.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Lead on, back and out."""
        key = event.key()
        focused = next((button for button in self._buttons if button.hasFocus()), self._next)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focused.click()
        elif key == Qt.Key.Key_Right:
            self.go_on()
        elif key == Qt.Key.Key_Left:
            self.go_back()
        elif key == Qt.Key.Key_Escape:
            self.leave()
        event.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Veil everything but the part that is spoken of."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QPainterPath()
        veil.addRect(QRectF(self.rect()))
        if not self._hole.isEmpty():
            hole = QPainterPath()
            hole.addRoundedRect(QRectF(self._hole), GRID, GRID)
            veil = veil.subtracted(hole)
        painter.fillPath(veil, _VEIL)
        if not self._hole.isEmpty():
            painter.setPen(QPen(QColor(self._theme.accent), 2))
            painter.drawRoundedRect(self._hole, GRID, GRID)
        painter.end()

    def _show_step(self, number: int) -> None:
        self._number = number
        step = self._steps[number]
        step.prepare()
        self._count.setText(f"{number + 1} of {len(self._steps)}")
        self._count.setVisible(len(self._steps) > 1)
        self._title.setText(step.title)
        self._text.setText(self._fill(step.text))
        is_last = number + 1 == len(self._steps)
        self._next.setText("Done" if is_last and step.then is None else step.next_text)
        self._skip.setText(step.skip_text)
        self._skip.setVisible(not is_last or step.then is not None)
        self._back.setVisible(len(self._steps) > 1)
        self._back.setEnabled(number > 0)
        self.setAccessibleDescription(f"{step.title}. {step.text}")
        self.open()
        self._next.setFocus(Qt.FocusReason.OtherFocusReason)

    def _place(self) -> None:
        window = self._window
        self.setGeometry(window.rect())
        target = self._steps[self._number].target()
        self._hole = QRect()
        if target is not None and target.isVisible():
            corner = target.mapTo(window, QPoint(0, 0))
            self._hole = QRect(corner, target.size()).adjusted(-2, -2, 2, 2) & self.rect()
        width = min(scaled(_CARD_WIDTH), self.width() - 4 * GRID)
        layout = self._card.layout()
        height = self._card.sizeHint().height()
        if layout is not None:
            height = max(layout.totalHeightForWidth(width), layout.totalMinimumSize().height())
        self._card.setGeometry(_beside(self._hole, QSize(width, height), self.rect()))
        self.update()


def _beside(hole: QRect, card: QSize, room: QRect) -> QRect:
    """Return where a card lies: beside the light if there is room, else over its middle."""
    gap = 2 * GRID
    room = room.adjusted(gap, gap, -gap, -gap)
    placed = QRect(QPoint(0, 0), card)
    if hole.isEmpty():
        placed.moveCenter(room.center())
        return placed
    placed.moveCenter(hole.center())
    for corner in (
        QPoint(hole.right() + gap, placed.top()),
        QPoint(hole.left() - gap - card.width(), placed.top()),
        QPoint(placed.left(), hole.bottom() + gap),
        QPoint(placed.left(), hole.top() - gap - card.height()),
    ):
        tried = QRect(corner, card)
        # Along the light the card may slide to stay within the window.
        if corner.x() == placed.left():
            tried.moveLeft(min(max(tried.left(), room.left()), room.right() - card.width()))
        else:
            tried.moveTop(min(max(tried.top(), room.top()), room.bottom() - card.height()))
        if room.contains(tried):
            return tried
    placed.moveBottomRight(QPoint(hole.right(), hole.bottom()) - QPoint(gap, gap))
    return placed
