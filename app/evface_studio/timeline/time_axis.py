"""The ruler under the curves."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10

import pyqtgraph as pg
from pyqtgraph.GraphicsScene.mouseEvents import MouseClickEvent, MouseDragEvent


class TimeAxis(pg.AxisItem):
    """Labels seconds as people read time; a drag or click on it moves the cursor."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.enableAutoSIPrefix(False)

    def tickStrings(self, values: Sequence[float], _scale: float, spacing: float) -> list[str]:
        """Write the times of the marks, with as many digits as tell them apart."""
        return [format_mark(value, spacing) for value in values]

    def mouseDragEvent(self, event: MouseDragEvent) -> None:
        """Let the curves' lane take it as a drag of the cursor."""
        self.linkedView().scrub(event)

    def mouseClickEvent(self, event: MouseClickEvent) -> None:
        """Move the cursor to the pointer."""
        self.linkedView().scrub(event)


def format_mark(seconds: float, spacing: float) -> str:
    """Return the words at a mark of the ruler: ``0.25 s``, ``1:30``, ``2:00:00``."""
    decimals = max(0, -floor(log10(spacing) + 1e-9))
    if abs(spacing * 10**decimals - round(spacing * 10**decimals)) > 1e-3:
        decimals += 1  # Steps of 25 or 0.25.
    seconds = round(seconds, decimals)
    if seconds < 60:
        return f"{seconds:.{decimals}f} s"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    width = 3 + decimals if decimals else 2
    tail = f"{minutes:02d}:{rest:0{width}.{decimals}f}"
    return f"{hours}:{tail}" if hours else tail.removeprefix("0")
