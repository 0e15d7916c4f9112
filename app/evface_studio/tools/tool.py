"""What a tool is, and what it is told of the pointer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt

# The pointer may tremble this far, in pixels of the screen, before a click is a drag.
DRAG_PX = 3.0


@dataclass(frozen=True)
class Pointer:
    """Where the pointer is on a picture.

    Parameters
    ----------
    x_px, y_px
        In the picture. The origin is the centre of its top left pixel.
    scale
        Pixels of the screen per pixel of the picture.
    modifiers
        Keys held down.
    """

    x_px: float
    y_px: float
    scale: float = 1.0
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier

    @property
    def at_px(self) -> NDArray[np.float64]:
        """The place, (2,)."""
        return np.array([self.x_px, self.y_px])

    @property
    def is_ctrl(self) -> bool:
        """Whether Ctrl is held down."""
        return bool(self.modifiers & Qt.KeyboardModifier.ControlModifier)

    @property
    def is_shift(self) -> bool:
        """Whether Shift is held down."""
        return bool(self.modifiers & Qt.KeyboardModifier.ShiftModifier)

    def is_dragged_from(self, pressed: Pointer) -> bool:
        """Return whether it is so far from where it was pressed that this is no click."""
        way_px = float(np.hypot(*(self.at_px - pressed.at_px)))
        return way_px * self.scale >= DRAG_PX


class Tool(Protocol):
    """Follows the pointer while its left button is held down."""

    def press(self, pointer: Pointer) -> bool:
        """Begin; return False to leave the pointer to the picture, which it then moves."""

    def move(self, pointer: Pointer) -> None:
        """Follow."""

    def release(self, pointer: Pointer) -> None:
        """Finish: whatever was shown meanwhile becomes an edit."""

    def cancel(self) -> None:
        """End, as if nothing had been pressed."""
