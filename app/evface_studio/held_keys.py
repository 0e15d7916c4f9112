"""Keys that act for as long as they are held down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget


class HeldKeys(QObject):
    """Tells when the key that started an action is let go.

    Shortcuts know nothing of that. Repeats of a key that is held down are none. All keys count as
    let go when the window is left: nobody would tell of it later.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._pressed: _Key | None = None
        self._released: dict[_Key, Callable[[], None]] = {}
        window.installEventFilter(self)

    def hold(self, released: Callable[[], None]) -> bool:
        """Call `released` once the key is up that is pressed now.

        Returns
        -------
        bool
            False where no key is, as when an entry of a menu was clicked, or where it is held
            already.
        """
        key = self._pressed
        if key is None or key in self._released:
            return False
        if not self._released:
            # Releases go to whatever has the keyboard, which may keep them from the window.
            application = QCoreApplication.instance()
            if application is not None:
                application.installEventFilter(self)
        self._released[key] = released
        return True

    def release_all(self) -> None:
        """Take all keys as let go."""
        for key in list(self._released):
            self._release(key)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the keys; take none away."""
        kind = event.type()
        if kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            if isinstance(event, QKeyEvent) and not event.isAutoRepeat():
                self._pressed = _Key.of(event)
        elif kind == QEvent.Type.KeyRelease:
            if isinstance(event, QKeyEvent) and not event.isAutoRepeat():
                self._pressed = None
                up = _Key.of(event)
                for key in [key for key in self._released if key.is_same(up)]:
                    self._release(key)
        elif kind == QEvent.Type.WindowDeactivate and watched is self._window:
            self._pressed = None
            self.release_all()
        return False

    def _release(self, key: _Key) -> None:
        released = self._released.pop(key)
        application = QCoreApplication.instance()
        if not self._released and application is not None:
            application.removeEventFilter(self)
        released()


@dataclass(frozen=True)
class _Key:
    """A key, by what it means and by where it lies, 0 where that is not known.

    One that is let go with Shift pressed meanwhile means something else.
    """

    meaning: int
    place: int

    @classmethod
    def of(cls, event: QKeyEvent) -> _Key:
        return cls(event.key(), event.nativeScanCode())

    def is_same(self, other: _Key) -> bool:
        if self.place and other.place:
            return self.place == other.place
        return self.meaning == other.meaning
