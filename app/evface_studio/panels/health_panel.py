"""How good the recording shown is, and why: a lamp, reasons, curves and facts."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from evface.events.health.model import Health
from evface_studio.health.checking import HealthChecking, Progress
from evface_studio.health.facts import FACTS, fact_of, hot_pixel_lines
from evface_studio.health.words import lamp_colour, line_of, shape_of, title_of
from evface_studio.look.text_size import bound_size, scaled, set_text_factor
from evface_studio.look.theme import GRID, Theme
from evface_studio.panels.facts import Facts, Section
from evface_studio.panels.health_chart import HealthChart
from evface_studio.panels.health_reasons import ReasonList
from evface_studio.panels.scrolled_column import ScrolledColumn
from evface_studio.panes.pane import EmptyState
from evface_studio.timeline.event_rate import format_rate
from evface_studio.view_state import ViewState

_LEAST_WIDTH = 32 * GRID
_HEIGHT = 60 * GRID
_RATE, _ON = "Events per second", "Share of on events"
_NOTHING = "Open a project or an event file, or drop it on the window."
_INCOMPLETE = "It is being indexed or recorded. The check begins once all of it is there."
_CHECKING = "Events are counted in the background; you can work on."


class HealthPanel(QWidget):
    """Words where there is nothing to show yet; else all that is known, scrolled."""

    # A moment is to be shown, us.
    sought = Signal(object)

    def __init__(
        self,
        checking: HealthChecking,
        view_state: ViewState,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._checking = checking
        self._theme = theme
        self._captions: list[QLabel] = []
        self.empty = EmptyState("fit", theme)
        self.bar = QProgressBar()
        self.bar.setRange(0, 100)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("How far the check is")
        self.reasons = ReasonList(theme)
        self.reasons.sought.connect(self.sought)
        self.rate = HealthChart(_RATE, view_state, theme)
        self.on_share = HealthChart(_ON, view_state, theme)
        self._over_time = Section("Over time", theme)
        for name, chart in ((_RATE, self.rate), (_ON, self.on_share)):
            chart.sought.connect(self.sought)
            self._over_time.column.addWidget(self._quiet(name))
            self._over_time.column.addWidget(chart)
        self._hot = Section("Hot pixels", theme)
        self.hot = QLabel()
        self.hot.setWordWrap(True)
        self.hot.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._hot.column.addWidget(self.hot)
        self._facts = Section("Facts", theme)
        self.facts = Facts(tuple(FACTS), theme)
        self._facts.column.addWidget(self.facts)
        self.notes = self._quiet("")
        self._facts.column.addWidget(self.notes)
        parts = (self._head(), self.reasons, self._over_time, self._hot, self._facts)
        self._known = ScrolledColumn("Health of the recording", parts)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._waiting())
        self._stack.addWidget(self._known)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._stack)
        bound_size(self, least_width_px=_LEAST_WIDTH)
        checking.changed.connect(self._on_changed)
        checking.went_on.connect(self._on_went_on)
        self.set_theme(theme)

    @property
    def is_empty(self) -> bool:
        """Whether words stand where the health would be."""
        return self._stack.currentIndex() == 0

    @property
    def title(self) -> str:
        """What the lamp says."""
        return self._title.text()

    def sizeHint(self) -> QSize:
        """Ask for room to read without scrolling much."""
        return QSize(super().sizeHint().width(), scaled(_HEIGHT))

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        for part in (
            self.empty,
            self.reasons,
            self.rate,
            self.on_share,
            self._over_time,
            self._hot,
            self._facts,
            self.facts,
        ):
            part.set_theme(theme)
        for label in (self._line, *self._captions):
            label.setStyleSheet(f"color: {theme.muted};")
        self._on_changed()

    def _head(self) -> QWidget:
        self._shape, self._title, self._line = QLabel(), QLabel(), QLabel()
        set_text_factor(self._shape, 1.6)
        set_text_factor(self._title, 1.25)
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self._line.setWordWrap(True)
        head = QWidget()
        row = QHBoxLayout(head)
        side = GRID + GRID // 2
        row.setContentsMargins(side, side, side, GRID)
        row.setSpacing(GRID)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(self._title)
        column.addWidget(self._line)
        row.addWidget(self._shape, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        return head

    def _waiting(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.empty, 1)
        return page

    def _quiet(self, text: str) -> QLabel:
        label = QLabel(text)
        label.setWordWrap(True)
        set_text_factor(label, 0.9)
        self._captions.append(label)
        return label

    @Slot()
    def _on_changed(self) -> None:
        checking, health = self._checking, self._checking.health
        progress = checking.progress
        self.bar.setVisible(progress is Progress.CHECKING)
        if progress is Progress.CHECKING:
            self.bar.setValue(0)
        self._stack.setCurrentIndex(0 if health is None else 1)
        if health is None:
            words = {
                Progress.NOTHING_OPEN: _NOTHING,
                Progress.INCOMPLETE: _INCOMPLETE,
                Progress.CHECKING: _CHECKING,
            }
            text = words.get(progress, checking.problem)
            self.empty.set_words(title_of(progress, None), text)
        else:
            self._show(health)

    def _show(self, health: Health) -> None:
        facts = health.facts
        self._shape.setText(shape_of(health))
        self._shape.setStyleSheet(f"color: {lamp_colour(health.lamp, self._theme)};")
        self._title.setText(title_of(Progress.DONE, health))
        self._line.setText(line_of(health))
        if tuple(card.reason for card in self.reasons.cards) != health.reasons:
            self.reasons.show_reasons(health.reasons)
        highest_hz = float(facts.rates_hz.max(initial=0.0))
        self.rate.set_values(
            facts.rates_hz,
            tuple(format_rate(rate_hz) for rate_hz in facts.rates_hz.tolist()),
            bin_us=facts.bin_us,
            duration_us=facts.duration_us,
            top=max(highest_hz, 1.0) * 1.1,
            top_words=f"up to {format_rate(highest_hz)}",
            spans_us=tuple((gap.start_us, gap.stop_us) for gap in facts.gaps.listed),
        )
        self.on_share.set_values(
            facts.on_shares,
            tuple("" if np.isnan(s) else f"{s:.0%}" for s in facts.on_shares.tolist()),
            bin_us=facts.bin_us,
            duration_us=facts.duration_us,
            top=1.0,
            top_words="100 %",
            middle=0.5,
        )
        self.hot.setText("\n".join(hot_pixel_lines(facts)))
        for name in FACTS:
            self.facts.set_value(name, fact_of(name, facts))
        self.notes.setText("\n".join(health.notes))
        self.notes.setVisible(bool(health.notes))

    @Slot(float)
    def _on_went_on(self, fraction: float) -> None:
        self.bar.setValue(round(100 * fraction))
