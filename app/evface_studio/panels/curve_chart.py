"""A chart of curves over the steps of a training, with their values under the pointer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QFont,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from evface_studio.look.accessibility import set_role
from evface_studio.look.text_size import bound_size, scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.panels.own_keys import keep_key

_LEAST_HEIGHT = 12 * GRID
# Beyond this, values lie so far apart that the small ones would be one flat line.
_LOG_RATIO = 20.0
_N_TICKS = 4
_DOT = 3.0

_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
# Places among the steps.
_ENDS = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: -1}
_OWN_KEYS = frozenset({*_STEPS, *_ENDS})


@dataclass(frozen=True, eq=False)
class Curve:
    """One curve.

    Parameters
    ----------
    name
        For people.
    steps, values : (n,) float64
        Increasing steps; finite values.
    is_measured_once
        Whether it has few points that count each, such as one an epoch: they are drawn as dots on
        a dashed line, which colour-blind people tell from a solid one.
    best_step
        Where its best point is; None where nobody says so.
    """

    name: str
    steps: NDArray[np.float64]
    values: NDArray[np.float64]
    is_measured_once: bool = False
    best_step: float | None = None


class CurveChart(QWidget):
    """Curves on one pair of axes.

    Parameters
    ----------
    is_named
        Whether the name stands above the curves, where nothing else says it.
    may_be_log
        Whether the values may be drawn on a logarithmic scale where they lie far apart.
    """

    def __init__(
        self,
        name: str,
        theme: Theme,
        parent: QWidget | None = None,
        *,
        is_named: bool = True,
        may_be_log: bool = False,
    ) -> None:
        super().__init__(parent)
        self._name, self._theme, self._may_be_log = name, theme, may_be_log
        self._is_named = is_named
        self._curves: tuple[Curve, ...] = ()
        self._stop = 1.0
        self._pointed: float | None = None
        bound_size(self, least_height_px=_LEAST_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        set_role(self, QAccessible.Role.Chart, name)

    @property
    def curves(self) -> tuple[Curve, ...]:
        """What is drawn."""
        return self._curves

    @property
    def is_log(self) -> bool:
        """Whether the scale is logarithmic now."""
        values = self._values()
        if not self._may_be_log or not len(values) or values.min() <= 0:
            return False
        return bool(values.max() / values.min() > _LOG_RATIO)

    @property
    def words(self) -> str:
        """The values at the place that is pointed at, else the last ones."""
        step = self._pointed
        parts = []
        for curve in self._curves:
            if len(curve.steps):
                at = -1 if step is None else int(np.abs(curve.steps - step).argmin())
                parts.append(f"{curve.name} {format_value(float(curve.values[at]))}")
        if step is not None:
            parts.insert(0, f"step {step:,.0f}")
        return "   ".join(parts)

    def show_curves(self, curves: Sequence[Curve], *, n_steps: int = 0, name: str = "") -> None:
        """Draw other curves, over so many steps or as far as they go."""
        self._curves = tuple(curves)
        lasts = [float(curve.steps[-1]) for curve in curves if len(curve.steps)]
        self._stop = max([float(n_steps), *lasts, 1.0])
        if name:
            self._name = name
            self.setAccessibleName(name)
        self.setAccessibleDescription(self.words)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for the usual size."""
        return QSize(scaled(40 * GRID), scaled(_LEAST_HEIGHT))

    def point_at(self, step: float | None) -> None:
        """Tell the values of the measured step nearest to one; None tells the last ones."""
        steps = self._steps()
        at = None if step is None or not len(steps) else float(steps[np.abs(steps - step).argmin()])
        if at != self._pointed:
            self._pointed = at
            self.setAccessibleDescription(self.words)
            self.update()

    def event(self, event: QEvent) -> bool:
        """Take the keys that walk before the shortcuts of the window do."""
        return keep_key(event, _OWN_KEYS) or super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the values under the pointer."""
        area = self._area()
        self.point_at((event.position().x() - area.left()) / max(area.width(), 1) * self._stop)

    def leaveEvent(self, _event: QEvent) -> None:
        """Tell the last values."""
        self.point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go along the curves."""
        steps = self._steps()
        if not len(steps) or event.key() not in {*_OWN_KEYS, Qt.Key.Key_Escape}:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Escape:
            self.point_at(None)
        elif event.key() in _ENDS:
            self.point_at(float(steps[_ENDS[Qt.Key(event.key())]]))
        else:
            here = len(steps) if self._pointed is None else int(steps.searchsorted(self._pointed))
            there = min(max(here + _STEPS[Qt.Key(event.key())], 0), len(steps) - 1)
            self.point_at(float(steps[there]))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the axes, the curves and their values."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 0.9)
        font.setFeature(QFont.Tag("tnum"), 1)
        painter.setFont(font)
        self._paint_head(painter)
        area = self._area()
        low, high = self._range()
        self._paint_axes(painter, area, low, high)
        painter.setClipRect(area.adjusted(-_DOT, -_DOT, _DOT, _DOT))
        if self._pointed is not None:
            painter.setPen(QPen(QColor(self._theme.muted), 1))
            x = area.left() + self._pointed / self._stop * area.width()
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        for curve, colour in zip(self._curves, self._theme.curves, strict=False):
            if len(curve.steps):
                self._paint_curve(painter, area, curve, QColor(colour), low, high)
        if self.hasFocus():
            painter.setClipping(False)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self._theme.accent), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _paint_head(self, painter: QPainter) -> None:
        """Name the chart and, in their colours, the curves with their values."""
        theme, line = self._theme, painter.fontMetrics().height()
        metrics = painter.fontMetrics()
        x, y = float(scaled(GRID)), float(line)
        painter.setPen(QColor(theme.muted))
        if self._is_named:
            title = self._name + (", logarithmic" if self.is_log else "")
            painter.drawText(QPointF(x, y - metrics.descent()), title)
        step = self._pointed
        if step is not None:
            said = f"step {step:,.0f}"
            right = self.width() - scaled(GRID) - metrics.horizontalAdvance(said)
            painter.drawText(QPointF(right, y - metrics.descent()), said)
        if self._is_named:
            y += line
        for curve, colour in zip(self._curves, theme.curves, strict=False):
            if not len(curve.steps):
                continue
            at = -1 if step is None else int(np.abs(curve.steps - step).argmin())
            said = f"{curve.name} {format_value(float(curve.values[at]))}"
            mark = float(scaled(2 * GRID))
            middle = y - line / 2
            painter.setPen(_pen(curve, QColor(colour)))
            painter.drawLine(QPointF(x, middle), QPointF(x + mark, middle))
            painter.setPen(QColor(theme.text))
            painter.drawText(QPointF(x + mark + GRID / 2, y - metrics.descent()), said)
            x += mark + GRID / 2 + metrics.horizontalAdvance(said) + 2 * GRID

    def _paint_axes(self, painter: QPainter, area: QRectF, low: float, high: float) -> None:
        theme, metrics = self._theme, painter.fontMetrics()
        grid = QPen(QColor(theme.border), 1)
        for tick in _ticks(low, high, is_log=self.is_log):
            y = round(_place(tick, low, high, area)) + 0.5
            painter.setPen(grid)
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(theme.muted))
            said = format_value(10**tick if self.is_log else tick)
            box = QRectF(0, y - metrics.height() / 2, area.left() - GRID / 2, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, said)
        painter.setPen(QColor(theme.muted))
        below = QRectF(area.left(), area.bottom() + GRID / 2, area.width(), metrics.height())
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, f"{self._stop:,.0f}")
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, "steps")

    def _paint_curve(
        self,
        painter: QPainter,
        area: QRectF,
        curve: Curve,
        colour: QColor,
        low: float,
        high: float,
    ) -> None:
        steps, values = _thinned(curve, int(area.width()))
        values = np.log10(values) if self.is_log else values
        x = area.left() + steps / self._stop * area.width()
        y = area.bottom() - (values - low) / (high - low) * area.height()
        points = [QPointF(*point) for point in zip(x.tolist(), y.tolist(), strict=True)]
        painter.setPen(_pen(curve, colour))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))
        painter.setPen(QPen(colour, 1.5))
        has_room = len(points) * 4 * _DOT < area.width()
        for step, point in zip(steps.tolist(), points, strict=True):
            is_pointed = self._pointed is not None and step == self._pointed
            is_best = curve.best_step is not None and step == curve.best_step
            if is_pointed or is_best or len(points) == 1 or (curve.is_measured_once and has_room):
                painter.setBrush(QColor(self._theme.surface) if is_best else colour)
                size = _DOT + 1.5 if is_best or is_pointed else _DOT
                painter.drawEllipse(point, size, size)

    def _area(self) -> QRectF:
        line = self.fontMetrics().height() * 0.9
        left = self.fontMetrics().horizontalAdvance("0.0001") * 0.9 + GRID
        top = (2 if self._is_named else 1) * line + GRID
        bottom = line + GRID
        return QRectF(
            left, top, max(self.width() - left - 2 * GRID, 1), max(self.height() - top - bottom, 1)
        )

    def _values(self) -> NDArray[np.float64]:
        parts = [curve.values for curve in self._curves if len(curve.values)]
        return np.concatenate(parts) if parts else np.empty(0)

    def _steps(self) -> NDArray[np.float64]:
        parts = [curve.steps for curve in self._curves if len(curve.steps)]
        return np.unique(np.concatenate(parts)) if parts else np.empty(0)

    def _range(self) -> tuple[float, float]:
        values = self._values()
        if not len(values):
            return 0.0, 1.0
        if self.is_log:
            values = np.log10(values)
        low, high = float(values.min()), float(values.max())
        room = 0.06 * (high - low) or max(abs(high) * 0.1, 0.01)
        return low - room, high + room


