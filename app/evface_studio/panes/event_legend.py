"""Says what the colours of an event picture mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from evface.events.catalogue import CATALOGUE, Colouring
from evface.events.palettes import lookup_table
from evface_studio.look.text_size import scaled_in
from evface_studio.look.theme import GRID

# Side of a patch, and length of one that shows a scale.
_PATCH = GRID + GRID // 2
_SCALE = 2 * GRID
_N_STOPS = 8


@dataclass(frozen=True)
class _Entry:
    """A word, and the indices of the picture that it stands for, from weak to strong."""

    word: str
    indices: range
    # Counts grow by factors.
    is_count: bool = False


_ON, _OFF = range(129, 256), range(1, 128)
_LEGENDS: dict[Colouring, tuple[tuple[_Entry, ...], str]] = {
    Colouring.POLARITY: (
        (_Entry("on", range(2, 3)), _Entry("off", range(1, 2))),
        "On: the pixel became brighter. Off: it became darker.",
    ),
    Colouring.COUNTS: (
        (_Entry("on", range(1, 16), True), _Entry("off", range(16, 256, 16), True)),
        "On: the pixel became brighter. Off: it became darker. Each from one event to many; "
        "where there are both, the colours mix.",
    ),
    Colouring.AMOUNT: ((_Entry("events", range(1, 256), True),), "From one event to many."),
    Colouring.SUMS: (
        (_Entry("on", _ON), _Entry("off", _OFF)),
        "On: the pixel became brighter more often than darker. Off: darker more often. The more "
        "often, the stronger.",
    ),
    Colouring.AGES: (
        (_Entry("on", _ON), _Entry("off", _OFF)),
        "On: the pixel became brighter. Off: it became darker. Each from long ago to just now.",
    ),
    Colouring.BITS: (
        (_Entry("old to new", range(1, 256)),),
        "Events of the oldest slice alone are faint, those of the newest strong.",
    ),
}


class EventLegend(QWidget):
    """Patches in the colours of the picture, each with its word.

    Parameters
    ----------
    text_colour
        As ``#rrggbb``.
    words
        Other words in place of the usual ones.
    """

    def __init__(
        self,
        text_colour: str,
        words: Mapping[str, str] = MappingProxyType({}),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._text_colour = text_colour
        self._words = words
        self._entries: tuple[_Entry, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.show_colours("metavision", lookup_table("metavision"))

    def show_colours(self, representation: str, table: NDArray[np.uint8]) -> None:
        """Explain a picture of a representation in the colours of its table."""
        self._entries, tip = _LEGENDS[CATALOGUE[representation].colouring]
        self._table = table
        self.setToolTip(f"{CATALOGUE[representation].shows}.\n{tip}")
        self.updateGeometry()
        self.update()

    @property
    def words(self) -> list[str]:
        """The words that are shown."""
        return [self._words.get(entry.word, entry.word) for entry in self._entries]

    def set_text_colour(self, colour: str) -> None:
        """Write in another colour."""
        self._text_colour = colour
        self.update()

    def sizeHint(self) -> QSize:
        """Take what the words need."""
        words = sum(self.fontMetrics().horizontalAdvance(word) for word in self.words)
        gaps = scaled_in(self, GRID) * (len(self.words) - 1)
        return QSize(words + gaps + self._patches_width, scaled_in(self, 2 * GRID))

    def minimumSizeHint(self) -> QSize:
        """Do with the patches where there is no room for the words."""
        return QSize(self._patches_width, scaled_in(self, 2 * GRID))

    @property
    def _patches_width(self) -> int:
        return sum(self._width_of(entry) + scaled_in(self, GRID // 2) for entry in self._entries)

    def _width_of(self, entry: _Entry) -> int:
        return scaled_in(self, _PATCH if len(entry.indices) == 1 else _SCALE)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw each patch on the picture's background, with its word."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        has_words = self.width() >= self.sizeHint().width()
        x, height, rim = 0, scaled_in(self, _PATCH), scaled_in(self, 2)
        top = (self.height() - height) // 2
        for entry, word in zip(self._entries, self.words, strict=True):
            width = self._width_of(entry)
            patch = QRect(x, top, width, height)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(*self._table[0].tolist()))
            painter.drawRoundedRect(patch, 3, 3)
            painter.setBrush(self._brush(entry, patch))
            if len(entry.indices) == 1:
                painter.drawEllipse(patch.adjusted(rim, rim, -rim, -rim))
            else:
                painter.drawRoundedRect(patch.adjusted(rim, rim, -rim, -rim), 2, 2)
            x += width + scaled_in(self, GRID // 2)
            if has_words:
                room = painter.fontMetrics().horizontalAdvance(word)
                painter.setPen(QColor(self._text_colour))
                painter.drawText(
                    QRect(x, 0, room + 1, self.height()),
                    Qt.AlignmentFlag.AlignVCenter,
                    word,
                )
                x += room + scaled_in(self, GRID)
        painter.end()

    def _brush(self, entry: _Entry, patch: QRect) -> QBrush:
        gradient = QLinearGradient(QPointF(patch.topLeft()), QPointF(patch.topRight()))
        for k in range(_N_STOPS):
            place, n = k / (_N_STOPS - 1), len(entry.indices)
            index = entry.indices[round(n**place if entry.is_count else place * (n - 1) + 1) - 1]
            gradient.setColorAt(place, QColor(*self._table[index].tolist()))
        return QBrush(gradient)
