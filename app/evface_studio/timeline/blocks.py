"""Paints coded and suggested segments as blocks: what differs in meaning differs in shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontInfo, QImage, QPainter, QPen

from evface.annotations.segments import LEVELS, Presence, Side
from evface_studio.look.theme import Theme
from evface_studio.timeline.row_segments import NO_APEX, Kind, RowSegments
from evface_studio.timeline.time_scale import TimeScale

# Narrower ones show no details, and are painted as columns.
_NARROW_PX = 4
_MARGIN = 3
_OTHERS_HEIGHT = 5
_LOWEST_TEXT = 9
_LEAST_TEXT_PX = 12
_SIDES = {Side.LEFT: "L", Side.RIGHT: "R", Side.BOTH: ""}


@dataclass(frozen=True)
class Look:
    """Colours of blocks, and the styles made of them so far."""

    coded: QColor
    suggested: QColor
    others: QColor
    muted: QColor
    text: QColor
    ground: QColor
    _styles: dict[tuple[Kind, bool, bool], _Style] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, theme: Theme) -> Look:
        """Return the colours of a theme."""
        return cls(
            coded=QColor(theme.coded),
            suggested=QColor(theme.suggested),
            others=QColor(theme.muted),
            muted=QColor(theme.muted),
            text=QColor(theme.text),
            ground=QColor(theme.surface),
        )

    def style_of(self, kind: Kind, *, is_suggested: bool, is_others: bool) -> _Style:
        """Return how blocks of a kind are painted; it is worked out once."""
        key = kind, is_suggested, is_others
        style = self._styles.get(key)
        if style is None:
            style = _style_of(kind, self, is_suggested=is_suggested, is_others=is_others)
            self._styles[key] = style
        return style


@dataclass(frozen=True)
class RowPlace:
    """Where in a row blocks lie: those of one side in one half, those of others at the bottom."""

    top: float
    height: float
    has_others: bool = False

    def of(self, side: Side, *, is_others: bool = False) -> tuple[float, float]:
        """Return the top and the height of a block."""
        bottom = self.top + self.height - _MARGIN
        if is_others:
            return bottom - _OTHERS_HEIGHT, _OTHERS_HEIGHT
        top = self.top + _MARGIN
        height = bottom - top - (_OTHERS_HEIGHT + 2 if self.has_others else 0)
        half = (height - 1) / 2
        if side is Side.RIGHT:
            return top, half
        if side is Side.LEFT:
            return top + half + 1, half
        return top, height


def paint_blocks(
    painter: QPainter,
    row: RowSegments,
    scale: TimeScale,
    place: RowPlace,
    look: Look,
    *,
    is_suggested: bool = False,
    is_others: bool = False,
) -> None:
    """Paint the segments in view, those that look alike together."""
    shown = row.between(scale.start_us, scale.stop_us)
    if not len(shown):
        return
    left, right = scale.xs_of(row.onset_us[shown]), scale.xs_of(row.offset_us[shown])
    apex = np.where(row.apex_us[shown] == NO_APEX, np.nan, scale.xs_of(row.apex_us[shown]))
    is_narrow = right - left < _NARROW_PX
    wide, narrow = np.flatnonzero(~is_narrow), np.flatnonzero(is_narrow)
    # Edges far outside need not be drawn where they are, which takes long.
    lefts = np.maximum(left, -20)
    widths = np.minimum(right, scale.width_px + 20) - lefts
    for number, which in _each(row.kind_numbers[shown[wide]], wide):
        kind = row.kinds[number]
        style = look.style_of(kind, is_suggested=is_suggested, is_others=is_others)
        spans = list(zip(lefts[which].tolist(), widths[which].tolist(), strict=True))
        band = place.of(kind.side, is_others=is_others)
        _paint_bodies(painter, spans, band, apex[which].tolist(), style, look)
    # Narrow ones show no level: those that differ in nothing else are painted together.
    for number, which in _each(row.plain_kind_numbers[shown[narrow]], narrow):
        kind = row.plain_kinds[number]
        style = look.style_of(kind, is_suggested=is_suggested, is_others=is_others)
        is_covered = _covered(left[which], right[which], scale.width_px)
        _paint_columns(painter, is_covered, style, *place.of(kind.side, is_others=is_others))


def _each(
    numbers: NDArray[np.intp], places: NDArray[np.intp]
) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Return the places of each number."""
    if len(numbers):
        for number in np.flatnonzero(np.bincount(numbers)).tolist():
            yield number, places[numbers == number]


