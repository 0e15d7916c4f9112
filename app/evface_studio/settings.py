"""What the application remembers between two starts."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

from evface_studio.theme import DARK, THEMES, Theme

_N_RECENT = 8


class Settings(QObject):
    """Kept in the user's configuration folder; nothing in it is needed.

    Parameters
    ----------
    path
        Another file than the user's own, for tests and for pictures that must look alike anywhere.
    theme
        Colours for this time only, until others are chosen.
    """

    theme_changed = Signal(object)
    recent_changed = Signal()

    def __init__(
        self,
        path: Path | None = None,
        *,
        theme: Theme | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._passing_theme = theme
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
        value = self._store.value("recent")
        # An .ini file gives a list of one back as text.
        texts = value if isinstance(value, list) else [value]
        return [text for text in texts if isinstance(text, str) and text]
