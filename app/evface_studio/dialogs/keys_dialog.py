"""The list of keys."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QVBoxLayout, QWidget

from evface_studio.actions.action import ActionInfo
from evface_studio.actions.table import MENUS
from evface_studio.theme import GRID, Theme


class KeysDialog(QDialog):
    """Says which key does what, in the menus' groups."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        columns = QGridLayout()
        columns.setHorizontalSpacing(6 * GRID)
        columns.setVerticalSpacing(3 * GRID)
        columns.setAlignment(Qt.AlignmentFlag.AlignTop)
        # Playback is the longest and has a column of its own.
        left, right = QVBoxLayout(), QVBoxLayout()
        for column, layout in enumerate((left, right)):
            layout.setSpacing(3 * GRID)
            columns.addLayout(layout, 0, column, Qt.AlignmentFlag.AlignTop)
        for title, entries in MENUS:
            actions = [
                entry for entry in entries if isinstance(entry, ActionInfo) and entry.shortcuts
            ]
            if actions:
                target = right if title == "&Playback" else left
                target.addLayout(_group(title.replace("&", ""), actions, theme))
        pointer = (
            ("Wheel on a picture", "Zoom about the pointer"),
            ("Drag on a picture", "Move it"),
            ("Double click", "Show all of it"),
            ("Click on a landmark", "Keep looking at it, or place it"),
            ("Drag the line of a swipe", "Show more of the video or of the events"),
            ("Drag on the mesh", "Turn it"),
            ("Click on the timeline", "Go there"),
            ("Drag the cursor or ruler", "Scrub"),
            ("Wheel on the timeline", "Zoom in time"),
        )
        right.addLayout(_rows("Pointer", pointer, theme))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 3 * GRID)
        layout.addLayout(columns)


def plain_text(action: ActionInfo) -> str:
    """Return an action's text without its marks."""
    text = action.text.replace("&", "").rstrip("…")
    return f"{text} ({action.tip})" if action.tip else text


def _group(title: str, actions: list[ActionInfo], theme: Theme) -> QGridLayout:
    native = QKeySequence.SequenceFormat.NativeText
    return _rows(
        title,
        tuple(
            (
                "   ".join(QKeySequence(keys).toString(native) for keys in action.shortcuts),
                plain_text(action),
            )
            for action in actions
        ),
        theme,
    )


def _rows(title: str, rows: tuple[tuple[str, str], ...], theme: Theme) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(3 * GRID)
    grid.setVerticalSpacing(GRID // 2)
    head = QLabel(title)
    font = head.font()
    font.setWeight(QFont.Weight.DemiBold)
    head.setFont(font)
    grid.addWidget(head, 0, 0, 1, 2)
    for row, (keys, words) in enumerate(rows, start=1):
        key = QLabel(keys)
        key.setStyleSheet(f"color: {theme.accent};")
        key.setMinimumWidth(20 * GRID)
        grid.addWidget(key, row, 0)
        grid.addWidget(QLabel(words), row, 1)
    grid.setColumnStretch(1, 1)
    return grid