def paint_block(
    painter: QPainter, body: QRectF, kind: Kind, apex_x: float | None, look: Look
) -> None:
    """Paint one block that is being dragged."""
    style = look.style_of(kind, is_suggested=False, is_others=False)
    apexes = [np.nan if apex_x is None else apex_x]
    spans = [(body.left(), body.width())]
    _paint_bodies(painter, spans, (body.top(), body.height()), apexes, style, look)


def paint_selection(painter: QPainter, body: QRectF, look: Look) -> None:
    """Paint the frame of the chosen block, and the handles of its edges."""
    painter.setPen(QPen(look.text, 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(body)
    for x in (body.left() - 1, body.right() - 1):
        painter.fillRect(QRectF(x, body.top() - 1, 3, body.height() + 2), look.text)


@dataclass(frozen=True)
class _Style:
    """How blocks of one kind are painted.

    Parameters
    ----------
    filled
        How much of the height is filled a second time: the stronger, the more.
    column
        Where narrow ones are painted: shares of the height from the top, and how strongly.
    """

    pen: QPen
    brush: QBrush
    words: str = ""
    fill: QColor | None = None
    filled: float = 0.0
    is_struck: bool = False
    column: tuple[tuple[float, float], ...] = ((0.0, 1.0),)
    column_alpha: int = 205


def _style_of(kind: Kind, look: Look, *, is_suggested: bool, is_others: bool) -> _Style:
    words = " ".join(filter(None, (kind.level, _SIDES[kind.side])))
    if is_others:
        return _style_of_others(kind, look)
    if kind.is_refused:
        pen = QPen(look.muted, 1, Qt.PenStyle.DotLine)
        return _Style(pen, QBrush(), words, is_struck=True, column=((0.4, 0.6),))
    colour = look.suggested if is_suggested else look.coded
    line = Qt.PenStyle.DashLine if is_suggested else Qt.PenStyle.SolidLine
    if kind.presence is Presence.ABSENT:
        hatched = QBrush(_faint(colour, 110), Qt.BrushStyle.BDiagPattern)
        words = " ".join(filter(None, ("0", _SIDES[kind.side])))
        return _Style(QPen(colour, 1, line), hatched, words, column=((0.0, 0.1), (0.9, 1.0)))
    if kind.presence is Presence.NOT_VISIBLE:
        crossed = QBrush(_faint(look.muted, 130), Qt.BrushStyle.DiagCrossPattern)
        words = " ".join(filter(None, ("×", _SIDES[kind.side])))
        return _Style(QPen(look.muted, 1, line), crossed, words, column=((0.3, 0.7),))
    return _Style(
        QPen(colour, 1, line),
        QBrush(_faint(colour, 34 if is_suggested else 84)),
        words,
        _faint(colour, 40 if is_suggested else 120),
        (LEVELS.index(kind.level) + 1) / len(LEVELS) if kind.level else 0.0,
        column_alpha=110 if is_suggested else 205,
    )


def _style_of_others(kind: Kind, look: Look) -> _Style:
    brush = {
        Presence.PRESENT: QBrush(_faint(look.others, 170)),
        Presence.ABSENT: QBrush(),
        Presence.NOT_VISIBLE: QBrush(look.others, Qt.BrushStyle.DiagCrossPattern),
    }[kind.presence]
    return _Style(QPen(look.others, 1), brush)


def _paint_bodies(
    painter: QPainter,
    spans: list[tuple[float, float]],
    band: tuple[float, float],
    apexes: list[float],
    style: _Style,
    look: Look,
) -> None:
    """Paint blocks of the same style.

    Parameters
    ----------
    spans
        Left end and width of each.
    band
        Top and height of all.
    apexes
        Where each is strongest, NaN where that was not said.
    """
    top, height = band[0] + 0.5, band[1] - 1
    bodies = [QRectF(x + 0.5, top, width - 1, height) for x, width in spans]
    painter.setPen(style.pen)
    painter.setBrush(style.brush)
    painter.drawRects(bodies)
    if style.is_struck:
        painter.drawLines([QLineF(body.bottomLeft(), body.topRight()) for body in bodies])
    if style.fill is not None and style.filled:
        empty = (1 - style.filled) * height
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(style.fill)
        painter.drawRects(
            [QRectF(x + 0.5, top + empty, width - 1, height - empty) for x, width in spans]
        )
    _paint_apexes(painter, band, [x for x in apexes if x == x], look)
    if style.words and band[1] >= _LOWEST_TEXT:
        _write(painter, spans, band, apexes, style.words, look)


def _paint_apexes(
    painter: QPainter, band: tuple[float, float], apexes: list[float], look: Look
) -> None:
    """Paint a line at each apex, with a bar on top."""
    if apexes:
        painter.setPen(QPen(look.text, 1))
        top, bottom = band[0] + 1.5, band[0] + band[1] - 1
        middles = [round(x) + 0.5 for x in apexes]
        painter.drawLines(
            [QLineF(x, top, x, bottom) for x in middles]
            + [QLineF(x - 2, top, x + 2, top) for x in middles]
            + [QLineF(x - 1, top + 1, x + 1, top + 1) for x in middles]
        )


def _write(
    painter: QPainter,
    spans: list[tuple[float, float]],
    band: tuple[float, float],
    apexes: list[float],
    words: str,
    look: Look,
) -> None:
    """Write in each block beside its apex, in smaller letters where it is low, or not at all."""
    if max(width for _, width in spans) < _LEAST_TEXT_PX:
        return
    kept = painter.font()
    font = QFont(kept)
    font.setPixelSize(min(QFontInfo(kept).pixelSize(), round(band[1])))
    painter.setFont(font)
    painter.setPen(look.text)
    metrics = painter.fontMetrics()
    wanted = metrics.horizontalAdvance(words)
    baseline = band[0] + (band[1] + metrics.capHeight()) / 2
    for (x, width), apex_x in zip(spans, apexes, strict=True):
        if width < wanted + 7:
            continue
        # What begins before the view says so within it.
        left = max(x, 0) + 5
        if left - 2 < apex_x < left + wanted + 2:
            left = apex_x + 4
        if left + wanted + 2 <= x + width:
            painter.drawText(QPointF(left, baseline), words)
    painter.setFont(kept)


def _covered(
    left: NDArray[np.float64], right: NDArray[np.float64], width_px: int
) -> NDArray[np.bool_]:
    """Return which columns of pixels narrow blocks lie on."""
    first = np.clip(np.floor(left), 0, width_px - 1).astype(np.intp)
    after = np.clip(np.ceil(right), first + 1, width_px).astype(np.intp)
    changes = np.zeros(width_px + 1, np.intp)
    np.add.at(changes, first, 1)
    np.add.at(changes, after, -1)
    is_covered: NDArray[np.bool_] = np.cumsum(changes[:-1]) > 0
    return is_covered


def _paint_columns(
    painter: QPainter, is_covered: NDArray[np.bool_], style: _Style, top: float, height: float
) -> None:
    colour = style.pen.color()
    alpha = style.column_alpha
    red, green, blue = (
        round(part * alpha / 255) for part in (colour.red(), colour.green(), colour.blue())
    )
    pixel = alpha << 24 | red << 16 | green << 8 | blue
    line = np.where(is_covered, np.uint32(pixel), np.uint32(0))
    n = len(line)
    image = QImage(line.data, n, 1, 4 * n, QImage.Format.Format_ARGB32_Premultiplied)
    for begin, end in style.column:
        part = QRectF(0, top + begin * height, n, max((end - begin) * height, 1))
        painter.drawImage(part, image)


def _faint(colour: QColor, alpha: int) -> QColor:
    faint = QColor(colour)
    faint.setAlpha(alpha)
    return faint
