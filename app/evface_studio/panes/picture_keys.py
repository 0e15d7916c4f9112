"""Zooms, moves and turns pictures by keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication

# What one press changes.
_ZOOM = 1.25
_STEP = 0.1


class Movable(Protocol):
    """A picture, or a mesh, that can be looked at from nearer or elsewhere."""

    def hasFocus(self) -> bool:
        """Return whether it has the keyboard."""

    def zoom_by(self, factor: float) -> None:
        """Show it larger by a factor."""

    def move_by(self, right: float, down: float) -> None:
        """Look further to the right and down, by shares of what is shown; or turn it."""

    def show_all(self) -> None:
        """Show all of it."""


class PictureKeys(QObject):
    """Acts on the picture that has the keyboard, else on the one that had it last."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pictures: tuple[Movable, ...] = ()
        self._last: Movable | None = None

    def follow(self, pictures: Sequence[Movable], first: Movable) -> None:
        """Act on these; on `first` as long as none had the keyboard."""
        self._pictures, self._last = tuple(pictures), first
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus_changed)

    def zoom(self, n_steps: int) -> None:
        """Show it larger, or smaller where negative."""
        if self._last is not None:
            self._last.zoom_by(_ZOOM**n_steps)

    def move(self, right: int, down: int) -> None:
        """Look further to the right or down, to the left or up where negative."""
        if self._last is not None:
            self._last.move_by(_STEP * right, _STEP * down)

    def show_all(self) -> None:
        """Show all of it."""
        if self._last is not None:
            self._last.show_all()

    @Slot()
    def _on_focus_changed(self) -> None:
        self._last = next((each for each in self._pictures if each.hasFocus()), self._last)
