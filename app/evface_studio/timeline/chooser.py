"""Chooses which action units have a row."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from evface.annotations.facs_names import FACS_NAMES, facs_name
from evface_studio.coding.unit_choice import RowFilter
from evface_studio.look.text_size import fix_size, scaled
from evface_studio.look.theme import GRID

_ROW_HEIGHT = 3 * GRID
_N_ROWS = 16
_NUMBER = re.compile(r"(?:AU)?0*([0-9]{1,2})", re.IGNORECASE)
_FILTERS = (
    (RowFilter.ALL, "All"),
    (RowFilter.ACTIVE, "Active"),
    (RowFilter.CODED, "Coded"),
)


class ActionUnitChooser(QWidget):
    """Three ways to fill the rows, a list with a tick for each, and a line to add more."""

    filter_asked = Signal(object)
    # Units that are ticked, in order.
    chosen = Signal(list)
    # A unit that had no row.
    added = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._list = QListWidget()
        self._list.setUniformItemSizes(True)
        fix_size(self._list, width_px=30 * GRID)
        self._list.itemChanged.connect(self._on_item_changed)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        self._buttons: dict[RowFilter, QPushButton] = {}
        for row_filter, words in _FILTERS:
            button = QPushButton(words)
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, which=row_filter: self.filter_asked.emit(which))
            self._buttons[row_filter] = button
            row.addWidget(button)
        self._line = QLineEdit()
        self._line.setPlaceholderText("Add a number of FACS, such as 46")
        self._line.setAccessibleName("Number of an action unit to add")
        self._line.returnPressed.connect(self._on_return)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, GRID, GRID, GRID)
        layout.setSpacing(GRID)
        layout.addLayout(row)
        layout.addWidget(self._list)
        layout.addWidget(self._line)

    @property
    def names(self) -> tuple[str, ...]:
        """What can be chosen."""
        return tuple(item.data(Qt.ItemDataRole.UserRole) for item in self._items())

    @property
    def list_widget(self) -> QListWidget:
        """Where units are ticked."""
        return self._list

    @property
    def line(self) -> QLineEdit:
        """Where a number is typed."""
        return self._line

    def set_units(self, units: Sequence[str], shown: Sequence[str], row_filter: RowFilter) -> None:
        """Offer other action units, those in `shown` ticked."""
        for which, button in self._buttons.items():
            button.setChecked(which is row_filter)
        self._list.blockSignals(True)
        if tuple(units) != self.names:
            self._list.clear()
            for unit in units:
                item = QListWidgetItem(f"{unit} {facs_name(unit)}")
                item.setData(Qt.ItemDataRole.UserRole, unit)
                item.setSizeHint(QSize(0, scaled(_ROW_HEIGHT)))
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
                self._list.addItem(item)
            fix_size(self._list, height_px=min(len(units), _N_ROWS) * _ROW_HEIGHT + 2)
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

    @Slot()
    def _on_return(self) -> None:
        found = _NUMBER.fullmatch(self._line.text().strip())
        number = int(found[1]) if found is not None else 0
        if number in FACS_NAMES:
            self._line.clear()
            self._line.setToolTip("")
            self.added.emit(f"AU{number}")
        else:
            self._line.setToolTip("FACS has no action unit of this number.")
            below = self._line.mapToGlobal(self._line.rect().bottomLeft())
            QToolTip.showText(below, self._line.toolTip(), self._line)
            self._line.selectAll()

    def _items(self) -> list[QListWidgetItem]:
        return [self._list.item(row) for row in range(self._list.count())]
