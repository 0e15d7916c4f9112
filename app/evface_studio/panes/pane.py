"""The frame around a picture: a slim header, and what is said where there is no picture."""

from __future__ import annotations

from collections.abc import Set

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from evface_studio.look.accessibility import set_role
from evface_studio.look.icons import icon, pixmap
from evface_studio.look.text_size import (
    bound_size,
    fix_size,
    scaled,
    set_icon_size,
    set_text_factor,
)
from evface_studio.look.theme import GRID, Theme

HEADER_HEIGHT = 32
_EMPTY_ICON = 40
_EMPTY_WIDTH = 320


class LineLabel(QWidget):
    """One line of text that changes at the display's rate without moving its neighbours.

    Digits are equally wide, and what does not fit is elided at the end.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._colour = QColor()
        font = self.font()
        font.setFeature(QFont.Tag("tnum"), 1)
        self.setFont(font)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        set_role(self, QAccessible.Role.StaticText)

    def text(self) -> str:
        """Return the whole text."""
        return self._text

    def set_text(self, text: str) -> None:
        """Show another text."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.update()

    def event(self, event: QEvent) -> bool:
        """Show the whole text under the pointer, as it is now."""
        if event.type() == QEvent.Type.ToolTip:
            self.setToolTip(self._text)
        return super().event(event)

    def set_colour(self, colour: str) -> None:
        """Write in another colour."""
        self._colour = QColor(colour)
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for little: the layout gives what is left."""
        return QSize(8 * GRID, QFontMetrics(self.font()).height())

    def minimumSizeHint(self) -> QSize:
        """Vanish where there is no room."""
        return QSize(0, QFontMetrics(self.font()).height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Write the text."""
        painter = QPainter(self)
        painter.setPen(self._colour)
        text = painter.fontMetrics().elidedText(
            self._text, Qt.TextElideMode.ElideRight, self.width()
        )
        painter.drawText(
            self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text
        )
        painter.end()


