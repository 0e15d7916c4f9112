"""The panels at the sides of the window: which are wanted, and which there is room for."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QMainWindow, QWidget

from evface_studio.document import Document
from evface_studio.jobs.queue import JobQueue
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.side_panel import SidePanel

RECORDINGS, JOBS = "Recordings", "Jobs"
ALIGNMENT, CODING, REVIEW = "Alignment", "Coding", "Review"
MODELS = "Models"
FILTERS, HEALTH = "Filters", "Health"
_LEFT = Qt.DockWidgetArea.LeftDockWidgetArea
_RIGHT = Qt.DockWidgetArea.RightDockWidgetArea
_AREAS = {
    RECORDINGS: _RIGHT,
    JOBS: _RIGHT,
    CODING: _RIGHT,
    ALIGNMENT: _LEFT,
    REVIEW: _LEFT,
    MODELS: _LEFT,
    FILTERS: _LEFT,
    HEALTH: _LEFT,
}
# They come and go together, and give way first where room is short.
_LISTS = (RECORDINGS, JOBS)
# What the pictures between the sides need.
_CENTER = 60 * GRID


@dataclass(eq=False)
class _Dock:
    panel: SidePanel
    is_wanted: bool


class Docks(QObject):
    """Holds the panels by their names; shows those that are wanted while something is open."""

    # Other panels are wanted.
    changed = Signal()

    def __init__(
        self, window: QMainWindow, document: Document, jobs: JobQueue, theme: Theme
    ) -> None:
        super().__init__(window)
        self._window = window
        self._document = document
        self._jobs = jobs
        self._theme = theme
        self._docks: dict[str, _Dock] = {}
        self._are_placed = False
        jobs.changed.connect(self.update)

    @property
    def panels(self) -> dict[str, SidePanel]:
        """All panels by their names, in the order in which they were added."""
        return {name: dock.panel for name, dock in self._docks.items()}

    def add(self, name: str, content: QWidget) -> SidePanel:
        """Add a panel; the lists are wanted at first, others are not."""
        panel = SidePanel(name, content, self._theme, self._window)
        self._docks[name] = _Dock(panel, name in _LISTS)
        self._window.addDockWidget(_AREAS[name], panel)
        panel.hide()
        return panel

    def is_wanted(self, name: str) -> bool:
        """Return whether a panel is to be shown where it has something to show."""
        return name in self._docks and self._docks[name].is_wanted

    def set_wanted(self, name: str, is_wanted: bool) -> None:
        """Show or hide a panel, both lists where it is one of them."""
        for each in _LISTS if name in _LISTS else (name,):
            if each in self._docks:
                self._docks[each].is_wanted = is_wanted
        if is_wanted and name in self._docks:
            self._make_way(name)
        self.update()
        self.changed.emit()

    def toggle(self, name: str) -> None:
        """Show a panel, or hide it."""
        self.set_wanted(name, not self.is_wanted(name))

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        for dock in self._docks.values():
            dock.panel.set_theme(theme)

    def restore(self, are_placed: bool) -> None:
        """Want what a restored layout shows."""
        self._are_placed = are_placed
        for name, dock in self._docks.items():
            if name not in _LISTS:
                dock.is_wanted = not dock.panel.isHidden()
        self.update()

    @Slot()
    def update(self) -> None:
        """Show what is wanted and has something to show, as far as there is room."""
        is_open = bool(self._document.paths)
        shown = {name: dock.is_wanted and is_open for name, dock in self._docks.items()}
        if JOBS in shown:
            shown[JOBS] = self._docks[JOBS].is_wanted and (is_open or bool(self._jobs.jobs))
        if not self._has_room(shown):
            shown.update(dict.fromkeys(_LISTS, False))
        is_coding_new = shown.get(CODING, False) and self._docks[CODING].panel.isHidden()
        for name, is_shown in shown.items():
            self._docks[name].panel.setVisible(is_shown)
        if is_coding_new:
            # The lists above it are short, its fields are many.
            panels = [self._docks[name].panel for name in (*_LISTS, CODING)]
            self._window.resizeDocks(panels, [2, 1, 6], Qt.Orientation.Vertical)
        if is_open and shown[RECORDINGS] and not self._are_placed:
            self._are_placed = True
            lists = [self._docks[name].panel for name in _LISTS]
            self._window.resizeDocks(lists, [3, 2], Qt.Orientation.Vertical)

    def _make_way(self, name: str) -> None:
        """Let go of panels above and below one that leave it too little height."""
        others = [
            dock
            for other, dock in self._docks.items()
            if dock.is_wanted and other not in (name, *_LISTS) and _AREAS[other] == _AREAS[name]
        ]
        panels = [self._docks[name].panel, *(dock.panel for dock in others)]
        if sum(panel.minimumSizeHint().height() for panel in panels) > self._height:
            for dock in others:
                dock.is_wanted = False

    @property
    def _height(self) -> int:
        """What panels have, above one another."""
        bars = (self._window.menuBar(), self._window.statusBar())
        return self._window.height() - sum(bar.height() for bar in bars)

    def _has_room(self, shown: dict[str, bool]) -> bool:
        """Return whether panels at both sides leave the pictures what they need."""
        sides = [
            max(
                (
                    self._docks[name].panel.minimumSizeHint().width()
                    for name, is_shown in shown.items()
                    if is_shown and _AREAS[name] == area
                ),
                default=0,
            )
            for area in (_LEFT, _RIGHT)
        ]
        return not all(sides) or sum(sides) + scaled(_CENTER) <= self._window.width()
