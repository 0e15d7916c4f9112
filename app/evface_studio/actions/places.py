"""Where the keyboard is in the window: the parts it goes round, and whose keys work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QWidget,
)

from evface_studio.actions.action import Scope

_PRESS = frozenset({Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter})
_MOVE = frozenset(
    {
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
    }
)
_ENTER = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape})
_TAB = frozenset({Qt.Key.Key_Tab, Qt.Key.Key_Backtab})
_SLIDE = _MOVE | {Qt.Key.Key_Left, Qt.Key.Key_Right}
# What a control with the focus takes for itself, before the shortcuts of the window.
_OWN_KEYS: tuple[tuple[type[QWidget], frozenset[Qt.Key]], ...] = (
    (QAbstractButton, _PRESS),
    (QAbstractSlider, _SLIDE),
    (QComboBox, _PRESS | _MOVE),
    (QAbstractItemView, _PRESS | _MOVE),
    (QLineEdit, _ENTER),
    (QAbstractSpinBox, _ENTER | _MOVE),
)


class Marked(Protocol):
    """A header that shows whether its part has the keyboard."""

    def set_active(self, is_active: bool) -> None:
        """Show it."""


@dataclass(frozen=True, eq=False)
class _Place:
    widget: QWidget
    target: QWidget
    scope: Scope
    header: Marked | None


class Places(QObject):
    """The parts of a window in the order in which F6 goes round them.

    A part is active from the moment the keyboard comes to it, by a click, Tab or F6, until it goes
    to another part. Of the pictures and the timeline the last one stays active while a panel has
    the keyboard, so that their keys go on working.
    """

    # Other keys work than before.
    scopes_changed = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._places: list[_Place] = []
        self._turn = Scope.PICTURES
        self._clicked: QWidget | None = None
        window.installEventFilter(self)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus_changed)

    @property
    def scopes(self) -> frozenset[Scope]:
        """The scopes whose keys work now."""
        opened = {
            place.scope
            for place in self._places
            if place.scope is Scope.REVIEW and place.widget.isVisibleTo(self._window)
        }
        return frozenset({Scope.WINDOW, self._turn} | opened)

    def add(
        self,
        widget: QWidget,
        *,
        target: QWidget | None = None,
        scope: Scope = Scope.WINDOW,
        header: Marked | None = None,
    ) -> None:
        """Go to another part too, after those before.

        Parameters
        ----------
        target
            What in it gets the keyboard; None for the first control there is.
        scope
            Whose keys work there.
        header
            Shows whether the part has the keyboard.
        """
        place = _Place(widget, target or widget, scope, header)
        self._places.append(place)
        # What is gone can no longer be asked where it is.
        widget.destroyed.connect(lambda: self._places.remove(place))
        if scope is Scope.REVIEW:
            widget.installEventFilter(self)

    def go_on(self, step: int = 1) -> None:
        """Take the keyboard to the next part that is visible; back where `step` is -1."""
        focused = QApplication.focusWidget()
        places = [place for place in self._places if _first(place) is not None]
        if not places:
            return
        here = next((i for i, place in enumerate(places) if _holds(place, focused)), None)
        there = (0 if step > 0 else -1) if here is None else (here + step) % len(places)
        target = _first(places[there])
        if target is not None:
            target.setFocus(Qt.FocusReason.TabFocusReason)

    def go_to_control(self, is_next: bool) -> None:
        """Take the keyboard to the next control, or the one before, as Tab does elsewhere."""
        if is_next:
            self._window.focusNextChild()
        else:
            self._window.focusPreviousChild()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave the keys of a control to it; look when a panel comes or goes."""
        kind = event.type()
        if kind == QEvent.Type.ShortcutOverride and watched is self._window:
            if isinstance(event, QKeyEvent) and self._is_own_key(event):
                event.accept()
                return True
        elif kind in (QEvent.Type.Show, QEvent.Type.Hide) and watched is not self._window:
            self.scopes_changed.emit()
        return False

    def _is_own_key(self, event: QKeyEvent) -> bool:
        focused = QApplication.focusWidget()
        ctrl_or_alt = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        if event.key() in _TAB and not event.modifiers() & ctrl_or_alt:
            # In a picture it may go from landmark to landmark; anywhere else it goes on as ever.
            return focused is not None and all(p.target is not focused for p in self._places)
        plain = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier
        # A button that was clicked keeps no keys: people go on playing by Space.
        if focused is None or focused is self._clicked or event.modifiers() not in plain:
            return False
        return any(isinstance(focused, kind) and event.key() in keys for kind, keys in _OWN_KEYS)

    @Slot(QWidget, QWidget)
    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is None or new.window() is not self._window:
            return
        by_pointer = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        self._clicked = new if by_pointer and isinstance(new, QAbstractButton) else None
        before = self._turn
        for place in self._places:
            is_here = _holds(place, new)
            if is_here and place.scope in (Scope.PICTURES, Scope.TIMELINE):
                self._turn = place.scope
            if place.header is not None:
                place.header.set_active(is_here)
        if self._turn is not before:
            self.scopes_changed.emit()


def _holds(place: _Place, widget: QWidget | None) -> bool:
    return widget is not None and (widget is place.widget or place.widget.isAncestorOf(widget))


def _first(place: _Place) -> QWidget | None:
    """Return what gets the keyboard in a part; None where nothing can."""
    if not place.widget.isVisible():
        return None
    candidate: QWidget | None = place.target
    while candidate is not None:
        if _holds(place, candidate) and _takes_keys(candidate):
            return candidate
        candidate = candidate.nextInFocusChain()
        if candidate is place.target:
            break
    return None


def _takes_keys(widget: QWidget) -> bool:
    takes = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return takes and widget.isVisible() and widget.isEnabled() and widget.focusProxy() is None
