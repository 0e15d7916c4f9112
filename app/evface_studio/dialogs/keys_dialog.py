"""The sheet of keys: what each one does, in the menus' groups."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from evface_studio.actions.action import ActionInfo, Scope
from evface_studio.actions.gestures import GESTURES
from evface_studio.actions.table import MENUS, actions_of
from evface_studio.dialogs.key_caps import KeyCaps
from evface_studio.icons import icon
from evface_studio.keymap import Keymap
from evface_studio.search import match
from evface_studio.text_size import scaled
from evface_studio.theme import GRID, Theme

_COLUMN = 44 * GRID
_SIZE = QSize(3 * _COLUMN + 9 * GRID, 92 * GRID)
_WHERE = {
    Scope.PICTURES: "pictures",
    Scope.TIMELINE: "timeline",
    Scope.REVIEW: "review",
}
_SCOPES = (
    "Keys of the pictures and of the timeline work in the one that you clicked, or reached with "
    "{}, last: a line under its name shows it. Keys of the review work while its panel is open. "
    "All others work everywhere."
)


class KeysDialog(QDialog):
    """Says which key does what. Typing leaves only what fits."""

    # Other keys are to be chosen.
    change_asked = Signal()

    def __init__(self, keymap: Keymap, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self._field = QLineEdit()
        self._field.setPlaceholderText("Search an action or a key")
        self._field.setAccessibleName("Search an action or a key")
        self._field.setClearButtonEnabled(True)
        self._field.addAction(icon("search", theme), QLineEdit.ActionPosition.LeadingPosition)
        self._field.textChanged.connect(self._on_text_changed)
        change = QPushButton("Change keys…")
        change.setAutoDefault(False)
        change.clicked.connect(self.change_asked)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(self._field, 1)
        head.addWidget(change)
        scopes = QLabel(_SCOPES.format(keymap.words(keymap.action("next_part"))))
        scopes.setWordWrap(True)
        scopes.setStyleSheet(f"color: {theme.muted};")
        self._sheet = _Sheet(_groups(keymap, theme))
        scroll = QScrollArea()
        scroll.setWidget(self._sheet)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName("All keys")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 3 * GRID)
        layout.setSpacing(2 * GRID)
        layout.addLayout(head)
        layout.addWidget(scopes)
        layout.addWidget(scroll, 1)
        room = self.screen().availableSize()
        self.resize(
            min(scaled(_SIZE.width()), round(0.92 * room.width())),
            min(scaled(_SIZE.height()), round(0.9 * room.height())),
        )
        self._field.setFocus()

    @property
    def words(self) -> tuple[str, ...]:
        """What is listed now."""
        return self._sheet.words

    @Slot(str)
    def _on_text_changed(self, text: str) -> None:
        self._sheet.narrow_to(text)


class _Group(QWidget):
    """A title above rows of keys and words."""

    def __init__(self, title: str, theme: Theme) -> None:
        super().__init__()
        self._title = title
        self._theme = theme
        self._rows: list[tuple[str, str, tuple[QWidget, ...]]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 3 * GRID)
        self._grid.setHorizontalSpacing(2 * GRID)
        self._grid.setVerticalSpacing(GRID // 2)
        self._grid.setColumnStretch(1, 1)
        head = QLabel(title)
        font = QFont(head.font())
        font.setWeight(QFont.Weight.DemiBold)
        head.setFont(font)
        head.setStyleSheet(f"color: {theme.accent};")
        self._grid.addWidget(head, 0, 0, 1, 2)

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the rows that are listed."""
        return tuple(text for text, _, widgets in self._rows if not widgets[0].isHidden())

    def add_row(self, keys: QWidget, spoken: str, text: str, where: str = "") -> None:
        """Add what keys do, and where if it is not everywhere."""
        note = f'<span style="color: {self._theme.muted}"> · {where}</span>' if where else ""
        words = QLabel(f"{text}{note}")
        words.setTextFormat(Qt.TextFormat.RichText)
        words.setWordWrap(True)
        row = len(self._rows) + 1
        self._grid.addWidget(keys, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(words, row, 1)
        self._rows.append((text, f"{spoken} {self._title} {where}", (keys, words)))

    def narrow_to(self, query: str) -> None:
        """Hide the rows that do not fit, and all of it where none does."""
        for text, more, widgets in self._rows:
            fits = match(query, text, more) is not None
            for widget in widgets:
                widget.setVisible(fits)
        self.setVisible(bool(self.words))


class _Sheet(QWidget):
    """Groups in as many columns as there is room for, none taller than it must be."""

    def __init__(self, groups: list[_Group]) -> None:
        super().__init__()
        self._groups = groups
        self._n_columns = 0
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, GRID, 0)
        self._row.setSpacing(3 * GRID)
        self._columns: list[QVBoxLayout] = []

    @property
    def words(self) -> tuple[str, ...]:
        """What is listed now."""
        return tuple(text for group in self._groups for text in group.words)

    def narrow_to(self, query: str) -> None:
        """Leave only what fits."""
        for group in self._groups:
            group.narrow_to(query)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Have as many columns as fit."""
        super().resizeEvent(event)
        n_columns = max(self.width() // scaled(_COLUMN), 1)
        if n_columns != self._n_columns:
            self._n_columns = n_columns
            self._share_out()

    def _share_out(self) -> None:
        """Put each group into the column that is shortest so far, in their order."""
        while len(self._columns) < self._n_columns:
            column = QVBoxLayout()
            column.setAlignment(Qt.AlignmentFlag.AlignTop)
            self._columns.append(column)
            self._row.addLayout(column, 1)
        heights = [0] * self._n_columns
        for number in range(len(self._columns)):
            self._row.setStretch(number, int(number < self._n_columns))
        for group in self._groups:
            for column in self._columns:
                column.removeWidget(group)
            shortest = heights.index(min(heights))
            self._columns[shortest].addWidget(group)
            heights[shortest] += group.sizeHint().height()


def plain_text(action: ActionInfo) -> str:
    """Return an action's name with what must be said besides."""
    return f"{action.name} ({action.tip})" if action.tip else action.name


def _groups(keymap: Keymap, theme: Theme) -> list[_Group]:
    groups = []
    for menu in MENUS:
        actions = [action for action in actions_of(menu) if keymap.keys(action)]
        if not actions:
            continue
        group = _Group(menu[0].replace("&", ""), theme)
        for action in actions:
            caps = KeyCaps(keymap.keys(action), theme)
            where = _WHERE.get(action.scope, "")
            group.add_row(caps, caps.accessibleName(), plain_text(action), where)
        groups.append(group)
    for title, rows in GESTURES:
        group = _Group(title, theme)
        for gesture, words in rows:
            label = QLabel(gesture)
            label.setWordWrap(True)
            label.setMinimumWidth(scaled(14 * GRID))
            group.add_row(label, gesture, words)
        groups.append(group)
    return groups
