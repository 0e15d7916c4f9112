"""How strongly each action unit is seen, as bars."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from evface.annotations.facs_names import FACS_NAMES
from evface_studio.look.accessibility import set_role
from evface_studio.look.theme import GRID, Theme

# Bars go up at once, and sink so much of the way at each picture: eyes can follow that.
_SINKS = 0.15
# Height of a row, in heights of text.
_ROW = 1.5
# From so much on a unit is written strongly.
_CODED = 0.2


class UnitBars(QWidget):
    """A bar for each action unit, in columns, as many as there is room for."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._intensity: dict[str, float] = {}
        self._is_late = False
        self._most_rows = 100
        set_role(self, QAccessible.Role.Chart, "Action units")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def intensity(self) -> Mapping[str, float]:
        """What the bars show, 0 to 1, by the names of the units."""
        return self._intensity

    def show_intensity(self, intensity: Mapping[str, float], *, is_late: bool = False) -> None:
        """Show other intensities; fainter where they are late."""
        before = self._intensity
        shown = {
            name: max(value, before.get(name, 0.0) * (1 - _SINKS))
            for name, value in sorted(intensity.items(), key=lambda one: _number(one[0]))
        }
        if shown != before or is_late != self._is_late:
            if shown.keys() != before.keys():
                self.updateGeometry()
            self._intensity, self._is_late = shown, is_late
            self.update()

    def set_most_rows(self, most_rows: int) -> None:
        """Take no more rows than that: of more units the strongest are shown."""
        if most_rows != self._most_rows:
            self._most_rows = most_rows
            self.updateGeometry()
            self.update()

    @property
    def row_height(self) -> float:
        """How high a row is."""
        return self.fontMetrics().height() * _ROW

    def clear(self) -> None:
        """Show no bars."""
        if self._intensity:
            self._intensity = {}
            self.updateGeometry()
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for the rows that are needed in this width."""
        n_columns = self._n_columns()
        n_rows = max(-(-max(len(self._shown()), 1) // n_columns), 1)
        return QSize(40 * GRID, round(n_rows * self.row_height + 2 * GRID))

    def minimumSizeHint(self) -> QSize:
        """Ask for the same height, and little width."""
        return QSize(20 * GRID, self.sizeHint().height())

    def resizeEvent(self, _event: object) -> None:
        """Ask for more rows where there is room for fewer columns."""
        self.updateGeometry()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw code, name, bar and value of each."""
        painter = QPainter(self)
        theme = self._theme
        painter.fillRect(self.rect(), QColor(theme.surface))
        painter.fillRect(0, 0, self.width(), 1, QColor(theme.border))
        if not self._intensity:
            painter.setPen(QColor(theme.muted))
            painter.drawText(
                self.rect(),
                Qt.AlignmentFlag.AlignCenter,
                "Action units come once a face was seen for a while",
            )
            painter.end()
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        n_columns = self._n_columns()
        shown = self._shown()
        n_rows = -(-len(shown) // n_columns)
        room = (self.width() - 2 * GRID) / n_columns
        for place, (name, value) in enumerate(shown.items()):
            column, row = divmod(place, n_rows)
            cell = QRectF(GRID + column * room, GRID + row * self.row_height, room, self.row_height)
            self._paint_unit(painter, cell.adjusted(GRID, 0, -GRID, 0), name, value)
        painter.end()

    def _paint_unit(self, painter: QPainter, cell: QRectF, name: str, value: float) -> None:
        theme, metrics = self._theme, painter.fontMetrics()
        level = Qt.AlignmentFlag.AlignVCenter
        is_coded = value >= _CODED
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold if is_coded else self.font())
        painter.setPen(QColor(theme.text if is_coded else theme.muted))
        code = QFontMetrics(bold).horizontalAdvance("AU00") + GRID
        painter.drawText(QRectF(cell.left(), cell.top(), code, cell.height()), level, name)
        painter.setFont(self.font())
        words = FACS_NAMES.get(_number(name), "")
        words_width = metrics.horizontalAdvance("lip corner depressor") + 2 * GRID
        if cell.width() < code + words_width + 10 * GRID:
            words_width = 0
        else:
            painter.drawText(
                QRectF(cell.left() + code, cell.top(), words_width, cell.height()), level, words
            )
        height = metrics.height() * 0.5
        bar = QRectF(cell)
        bar.setLeft(cell.left() + code + words_width)
        bar.setTop(cell.center().y() - height / 2)
        bar.setHeight(height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(bar, height / 2, height / 2)
        if value * bar.width() > height / 2:
            colour = QColor(theme.accent if is_coded else theme.rate)
            colour.setAlphaF(0.55 if self._is_late else 1.0)
            painter.setBrush(colour)
            full = QRectF(bar)
            full.setWidth(max(bar.width() * min(value, 1.0), height))
            painter.drawRoundedRect(full, height / 2, height / 2)

    def _shown(self) -> dict[str, float]:
        """Return the intensities that have a bar, by number of the unit."""
        n_most = self._most_rows * self._n_columns()
        strongest = sorted(self._intensity, key=lambda name: -self._intensity[name])[:n_most]
        return {name: value for name, value in self._intensity.items() if name in strongest}

    def _n_columns(self) -> int:
        metrics = self.fontMetrics()
        least = metrics.horizontalAdvance("AU00 lip corner depressor") + 18 * GRID
        return max(min(self.width() // least, 4), 1)


def _number(name: str) -> int:
    digits = "".join(one for one in name if one.isdigit())
    return int(digits) if digits else 0
