"""Why an item is in the queue: each cause, its value and its threshold."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from evface.review.queue import QueueItem
from evface.review.reasons import KINDS, Reason, ReasonKind
from evface_studio.look.text_size import fix_size, set_text_factor
from evface_studio.look.theme import GRID, Theme
from evface_studio.panels.facts import Section
from evface_studio.wording import format_span

# The threshold is drawn at this share of the bar, and its end is so many thresholds.
_THRESHOLD_AT = 0.25
_END = 8.0
_BAR_HEIGHT = 6
_FEWEST_US = 1_000
_LENGTHS = frozenset(
    {
        ReasonKind.SWAPPED,
        ReasonKind.CROSSED_LIPS,
        ReasonKind.CROSSED_EYELIDS,
        ReasonKind.OUTSIDE_FACE,
        ReasonKind.OUTSIDE_PICTURE,
        ReasonKind.JUMP,
        ReasonKind.LOPSIDED,
        ReasonKind.DISAGREEMENT,
        ReasonKind.REPROJECTION,
    }
)


class ReasonCard(Section):
    """Follows the item that is looked at."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Why is this here?", theme, parent)
        self._rows: list[_ReasonRow] = []
        self._item: QueueItem | None = None
        self._hint = QLabel("Choose an item of the queue.")
        self._hint.setWordWrap(True)
        self.column.addWidget(self._hint)
        self.set_theme(theme)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What it says, from the top."""
        return tuple(row.sentence for row in self._rows)

    @property
    def figures(self) -> tuple[str, ...]:
        """The values and thresholds, from the top."""
        return tuple(row.figures for row in self._rows)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        super().set_theme(theme)
        self._hint.setStyleSheet(f"color: {theme.muted};")
        for row in self._rows:
            row.set_theme(theme)

    def show_item(self, item: QueueItem | None) -> None:
        """Say why an item is in the queue; None for no item."""
        if item is self._item:
            return
        self._item = item
        for row in self._rows:
            self.column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = []
        self._hint.setVisible(item is None)
        if item is not None:
            self._rows = [_ReasonRow(one, item.t_us, self.theme) for one in item.reasons]
            for row in self._rows:
                self.column.addWidget(row)


class _ReasonRow(QWidget):
    """A sentence, a bar with the threshold marked, and the figures."""

    def __init__(self, reason: Reason, t_us: int, theme: Theme) -> None:
        super().__init__()
        info = KINDS[reason.kind]
        self.sentence = reason.sentence
        self.figures = describe_value(reason)
        away_us = reason.t_us - t_us
        words = f"{info.title}: {self.figures}"
        if abs(away_us) >= _FEWEST_US:
            side = "later" if away_us > 0 else "earlier"
            words += f", {format_span(abs(away_us))} {side}"
        self._sentence = QLabel(reason.sentence)
        self._sentence.setWordWrap(True)
        self._bar = _ValueBar(reason.severity, theme)
        self._figures = QLabel(words)
        self._figures.setWordWrap(True)
        set_text_factor(self._figures, 0.9)
        self.setToolTip(info.meaning)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, GRID // 2)
        column.setSpacing(GRID // 2)
        for part in (self._sentence, self._bar, self._figures):
            column.addWidget(part)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._figures.setStyleSheet(f"color: {theme.muted};")
        self._bar.set_theme(theme)


class _ValueBar(QWidget):
    """How far a value exceeds its threshold, which a tick marks."""

    def __init__(self, severity: float, theme: Theme) -> None:
        super().__init__()
        self._severity = severity
        fix_size(self, height_px=_BAR_HEIGHT)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Take what width there is."""
        return QSize(10 * GRID, _BAR_HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the bar; beyond the threshold its length grows with the logarithm."""
        theme, width, height = self._theme, self.width(), self.height()
        share = min(math.log(max(self._severity, 1.0)) / math.log(_END), 1.0)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for length, colour in (
            (1.0, theme.border),
            (_THRESHOLD_AT + (1 - _THRESHOLD_AT) * share, theme.warn),
        ):
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(QRectF(0, 0, length * width, height), height / 2, height / 2)
        painter.setBrush(QColor(theme.surface))
        painter.drawRect(QRectF(_THRESHOLD_AT * width - 1, 0, 2, height))
        painter.end()


def describe_value(reason: Reason) -> str:
    """Return a reason's value and threshold with their unit.

    Lengths are per cent of the face's size, which is the larger side of its landmarks' box.
    """
    kind, value, threshold = reason.kind, reason.value, reason.threshold
    if kind in _LENGTHS:
        return f"{_number(100 * value)} % of the face, limit {_number(100 * threshold)} %"
    if kind is ReasonKind.LOW_CONFIDENCE:
        return f"{1 - value:.2f}, limit {1 - threshold:.2f}"
    if kind is ReasonKind.JERK:
        return f"{_number(value)} face sizes/s³, limit {_number(threshold)}"
    if kind in (ReasonKind.COLLAPSED, ReasonKind.FEW_EVENTS):
        return f"{_number(value)} {KINDS[kind].unit}, limit {_number(threshold)}"
    return f"{value:.2f} {KINDS[kind].unit}"


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "∞"
    if value >= 10_000:
        return f"{value:.1e}".replace("e+0", "·10^").replace("e+", "·10^")
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
