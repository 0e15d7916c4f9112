"""Rows of a dialog: a label that leads to its field, a list to choose from, its buttons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from evface_studio.look.theme import GRID, Theme

_FEWEST_CHARACTERS = 16


def choice_box(choices: Iterable[tuple[str, Any]] = ()) -> QComboBox:
    """Return a list of texts, each with what it stands for."""
    box = QComboBox()
    # Long names of recordings do not make the dialog wide.
    box.setMinimumContentsLength(_FEWEST_CHARACTERS)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    for text, data in choices:
        box.addItem(text, data)
    return box


def button_row(*buttons: QPushButton) -> QHBoxLayout:
    """Return the row of buttons at the bottom of a dialog, at its right end."""
    row = QHBoxLayout()
    row.setSpacing(GRID)
    row.addStretch(1)
    for button in buttons:
        row.addWidget(button)
    return row


def column_of(dialog: QDialog, *, spacing_px: int = 2 * GRID) -> QVBoxLayout:
    """Return the column of a dialog's parts, with the usual margins."""
    column = QVBoxLayout(dialog)
    column.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 3 * GRID)
    column.setSpacing(spacing_px)
    return column


def muted_label(theme: Theme) -> QLabel:
    """Return a label for an explanation."""
    label = QLabel()
    label.setWordWrap(True)
    label.setStyleSheet(f"color: {theme.muted};")
    return label


def add_row(form: QFormLayout, text: str, field: QWidget, line: QLayout | None = None) -> None:
    """Add a field, or the line that it is in, with its label; ``&`` marks the label's letter."""
    label = QLabel(text)
    label.setBuddy(field)
    field.setAccessibleName(text.replace("&", ""))
    if line is None:
        form.addRow(label, field)
    else:
        form.addRow(label, line)


def align_labels(form: QFormLayout) -> None:
    """Give the column of labels one width, whichever rows are shown."""
    labels = [
        item.widget()
        for row in range(form.rowCount())
        if (item := form.itemAt(row, QFormLayout.ItemRole.LabelRole)) is not None
    ]
    width = max(label.sizeHint().width() for label in labels if label is not None)
    for label in labels:
        if label is not None:
            label.setMinimumWidth(width)
