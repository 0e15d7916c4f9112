"""A table of figures: a name on the left, numbers on the right of their columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID

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
    fills
        Whether the first column takes the room that is left; else figures stay near their names.
    """

    def __init__(
        self,
        name: str,
        columns: Sequence[str],
        *,
        n_names: int = 1,
        fills: bool = True,
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
        header.setMinimumSectionSize(1 if fills else scaled(10 * GRID))
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        if fills:
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
        self,
        rows: Iterable[Sequence[str]],
        *,
        tips: Sequence[str] = (),
        totals: Collection[int] = (),
    ) -> None:
        """Show other rows.

        Parameters
        ----------
        tips
            Said where the pointer rests on a row; none where left out.
        totals
            Rows that sum up others, and are to stand out.
        """
        self.clear()
        for number, row in enumerate(rows):
            item = QTreeWidgetItem(list(row))
            for column in range(len(row)):
                item.setTextAlignment(column, self._alignment(column))
                if number < len(tips):
                    item.setToolTip(column, tips[number])
                if number in totals:
                    font = item.font(column)
                    font.setBold(True)
                    item.setFont(column, font)
            self.addTopLevelItem(item)

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        return (
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            if column < self._n_names
            else _RIGHT
        )
