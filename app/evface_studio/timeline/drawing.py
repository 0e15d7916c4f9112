"""Paints curves and shaded stretches over time."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from evface_studio.timeline.pyramid import Pyramid
from evface_studio.timeline.time_scale import TimeScale

_FILL_ALPHA = 70


def paint_line(
    painter: QPainter,
    curve: Pyramid,
    scale: TimeScale,
    place: QRectF,
    top: float,
    colour: QColor,
    *,
    style: Qt.PenStyle = Qt.PenStyle.SolidLine,
    width: int = 1,
) -> None:
    """Draw a curve from 0 to `top` in a place, with the highest and lowest of each pixel.

    A broken one goes through the middle of what a pixel holds: dashes up and down would be a blur.
    """
    times_s, low, high = _between(curve, scale)
    is_dashed = style is not Qt.PenStyle.SolidLine
    painter.setPen(QPen(colour, width, style))
    values: NDArray[np.floating]
    if is_dashed:
        values = (low + high) / 2
    elif np.array_equal(low, high, equal_nan=True):
        values = low
    else:
        # Through the least and the greatest value of each bucket.
        times_s, values = np.repeat(times_s, 2), np.stack([low, high], axis=1).ravel()
    x, y = _points(times_s, values, scale, place, top)
    # Far quicker than a path of the same lines.
    for part in _unbroken(y):
        painter.drawPolyline(pg.functions.arrayToQPolygonF(x[part], y[part]))


def paint_area(
    painter: QPainter, curve: Pyramid, scale: TimeScale, height: float, top: float, colour: str
) -> None:
    """Draw a curve along its greatest values, filled down to zero."""
    times_s, _, high = _between(curve, scale)
    if not len(times_s):
        return
    place = QRectF(0, 0, scale.width_px, height)
    body = _path(
        np.concatenate([times_s[:1], times_s, times_s[-1:]]),
        np.concatenate([[0.0], np.nan_to_num(high), [0.0]]),
        scale,
        place,
        top,
    )
    soft = QColor(colour)
    soft.setAlpha(_FILL_ALPHA)
    painter.fillPath(body, soft)
    painter.setPen(QPen(QColor(colour), 1))
    painter.drawPath(_path(times_s, high, scale, place, top))


def paint_spans(
    painter: QPainter, spans_us: NDArray[np.int64], scale: TimeScale, height: float, colour: str
) -> None:
    """Shade stretches, (n, 2) int64 us, sorted and apart; those closer than a pixel are one."""
    start = int(np.searchsorted(spans_us[:, 1], scale.start_us))
    stop = int(np.searchsorted(spans_us[:, 0], scale.stop_us))
    if start == stop:
        return
    left = np.maximum(scale.xs_of(spans_us[start:stop, 0]), 0)
    right = np.minimum(scale.xs_of(spans_us[start:stop, 1]), scale.width_px)
    right = np.maximum(right, left + 1)
    is_first = np.concatenate([[True], left[1:] > right[:-1] + 1])
    lefts = left[is_first].tolist()
    rights = right[np.concatenate([is_first[1:], [True]])].tolist()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawRects([QRectF(a, 0, b - a, height) for a, b in zip(lefts, rights, strict=True)])


def _between(
    curve: Pyramid, scale: TimeScale
) -> tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.floating]]:
    return curve.between(scale.start_us * 1e-6, scale.stop_us * 1e-6, scale.width_px)


def _points(
    times_s: NDArray[np.floating],
    values: NDArray[np.floating],
    scale: TimeScale,
    place: QRectF,
    top: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x = (times_s * 1e6 - scale.start_us) / scale.us_per_px + place.left()
    y = place.bottom() - values / top * place.height()
    return np.asarray(x, np.float64), np.asarray(y, np.float64)


def _path(
    times_s: NDArray[np.floating],
    values: NDArray[np.floating],
    scale: TimeScale,
    place: QRectF,
    top: float,
) -> QPainterPath:
    path: QPainterPath = pg.arrayToQPath(
        *_points(times_s, values, scale, place, top), connect="finite"
    )
    return path


def _unbroken(values: NDArray[np.float64]) -> list[slice]:
    """Return the stretches between values that are missing."""
    is_there = np.concatenate([[False], np.isfinite(values), [False]])
    edges = np.flatnonzero(is_there[1:] != is_there[:-1]).tolist()
    return [slice(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]
