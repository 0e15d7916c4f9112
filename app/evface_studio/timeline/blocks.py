"""Paints coded and suggested segments as blocks: what differs in meaning differs in shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontInfo, QImage, QPainter, QPen, QPolygonF

from evface.annotations.segments import LEVELS, Decision, Presence, Segment, Side
from evface_studio.theme import Theme
from evface_studio.timeline.row_segments import RowSegments
from evface_studio.timeline.time_scale import TimeScale

# Narrower ones show no details, and are painted all at once.
_NARROW_PX = 4
_MARGIN = 3
_OTHERS_HEIGHT = 5
_LOWEST_TEXT = 9
_SIDES = {Side.LEFT: "L", Side.RIGHT: "R", Side.BOTH: ""}


@dataclass(frozen=True)
class Look:
    """Colours of blocks."""

    coded: QColor
    suggested: QColor
    others: QColor
    muted: QColor
    text: QColor
    ground: QColor

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
    """Paint the segments in view. Takes about as long as the row has pixels."""
    shown = row.between(scale.start_us, scale.stop_us)
    if not len(shown):
        return
    left = scale.xs_of(row.onset_us[shown])
    right = scale.xs_of(row.offset_us[shown])
    is_narrow = right - left < _NARROW_PX
    if is_narrow.any():
        narrow = shown[is_narrow]
        _paint_narrow(
            painter,
            [row.segments[i] for i in narrow],
            left[is_narrow],
            right[is_narrow],
            scale.width_px,
            place,
            look,
            is_suggested=is_suggested,
            is_others=is_others,
        )
    wide = np.flatnonzero(~is_narrow)
    # Edges far outside need not be drawn where they are, which the painter would do slowly.
    lefts = np.maximum(left[wide], -20).tolist()
    rights = np.minimum(right[wide], scale.width_px + 20).tolist()
    for index, x0, x1 in zip(shown[wide], lefts, rights, strict=True):
        segment = row.segments[index]
        top, height = place.of(segment.side, is_others=is_others)
        body = QRectF(x0, top, x1 - x0, height)
        apex_x = None if segment.apex_us is None else scale.x_of(segment.apex_us)
        if is_others:
            paint_others_block(painter, body, segment, look)
        else:
            paint_block(painter, body, segment, apex_x, look, is_suggested=is_suggested)


def paint_block(
    painter: QPainter,
    body: QRectF,
    segment: Segment,
    apex_x: float | None,
    look: Look,
    *,
    is_suggested: bool = False,
) -> None:
    """Paint one block with its level, side and apex."""
    inner = body.adjusted(0.5, 0.5, -0.5, -0.5)
    if segment.decision is Decision.REFUSED:
        _outline(painter, inner, look.muted, Qt.PenStyle.DotLine, None)
        painter.drawLine(QLineF(inner.bottomLeft(), inner.topRight()))
        return
    colour = look.suggested if is_suggested else look.coded
    style = Qt.PenStyle.DashLine if is_suggested else Qt.PenStyle.SolidLine
    if segment.presence is Presence.ABSENT:
        brush = QBrush(_faint(colour, 110), Qt.BrushStyle.BDiagPattern)
        _outline(painter, inner, colour, style, brush)
        words = "0"
    elif segment.presence is Presence.NOT_VISIBLE:
        brush = QBrush(_faint(look.muted, 130), Qt.BrushStyle.DiagCrossPattern)
        _outline(painter, inner, look.muted, style, brush)
        words = "×"
    else:
        _outline(painter, inner, colour, style, QBrush(_faint(colour, 34 if is_suggested else 84)))
        level = "" if segment.intensity is None else segment.intensity.level
        if level:
            # The stronger, the higher it is filled.
            share = (LEVELS.index(level) + 1) / len(LEVELS)
            filled = QRectF(inner)
            filled.setTop(inner.bottom() - share * inner.height())
            painter.fillRect(filled, _faint(colour, 40 if is_suggested else 120))
        words = level
    _apex(painter, body, apex_x, look)
    said = " ".join(filter(None, (words, _SIDES[segment.side])))
    _write(painter, body, said, apex_x, look)


def paint_others_block(painter: QPainter, body: QRectF, segment: Segment, look: Look) -> None:
    """Paint what somebody else coded: a thin bar, filled, empty or crossed."""
    brush = {
        Presence.PRESENT: QBrush(_faint(look.others, 170)),
        Presence.ABSENT: None,
        Presence.NOT_VISIBLE: QBrush(look.others, Qt.BrushStyle.DiagCrossPattern),
    }[segment.presence]
    inner = body.adjusted(0.5, 0.5, -0.5, -0.5)
    _outline(painter, inner, look.others, Qt.PenStyle.SolidLine, brush)


def paint_selection(painter: QPainter, body: QRectF, look: Look) -> None:
    """Paint the frame of the chosen block, and the handles of its edges."""
    _outline(painter, body, look.text, Qt.PenStyle.SolidLine, None, width=2)
    for x in (body.left() - 1, body.right() - 1):
        painter.fillRect(QRectF(x, body.top() - 1, 3, body.height() + 2), look.text)


def _outline(
    painter: QPainter,
    body: QRectF,
    colour: QColor,
    style: Qt.PenStyle,
    brush: QBrush | None,
    width: float = 1,
) -> None:
    painter.setPen(QPen(colour, width, style))
    painter.setBrush(brush if brush is not None else Qt.BrushStyle.NoBrush)
    painter.drawRect(body)


def _apex(painter: QPainter, body: QRectF, apex_x: float | None, look: Look) -> None:
    if apex_x is None:
        return
    x = round(apex_x) + 0.5
    painter.setPen(QPen(look.text, 1))
    painter.drawLine(QLineF(x, body.top() + 1, x, body.bottom() - 1))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.text)
    top = body.top() + 1
    painter.drawPolygon(QPolygonF([QPointF(x - 3, top), QPointF(x + 3, top), QPointF(x, top + 4)]))


def _write(painter: QPainter, body: QRectF, words: str, apex_x: float | None, look: Look) -> None:
    """Write beside the apex, in smaller letters where the block is low, or not at all."""
    if not words or body.height() < _LOWEST_TEXT:
        return
    font = painter.font()
    room = QFontInfo(font).pixelSize()
    small = QFont(font)
    small.setPixelSize(min(room, round(body.height())))
    painter.setFont(small)
    width = painter.fontMetrics().horizontalAdvance(words)
    # What begins before the view says so within it.
    left = max(body.left(), 0) + 5
    if apex_x is not None and left - 2 < apex_x < left + width + 2:
        left = apex_x + 4
    if left + width + 2 <= body.right():
        painter.setPen(look.text)
        painter.drawText(
            QRectF(left, body.top() - 4, width + 4, body.height() + 8),
            Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine,
            words,
        )
    painter.setFont(font)


def _paint_narrow(
    painter: QPainter,
    segments: list[Segment],
    left: NDArray[np.float64],
    right: NDArray[np.float64],
    width_px: int,
    place: RowPlace,
    look: Look,
    *,
    is_suggested: bool,
    is_others: bool,
) -> None:
    """Paint many narrow blocks as columns: all of one sort and side in one picture."""
    first = np.clip(np.floor(left), 0, width_px - 1).astype(np.intp)
    after = np.clip(np.ceil(right), first + 1, width_px).astype(np.intp)
    sorts = np.array([_sort_of(one) for one in segments])
    for code in np.unique(sorts).tolist():
        presence, side, is_refused = _parts_of(code)
        chosen = sorts == code
        changes = np.zeros(width_px + 1, np.intp)
        np.add.at(changes, first[chosen], 1)
        np.add.at(changes, after[chosen], -1)
        is_covered = np.cumsum(changes[:-1]) > 0
        top, height = place.of(side, is_others=is_others)
        base = look.others if is_others else look.suggested if is_suggested else look.coded
        if is_refused or presence is Presence.NOT_VISIBLE:
            _columns(painter, is_covered, look.muted, top + height * 0.3, height * 0.4)
        elif presence is Presence.ABSENT:
            _columns(painter, is_covered, base, top, 1)
            _columns(painter, is_covered, base, top + height - 1, 1)
        else:
            colour = _faint(base, 110 if is_suggested else 205)
            _columns(painter, is_covered, colour, top, height)


_PRESENCES = tuple(Presence)
_ALL_SIDES = tuple(Side)


def _sort_of(segment: Segment) -> int:
    return _code(segment.presence, segment.side, segment.decision is Decision.REFUSED)


def _code(presence: Presence, side: Side, is_refused: bool) -> int:
    return (_PRESENCES.index(presence) * 3 + _ALL_SIDES.index(side)) * 2 + is_refused


def _parts_of(code: int) -> tuple[Presence, Side, bool]:
    rest, is_refused = divmod(code, 2)
    return _PRESENCES[rest // 3], _ALL_SIDES[rest % 3], bool(is_refused)


def _columns(
    painter: QPainter, is_covered: NDArray[np.bool_], colour: QColor, top: float, height: float
) -> None:
    alpha = colour.alpha()
    red, green, blue = (
        round(part * alpha / 255) for part in (colour.red(), colour.green(), colour.blue())
    )
    pixel = alpha << 24 | red << 16 | green << 8 | blue
    line = np.where(is_covered, np.uint32(pixel), np.uint32(0))
    image = QImage(
        line.data, len(line), 1, 4 * len(line), QImage.Format.Format_ARGB32_Premultiplied
    )
    painter.drawImage(QRectF(0, top, len(line), max(height, 1)), image)


def _faint(colour: QColor, alpha: int) -> QColor:
    faint = QColor(colour)
    faint.setAlpha(alpha)
    return faint
