"""What of a live camera's events is left out before they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from evface.events.filters.activity import Neighbours
from evface.events.filters.chain import FilterChain
from evface.events.filters.filter import Filter
from evface.events.filters.flicker import Flicker
from evface.events.filters.hot_pixels import HotPixels
from evface.events.filters.regions import Polarity, Region
from evface.events.filters.thinning import RateCap
from evface_studio.live.words import left_out_words
from evface_studio.look.theme import GRID, Theme
from evface_studio.panels.filter_fields import FilterFields
from evface_studio.wording import format_count

# In the order in which events pass them: how each begins, what it does, and what can be set.
_REGION = ("left_px", "top_px", "width_px", "height_px")
_OFFERED: tuple[tuple[Filter, str, tuple[str, ...]], ...] = (
    (Region(), "Keeps what lies inside a box.", _REGION),
    (HotPixels(), HotPixels.summary, ()),
    (Polarity(), "Keeps what became brighter, or what became darker.", ("keeps",)),
    (Flicker(), "Leaves out what lamps make: it comes back with the mains.", ("mains_hz",)),
    (Neighbours(), "Leaves out lone events: no pixel beside them fired.", ("within_us",)),
    (
        RateCap(most_mev_s=10.0),
        "Thins bursts, so that drawing and models keep up.",
        ("most_mev_s",),
    ),
)
_WORDS = "Leave events out of what is shown and of what models see. Recordings keep all of them."
_DRAW, _DRAWING = "Draw on the picture", "Drag a box over the picture…"
_FIND, _SEARCHING = "Search again", "Searching…"


class FilterSection(QWidget):
    """A switch for each filter; below those that are on, what can be set and what they leave out.

    What belongs to one camera alone, a region and hot pixels, is forgotten with `begin`.
    """

    # A `FilterChain`.
    changed = Signal(object)
    # A region is to be drawn on the picture, or no more.
    drawing_asked = Signal(bool)
    # Hot pixels are to be looked for.
    search_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._title = QLabel("Filters")
        font = self._title.font()
        font.setWeight(QFont.Weight.DemiBold)
        self._title.setFont(font)
        self._resolution = (0, 0)
        self._text = QLabel(_WORDS)
        self._text.setWordWrap(True)
        self.draw = QPushButton(_DRAW)
        self.draw.setCheckable(True)
        self.draw.toggled.connect(self._on_drawing)
        self.search = QPushButton(_FIND)
        self.search.setToolTip("Look for them in what came in the last seconds")
        self.search.clicked.connect(self._ask_search)
        self.rows = {
            one.name: FilterRow(replace(one, is_on=False), words, names)
            for one, words, names in _OFFERED
        }
        self.rows[Region.name].add(self.draw)
        self.rows[HotPixels.name].add(self.search)
        self.total = QLabel()
        head = QHBoxLayout()
        head.addWidget(self._title)
        head.addStretch(1)
        head.addWidget(self.total)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID + GRID // 2, GRID, GRID + GRID // 2, GRID)
        column.setSpacing(GRID)
        column.addLayout(head)
        column.addWidget(self._text)
        for row in self.rows.values():
            row.changed.connect(self._on_changed)
            column.addWidget(row)
        self.set_theme(theme)

    @property
    def filters(self) -> FilterChain:
        """What is chosen."""
        return FilterChain(tuple(row.filter for row in self.rows.values()))

    def begin(self) -> None:
        """Forget what belongs to a camera: another one is shown."""
        self.draw.setChecked(False)
        self.show_searching(is_on=False)
        for kind in (Region, HotPixels):
            row = self.rows[kind.name]
            row.show_filter(kind(is_on=False))
            row.say("")
        self._resolution = (0, 0)

    def set_resolution(self, resolution: tuple[int, int]) -> None:
        """Say how large the sensor is, ``(width, height)``, px; a region is all of it at first."""
        if resolution == self._resolution:
            return
        self._resolution = resolution
        row, (width, height) = self.rows[Region.name], resolution
        for name, most in zip(_REGION, (width - 1, height - 1, width, height), strict=True):
            row.limit(name, most)
        was_on = row.filter.is_on
        row.show_filter(Region(is_on=was_on, width_px=width, height_px=height))
        if was_on:
            self.changed.emit(self.filters)

    def set_region(self, region: Region) -> None:
        """Keep what lies in a box that was drawn."""
        self.draw.setChecked(False)
        self.rows[Region.name].show_filter(region)
        self.changed.emit(self.filters)

    def add_hot_pixels(self, pixels: Iterable[tuple[int, int]]) -> None:
        """Leave out pixels that were found, besides those that are left out already."""
        row = self.rows[HotPixels.name]
        before = row.filter
        assert isinstance(before, HotPixels)
        hot = tuple(sorted({*before.pixels, *pixels}))
        row.show_filter(replace(before, pixels=hot))
        row.say(f"{format_count(len(hot))} found." if hot else "None found.")
        self.show_searching(is_on=False)
        self.changed.emit(self.filters)

    def show_searching(self, *, is_on: bool) -> None:
        """Say that hot pixels are being looked for, or no more."""
        self.search.setEnabled(not is_on)
        self.search.setText(_SEARCHING if is_on else _FIND)

    def show_left_out(self, shares: Sequence[float] | None) -> None:
        """Say which share of all events each filter leaves out; None where nothing comes."""
        for k, row in enumerate(self.rows.values()):
            row.show_share(None if shares is None else shares[k])
        is_told = shares is not None and not self.filters.is_idle
        self.total.setText(left_out_words(sum(shares or ())) if is_told else "")

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        for label in (self._text, self.total):
            label.setStyleSheet(f"color: {theme.muted};")
        for row in self.rows.values():
            row.set_theme(theme)

    @Slot(object)
    def _on_changed(self, before: Filter) -> None:
        now = self.rows[before.name].filter
        if isinstance(now, Region) and now.is_on != before.is_on:
            self.draw.setChecked(now.is_on)
        self.changed.emit(self.filters)
        if isinstance(now, HotPixels) and now.is_on and not now.pixels:
            self._ask_search()

    @Slot(bool)
    def _on_drawing(self, is_on: bool) -> None:
        self.draw.setText(_DRAWING if is_on else _DRAW)
        self.drawing_asked.emit(is_on)

    @Slot()
    def _ask_search(self) -> None:
        self.show_searching(is_on=True)
        self.search_asked.emit()


class FilterRow(QWidget):
    """A switch, and while it is on what the filter does, what it is set to and leaves out."""

    # The filter as it was before.
    changed = Signal(object)

    def __init__(self, one: Filter, words: str, names: tuple[str, ...]) -> None:
        super().__init__()
        self._filter = one
        self.switch = QCheckBox(one.title)
        self.switch.setToolTip(words)
        self.share = QLabel()
        self._words = QLabel(words)
        self._words.setWordWrap(True)
        self._fields = FilterFields(one, names)
        self._said = QLabel()
        self._said.setWordWrap(True)
        self._said.hide()
        self._inside = QWidget()
        inside = QVBoxLayout(self._inside)
        inside.setContentsMargins(3 * GRID, 0, 0, GRID // 2)
        inside.setSpacing(GRID // 2)
        inside.addWidget(self._words)
        inside.addWidget(self._said)
        self._buttons = QVBoxLayout()
        inside.addLayout(self._buttons)
        inside.addWidget(self._fields)
        self._fields.setVisible(bool(names))
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(self.switch)
        head.addStretch(1)
        head.addWidget(self.share)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        column.addLayout(head)
        column.addWidget(self._inside)
        self.switch.toggled.connect(lambda is_on: self._take(is_on=is_on))
        self._fields.changed.connect(lambda: self._take(is_on=self._filter.is_on))
        self.show_filter(one)

    @property
    def filter(self) -> Filter:
        """The filter as it is set."""
        return self._filter

    @property
    def fields(self) -> dict[str, QWidget]:
        """What its parameters are set with, by their names."""
        return self._fields.fields

    def add(self, widget: QWidget) -> None:
        """Show something above what can be set."""
        self._buttons.addWidget(widget)

    def limit(self, name: str, most: int) -> None:
        """Allow no more than that for a number."""
        field = self.fields[name]
        assert isinstance(field, QSpinBox)
        with QSignalBlocker(field):
            field.setMaximum(most)

    def say(self, words: str) -> None:
        """Say something more; nothing where empty."""
        self._said.setText(words)
        self._said.setVisible(bool(words))

    def show_filter(self, one: Filter) -> None:
        """Show other values, without telling."""
        self._filter = one
        with QSignalBlocker(self.switch):
            self.switch.setChecked(one.is_on)
        self._fields.show_filter(one)
        self._inside.setVisible(one.is_on)
        self.share.setVisible(one.is_on)

    def show_share(self, share: float | None) -> None:
        """Say which share of all events it leaves out; None where that is not known."""
        self.share.setText("" if share is None else left_out_words(share))

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._fields.set_theme(theme)
        for label in (self._words, self._said, self.share):
            label.setStyleSheet(f"color: {theme.muted};")

    def _take(self, *, is_on: bool) -> None:
        before = self._filter
        now = replace(before, is_on=is_on, **self._fields.take())
        if now != before:
            self.show_filter(now)
            self.changed.emit(before)
