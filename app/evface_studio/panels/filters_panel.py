"""The chain of filters that the events of the recording pass."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from evface.events.filters.filter import Filter
from evface.events.filters.registry import FILTERS, PRESETS
from evface_studio.filtering.controller import Filtering
from evface_studio.look.icons import icon
from evface_studio.look.text_size import bound_size
from evface_studio.look.theme import GRID, Theme
from evface_studio.panels.filter_card import FilterCard
from evface_studio.panes.pane import EmptyState
from evface_studio.wording import format_count

_LEAST_WIDTH = 38 * GRID
_NOTHING = "No filters"
_ADVICE = (
    "All events of the file are shown. Add a filter to leave some out: of what you see, of what "
    "networks learn from, and of what they are asked about. The file stays as it is."
)
_NO_RECORDING = "Open a recording to filter its events."
_LONE = "Filters of a file without a project last as long as it is open."


class FiltersPanel(QWidget):
    """Buttons to add filters, a card for each in their order, and what they do together."""

    def __init__(self, filtering: Filtering, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._filtering = filtering
        self._theme = theme
        self.cards: list[FilterCard] = []
        self.add = QPushButton("Add filter")
        self.add.setMenu(self._menu_of_filters())
        self.presets = QPushButton("Presets")
        self.presets.setToolTip("Usual chains, put behind the filters that are there")
        self.presets.setMenu(self._menu_of_presets())
        self.note = QLabel(_LONE)
        self.note.setWordWrap(True)
        self.total = QLabel()
        self.total.setWordWrap(True)
        self.empty = EmptyState("events", theme)
        self._pages = QStackedWidget()
        self._lay_out()
        filtering.changed.connect(self.follow)
        filtering.counted.connect(self._show_counts)
        filtering.preview_changed.connect(self._show_states)
        self.set_theme(theme)
        self.follow()

    @property
    def is_empty(self) -> bool:
        """Whether there are no filters."""
        return self._pages.currentWidget() is self.empty

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.empty.set_theme(theme)
        self.add.setIcon(icon("add", theme))
        for label in (self.note, self.total):
            label.setStyleSheet(f"color: {theme.muted};")
        for card in self.cards:
            card.set_theme(theme)

    @Slot()
    def follow(self) -> None:
        """Show the chain as it is now."""
        filters = self._filtering.filters
        if [one.name for one in filters] == [card.filter.name for card in self.cards]:
            for card, one in zip(self.cards, filters, strict=True):
                card.show_filter(one)
        else:
            self._arrange_cards(filters)
        self._pages.setCurrentIndex(0 if filters else 1)
        has_recording = self._filtering.has_recording
        self.empty.set_words(*(_NOTHING, _ADVICE) if has_recording else (_NO_RECORDING, ""))
        for button in (self.add, self.presets):
            button.setEnabled(self._filtering.can_change)
        self.note.setVisible(has_recording and not self._filtering.is_kept)
        searching = self._filtering.searching
        for index, card in enumerate(self.cards):
            is_searched = searching is not None and searching[0] == index
            card.show_search(searching[1] if searching is not None and is_searched else None)
        self._show_states()
        self._show_counts()

    @Slot()
    def settle(self) -> None:
        """Make edits of what was typed and rests."""
        for card in list(self.cards):
            card.settle()

    def showEvent(self, event: QShowEvent) -> None:
        """Count what is left out while it is seen."""
        super().showEvent(event)
        self._filtering.set_watched(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Count no more."""
        super().hideEvent(event)
        self._filtering.set_watched(False)

    def _arrange_cards(self, filters: tuple[Filter, ...]) -> None:
        """Show a card for each filter; those that are there already are only moved."""
        free = list(self.cards)
        self.cards = []
        for index, one in enumerate(filters):
            card = next((card for card in free if card.filter.name == one.name), None)
            if card is None:
                card = FilterCard(one, self._theme)
                self._connect(card)
            else:
                free.remove(card)
                card.show_filter(one)
            self.cards.append(card)
            self._column.insertWidget(index, card)
        for card in free:
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()

    def _connect(self, card: FilterCard) -> None:
        filtering = self._filtering

        def index() -> int:
            return self.cards.index(card)

        card.changed.connect(lambda one: filtering.replace(index(), one))
        card.remove_asked.connect(lambda: filtering.remove(index()))
        card.move_asked.connect(lambda by: filtering.move(index(), by))
        card.hovered.connect(lambda is_on: filtering.hover(index() if is_on else None))
        card.pinned.connect(lambda is_on: filtering.pin(index() if is_on else None))
        card.search_asked.connect(
            lambda starts: filtering.find_hot_pixels(index()) if starts else filtering.stop_search()
        )

    @Slot()
    def _show_states(self) -> None:
        last = len(self.cards) - 1
        for index, card in enumerate(self.cards):
            card.show_state(
                can_change=self._filtering.can_change,
                is_first=index == 0,
                is_last=index == last,
                is_pinned=index == self._filtering.pinned,
            )

    @Slot()
    def _show_counts(self) -> None:
        left_out, filters = self._filtering.left_out, self._filtering.filters
        is_known = left_out is not None and len(left_out.n_removed) == len(filters)
        n_on = 0
        for index, (card, one) in enumerate(zip(self.cards, filters, strict=False)):
            if left_out is None or not is_known:
                card.show_count(None, 0, would=False)
                continue
            is_counted = one.is_on or index == self._filtering.previewed
            n = left_out.n_removed[index]
            n_on += n if one.is_on else 0
            card.show_count(n if is_counted else None, left_out.n_events, would=not one.is_on)
        if left_out is None or not is_known:
            self.total.setText("")
            return
        n_events = left_out.n_events
        share = f" ({n_on / n_events:.1%})" if n_events else ""
        self.total.setText(
            f"In view: {format_count(n_on)} of {format_count(n_events)} events left out{share}"
        )

    def _menu_of_filters(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for kind in FILTERS.values():
            action = menu.addAction(kind.title)
            action.setToolTip(kind.summary)
            action.setData(kind.name)
            action.triggered.connect(lambda _=False, kind=kind: self._filtering.add(kind()))
        return menu

    def _menu_of_presets(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for name, filters in PRESETS.items():
            action = menu.addAction(name)
            action.setToolTip(", then ".join(one.title for one in filters))
            action.triggered.connect(
                lambda _=False, name=name, filters=filters: self._filtering.add(
                    *filters, label=f"Filters for {name[0].lower()}{name[1:]}"
                )
            )
        return menu

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(GRID, GRID, GRID, GRID)
        head.setSpacing(GRID)
        head.addWidget(self.add)
        head.addWidget(self.presets)
        head.addStretch(1)
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        scroll = QScrollArea()
        scroll.setAccessibleName("Filters in their order")
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._pages.addWidget(scroll)
        self._pages.addWidget(self.empty)
        foot = QVBoxLayout()
        foot.setContentsMargins(GRID + GRID // 2, GRID // 2, GRID, GRID)
        foot.addWidget(self.total)
        foot.addWidget(self.note)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self._pages, 1)
        layout.addLayout(foot)
        bound_size(self, least_width_px=_LEAST_WIDTH)
