"""Draws a region of interest on the live picture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QGraphicsRectItem

from evface.events.filters.regions import Region
from evface_studio.look.theme import Theme
from evface_studio.panes.picture_view import PictureView
from evface_studio.tools.tool import Pointer

# Above the events, below the landmarks.
_Z = 7
_LINE_PX = 1.5


class RegionDrawing:
    """An outline of the region, and a tool that draws another one from corner to corner.

    Parameters
    ----------
    view
        The picture of events.
    drawn
        Called with the `Region` when one was drawn.
    """

    def __init__(self, view: PictureView, drawn: Callable[[Region], None], theme: Theme) -> None:
        self._view, self._drawn = view, drawn
        self._pressed: Pointer | None = None
        self._kept: Region | None = None
        self._outline = QGraphicsRectItem()
        self._outline.setZValue(_Z)
        self._outline.hide()
        view.add_overlay(self._outline)
        self.set_theme(theme)

    @property
    def is_on(self) -> bool:
        """Whether the next drag draws."""
        return self._view.tool is self

    def set_on(self, is_on: bool) -> None:
        """Let the next drag draw, or move the picture again."""
        if not is_on:
            self._view.cancel_tool()
        self._view.tool = self if is_on else None
        shape = Qt.CursorShape.CrossCursor if is_on else Qt.CursorShape.ArrowCursor
        self._view.viewport().setCursor(shape)

    def show_region(self, region: Region | None) -> None:
        """Draw the outline of a region; None for none."""
        self._kept = region
        self._show(None if region is None else _rectangle(region))

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        pen = QPen(QColor(theme.box), _LINE_PX)
        pen.setCosmetic(True)
        self._outline.setPen(pen)

    def press(self, pointer: Pointer) -> bool:
        """Set the first corner."""
        self._pressed = pointer
        return True

    def move(self, pointer: Pointer) -> None:
        """Show the region that would be drawn."""
        region = self._region(pointer)
        if region is not None:
            self._show(_rectangle(region))

    def release(self, pointer: Pointer) -> None:
        """Choose it; a click draws nothing."""
        region, self._pressed = self._region(pointer), None
        if region is None:
            self.show_region(self._kept)
        else:
            self._drawn(region)

    def cancel(self) -> None:
        """Draw nothing."""
        self._pressed = None
        self.show_region(self._kept)

    def _show(self, rectangle: QRectF | None) -> None:
        self._outline.setVisible(rectangle is not None)
        if rectangle is not None:
            self._outline.setRect(rectangle)

    def _region(self, pointer: Pointer) -> Region | None:
        """Return what lies between the corners, on the sensor; None where that is nothing."""
        if self._pressed is None or not pointer.is_dragged_from(self._pressed):
            return None
        # A pointer's origin is the middle of the first pixel.
        corners = np.stack([self._pressed.at_px, pointer.at_px]) + 0.5
        corners = np.clip(np.rint(corners), 0, self._view.resolution).astype(int)
        (left, top), (right, bottom) = np.sort(corners, axis=0).tolist()
        if right == left or bottom == top:
            return None
        return Region(left_px=left, top_px=top, width_px=right - left, height_px=bottom - top)


def _rectangle(region: Region) -> QRectF:
    return QRectF(region.left_px, region.top_px, region.width_px, region.height_px)
