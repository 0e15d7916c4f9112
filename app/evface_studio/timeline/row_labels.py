"""Names beside the strips of the timeline, with their values at the cursor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme

WIDTH = 29 * GRID
_MARGIN = GRID + GRID // 2
_KEY_WIDTH = 2 * GRID
_SELECTED_ALPHA = 46


@dataclass(frozen=True)
class Label:
    """What stands beside one row.

    Parameters
    ----------
    name
        First, in bold, such as ``AU12``.
    words
        What it is.
    key
        The digit that marks it; empty where there is none.
    """

    name: str
    words: str
    key: str = ""


class RowLabels(QWidget):
    """Painted as one; names are kept, since values change with every picture."""

    # A row was clicked: its name.
    pressed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._labels: tuple[Label, ...] = ()
        self._values: dict[str, str] = {}
        self._value_width = 0
        self._kept: QPixmap | None = None
        self._chosen = ""
        self._row_height = 4 * GRID
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        font = QFont(self.font())
        font.setFeature(QFont.Tag("tnum"), 1)
        self.setFont(font)

    @property
    def labels(self) -> tuple[Label, ...]:
        """What is listed, from the top."""
        return self._labels

    @property
    def values(self) -> Mapping[str, str]:
        """Values at the cursor, by name."""
        return self._values

    @property
    def least_row_height(self) -> int:
        """Height that a line of text needs."""
        return self.fontMetrics().height() + 2 * GRID

    def set_labels(self, labels: Sequence[Label], row_height: int) -> None:
        """List other rows."""
        self._labels, self._row_height = tuple(labels), row_height
        self.setFixedWidth(scaled(WIDTH))
        self.setFixedHeight(max(len(labels), 1) * row_height)
        self._say()
        self._rewrite()

    def set_values(self, values: Mapping[str, str]) -> None:
        """Write other values."""
        changed = [
            index
            for index, label in enumerate(self._labels)
            if values.get(label.name) != self._values.get(label.name)
        ]
        self._values = dict(values)
        advance = self.fontMetrics().horizontalAdvance
        widest = max(
            (advance(self._values.get(self._labels[i].name, "")) for i in changed), default=0
        )
        if widest > self._value_width:
            # The words make room, and keep it: they do not move with every picture.
            self._value_width = widest
            self._rewrite()
        left = self.width() - self._value_width - GRID
        for index in changed:
            self.update(left, index * self._row_height, self.width() - left, self._row_height)

    def set_chosen(self, name: str) -> None:
        """Mark another row."""
        if name != self._chosen:
            self._chosen = name
            self._say()
            self._rewrite()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._rewrite()

    def sizeHint(self) -> QSize:
        """Ask for a line a row."""
        return QSize(scaled(WIDTH), max(len(self._labels), 1) * self._row_height)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a row."""
        index = int(event.position().y() // self._row_height)
        if 0 <= index < len(self._labels):
            self.pressed.emit(self._labels[index].name)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Write everything anew."""
        super().resizeEvent(event)
        self._rewrite()

    def changeEvent(self, event: QEvent) -> None:
        """Write everything anew in another size of text."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._value_width = 0
            self._rewrite()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Show the names, which are kept, and write the values."""
        painter = QPainter(self)
        if self._kept is None:
            self._kept = self._paint_names()
        painter.drawPixmap(0, 0, self._kept)
        painter.setPen(QColor(self._theme.text))
        place = event.rect()
        first = max(place.top() // self._row_height, 0)
        last = place.bottom() // self._row_height
        for index, label in enumerate(self._labels[first : last + 1], first):
            top, right = index * self._row_height, self.width() - GRID
            painter.drawText(
                QRect(0, top, right, self._row_height),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                self._values.get(label.name, ""),
            )
        painter.end()

    def _rewrite(self) -> None:
        self._kept = None
        self.update()

    def _paint_names(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        kept = QPixmap((self.size() * ratio).expandedTo(QSize(1, 1)))
        kept.setDevicePixelRatio(ratio)
        kept.fill(QColor(self._theme.surface))
        painter = QPainter(kept)
        for index, label in enumerate(self._labels):
            place = QRect(0, index * self._row_height, self.width(), self._row_height)
            self._paint_name(painter, label, place)
        painter.end()
        return kept

    def _paint_name(self, painter: QPainter, label: Label, place: QRect) -> None:
        theme = self._theme
        middle = Qt.AlignmentFlag.AlignVCenter
        if self._chosen and label.name == self._chosen:
            ground = QColor(theme.accent)
            ground.setAlpha(_SELECTED_ALPHA)
            painter.fillRect(place, ground)
            painter.fillRect(place.left(), place.top(), 3, place.height(), QColor(theme.accent))
        painter.fillRect(place.left(), place.bottom(), place.width(), 1, QColor(theme.border))
        left = _MARGIN
        if label.key:
            side = scaled(_KEY_WIDTH)
            cap = QRect(left, place.center().y() - side // 2, side, side)
            painter.setPen(QColor(theme.border))
            painter.drawRoundedRect(cap, 3, 3)
            painter.setPen(QColor(theme.muted))
            painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, label.key)
        left += scaled(_KEY_WIDTH) + GRID
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.setPen(QColor(theme.text))
        name_width = painter.fontMetrics().horizontalAdvance(label.name) + GRID
        painter.drawText(QRect(left, place.top(), name_width, place.height()), middle, label.name)
        painter.setFont(self.font())
        left += name_width
        room = place.width() - left - self._value_width - 2 * GRID
        painter.setPen(QColor(theme.muted))
        words = painter.fontMetrics().elidedText(label.words, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRect(left, place.top(), room, place.height()), middle, words)

    def _say(self) -> None:
        chosen = next((one for one in self._labels if one.name == self._chosen), None)
        here = f"{chosen.name} {chosen.words} chosen" if chosen is not None else "none chosen"
        self.setAccessibleName(f"Rows: {here}")
        self.setAccessibleDescription(", ".join(one.name for one in self._labels))