class PaneHeader(QWidget):
    """Name of the picture, what it shows, a warning where there is one, and buttons."""

    # A page of the help was asked for, by its name.
    help_asked = Signal(str)

    def __init__(self, title: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_active = False
        set_role(self, QAccessible.Role.ToolBar, f"{title}, header")
        fix_size(self, height_px=HEADER_HEIGHT)
        self._title = QLabel(title)
        font = self._title.font()
        font.setWeight(QFont.Weight.DemiBold)
        self._title.setFont(font)
        self._info = LineLabel()
        self._hint = QLabel()
        self._hint.hide()
        self._warning = ""
        self._icons: dict[QToolButton, str] = {}
        # Those that go where there is no room for them, the last one first.
        self._giving: list[QToolButton] = []
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(GRID + GRID // 2, 0, GRID // 2, 0)
        self._layout.setSpacing(GRID + GRID // 2)
        self._tools = QWidget()
        self._tools_layout = QHBoxLayout(self._tools)
        self._tools_layout.setContentsMargins(0, 0, 0, 0)
        self._tools_layout.setSpacing(GRID // 2)
        self._tools.hide()
        self._layout.addWidget(self._title)
        self._layout.addWidget(self._info, 1)
        self._layout.addWidget(self._hint, 0, Qt.AlignmentFlag.AlignVCenter)
        self._layout.addWidget(self._tools)
        self.set_theme(theme)

    @property
    def info(self) -> str:
        """What the picture shows: size, time, and the like."""
        return self._info.text()

    def set_info(self, text: str) -> None:
        """Say what the picture shows."""
        self._info.set_text(text)

    @property
    def hint(self) -> str:
        """The warning; empty where there is none."""
        return self._warning

    def set_hint(self, text: str, details: str = "") -> None:
        """Warn, in few words; `details` appear under the pointer."""
        if text != self._warning:
            self._warning = text
            self._hint.setVisible(bool(text))
            self._share_room()
        self._hint.setToolTip(details)

    def add_widget(self, widget: QWidget) -> None:
        """Put a widget to the right."""
        self._tools_layout.addWidget(widget)

    def set_help(self, page: str) -> None:
        """Put a button at the very right that asks for a page of the help."""
        button = self.add_button("help", f"Help on {self._title.text().lower()}")
        self._giving.remove(button)
        self._tools_layout.removeWidget(button)
        self._layout.addWidget(button)
        button.clicked.connect(lambda: self.help_asked.emit(page))

    def set_active(self, is_active: bool) -> None:
        """Show that the part beneath has the keyboard, or no longer."""
        if is_active != self._is_active:
            self._is_active = is_active
            self.update()

    def set_tools_visible(self, is_visible: bool) -> None:
        """Show what lies to the right, or hide it where there is nothing to use it on."""
        self._tools.setVisible(is_visible)

    def add_button(self, icon_name: str, tip: str, *, checkable: bool = False) -> QToolButton:
        """Put a button to the right, for what a menu or the mouse does too: it may give way."""
        button = QToolButton()
        button.setAutoRaise(True)
        button.setCheckable(checkable)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        fix_size(button, width_px=3 * GRID + 2, height_px=3 * GRID + 2)
        set_icon_size(button, 2 * GRID)
        button.setIcon(icon(icon_name, self._theme))
        self._icons[button] = icon_name
        self._giving.append(button)
        self.add_widget(button)
        return button

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._info.set_colour(theme.muted)
        self._title.setStyleSheet(f"color: {theme.text};")
        self._hint.setStyleSheet(
            f"color: {theme.warn}; border: 1px solid {theme.warn}; border-radius: 4px;"
            "padding: 1px 6px;"
        )
        for button, name in self._icons.items():
            button.setIcon(icon(name, theme))
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many buttons as there is room for."""
        super().resizeEvent(event)
        self._share_room()

    def event(self, event: QEvent) -> bool:
        """Share the room anew where a part needs more, or less."""
        is_done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._share_room()
        return is_done

    def _share_room(self) -> None:
        """Leave out what would be cut: buttons, then the end of the warning."""
        line, tools = self._layout, self._tools_layout
        margins, gap = line.contentsMargins(), line.spacing()
        room = self.width() - margins.left() - margins.right()
        room -= _width_of(line, {self._hint, self._tools}) + _width_of(tools, {*self._giving})
        if self._warning:
            metrics = self._hint.fontMetrics()
            frame = self._hint.sizeHint().width() - metrics.horizontalAdvance(self._hint.text())
            self._hint.setText(
                metrics.elidedText(
                    self._warning, Qt.TextElideMode.ElideRight, max(room - frame - gap, 0)
                )
            )
            room -= self._hint.sizeHint().width() + gap
        for button in self._giving:
            room -= button.minimumWidth() + tools.spacing()
            button.setVisible(room >= 0)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Fill, and draw the line below, a thick one where the keyboard is."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.surface))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(self._theme.border))
        if self._is_active:
            painter.fillRect(0, self.height() - 2, self.width(), 2, QColor(self._theme.accent))
        painter.end()


def _width_of(line: QHBoxLayout, left_out: Set[QWidget]) -> int:
    """Return the least that the other parts of a line need, each with the gap beside it."""
    items = (line.itemAt(place) for place in range(line.count()))
    return sum(
        item.minimumSize().width() + line.spacing()
        for item in items
        if item is not None and item.widget() not in left_out and not item.isEmpty()
    )


class EmptyState(QWidget):
    """What is missing, and what to do."""

    def __init__(self, icon_name: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = icon_name
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._title = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        font = self._title.font()
        font.setWeight(QFont.Weight.DemiBold)
        self._title.setFont(font)
        set_text_factor(self._title, 1.15)
        self._text = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        for label in (self._title, self._text):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QWidget()
        bound_size(column, most_width_px=_EMPTY_WIDTH)
        lines = QVBoxLayout(column)
        lines.setContentsMargins(2 * GRID, 0, 2 * GRID, 0)
        lines.setSpacing(GRID)
        lines.addStretch(4)
        for widget in (self._picture, self._title, self._text):
            lines.addWidget(widget)
        lines.addStretch(5)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addStretch(1)
        layout.addWidget(column, 100)
        layout.addStretch(1)
        self.set_theme(theme)

    @property
    def words(self) -> tuple[str, str]:
        """What is missing, and what to do."""
        return self._title.text(), self._text.text()

    def set_words(self, title: str, text: str) -> None:
        """Say what is missing, and what to do."""
        self._title.setText(title)
        self._text.setText(text)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._picture.setPixmap(pixmap(self._icon_name, theme.muted, scaled(_EMPTY_ICON)))
        self._title.setStyleSheet(f"color: {theme.text};")
        self._text.setStyleSheet(f"color: {theme.muted};")


class Pane(QWidget):
    """A header above a picture, or above words where there is no picture.

    Parameters
    ----------
    title
        Name of the picture.
    icon_name
        Icon shown with the words.
    """

    def __init__(
        self, title: str, icon_name: str, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = title
        self.setAccessibleName(title)
        self.setMinimumSize(20 * GRID, 20 * GRID)
        self.header = PaneHeader(title, theme)
        self._empty = EmptyState(icon_name, theme)
        body = QWidget()
        self._stack = QStackedLayout(body)
        self._stack.addWidget(self._empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(body, 1)

    @property
    def is_empty(self) -> bool:
        """Whether words stand where the picture would be."""
        return self._stack.currentWidget() is self._empty

    @property
    def words(self) -> tuple[str, str]:
        """What the pane says where it has no picture: what is missing, and what to do."""
        return self._empty.words

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.header.set_theme(theme)
        self._empty.set_theme(theme)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Fill what lies behind the picture."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.picture))
        painter.end()

    def _set_picture(self, widget: QWidget) -> None:
        self._stack.addWidget(widget)
        set_role(widget, QAccessible.Role.Graphic, f"{self._title} picture")

    def _show_picture(self) -> None:
        if self.is_empty:
            self._stack.setCurrentIndex(1)
            self.header.set_tools_visible(True)

    def _show_words(self, title: str, text: str) -> None:
        self._empty.set_words(title, text)
        self._stack.setCurrentIndex(0)
        self.header.set_tools_visible(False)
        self.header.set_info("")
        self.header.set_hint("")


def words_without_recording(problem: str) -> tuple[str, str]:
    """Return what a pane says where no recording is shown, `problem` being the reason or empty."""
    if problem:
        return "Nothing to show", problem
    return "Nothing open", "Open a project or an event file, or drop it on the window."
