"""Chooses which action units are drawn."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from evface_studio.theme import GRID
from evface_studio.timeline.action_units import describe

_ROW_HEIGHT = 3 * GRID


class ActionUnitChooser(QWidget):
    """A list with a tick for each action unit, and two shortcuts."""

    # Names that are ticked, in order.
    chosen = Signal(list)
    most_active_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._list = QListWidget()
        self._list.setUniformItemSizes(True)
        self._list.setFixedWidth(28 * GRID)
        self._list.itemChanged.connect(self._on_item_changed)
        active = QPushButton("Most active")
        active.clicked.connect(self.most_active_asked)
        none = QPushButton("None")
        none.clicked.connect(lambda: self.chosen.emit([]))
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(active)
        row.addWidget(none)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, GRID, GRID, GRID)
        layout.setSpacing(GRID)
        layout.addLayout(row)
        layout.addWidget(self._list)

    @property
    def names(self) -> tuple[str, ...]:
        """What can be chosen."""
        return tuple(item.data(Qt.ItemDataRole.UserRole) for item in self._items())

    def set_names(self, names: Sequence[str], shown: Sequence[str]) -> None:
        """Offer other action units, those in `shown` ticked."""
        self._list.blockSignals(True)
        if tuple(names) != self.names:
            self._list.clear()
            for name in names:
                item = QListWidgetItem(describe(name))
                item.setData(Qt.ItemDataRole.UserRole, name)
                item.setSizeHint(QSize(0, _ROW_HEIGHT))
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
                self._list.addItem(item)
            self._list.setFixedHeight(min(len(names), 18) * _ROW_HEIGHT + 2)
        for item in self._items():
            is_shown = item.data(Qt.ItemDataRole.UserRole) in shown
            item.setCheckState(Qt.CheckState.Checked if is_shown else Qt.CheckState.Unchecked)
        self._list.blockSignals(False)

    @Slot()
    def _on_item_changed(self) -> None:
        self.chosen.emit(
            [
                item.data(Qt.ItemDataRole.UserRole)
                for item in self._items()
                if item.checkState() is Qt.CheckState.Checked
            ]
        )

    def _items(self) -> list[QListWidgetItem]:
        return [self._list.item(row) for row in range(self._list.count())]
