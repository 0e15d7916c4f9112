"""Draws events as they were drawn last time."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from PySide6.QtCore import QObject, QTimer, Slot

from evface.events.catalogue import CATALOGUE
from evface.events.palettes import Palette
from evface_studio.settings import Settings
from evface_studio.view_state import ViewState, WindowKind

_WAIT_MS = 500


class RememberedAppearance(QObject):
    """Puts the representation, its colours and the event window back, and keeps them when changed.

    What is not understood, as after an older version, is left as it is at first.
    """

    def __init__(self, view_state: ViewState, settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._view_state, self._settings = view_state, settings
        self._put_back(settings.appearance)
        # A slider that is dragged is kept once.
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_WAIT_MS)
        self._timer.timeout.connect(self.keep)
        view_state.appearance_changed.connect(self._timer.start)
        view_state.window_changed.connect(self._on_window_changed)

    @Slot()
    def keep(self) -> None:
        """Keep how events are drawn now."""
        self._timer.stop()
        view = self._view_state
        self._settings.set_appearance(
            {
                "representation": view.representation,
                "palette": view.palette,
                "window": view.window_kind,
                "window_us": view.window_us,
                "window_count": view.window_count,
                "fading_us": view.fading_us,
            }
        )

    @Slot(int)
    def _on_window_changed(self, _window_us: int) -> None:
        self._timer.start()

    def _put_back(self, kept: dict[str, Any]) -> None:
        view = self._view_state
        if kept.get("representation") in CATALOGUE:
            view.set_representation(kept["representation"])
        if kept.get("palette") in list(Palette):
            view.set_palette(kept["palette"])
        with suppress(ValueError):
            view.set_window_kind(WindowKind(str(kept.get("window"))))
        for name, put_back in (
            ("window_us", view.set_window_us),
            ("window_count", view.set_window_count),
            ("fading_us", view.set_fading_us),
        ):
            if isinstance(kept.get(name), int):
                put_back(kept[name])
