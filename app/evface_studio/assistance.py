"""What helps people to use the window: palette, sheets of keys, help, tour, and the undo toast."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QMainWindow

from evface.annotations.extent import Extent, extent_of
from evface_studio.actions.keymap import Keymap
from evface_studio.actions.menus import Menus
from evface_studio.document import Document
from evface_studio.help.pages import fill
from evface_studio.look.theme import Theme
from evface_studio.messages.undo_toast import UndoToast
from evface_studio.palette.command_palette import CommandPalette
from evface_studio.panes.pane import PaneHeader
from evface_studio.playback import Playback
from evface_studio.settings import Settings
from evface_studio.tour.steps import Step, offer_of_demo
from evface_studio.tour.tour import Tour
from evface_studio.wording import format_count

if TYPE_CHECKING:
    from evface.annotations.edits import Edit

# Segments that one drag or split changes at most; more are a change of many at once.
_FEW_SEGMENTS = 4


class Assistance(QObject):
    """Brings up whatever explains the window or finds its way through it.

    Parameters
    ----------
    steps
        Returns the steps of the tour.
    make_demo
        Begins to make the demo's recording.
    """

    palette: CommandPalette
    toast: UndoToast

    def __init__(
        self,
        window: QMainWindow,
        document: Document,
        playback: Playback,
        menus: Menus,
        keymap: Keymap,
        settings: Settings,
        steps: Callable[[], tuple[Step, ...]],
        make_demo: Callable[[], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._document = document
        self._menus = menus
        self._keymap = keymap
        self._settings = settings
        self._steps = steps
        self._make_demo = make_demo
        self._tour: Tour | None = None
        self._waits_for_demo = False
        theme = settings.theme
        self.palette = CommandPalette(
            window, keymap, settings, menus.action, menus.name, menus.why_not, self._moments, theme
        )
        self.palette.sought.connect(playback.seek)
        self.toast = UndoToast(window, theme)
        self.toast.undo_asked.connect(document.undo)
        keymap.changed.connect(self.tell_tips)
        document.made.connect(self._on_made)
        # Once it was taken back, or something else was done, the offer is void.
        document.edited.connect(self.toast.close_up)
        document.project_changed.connect(self.toast.close_up)
        document.tracks_changed.connect(self._on_tracks_changed)

    @property
    def tour(self) -> Tour | None:
        """The tour while it lasts."""
        return self._tour

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self.palette.set_theme(theme)
        self.toast.set_theme(theme)
        if self._tour is not None:
            self._tour.set_theme(theme)

    def show_keys(self) -> None:
        """Show the sheet of keys."""
        from evface_studio.dialogs.keys_dialog import KeysDialog

        dialog = KeysDialog(self._keymap, self._settings.theme, self._window)
        dialog.change_asked.connect(self.change_keys)
        self._show(dialog)

    def change_keys(self) -> None:
        """Show the editor of keys."""
        from evface_studio.dialogs.shortcuts_dialog import ShortcutsDialog

        self._show(ShortcutsDialog(self._keymap, self._settings.theme, self._window))

    def show_help(self, page: str = "") -> None:
        """Show a page of the help, the first one unless named."""
        from evface_studio.help.help_dialog import HelpDialog

        dialog = self._window.findChild(HelpDialog)
        if dialog is None:
            dialog = HelpDialog(self._keymap, self._settings.theme, self._window)
            dialog.action_asked.connect(self._run)
        if page:
            dialog.show_page(page)
        self._show(dialog)
        dialog.raise_()
        dialog.activateWindow()

    def offer_help(self, header: PaneHeader, page: str) -> None:
        """Let a header open its page of the help."""
        header.set_help(page)
        header.help_asked.connect(self.show_help)

    def tell_tips(self) -> None:
        """Name the keys in the tips of all controls."""
        self._keymap.tell_tips(self._window)

    def offer_tour(self) -> None:
        """Offer the tour to whoever starts for the first time."""
        if not self._settings.saw_tour:
            self.start_tour()

    def tour_after_demo(self) -> None:
        """Begin the tour once the demo's recording is there, for whoever starts the first time."""
        self._waits_for_demo = not self._settings.saw_tour

    def start_tour(self) -> None:
        """Lead through the window; without a recording, offer to make the demo's first."""
        if self._document.recording is None:
            self._begin(offer_of_demo(self._wait_for_demo))
        else:
            self._begin(self._steps())

    def _wait_for_demo(self) -> None:
        self._end()
        self._waits_for_demo = True
        self._make_demo()

    def _begin(self, steps: tuple[Step, ...]) -> None:
        self._end()
        self._tour = Tour(self._window, steps, lambda text: fill(text, self._keymap), self._theme)
        self._tour.ended.connect(self._on_tour_ended)
        self._tour.help_asked.connect(self.show_help)
        self._tour.start()

    def _end(self) -> None:
        tour, self._tour = self._tour, None
        if tour is not None:
            tour.hide()
            tour.deleteLater()

    @property
    def _theme(self) -> Theme:
        return self._settings.theme

    def _moments(self) -> tuple[int, NDArray[np.int64] | None]:
        recording = self._document.recording
        return (0, None) if recording is None else (recording.duration_us, recording.video_times_us)

    def _show(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

    @Slot(str)
    def _run(self, key: str) -> None:
        action: QAction = self._menus.action(key)
        action.trigger()

    @Slot()
    def _on_tour_ended(self) -> None:
        self._settings.set_saw_tour()
        self._end()

    @Slot()
    def _on_tracks_changed(self) -> None:
        if self._waits_for_demo and self._document.recording is not None:
            self._waits_for_demo = False
            self._begin(self._steps())

    @Slot(str)
    def announce(self, words: str) -> None:
        """Say what was done at once, and offer to take it back."""
        self.toast.announce(words, self._keymap.words(self._keymap.action("undo")))

    @Slot(object)
    def _on_made(self, edit: Edit) -> None:
        words = many_in_words(extent_of(edit))
        if words:
            self.announce(f"{edit.label}: {words}")


def many_in_words(extent: Extent) -> str:
    """Return what an edit changed in words if that is much at once, else an empty text."""
    parts = []
    if extent.n_moments > 1:
        parts.append(
            f"{format_count(extent.n_landmarks)} landmarks in "
            f"{format_count(extent.n_moments)} frames"
        )
    if extent.n_segments > _FEW_SEGMENTS:
        parts.append(f"{format_count(extent.n_segments)} segments")
    return " and ".join(parts)
