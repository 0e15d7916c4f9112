"""The editor of keys: which action has which, and who else wants them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QColor, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from evface_studio.actions.action import ActionInfo
from evface_studio.actions.keymap import Keymap, is_typed, words_of
from evface_studio.actions.table import menu_of, name_of
from evface_studio.dialogs.choice_rows import column_of
from evface_studio.look.icons import icon
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.palette.rows import scope_words
from evface_studio.palette.search import match

_SIZE = QSize(104 * GRID, 80 * GRID)
_ACTION = Qt.ItemDataRole.UserRole
_PRESS = "Choose an action, then press its new keys in the field."


class ShortcutsDialog(QDialog):
    """Gives actions other keys; what was chosen counts at once and is remembered.

    Keys that another action has at the same place are only taken after that was said.
    """

    def __init__(self, keymap: Keymap, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Change keys")
        self._keymap = keymap
        self._theme = theme
        self._field = QLineEdit()
        self._field.setPlaceholderText("Search an action or a key")
        self._field.setAccessibleName("Search an action or a key")
        self._field.setClearButtonEnabled(True)
        self._field.addAction(icon("search", theme), QLineEdit.ActionPosition.LeadingPosition)
        self._field.textChanged.connect(self._on_text_changed)
        self._tree = QTreeWidget()
        self._tree.setAccessibleName("Actions and their keys")
        self._tree.setHeaderLabels(["Action", "Menu", "Works", "Keys"])
        self._tree.setRootIsDecorated(False)
        self._tree.setUniformRowHeights(True)
        self._tree.setAllColumnsShowFocus(True)
        header = self._tree.header()
        header.setAccessibleName("Columns")
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._tree.currentItemChanged.connect(self._on_current_changed)
        self._keys = QKeySequenceEdit()
        self._keys.setMaximumSequenceLength(1)
        self._keys.setClearButtonEnabled(True)
        self._keys.setAccessibleName("New keys")
        self._keys.keySequenceChanged.connect(self._on_keys_pressed)
        self._set = self._button("Set", self._on_set)
        self._set.setProperty("primary", True)
        self._add = self._button("Add", self._on_add)
        self._remove = self._button("No keys", self._on_remove)
        self._reset = self._button("Usual keys", self._on_reset)
        self._reset_all = self._button("Usual keys for all", keymap.reset_all)
        self._note = QLabel(_PRESS)
        self._note.setWordWrap(True)
        self._note.setMinimumHeight(2 * self._note.fontMetrics().height())
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self._keys, 1)
        for button in (self._set, self._add, self._remove, self._reset):
            row.addWidget(button)
        foot = QHBoxLayout()
        foot.addWidget(self._reset_all)
        foot.addStretch(1)
        foot.addWidget(self._button("Close", self.accept))
        layout = column_of(self, spacing_px=GRID + GRID // 2)
        layout.addWidget(self._field)
        layout.addWidget(self._tree, 1)
        layout.addLayout(row)
        layout.addWidget(self._note)
        layout.addLayout(foot)
        keymap.changed.connect(self._update)
        for action in keymap.actions:
            item = QTreeWidgetItem([name_of(action), menu_of(action), scope_words(action.scope)])
            item.setData(0, _ACTION, action)
            self._tree.addTopLevelItem(item)
        self._tree.setCurrentItem(self._items()[0])
        self._update()
        room = self.screen().availableSize()
        self.resize(
            min(scaled(_SIZE.width()), round(0.92 * room.width())),
            min(scaled(_SIZE.height()), round(0.9 * room.height())),
        )
        self._field.setFocus()

    @property
    def note(self) -> str:
        """What is said about the keys that were pressed."""
        return self._note.text()

    @property
    def listed(self) -> tuple[str, ...]:
        """Keys of the actions that are listed."""
        return tuple(item.data(0, _ACTION).key for item in self._items() if not item.isHidden())

    def choose(self, key: str) -> None:
        """Choose an action by its key."""
        for item in self._items():
            if item.data(0, _ACTION).key == key:
                self._tree.setCurrentItem(item)

    def _button(self, text: str, handler: object) -> QPushButton:
        button = QPushButton(text)
        # Return belongs to whatever has the keyboard.
        button.setAutoDefault(False)
        button.clicked.connect(handler)
        return button

    def _items(self) -> list[QTreeWidgetItem]:
        items = (self._tree.topLevelItem(i) for i in range(self._tree.topLevelItemCount()))
        return [item for item in items if item is not None]

    @property
    def _chosen(self) -> ActionInfo | None:
        item = self._tree.currentItem()
        return None if item is None or item.isHidden() else item.data(0, _ACTION)

    @property
    def _pressed(self) -> tuple[str, ...]:
        keys = self._keys.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        return (keys,) if keys else ()

    @Slot()
    def _update(self) -> None:
        for item in self._items():
            action = item.data(0, _ACTION)
            item.setText(3, words_of(self._keymap.keys(action)))
            font = item.font(3)
            font.setBold(self._keymap.is_changed(action))
            item.setFont(3, font)
            clash = self._keymap.conflicts(action)
            item.setForeground(3, QColor(self._theme.warn if clash else self._theme.text))
            item.setToolTip(3, f"The same keys as {_names(clash)}" if clash else "")
        self._on_text_changed(self._field.text())
        self._say()

    @Slot(str)
    def _on_text_changed(self, text: str) -> None:
        for item in self._items():
            more = " ".join(item.text(column) for column in (1, 2, 3))
            item.setHidden(match(text, item.text(0), more) is None)
        current = self._tree.currentItem()
        if current is None or current.isHidden():
            shown = next((item for item in self._items() if not item.isHidden()), None)
            if shown is not None:
                self._tree.setCurrentItem(shown)
        self._say()

    @Slot()
    def _on_current_changed(self) -> None:
        self._keys.clear()
        self._say()

    @Slot()
    def _on_keys_pressed(self) -> None:
        self._say()

    def _say(self) -> None:
        """Say what would happen, and offer only what can be done."""
        action, pressed = self._chosen, self._pressed
        problem = self._problem(action, pressed)
        clash = self._keymap.conflicts(action, pressed) if action is not None else ()
        can_set = action is not None and bool(pressed) and not problem
        self._set.setEnabled(can_set)
        self._add.setEnabled(can_set)
        self._set.setText("Take them" if clash and can_set else "Set")
        self._remove.setEnabled(action is not None and bool(self._keymap.keys(action)))
        self._reset.setEnabled(action is not None and self._keymap.is_changed(action))
        self._reset_all.setEnabled(any(map(self._keymap.is_changed, self._keymap.actions)))
        if action is None:
            words = "No action fits." if self._field.text() else _PRESS
        elif problem:
            words = problem
        elif clash:
            words = (
                f"{words_of(pressed)} belongs to {_names(clash)}, which works "
                f"{scope_words(clash[0].scope)}. “Take them” leaves it without these keys."
            )
        elif pressed:
            words = f"{words_of(pressed)} is free for “{name_of(action)}”."
        else:
            words = f"Press the new keys of “{name_of(action)}” in the field."
        self._note.setText(words)
        self._note.setStyleSheet(
            f"color: {self._theme.warn if problem or clash else self._theme.muted};"
        )

    def _problem(self, action: ActionInfo | None, pressed: tuple[str, ...]) -> str:
        if action is not None and action.removes and any(map(is_typed, pressed)):
            return (
                f"“{name_of(action)}” takes something away: a single key is too easily pressed by "
                "mistake. Hold Ctrl, Alt or Shift with it."
            )
        return ""

    def _give(self, action: ActionInfo, keys: tuple[str, ...]) -> None:
        """Give an action keys, and take them from whoever has them at the same place."""
        for other in self._keymap.conflicts(action, self._pressed):
            theirs = self._keymap.keys(other)
            self._keymap.set_keys(other, tuple(k for k in theirs if k not in self._pressed))
        self._keymap.set_keys(action, keys)
        self._keys.clear()

    @Slot()
    def _on_set(self) -> None:
        if self._chosen is not None:
            self._give(self._chosen, self._pressed)

    @Slot()
    def _on_add(self) -> None:
        if self._chosen is not None:
            self._give(self._chosen, (*self._keymap.keys(self._chosen), *self._pressed))

    @Slot()
    def _on_remove(self) -> None:
        if self._chosen is not None:
            self._keymap.set_keys(self._chosen, ())

    @Slot()
    def _on_reset(self) -> None:
        if self._chosen is not None:
            self._keymap.reset(self._chosen)


def _names(actions: tuple[ActionInfo, ...]) -> str:
    return " and ".join(f"“{name_of(action)}” ({menu_of(action)})" for action in actions)
