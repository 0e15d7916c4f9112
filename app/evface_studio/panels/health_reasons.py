"""Why a recording is not good: each reason with what to do, and a way to its place."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from evface.events.health.model import Reason
from evface_studio.health.words import LOOKS, lamp_colour
from evface_studio.look.theme import GRID, Theme
from evface_studio.wording import format_time

_BEFORE_UNIT = re.compile(r"(?<=\d) (?=(?:%|us|ms|s|Hz|kB|MB|GB)\b|%)")


class ReasonCard(QWidget):
    """A reason, in words."""

    # Its place is to be shown, us.
    sought = Signal(object)

    def __init__(self, reason: Reason, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reason = reason
        self._shape = QLabel(LOOKS[reason.lamp].shape)
        self._shape.setAccessibleName(LOOKS[reason.lamp].title)
        self._words = _wrapped(reason.words)
        font = self._words.font()
        font.setWeight(QFont.Weight.Medium)
        self._words.setFont(font)
        self._advice = _wrapped(reason.advice)
        column = QVBoxLayout()
        column.setSpacing(GRID // 2)
        column.addWidget(self._words)
        column.addWidget(self._advice)
        if reason.at_us is not None:
            self.go = QPushButton(f"Go to {format_time(max(reason.at_us, 0))}")
            self.go.setToolTip("Show where it is, or where it is first")
            self.go.clicked.connect(lambda: self.sought.emit(max(reason.at_us or 0, 0)))
            column.addWidget(self.go, 0, Qt.AlignmentFlag.AlignLeft)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, GRID // 2)
        row.setSpacing(GRID)
        row.addWidget(self._shape, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        self.set_theme(theme)

    @property
    def reason(self) -> Reason:
        """What it is about."""
        return self._reason

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._shape.setStyleSheet(f"color: {lamp_colour(self._reason.lamp, theme)};")
        self._advice.setStyleSheet(f"color: {theme.muted};")


class ReasonList(QWidget):
    """Reasons, one below the other."""

    # A place is to be shown, us.
    sought = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._cards: list[ReasonCard] = []
        self._column = QVBoxLayout(self)
        side = GRID + GRID // 2
        self._column.setContentsMargins(side, 0, side, 0)
        self._column.setSpacing(GRID)

    @property
    def cards(self) -> tuple[ReasonCard, ...]:
        """What is shown, from the top."""
        return tuple(self._cards)

    def show_reasons(self, reasons: Sequence[Reason]) -> None:
        """Show other reasons."""
        for card in self._cards:
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._cards = [ReasonCard(reason, self._theme) for reason in reasons]
        for card in self._cards:
            card.sought.connect(self.sought)
            self._column.addWidget(card)
        self.setVisible(bool(self._cards))

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        for card in self._cards:
            card.set_theme(theme)


def _wrapped(text: str) -> QLabel:
    # A number and its unit stay in one line.
    label = QLabel(_BEFORE_UNIT.sub("\u202f", text))
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
