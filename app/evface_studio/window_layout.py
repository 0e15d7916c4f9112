"""Keeps where the window was and how its parts were laid out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QMainWindow

from evface_studio.docks import Docks
from evface_studio.settings import Settings

if TYPE_CHECKING:
    from evface_studio.workspace import Workspace

_SIZE = QSize(1600, 950)
_N_DIVIDERS = 2


class WindowLayout:
    """Puts a window where it was when it was last closed, and its parts once they are there."""

    def __init__(self, window: QMainWindow, docks: Docks, settings: Settings) -> None:
        self._window, self._docks, self._settings = window, docks, settings
        geometry = settings.layout("geometry")
        if geometry is None or not window.restoreGeometry(geometry):
            window.resize(_SIZE)

    def restore(self, workspace: Workspace) -> None:
        """Lay out the panels and the workspace as they were."""
        names = map("divider{}".format, range(_N_DIVIDERS))
        states = [self._settings.layout(name) for name in names]
        workspace.restore_layout([state for state in states if state is not None])
        docks = self._settings.layout("docks")
        if docks is not None:
            self._docks.restore(self._window.restoreState(docks))
        self._docks.update()

    def save(self, workspace: Workspace | None) -> None:
        """Keep how everything lies.

        Parameters
        ----------
        workspace
            None where it is not there or not in view: then the panels are not laid out either.
        """
        self._settings.set_layout("geometry", self._window.saveGeometry())
        if workspace is not None:
            self._settings.set_layout("docks", self._window.saveState())
            for number, state in enumerate(workspace.save_layout()):
                self._settings.set_layout(f"divider{number}", state)
