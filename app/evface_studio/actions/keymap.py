"""Which keys do what: the usual ones of the table, and those that a person chose instead."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from evface_studio.actions.action import ActionInfo
from evface_studio.settings import Settings

# Properties of controls: the action they stand for, and their tip without keys.
_DOES, _TIP = "stands_for", "plain_tip"
# Keys below are letters, digits and signs of any alphabet.
_FIRST_UNPRINTABLE = 0x01000000


class Keymap(QObject):
    """Answers which keys an action has now, and which other action wants the same ones.

    Parameters
    ----------
    actions
        All there are.
    """

    changed = Signal()

    def __init__(
        self, actions: Sequence[ActionInfo], settings: Settings, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._actions = tuple(actions)
        self._settings = settings
        settings.keys_changed.connect(self.changed)

    @property
    def actions(self) -> tuple[ActionInfo, ...]:
        """Every action, in the order of the menus."""
        return self._actions

    def action(self, key: str) -> ActionInfo:
        """Return an action by its key.

        Raises
        ------
        KeyError
            If there is none.
        """
        for action in self._actions:
            if action.key == key:
                return action
        raise KeyError(key)

    def keys(self, action: ActionInfo) -> tuple[str, ...]:
        """Return the keys of an action, in the form that Qt reads; the first is the main one."""
        chosen = self._settings.keys_of(action.key)
        return action.shortcuts if chosen is None else chosen

    def words(self, action: ActionInfo) -> str:
        """Return the main keys as people read them, empty without any."""
        return words_of(self.keys(action)[:1])

    def tell_tips(self, window: QWidget) -> None:
        """Name the keys in the tips of the controls that stand for actions."""
        for widget in window.findChildren(QWidget):
            key = widget.property(_DOES)
            if key:
                keys = self.words(self.action(key))
                tip = widget.property(_TIP)
                widget.setToolTip(f"{tip} ({keys})" if keys else tip)

    def is_changed(self, action: ActionInfo) -> bool:
        """Return whether a person chose other keys than the usual ones."""
        return self.keys(action) != action.shortcuts

    def set_keys(self, action: ActionInfo, keys: tuple[str, ...]) -> None:
        """Give an action other keys; none at all where `keys` is empty."""
        keys = tuple(dict.fromkeys(keys))
        self._settings.set_keys_of(action.key, None if keys == action.shortcuts else keys)

    def reset(self, action: ActionInfo) -> None:
        """Give an action its usual keys again."""
        self._settings.set_keys_of(action.key, None)

    def reset_all(self) -> None:
        """Give all actions their usual keys again."""
        self._settings.forget_keys()

    def conflicts(
        self, action: ActionInfo, keys: tuple[str, ...] | None = None
    ) -> tuple[ActionInfo, ...]:
        """Return the other actions that the same keys would start at the same place.

        Parameters
        ----------
        keys
            Keys that `action` may be given; None for those that it has.
        """
        wanted = {_normal(key) for key in (self.keys(action) if keys is None else keys)}
        return tuple(
            other
            for other in self._actions
            if other.key != action.key
            and other.scope.meets(action.scope)
            and any(_normal(key) in wanted for key in self.keys(other))
        )


def stand_for(control: QWidget, action: str) -> None:
    """Say that a control does the same as an action, by its key; its tip then names the keys."""
    control.setProperty(_DOES, action)
    control.setProperty(_TIP, control.toolTip())


def words_of(keys: Sequence[str]) -> str:
    """Return keys as people read them on this system."""
    native = QKeySequence.SequenceFormat.NativeText
    return "  ".join(QKeySequence(key).toString(native) for key in keys)


def is_typed(key: str) -> bool:
    """Return whether keys are what typing makes: a letter, a digit, a sign or a space."""
    sequence = QKeySequence(key)
    if sequence.count() != 1:
        return False
    combination = sequence[0]  # type: ignore[index]
    held = combination.keyboardModifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return not held and combination.key() < _FIRST_UNPRINTABLE


def _normal(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)
