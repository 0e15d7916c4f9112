"""Parts of a panel one below the other, which scroll where there is no room for all of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget


class ScrolledColumn(QScrollArea):
    """As wide as the panel, and as high as its parts need with their text wrapped.

    Parameters
    ----------
    name
        Said by screen readers.
    """

    def __init__(self, name: str, parts: Sequence[QWidget], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setWidget(_Column(parts))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)


class _Column(QWidget):
    """A scroll area asks for a size only, not how high text is that must be wrapped."""

    def __init__(self, parts: Sequence[QWidget]) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        for part in parts:
            self._column.addWidget(part)
        self._column.addStretch(1)

    def event(self, event: QEvent) -> bool:
        """Grow when a part needs more lines."""
        is_done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._take_height()
        return is_done

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Grow when the lines are shorter."""
        super().resizeEvent(event)
        self._take_height()

    def _take_height(self) -> None:
        wanted = self._column.totalHeightForWidth(self.width())
        if wanted >= 0 and wanted != self.minimumHeight():
            self.setMinimumHeight(wanted)
