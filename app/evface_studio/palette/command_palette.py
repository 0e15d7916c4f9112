"""The palette itself: a field, and what fits beneath it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAction, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from evface_studio.actions.action import ActionInfo
from evface_studio.actions.keymap import Keymap
from evface_studio.look.accessibility import set_role
from evface_studio.look.icons import icon
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.messages.overlay import Overlay
from evface_studio.palette.moments import read_moments
from evface_studio.palette.row_delegate import HEIGHT, ROW, RowDelegate
from evface_studio.palette.rows import Row, action_rows, moment_rows
from evface_studio.settings import Settings

_WIDTH = 680
_N_SHOWN = 12
_SEARCH = "Type an action, 1.25 s or frame 120"
_GO_TO = "Type a time or a frame: 1.25 s, 250 ms, 2:05, frame 120"
# Moves in the list while the field keeps the keyboard.
_MOVES = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: _N_SHOWN - 1,
    Qt.Key.Key_PageUp: 1 - _N_SHOWN,
}


class CommandPalette(Overlay):
    """Runs any action by a few letters of its name, and goes to a moment that is typed.

    Parameters
    ----------
    action
        Returns the entry of an action by its key.
    name_of
        Returns what an action is called now.
    why_not
        Says why an action cannot be used now.
    moments
        Returns the length of the recording and the times of its video's frames.
    """

    # A moment was typed, us.
    sought = Signal(object)

    def __init__(
        self,
        window: QWidget,
        keymap: Keymap,
        settings: Settings,
        action: Callable[[str], QAction],
        name_of: Callable[[ActionInfo], str],
        why_not: Callable[[ActionInfo], str],
        moments: Callable[[], tuple[int, NDArray[np.int64] | None]],
        theme: Theme,
    ) -> None:
        super().__init__(window)
        self._keymap = keymap
        self._settings = settings
        self._action = action
        self._name_of = name_of
        self._why_not = why_not
        self._moments = moments
        self._only_moments = False
        self.setObjectName("palette")
        set_role(self, QAccessible.Role.Dialog, "Command palette")
        self._field = QLineEdit()
        self._field.setAccessibleName("Action or moment")
        self._field.setClearButtonEnabled(True)
        self._magnifier = self._field.addAction(
            icon("search", theme), QLineEdit.ActionPosition.LeadingPosition
        )
        self._field.textChanged.connect(self._fill)
        self._field.installEventFilter(self)
        self._list = QListWidget()
        self._list.setAccessibleName("What fits")
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setUniformItemSizes(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setMouseTracking(True)
        self._delegate = RowDelegate(theme)
        self._list.setItemDelegate(self._delegate)
        self._list.itemClicked.connect(self._on_item_clicked)
        self._nothing = QLabel("Nothing fits.")
        self._nothing.setContentsMargins(GRID, GRID, GRID, GRID)
        self._layout = layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, GRID, GRID, GRID)
        layout.setSpacing(GRID)
        layout.addWidget(self._field)
        layout.addWidget(self._list)
        layout.addWidget(self._nothing)
        layout.addStretch(1)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus_changed)
        self.set_theme(theme)

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is listed, from the top."""
        return tuple(self._list.item(i).data(ROW) for i in range(self._list.count()))

    @property
    def current_row(self) -> Row | None:
        """The line that Return would run."""
        item = self._list.currentItem()
        return None if item is None else item.data(ROW)

    def search(self) -> None:
        """Come up with all actions, or go if it is there already."""
        self._come(only_moments=False)

    def go_to(self) -> None:
        """Come up to ask for a moment only."""
        self._come(only_moments=True)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._delegate.theme = theme
        self._magnifier.setIcon(icon("search", theme))
        self._nothing.setStyleSheet(f"color: {theme.muted};")
        self.setStyleSheet(
            f"#palette {{ background: {theme.surface}; border: 1px solid {theme.border};"
            f" border-radius: {GRID}px; }}"
        )
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let keys in the field move in the list."""
        if watched is self._field and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.KeyPress:
                return self._take_key(Qt.Key(event.key()))
            if event.type() == QEvent.Type.ShortcutOverride and (
                event.key() in _MOVES or event.key() == Qt.Key.Key_Escape
            ):
                event.accept()
                return True
        return super().eventFilter(watched, event)

    def _take_key(self, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape:
            self.close_up()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(self.current_row)
        elif key in _MOVES:
            last = self._list.count() - 1
            step = _MOVES[key]
            row = self._list.currentRow() + step
            # One step beyond an end goes round to the other; a page stops there.
            row = row % (last + 1) if abs(step) == 1 and last >= 0 else min(max(row, 0), last)
            self._list.setCurrentRow(row)
            self._say_current()
        else:
            return False
        return True

    def _come(self, *, only_moments: bool) -> None:
        if self.isVisible() and self._only_moments == only_moments:
            self.close_up()
            return
        self._only_moments = only_moments
        self._field.setPlaceholderText(_GO_TO if only_moments else _SEARCH)
        self._field.clear()
        self._fill()
        self.open()
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot()
    def _fill(self) -> None:
        typed = self._field.text()
        rows = moment_rows(read_moments(typed, *self._moments()))
        if not self._only_moments:
            recent = [] if typed.strip() and rows else self._settings.last_actions
            rows += action_rows(
                typed, self._keymap, recent, self._name_of, self._why_not, self._is_on
            )
        self._list.clear()
        for row in rows:
            item = QListWidgetItem(row.text)
            item.setData(ROW, row)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, row.spoken)
            item.setData(Qt.ItemDataRole.ToolTipRole, row.problem)
            self._list.addItem(item)
        self._list.setCurrentRow(0)
        self._list.setVisible(bool(rows))
        self._nothing.setVisible(not rows and bool(typed.strip()))
        self._say_current()
        self._place()

    def _is_on(self, info: ActionInfo) -> bool:
        return info.is_checked is not None and self._action(info.key).isChecked()

    def _say_current(self) -> None:
        row = self.current_row
        self._field.setAccessibleDescription("" if row is None else row.spoken)

    @Slot(QListWidgetItem)
    def _on_item_clicked(self, item: QListWidgetItem) -> None:
        self._run(item.data(ROW))

    def _run(self, row: Row | None) -> None:
        if row is None or row.problem:
            return
        # What is run may open something that wants the keyboard.
        self.close_up()
        if row.t_us is not None:
            self.sought.emit(row.t_us)
        else:
            self._settings.remember_action(row.action)
            self._action(row.action).trigger()

    @Slot(QWidget, QWidget)
    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        if self.isVisible() and new is not None and not self.isAncestorOf(new):
            self.close_up()

    def _place(self) -> None:
        window = self._window
        width = min(scaled(_WIDTH), window.width() - 4 * GRID)
        top = min(scaled(9 * GRID), window.height() // 8)
        row_height = scaled(HEIGHT)
        room = window.height() - top - self._field.sizeHint().height() - 6 * GRID
        n_shown = max(min(self._list.count(), _N_SHOWN, room // row_height), 1)
        self._list.setFixedHeight(n_shown * row_height)
        self._layout.activate()
        self.setGeometry((window.width() - width) // 2, top, width, self.sizeHint().height())