def format_value(value: float) -> str:
    """Return a value as people read it: three digits that count."""
    if value and not 1e-3 <= abs(value) < 1e4:
        return f"{value:.1e}"
    digits = 2 - math.floor(math.log10(abs(value))) if value else 0
    return f"{value:.{min(max(digits, 0), 5)}f}"


def _pen(curve: Curve, colour: QColor) -> QPen:
    pen = QPen(colour, 1.5)
    if curve.is_measured_once:
        pen.setDashPattern([4, 2])
    return pen


def _place(value: float, low: float, high: float, area: QRectF) -> float:
    return area.bottom() - (value - low) / (high - low) * area.height()


def _ticks(low: float, high: float, *, is_log: bool) -> list[float]:
    """Return round values within a range; of a logarithmic scale, powers and what is between."""
    if is_log:
        ticks = [
            power + math.log10(factor)
            for power in range(math.floor(low), math.ceil(high) + 1)
            for factor in ((1,) if high - low > 2 else (1, 2, 5))
        ]
        return [tick for tick in ticks if low <= tick <= high]
    rough = (high - low) / _N_TICKS
    unit = 10.0 ** math.floor(math.log10(rough))
    step = unit * min(factor for factor in (1, 2, 5, 10) if factor * unit >= rough)
    first = math.ceil(low / step)
    ticks = [number * step for number in range(first, math.floor(high / step) + 1)]
    return [0.0 if abs(tick) < step / 1000 else tick for tick in ticks]


def _thinned(curve: Curve, n_columns: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return at most two points a column of pixels: the least and the most of each."""
    n = len(curve.steps)
    if n <= 2 * max(n_columns, 1):
        return curve.steps, curve.values
    edges = np.linspace(0, n, n_columns + 1).astype(int)[:-1]
    lows = np.minimum.reduceat(curve.values, edges)
    highs = np.maximum.reduceat(curve.values, edges)
    return np.repeat(curve.steps[edges], 2), np.stack([lows, highs], axis=1).ravel()
