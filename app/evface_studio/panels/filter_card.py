"""One filter of the chain: whether it is on, what it is set to, and what it leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QSignalBlocker, Signal, Slot
from PySide6.QtGui import QColor, QEnterEvent, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from evface.events.filters.filter import Filter
from evface.events.filters.hot_pixels import HotPixels
from evface_studio.look.icons import icon
from evface_studio.look.text_size import set_icon_size
from evface_studio.look.theme import GRID, Theme
from evface_studio.panels.filter_fields import FilterFields
from evface_studio.wording import format_count

_FIND = "Find hot pixels"


class FilterCard(QWidget):
    """Shows a filter and asks for changes of it."""

    # The filter as it is to be.
    changed = Signal(object)
    remove_asked = Signal()
    # To act earlier, -1, or later, 1.
    move_asked = Signal(int)
    # Whether it is pointed at; whether it is to stay previewed.
    hovered = Signal(bool)
    pinned = Signal(bool)
    # Hot pixels are to be searched, or no more.
    search_asked = Signal(bool)

    def __init__(self, one: Filter, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._filter = one
        self._is_searching = False
        self.setAccessibleName(one.title)
        self.is_on = QCheckBox(one.title)
        font = self.is_on.font()
        font.setWeight(QFont.Weight.DemiBold)
        self.is_on.setFont(font)
        self.is_on.setToolTip(f"Let the events pass this filter. {one.summary}")
        self.is_on.toggled.connect(lambda is_on: self._ask(replace(self._wanted(), is_on=is_on)))
        self.preview = _PreviewButton()
        self.preview.setToolTip("Show what it leaves out, while you point at this or all the time")
        self.preview.setAccessibleName(f"Show what {one.title} leaves out")
        self.preview.setCheckable(True)
        self.preview.hovered.connect(self.hovered)
        self.preview.clicked.connect(self.pinned)
        self.up = _button(f"Let {one.title} act earlier", lambda: self.move_asked.emit(-1))
        self.down = _button(f"Let {one.title} act later", lambda: self.move_asked.emit(1))
        self.remove = _button(f"Take {one.title} out of the chain", self.remove_asked.emit)
        for button in (self.preview, self.up, self.down, self.remove):
            button.setAutoRaise(True)
            set_icon_size(button, 16)
        self._summary = QLabel(one.summary)
        self._summary.setWordWrap(True)
        self._fields = FilterFields(one)
        self._fields.changed.connect(self.settle)
        self.find_button = QPushButton(_FIND)
        self.find_button.setToolTip(
            "Search the whole recording, and show what is found on the events"
        )
        self.find_button.clicked.connect(lambda: self.search_asked.emit(not self._is_searching))
        self.pixels = QLabel()
        self.count = QLabel()
        self.count.setWordWrap(True)
        self._lay_out()
        self.set_theme(theme)
        self.show_filter(one)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._line = QColor(theme.border)
        self.update()
        for button, name in (
            (self.preview, "eye"),
            (self.up, "up"),
            (self.down, "down"),
            (self.remove, "clear"),
        ):
            button.setIcon(icon(name, theme))
        self._fields.set_theme(theme)
        for label in (self._summary, self.count, self.pixels):
            label.setStyleSheet(f"color: {theme.muted};")

    @property
    def filter(self) -> Filter:
        """The filter that is shown."""
        return self._filter

    @property
    def fields(self) -> Mapping[str, QWidget]:
        """What its parameters are set with, by their names."""
        return self._fields.fields

    def show_filter(self, one: Filter) -> None:
        """Show another filter of the same kind. What is being typed stays."""
        self._filter = one
        with QSignalBlocker(self.is_on):
            self.is_on.setChecked(one.is_on)
        self._fields.show_filter(one)
        if isinstance(one, HotPixels):
            n = len(one.pixels)
            words = f"{format_count(n)} pixel{'' if n == 1 else 's'}"
            self.pixels.setText(words if n else "none")
            listed = ", ".join(f"({x}, {y})" for x, y in one.pixels[:20])
            self.pixels.setToolTip(listed + (" …" if n > 20 else ""))

    def show_state(
        self, *, can_change: bool, is_first: bool, is_last: bool, is_pinned: bool
    ) -> None:
        """Show what can be done with it."""
        for widget in (self.is_on, self.remove, self.find_button, *self.fields.values()):
            widget.setEnabled(can_change)
        self.up.setEnabled(can_change and not is_first)
        self.down.setEnabled(can_change and not is_last)
        self.preview.setChecked(is_pinned)

    def show_search(self, share: float | None) -> None:
        """Show how far the search for hot pixels is; None where there is none."""
        self._is_searching = share is not None
        self.find_button.setText(_FIND if share is None else f"Searching… {share:.0%}  Stop")

    def show_count(self, n_removed: int | None, n_events: int, *, would: bool) -> None:
        """Say what it leaves out of the window in view; None where that is not known."""
        if n_removed is None:
            self.count.setText("" if self._filter.is_on else "Off")
            return
        verb = "Would leave out" if would else "Leaves out"
        share = f"{n_removed / n_events:.1%}" if n_events else "none"
        self.count.setText(f"{verb} {format_count(n_removed)} events in view ({share})")

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw a line below it."""
        painter = QPainter(self)
        painter.fillRect(0, self.height() - 1, self.width(), 1, self._line)
        painter.end()

    @Slot()
    def settle(self) -> None:
        """Ask for what was typed or turned at once."""
        self._ask(self._wanted())

    def _ask(self, wanted: Filter) -> None:
        if wanted != self._filter:
            self.changed.emit(wanted)

    def _wanted(self) -> Filter:
        return replace(self._filter, **self._fields.take())

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(0)
        head.addWidget(self.is_on, 1)
        for button in (self.preview, self.up, self.down, self.remove):
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID + GRID // 2, GRID, GRID, GRID)
        column.setSpacing(GRID // 2)
        column.addLayout(head)
        column.addWidget(self._summary)
        column.addWidget(self._fields)
        if isinstance(self._filter, HotPixels):
            row_of_pixels = QHBoxLayout()
            row_of_pixels.setSpacing(GRID)
            row_of_pixels.addWidget(self.find_button)
            row_of_pixels.addWidget(self.pixels, 1)
            column.addLayout(row_of_pixels)
        column.addWidget(self.count)


class _PreviewButton(QToolButton):
    """Tells when it is pointed at."""

    hovered = Signal(bool)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Tell that the pointer has come."""
        super().enterEvent(event)
        self.hovered.emit(True)

    def leaveEvent(self, event: QEvent) -> None:
        """Tell that the pointer has left."""
        super().leaveEvent(event)
        self.hovered.emit(False)


def _button(words: str, handler: Any) -> QToolButton:
    button = QToolButton()
    button.setToolTip(words)
    button.setAccessibleName(words)
    button.clicked.connect(lambda: handler())
    return button
