"""Keys that a widget walks with, although they are shortcuts of the window too."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent


def keep_key(event: QEvent, keys: frozenset[Qt.Key]) -> bool:
    """Keep keys from the shortcuts of the window; those with modifiers stay shortcuts.

    Returns
    -------
    bool
        Whether the event asks about one of them, and nothing more is to be done with it.
    """
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    is_plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if is_plain and event.key() in keys:
        event.accept()
        return True
    return False
