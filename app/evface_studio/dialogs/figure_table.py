"""A table of figures: a name on the left, numbers on the right of their columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class FigureTable(QTreeWidget):
    r"""Rows of text that can be read and walked by keys.

    Parameters
    ----------
    name
        For screen readers.
    columns
        What stands above each; ``\n`` begins a second line.
    n_names
        How many columns from the left are text rather than figures.
    """

    def __init__(
        self,
        name: str,
        columns: Sequence[str],
        *,
        n_names: int = 1,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setHeaderLabels(list(columns))
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self._n_names = n_names
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(1)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(len(columns)):
            self.headerItem().setTextAlignment(column, self._alignment(column))

    @property
    def cells(self) -> list[list[str]]:
        """What is shown, row by row."""
        return [
            [item.text(column) for column in range(self.columnCount())] for item in self.items()
        ]

    def items(self) -> list[QTreeWidgetItem]:
        """Return the rows, from the top."""
        found = (self.topLevelItem(row) for row in range(self.topLevelItemCount()))
        return [item for item in found if item is not None]

    def show_rows(
        self, rows: Iterable[Sequence[str]], *, tips: Sequence[str] = (), has_total: bool = False
    ) -> None:
        """Show other rows.

        Parameters
        ----------
        tips
            Said where the pointer rests on a row; none where left out.
        has_total
            Whether the last row sums up the others, and is to stand out.
        """
        self.clear()
        for number, row in enumerate(rows):
            item = QTreeWidgetItem(list(row))
            for column in range(len(row)):
                item.setTextAlignment(column, self._alignment(column))
                if number < len(tips):
                    item.setToolTip(column, tips[number])
            self.addTopLevelItem(item)
        if has_total and self.topLevelItemCount():
            last = self.items()[-1]
            for column in range(self.columnCount()):
                font = last.font(column)
                font.setBold(True)
                last.setFont(column, font)

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        return (
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            if column < self._n_names
            else _RIGHT
        )
