"""What the application remembers between two starts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

from evface_studio.look.text_size import TEXT_PERCENTS
from evface_studio.look.theme import DARK, THEMES, Theme

_N_RECENT = 8
_N_ACTIONS = 12


class Settings(QObject):
    """Kept in the user's configuration folder; nothing in it is needed.

    Parameters
    ----------
    path
        Another file than the user's own, for tests and for pictures that must look alike anywhere.
    theme
        Colours for this time only, until others are chosen.
    text_percent
        Size of text for this time only, until another is chosen.
    """

    theme_changed = Signal(object)
    text_percent_changed = Signal(int)
    recent_changed = Signal()
    keys_changed = Signal()

    def __init__(
        self,
        path: Path | None = None,
        *,
        theme: Theme | None = None,
        text_percent: int | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._passing_theme = theme
        self._passing_percent = text_percent
        ini = QSettings.Format.IniFormat
        self._store = (
            QSettings(ini, QSettings.Scope.UserScope, "evface", "studio")
            if path is None
            else QSettings(str(path), ini)
        )

    @property
    def theme(self) -> Theme:
        """The colours chosen; dark at first."""
        stored = THEMES.get(str(self._store.value("theme", DARK.name)), DARK)
        return self._passing_theme or stored

    def set_theme(self, theme: Theme) -> None:
        """Choose other colours."""
        if theme != self.theme:
            self._passing_theme = None
            self._store.setValue("theme", theme.name)
            self.theme_changed.emit(theme)

    @property
    def text_percent(self) -> int:
        """Size of text, per cent of the system's own; 100 at first."""
        if self._passing_percent is not None:
            return self._passing_percent
        stored = str(self._store.value("text_percent", ""))
        return int(stored) if stored in map(str, TEXT_PERCENTS) else TEXT_PERCENTS[0]

    def set_text_percent(self, percent: int) -> None:
        """Choose another size of text, one of `TEXT_PERCENTS`."""
        if percent != self.text_percent:
            self._passing_percent = None
            self._store.setValue("text_percent", percent)
            self.text_percent_changed.emit(percent)

    @property
    def saw_tour(self) -> bool:
        """Whether the first steps were shown, or refused."""
        return str(self._store.value("saw_tour", "")) == "yes"

    def set_saw_tour(self) -> None:
        """Remember not to offer the first steps again."""
        self._store.setValue("saw_tour", "yes")

    def keys_of(self, action: str) -> tuple[str, ...] | None:
        """Return the keys that were chosen for an action, None where none were.

        An empty tuple says that it was left without any.
        """
        value = self._store.value(f"keys/{action}")
        return tuple(value.split()) if isinstance(value, str) else None

    def set_keys_of(self, action: str, keys: tuple[str, ...] | None) -> None:
        """Choose the keys of an action; None goes back to the usual ones."""
        if keys is None:
            self._store.remove(f"keys/{action}")
        else:
            self._store.setValue(f"keys/{action}", " ".join(keys))
        self.keys_changed.emit()

    def forget_keys(self) -> None:
        """Go back to the usual keys of all actions."""
        self._store.remove("keys")
        self.keys_changed.emit()

    @property
    def last_actions(self) -> list[str]:
        """Keys of the actions that were run from the palette last, newest first."""
        return self._texts("last_actions")

    def remember_action(self, action: str) -> None:
        """Put an action at the head of that list."""
        others = [other for other in self.last_actions if other != action]
        self._store.setValue("last_actions", [action, *others][:_N_ACTIONS])

    @property
    def annotator(self) -> str:
        """Name under which labels are kept; empty for the name of who is logged in."""
        return str(self._store.value("annotator", ""))

    @property
    def is_blind(self) -> bool:
        """Whether the annotator sees only their own labels."""
        return str(self._store.value("is_blind", "")) == "yes"

    def set_annotator(self, name: str, *, is_blind: bool) -> None:
        """Remember who annotates, and whether blindly."""
        self._store.setValue("annotator", name)
        self._store.setValue("is_blind", "yes" if is_blind else "no")

    def reaction_of(self, annotator: str) -> str:
        """Return what `set_reaction_of` was given for a person, empty at first."""
        return str(self._store.value(f"reaction/{quote(annotator, safe='')}", ""))

    def set_reaction_of(self, annotator: str, reaction: str) -> None:
        """Remember how late a person presses keys; empty forgets it."""
        self._store.setValue(f"reaction/{quote(annotator, safe='')}", reaction)

    @property
    def prediction(self) -> dict[str, Any]:
        """What was asked of which networks last, as it was given; empty at first."""
        return self._dict("prediction")

    def set_prediction(self, request: Mapping[str, Any]) -> None:
        """Remember what was asked of which networks."""
        self._store.setValue("prediction", json.dumps(dict(request)))

    @property
    def appearance(self) -> dict[str, Any]:
        """How events were drawn last, as it was given; empty at first."""
        return self._dict("appearance")

    def set_appearance(self, appearance: Mapping[str, Any]) -> None:
        """Remember how events are drawn."""
        self._store.setValue("appearance", json.dumps(dict(appearance)))

    def camera_values(self, camera: str) -> dict[str, int]:
        """Return what was set about a camera by hand, by the keys of its controls."""
        kept = self._dict(f"camera/{quote(camera, safe='')}")
        return {key: value for key, value in kept.items() if type(value) is int}

    def set_camera_values(self, camera: str, values: Mapping[str, int]) -> None:
        """Remember what was set about a camera, by its key; where nothing is, forget it."""
        name = f"camera/{quote(camera, safe='')}"
        if values:
            self._store.setValue(name, json.dumps(dict(values)))
        else:
            self._store.remove(name)

    @property
    def extra_units(self) -> list[str]:
        """Action units that were added to the rows of the timeline."""
        return self._texts("extra_units")

    def set_extra_units(self, units: list[str]) -> None:
        """Remember the action units added to the rows of the timeline."""
        self._store.setValue("extra_units", units)

    @property
    def recent(self) -> list[tuple[Path, ...]]:
        """What was opened last, newest first: each a project, or an event file and its video.

        What has gone since is left out.
        """
        entries = [tuple(map(Path, entry.split("\n"))) for entry in self._recent_texts()]
        return [paths for paths in entries if all(path.exists() for path in paths)]

    def remember(self, paths: tuple[Path, ...]) -> None:
        """Put what was opened at the head of the list."""
        text = "\n".join(str(path.absolute()) for path in paths)
        others = [entry for entry in self._recent_texts() if entry != text]
        self._store.setValue("recent", [text, *others][:_N_RECENT])
        self.recent_changed.emit()

    def forget_recent(self) -> None:
        """Empty the list."""
        self._store.remove("recent")
        self.recent_changed.emit()

    def layout(self, name: str) -> QByteArray | None:
        """Return where a window's parts were, None at first."""
        value = self._store.value(f"layout/{name}")
        return value if isinstance(value, QByteArray) else None

    def set_layout(self, name: str, state: QByteArray) -> None:
        """Remember where a window's parts are."""
        self._store.setValue(f"layout/{name}", state)

    def _recent_texts(self) -> list[str]:
        return self._texts("recent")

    def _dict(self, name: str) -> dict[str, Any]:
        try:
            kept = json.loads(str(self._store.value(name, "{}")))
        except ValueError:
            return {}
        return kept if isinstance(kept, dict) else {}

    def _texts(self, name: str) -> list[str]:
        value = self._store.value(name)
        # An .ini file gives a list of one back as text.
        texts = value if isinstance(value, list) else [value]
        return [text for text in texts if isinstance(text, str) and text]
