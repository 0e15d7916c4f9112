"""Names the curves and says their values at the cursor."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from evface_studio.theme import GRID, Theme

ROW_HEIGHT = 2 * GRID + GRID // 2
WIDTH = 30 * GRID
_MARGIN = GRID + GRID // 2
_SWATCH = 2 * GRID
_VALUE_WIDTH = 7 * GRID


@dataclass(frozen=True)
class LegendRow:
    """One curve: its colour, name and value at the cursor, empty where there is none."""

    colour: str
    name: str
    value: str = ""
    is_dashed: bool = False


class Legend(QWidget):
    """Painted as one, since values change with every picture."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[LegendRow] = []
        self._hint = ""
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 0.92)
        font.setFeature(QFont.Tag("tnum"), 1)
        self.setFont(font)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    @property
    def rows(self) -> tuple[LegendRow, ...]:
        """What is listed."""
        return tuple(self._rows)

    @property
    def hint(self) -> str:
        """What is said under the list."""
        return self._hint

    def set_rows(self, rows: list[LegendRow], hint: str = "") -> None:
        """List other curves, or say what to do to get some."""
        if rows == self._rows and hint == self._hint:
            return
        is_resized = len(rows) != len(self._rows)
        self._rows, self._hint = rows, hint
        self.setAccessibleName(", ".join(f"{row.name} {row.value}".strip() for row in rows) or hint)
        if is_resized:
            self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for a line a curve."""
        return QSize(WIDTH, GRID + ROW_HEIGHT * max(len(self._rows), 3))

    def minimumSizeHint(self) -> QSize:
        """Ask for a line a curve."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Write the list."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.surface))
        middle = Qt.AlignmentFlag.AlignVCenter
        if self._hint:
            painter.setPen(QColor(self._theme.muted))
            below = GRID + len(self._rows) * ROW_HEIGHT
            place = self.rect().adjusted(_MARGIN, below, -_MARGIN, -GRID)
            painter.drawText(place, Qt.TextFlag.TextWordWrap, self._hint)
        for number, row in enumerate(self._rows):
            top = GRID // 2 + number * ROW_HEIGHT
            style = Qt.PenStyle.DashLine if row.is_dashed else Qt.PenStyle.SolidLine
            painter.setPen(QPen(QColor(row.colour), 2, style))
            line = top + ROW_HEIGHT // 2
            painter.drawLine(_MARGIN, line, _MARGIN + _SWATCH, line)
            left = _MARGIN + _SWATCH + GRID
            name = QRect(left, top, self.width() - left - _VALUE_WIDTH - _MARGIN, ROW_HEIGHT)
            painter.setPen(QColor(self._theme.text))
            words = painter.fontMetrics().elidedText(
                row.name, Qt.TextElideMode.ElideRight, name.width()
            )
            painter.drawText(name, middle, words)
            value = QRect(name.right(), top, _VALUE_WIDTH, ROW_HEIGHT)
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(value, middle | Qt.AlignmentFlag.AlignRight, row.value)
        painter.end()
