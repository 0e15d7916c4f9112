"""Keys that act for as long as they are held down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

# A key that is held down repeats. Not every system says so of each repeat: some are a key that
# comes up and goes down again at once, as no finger can.
_NO_FINGER_MS = 40

# Called whenever the key comes up; returns what is to be done if it stays up.
Lifted = Callable[[], Callable[[], None]]


class HeldKeys(QObject):
    """Tells when the key that started an action is let go.

    Shortcuts know nothing of that. Repeats of a key that is held down are none. All keys count as
    let go when the window is left: nobody would tell of it later.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._pressed: _Key | None = None
        self._held: dict[_Key, Lifted] = {}
        # Keys that are up, since when, and what is to be done if they stay up.
        self._up: dict[_Key, tuple[float, Callable[[], None]]] = {}
        window.installEventFilter(self)

    def hold(self, lifted: Lifted) -> bool:
        """Follow the key that is pressed now, until it is let go.

        Parameters
        ----------
        lifted
            Called at the very moment the key comes up. What it returns is called a little later,
            unless that was only a repeat.

        Returns
        -------
        bool
            False where no key is, as when an entry of a menu was clicked, or where it is held
            already.
        """
        key = self._pressed
        if key is None or key in self._held:
            return False
        if not self._held:
            # Releases go to whatever has the keyboard, which may keep them from the window.
            application = QCoreApplication.instance()
            if application is not None:
                application.installEventFilter(self)
        self._held[key] = lifted
        return True

    def release_all(self) -> None:
        """Take all keys as let go."""
        for key in list(self._held):
            self._lift(key)
            self._release(key)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the keys; take none away."""
        kind = event.type()
        if kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            if isinstance(event, QKeyEvent) and not event.isAutoRepeat():
                self._press(_Key.of(event))
        elif kind == QEvent.Type.KeyRelease:
            if isinstance(event, QKeyEvent) and not event.isAutoRepeat():
                self._lift(_Key.of(event))
        elif kind == QEvent.Type.WindowDeactivate and watched is self._window:
            self._pressed = None
            self.release_all()
        return False

    def _press(self, key: _Key) -> None:
        held = next((one for one in self._held if one.is_same(key)), key)
        self._up.pop(held, None)
        self._pressed = held

    def _lift(self, key: _Key) -> None:
        self._pressed = None
        held = next((one for one in self._held if one.is_same(key)), None)
        if held is not None and held not in self._up:
            self._up[held] = (perf_counter(), self._held[held]())
            QTimer.singleShot(_NO_FINGER_MS, self, lambda: self._look(held))

    def _look(self, key: _Key) -> None:
        """End a key that stayed up. One that went down and up since is looked at later."""
        if key in self._up and perf_counter() - self._up[key][0] >= 0.9e-3 * _NO_FINGER_MS:
            self._release(key)

    def _release(self, key: _Key) -> None:
        _, finish = self._up.pop(key)
        del self._held[key]
        application = QCoreApplication.instance()
        if not self._held and application is not None:
            application.removeEventFilter(self)
        finish()


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
