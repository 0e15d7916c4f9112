"""The review: the queue, why the item looked at is in it, the verdicts, and how far everyone is."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from evface.review.progress import sum_progress
from evface.review.reasons import KINDS, ReasonKind
from evface_studio.look.icons import icon
from evface_studio.look.text_size import bound_size, set_icon_size, set_text_factor
from evface_studio.look.theme import GRID, Theme
from evface_studio.panels.review_card import ReasonCard
from evface_studio.panels.review_list import QueueList, kinds_of
from evface_studio.panels.review_progress import ProgressList
from evface_studio.panels.scrolled_column import ScrolledColumn
from evface_studio.panes.pane import LineLabel
from evface_studio.review.controller import Review
from evface_studio.review.known_queue import Shown
from evface_studio.wording import format_count

_Button = TypeVar("_Button", QPushButton, QToolButton)
_STEPS = 1_000
_LEAST_WIDTH = 42 * GRID
_SHOWN = {Shown.OPEN: "Open", Shown.DECIDED: "Decided", Shown.ALL: "All"}


class ReviewPanel(QWidget):
    """Shows the review and passes on what is clicked."""

    # Entries of the table of actions, by key.
    asked = Signal(str)

    def __init__(self, review: Review, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._review = review
        self._known = review.known
        self._theme = theme
        self.list = QueueList(review, theme)
        self.list.chosen.connect(review.go_to)
        self.card = ReasonCard(theme)
        self.progress = ProgressList(review.known, theme)
        self._words = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._words.setWordWrap(True)
        self._words.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        self._queue = QStackedWidget()
        self._queue.addWidget(self.list)
        self._queue.addWidget(self._words)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._build_queue_page())
        self._pages.addWidget(self.progress)
        bound_size(self, least_width_px=_LEAST_WIDTH)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._build_head())
        layout.addWidget(self._pages, 1)
        self._known.listed_changed.connect(self._on_listed_changed)
        self._known.looking_changed.connect(self._on_looking_changed)
        self._known.progress_changed.connect(self._on_progress_changed)
        self._known.remade.connect(self._on_remade)
        review.current_changed.connect(self._on_current_changed)
        self.set_theme(theme)
        self._on_remade()
        self._on_current_changed()
        self._on_progress_changed()

    @property
    def words(self) -> str:
        """What is said instead of a list; empty where there is one."""
        return self._words.text() if self._queue.currentWidget() is self._words else ""

    @property
    def summary(self) -> str:
        """How far the annotator is."""
        return self._summary.text()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        for part in (self.list, self.card, self.progress):
            part.set_theme(theme)
        self._words.setStyleSheet(f"color: {theme.muted}; background: {theme.surface};")
        self._state.set_colour(theme.muted)
        for button, name in self._icons:
            button.setIcon(icon(name, theme))

    def set_keys(self, words: dict[str, str]) -> None:
        """Say which keys the buttons have, by the key of the action."""
        for button, key in self._buttons:
            tip, text = button.property("plain_tip"), button.property("plain_text")
            keys = words.get(key, "")
            button.setToolTip(f"{tip} ({keys})" if keys else tip)
            if text:
                button.setText(f"{text}  {keys}" if keys else text)

    def showEvent(self, event: QShowEvent) -> None:
        """Look through the project, now that someone wants to know."""
        super().showEvent(event)
        self._known.follow(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Leave the project alone."""
        super().hideEvent(event)
        self._known.follow(False)

    def _build_head(self) -> QVBoxLayout:
        self._summary = QLabel()
        self._look = self._tool_button("look_again", "Look through the project again")
        self._page = QPushButton("Progress")
        self._page.setCheckable(True)
        self._page.setToolTip("How far everyone is, in each recording")
        self._page.toggled.connect(lambda is_on: self._pages.setCurrentIndex(int(is_on)))
        line = QHBoxLayout()
        line.setSpacing(GRID // 2)
        line.addWidget(self._summary, 1)
        line.addWidget(self._look)
        line.addWidget(self._page)
        self._bar = QProgressBar()
        self._bar.setRange(0, _STEPS)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Decided")
        self._state = LineLabel()
        set_text_factor(self._state, 0.9)
        column = QVBoxLayout()
        column.setContentsMargins(GRID + GRID // 2, GRID, GRID, GRID)
        column.setSpacing(GRID // 2)
        column.addLayout(line)
        column.addWidget(self._bar)
        column.addWidget(self._state)
        self._icons.append((self._look, "refresh"))
        return column

    def _build_queue_page(self) -> QWidget:
        self._buttons: list[tuple[QPushButton | QToolButton, str]] = []
        self._icons: list[tuple[QToolButton, str]] = []
        self._kinds = self._combo("Which reason")
        self._recordings = self._combo("Which recording")
        self._shown = self._combo("Which items")
        for shown, words in _SHOWN.items():
            self._shown.addItem(words, shown)
        self._shown.setMinimumContentsLength(max(map(len, _SHOWN.values())))
        chosen = QWidget()
        filters = QVBoxLayout(chosen)
        filters.setContentsMargins(GRID, 0, GRID, GRID)
        filters.setSpacing(GRID // 2)
        filters.addWidget(self._kinds)
        line = QHBoxLayout()
        line.setSpacing(GRID // 2)
        line.addWidget(self._recordings, 1)
        line.addWidget(self._shown)
        filters.addLayout(line)
        scroll = ScrolledColumn("Why this is in the queue", (self.card,))
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.addWidget(self._queue)
        parts.addWidget(scroll)
        parts.setHandleWidth(1)
        parts.setChildrenCollapsible(False)
        parts.setSizes([300, 220])
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        verdicts = QWidget()
        verdicts.setLayout(self._build_verdicts())
        column.addWidget(chosen)
        column.addWidget(parts, 1)
        column.addWidget(verdicts)
        self._for_items = (chosen, scroll, verdicts)
        return page

    def _build_verdicts(self) -> QHBoxLayout:
        self.accept = self._button("accept_item", "Accept", "It is right: verifies the whole frame")
        self.accept.setProperty("primary", True)
        self.fix = self._button("fix_item", "Fix", "Correct it, then say so by the same button")
        self.skip = self._button(
            "skip_item", "Skip", "Go on without a judgement; it is not asked again"
        )
        line = QHBoxLayout()
        line.setContentsMargins(GRID, GRID, GRID, GRID)
        line.setSpacing(GRID // 2)
        previous = self._tool_button("previous_item", "The one before")
        following = self._tool_button("next_item", "The next one")
        self._icons += [(previous, "up"), (following, "down")]
        line.addWidget(previous)
        line.addWidget(following)
        line.addSpacing(GRID // 2)
        for button in (self.accept, self.fix, self.skip):
            line.addWidget(button, 1)
        return line

    def _button(self, key: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        return self._connected(button, key, tip)

    def _tool_button(self, key: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setAccessibleName(tip)
        set_icon_size(button, 2 * GRID)
        return self._connected(button, key, tip)

    def _connected(self, button: _Button, key: str, tip: str) -> _Button:
        button.setProperty("plain_tip", tip)
        button.setProperty("plain_text", button.text())
        button.setToolTip(tip)
        button.clicked.connect(lambda: self.asked.emit(key))
        self._buttons.append((button, key))
        return button

    def _combo(self, name: str) -> QComboBox:
        combo = QComboBox()
        combo.setAccessibleName(name)
        combo.setToolTip(name)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.activated.connect(self._on_filter_chosen)
        return combo

    @Slot()
    def _on_filter_chosen(self) -> None:
        kind = self._kinds.currentData()
        self._known.set_filter(
            kind=None if kind is None else ReasonKind(kind),
            recording_id=self._recordings.currentData(),
            shown=Shown(self._shown.currentData()),
        )

    @Slot()
    def _on_remade(self) -> None:
        """Offer the reasons and recordings that there are now."""
        queue, chosen = self._known.queue, self._known.filter
        counts = kinds_of(queue.items)
        _fill(
            self._kinds,
            [(f"All reasons ({format_count(len(queue.items))})", None)]
            + [(f"{KINDS[k].title} ({counts[k]})", k.value) for k in ReasonKind if k in counts],
            None if chosen.kind is None else chosen.kind.value,
        )
        _fill(
            self._recordings,
            [("All recordings", None)]
            + [
                (f"{one.recording} ({len(one.items)})", one.recording_id)
                for one in queue.recordings
            ],
            chosen.recording_id,
        )
        self._shown.setCurrentIndex(self._shown.findData(chosen.shown))
        for part in self._for_items:
            part.setVisible(bool(queue.items))
        self._on_filter_chosen()
        self._on_listed_changed()

    @Slot()
    def _on_listed_changed(self) -> None:
        self._queue.setCurrentWidget(self.list if self._known.listed else self._words)
        if not self._known.listed:
            self._words.setText(self._words_for_nothing())

    def _words_for_nothing(self) -> str:
        known = self._known
        if not known.can_look:
            return "Open a project to see what in it is doubtful."
        if known.queue.items:
            if known.filter.shown is Shown.OPEN and known.filter.kind is None:
                return "All is decided here."
            return "Nothing of this kind."
        if known.is_looking or not known.queue.recordings:
            return "Looking through the recordings…"
        return (
            "Nothing doubtful was found in this project.\n\n"
            "The checks find what is unlikely, not all that is wrong."
        )

    @Slot()
    def _on_looking_changed(self) -> None:
        known = self._known
        fraction, message = known.looking
        notes = [note for one in known.queue.recordings for note in one.notes]
        if known.is_looking:
            text = f"{fraction:.0%}  {message}" if message else "Looking through the recordings"
        elif known.is_stale and known.queue.recordings:
            text = "Tracks changed since: look again."
        elif notes:
            text = notes[0]
        else:
            text = ""
        self._state.set_text(text)
        self._state.setVisible(bool(text))
        self._look.setEnabled(known.can_look and not known.is_looking)
        self._on_listed_changed()

    @Slot()
    def _on_progress_changed(self) -> None:
        total = sum_progress("", self._known.own_progress)
        decided = f"{format_count(total.n_decided)} of {format_count(total.n_queued)} decided"
        if not self._known.queue.recordings:
            decided = ""
        elif not total.n_queued:
            decided = "Nothing to decide"
        self._summary.setText(decided)
        self._bar.setVisible(bool(decided and total.n_queued))
        self._bar.setValue(round(total.fraction * _STEPS))
        self._on_looking_changed()

    @Slot()
    def _on_current_changed(self) -> None:
        self.card.show_item(self._review.current)
        for button in (self.accept, self.fix, self.skip):
            button.setEnabled(self._review.can_decide)


def _fill(combo: QComboBox, entries: list[tuple[str, str | None]], chosen: str | None) -> None:
    """Offer other entries; the chosen one stays where it is still there."""
    combo.clear()
    for words, data in entries:
        combo.addItem(words, data)
    combo.setCurrentIndex(max(combo.findData(chosen), 0))
