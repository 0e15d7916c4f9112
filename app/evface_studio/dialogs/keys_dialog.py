"""The sheet of keys: what each one does, in the menus' groups."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from evface_studio.actions.action import Scope
from evface_studio.actions.gestures import GESTURES
from evface_studio.actions.keymap import Keymap
from evface_studio.actions.table import MENUS, actions_of, name_of
from evface_studio.dialogs.choice_rows import column_of
from evface_studio.dialogs.key_caps import KeyCaps
from evface_studio.look.icons import icon
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.palette.search import match

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
        # The sheet lies on the window's own ground.
        scroll.setStyleSheet("QScrollArea { background: transparent; }")
        layout = column_of(self)
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
    """A title above rows of words and keys."""

    def __init__(self, title: str, theme: Theme) -> None:
        super().__init__()
        self._title = title
        self._theme = theme
        self._rows: list[tuple[str, str, QWidget]] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 2 * GRID)
        self._column.setSpacing(GRID - 2)
        head = QLabel(title)
        font = QFont(head.font())
        font.setWeight(QFont.Weight.DemiBold)
        head.setFont(font)
        head.setStyleSheet(f"color: {theme.accent};")
        self._column.addWidget(head)

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the rows that are listed."""
        return tuple(text for text, _, row in self._rows if not row.isHidden())

    def add_row(self, keys: QWidget, spoken: str, text: str, more: str = "") -> None:
        """Add what keys do, and what must be said besides."""
        note = f' <span style="color: {self._theme.muted}">{more}</span>' if more else ""
        words = QLabel(f"{text}{note}")
        words.setTextFormat(Qt.TextFormat.RichText)
        words.setWordWrap(True)
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(2 * GRID)
        line.addWidget(words, 1, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(keys, 0, Qt.AlignmentFlag.AlignTop)
        self._column.addWidget(row)
        self._rows.append((text, f"{spoken} {self._title} {more}", row))

    def narrow_to(self, query: str) -> None:
        """Hide the rows that do not fit, and all of it where none does."""
        for text, more, row in self._rows:
            row.setVisible(match(query, text, more) is not None)
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
            column.addStretch(1)
            self._columns.append(column)
            self._row.addLayout(column, 1)
        heights = [0] * self._n_columns
        for number in range(len(self._columns)):
            self._row.setStretch(number, int(number < self._n_columns))
        for group in self._groups:
            for column in self._columns:
                column.removeWidget(group)
            shortest = heights.index(min(heights))
            self._columns[shortest].insertWidget(self._columns[shortest].count() - 1, group)
            heights[shortest] += group.sizeHint().height()


def _groups(keymap: Keymap, theme: Theme) -> list[_Group]:
    groups = []
    for menu in MENUS:
        actions = [action for action in actions_of(menu) if keymap.keys(action)]
        if not actions:
            continue
        group = _Group(menu[0].replace("&", ""), theme)
        for action in actions:
            caps = KeyCaps(keymap.keys(action), theme)
            notes = [note for note in (action.tip, _WHERE.get(action.scope, "")) if note]
            group.add_row(caps, caps.accessibleName(), name_of(action), " · ".join(notes))
        groups.append(group)
    for title, rows in GESTURES:
        group = _Group(title, theme)
        for gesture, words in rows:
            label = QLabel(gesture)
            label.setStyleSheet(f"color: {theme.muted};")
            group.add_row(label, gesture, words)
        groups.append(group)
    return groups
