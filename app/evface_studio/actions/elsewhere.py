"""Says why a key did nothing: it works in another part of the window, or not now."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from evface_studio.actions.action import ActionInfo, Scope
from evface_studio.actions.keymap import Keymap
from evface_studio.actions.menus import Menus
from evface_studio.actions.places import Places

_CTRL_OR_ALT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
_FIRST_UNPRINTABLE = 0x01000000
_WHERE = {
    Scope.PICTURES: "in the pictures: click there first, or press F6",
    Scope.TIMELINE: "in the timeline: click there first, or press F6",
    Scope.REVIEW: "while the review panel is open",
}


class KeysElsewhere(QObject):
    """Looks at the keys that nothing in the window took: letters, digits, signs and Delete.

    Whoever presses one of them meant something, and would otherwise not learn why nothing came
    of it.
    """

    # One line for the user.
    told = Signal(str)

    def __init__(self, window: QWidget, keymap: Keymap, menus: Menus, places: Places) -> None:
        super().__init__(window)
        self._window = window
        self._keymap = keymap
        self._menus = menus
        self._places = places
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell of a key that came as far as the window; take none away."""
        if (
            watched is self._window
            and event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and not event.isAutoRepeat()
        ):
            words = self._words(event)
            if words:
                self.told.emit(words)
        return False

    def _words(self, event: QKeyEvent) -> str:
        """Return what is to be said of a key; empty where it stands for nothing anywhere."""
        meant = self._meant_by(event)
        scopes, why_not = self._places.scopes, self._menus.why_not
        usable = [info for info in meant if info.scope not in scopes and not why_not(info)]
        if usable:
            return f"“{self._menus.name(usable[0])}” works {_WHERE[usable[0].scope]}."
        # First what would be done here.
        for info in sorted(meant, key=lambda info: info.scope not in scopes):
            if why_not(info):
                return f"{self._menus.name(info)}: {why_not(info)}"
        return ""

    def _meant_by(self, event: QKeyEvent) -> list[ActionInfo]:
        is_sign = event.key() < _FIRST_UNPRINTABLE or event.key() == Qt.Key.Key_Delete
        if not is_sign or event.modifiers() & _CTRL_OR_ALT:
            return []
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        wanted = {QKeySequence(event.key() | held.value)}
        if not chr(min(event.key(), 0x10FFFF)).isalpha():
            # On many keyboards a sign is typed with Shift.
            wanted.add(QKeySequence(event.key()))
        return [
            info
            for info in self._keymap.actions
            if any(QKeySequence(key) in wanted for key in self._keymap.keys(info))
        ]
