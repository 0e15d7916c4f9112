"""Small drawings of what a search found: a curve, residuals, and a map of errors."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from evface_studio.look.accessibility import set_role
from evface_studio.look.text_size import fix_size, scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.panes.error_overlay import paint_error_map

_HEIGHT = 14 * GRID
_MAP_HEIGHT = 12 * GRID
_AXIS_WIDTH = 6 * GRID


class FindingPlot(pg.PlotWidget):
    """A curve or two or a cloud of points, with a line where the recording stands now.

    Parameters
    ----------
    x_label, y_label
        With their units.
    """

    def __init__(
        self, x_label: str, y_label: str, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        fix_size(self, height_px=_HEIGHT)
        set_role(self, QAccessible.Role.Chart, f"{y_label} over {x_label}")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self._labels = (x_label, y_label)
        item = self.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        # Room for half of the number at the top and at the right.
        item.setContentsMargins(0, GRID, GRID, 0)
        item.setMouseEnabled(x=False, y=False)
        self._curves = (self.plot([], []), self.plot([], []))
        self._points = pg.ScatterPlotItem(size=6, pen=None)
        self.addItem(self._points)
        self._line = pg.InfiniteLine(angle=90)
        self._line.hide()
        self.addItem(self._line)
        self.set_theme(theme)

    @property
    def n_points(self) -> int:
        """How many values are drawn."""
        drawn = [curve.getData()[0] for curve in self._curves]
        return sum(len(x) for x in drawn if x is not None) + len(self._points.data)

    @property
    def line(self) -> float | None:
        """Where the line stands; None where there is none."""
        return float(self._line.value()) if self._line.isVisible() else None

    def show_curve(
        self,
        x: NDArray[np.floating],
        y: NDArray[np.floating],
        second: NDArray[np.floating] | None = None,
    ) -> None:
        """Draw a curve, with another one over it where there are two to compare."""
        self._points.setData([], [])
        self._curves[0].setData(x, y)
        self._curves[1].setData([] if second is None else x, [] if second is None else second)
        self._range(x, y if second is None else np.concatenate([y, second]))

    def show_points(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> None:
        """Draw points that are known, with zero in view."""
        known = np.isfinite(x) & np.isfinite(y)
        x, y = x[known], y[known]
        for curve in self._curves:
            curve.setData([], [])
        self._points.setData(x, y)
        self._range(x, np.append(y, 0.0))

    def set_line(self, x: float | None) -> None:
        """Draw the line somewhere else, or not at all."""
        self._line.setVisible(x is not None)
        if x is not None:
            self._line.setValue(x)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self.setBackground(theme.surface)
        for side, label in zip(("bottom", "left"), self._labels, strict=True):
            axis = self.getPlotItem().getAxis(side)
            axis.setPen(QPen(QColor(theme.border)))
            axis.setTextPen(QPen(QColor(theme.muted)))
            axis.setLabel(label, color=theme.muted)
            axis.enableAutoSIPrefix(False)
        # Alike for all of them, so that plots below one another line up.
        self.getPlotItem().getAxis("left").setWidth(scaled(_AXIS_WIDTH))
        for curve, colour in zip(self._curves, theme.curves, strict=False):
            curve.setPen(QPen(QColor(colour), 0))
        self._points.setBrush(QColor(theme.curves[0]))
        self._line.setPen(QPen(QColor(theme.accent), 0, Qt.PenStyle.DashLine))

    def _range(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> None:
        finite_x, finite_y = x[np.isfinite(x)], y[np.isfinite(y)]
        if len(finite_x) and len(finite_y):
            self.setXRange(float(finite_x.min()), float(finite_x.max()), padding=0.03)
            self.setYRange(float(finite_y.min()), float(finite_y.max()), padding=0.1)


class ErrorMap(QWidget):
    """The typical error in each cell of the event picture; cells without a word are hollow."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._map_px: NDArray[np.float32] = np.empty((0, 0), np.float32)
        self._aspect = 4 / 3
        fix_size(self, height_px=_MAP_HEIGHT)
        set_role(self, QAccessible.Role.Chart, "Errors over the event picture")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def n_cells(self) -> int:
        """How many cells are drawn."""
        return int(self._map_px.size)

    def set_map(self, map_px: NDArray[np.float32], resolution: tuple[int, int]) -> None:
        """Show another map, (n_rows, n_columns), of a picture of that size."""
        self._map_px = map_px
        self._aspect = resolution[0] / max(resolution[1], 1)
        known = map_px[np.isfinite(map_px)]
        self.setToolTip(
            f"Typical error over the event picture, {known.min():.1f} to {known.max():.1f} px"
            if len(known)
            else "Nothing is known of the error anywhere"
        )
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for the usual size."""
        return QSize(round(scaled(_MAP_HEIGHT) * self._aspect), scaled(_MAP_HEIGHT))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture's outline and its cells, each with its error where there is room."""
        if not self._map_px.size:
            return
        painter = QPainter(self)
        width = min(self.width() - 1.0, (self.height() - 1) * self._aspect)
        height = width / self._aspect
        left = (self.width() - width) / 2
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 0.8)
        painter.setFont(font)
        paint_error_map(painter, self._map_px, QRectF(left, 0, width, height), self._theme)
        painter.end()
