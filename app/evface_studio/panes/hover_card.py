"""What is said of a landmark beside the pointer: its name, its state, who, when and from what."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from evface.annotations.corrections import Correction
from evface.annotations.labelled import LabelledTrack
from evface.annotations.tracks import LandmarkState
from evface_studio.landmarks.edited_face import EditedFace
from evface_studio.look.theme import Theme
from evface_studio.panes.glyphs import glyph_pixmap, landmark_glyph
from evface_studio.tools.face_parts import words_of
from evface_studio.tools.targets import Handle, PartTarget
from evface_studio.wording import format_time, format_when

STATE_WORDS = {
    LandmarkState.AUTO: "automatic",
    LandmarkState.INTERPOLATED: "interpolated",
    LandmarkState.CORRECTED: "corrected",
    LandmarkState.VERIFIED: "verified",
}
_PADDING_PX = 8.0
_GLYPH_PX = 16.0
_BESIDE_PX = 14.0


@dataclass(frozen=True)
class HoverCard:
    """A few short lines.

    Parameters
    ----------
    title
        What it is about.
    x_px, y_px
        Where that is in the picture, the origin at the centre of its first pixel.
    lines
        The first one stands beside the state's shape.
    state
        None where it has none.
    is_occluded
        Whether something hides it.
    automatic_px
        Where a machine had it, if it was moved from there.
    """

    title: str
    x_px: float
    y_px: float
    lines: tuple[str, ...]
    state: LandmarkState | None = None
    is_occluded: bool = False
    automatic_px: tuple[float, float] | None = None


def card_of(face: EditedFace, landmark: int) -> HoverCard | None:
    """Return what is known of a landmark at the moment shown; None where it is not there."""
    marks = face.marks
    if marks is None or landmark >= len(marks.state):
        return None
    state = LandmarkState(int(marks.state[landmark]))
    is_occluded = bool(marks.occluded[landmark])
    x_px, y_px = marks.landmarks_px[landmark].tolist()
    title = f"{face.scheme.names[landmark].replace('_', ' ')} · {landmark}"
    words = STATE_WORDS[state] + (", hidden" if is_occluded else "")
    lines = (words, *origin_of(face, landmark))
    automatic_px = _automatic_px(face, landmark) if state != LandmarkState.AUTO else None
    return HoverCard(title, x_px, y_px, lines, state, is_occluded, automatic_px)


def card_of_box(face: EditedFace) -> HoverCard | None:
    """Return what is known of the box at the moment shown."""
    marks, frame = face.marks, face.box_frame
    if marks is None:
        return None
    x_px, y_px = float(marks.corners_px[1, 0]), float(marks.corners_px[0, 1])
    if not marks.is_box_drawn or frame is None:
        return HoverCard("face box", x_px, y_px, ("around the landmarks",))
    said = next(iter(frame.corrections.values()), None)
    state = LandmarkState(int(frame.state.max()))
    lines = (STATE_WORDS[state], *(() if said is None else _words_of(said)))
    return HoverCard("face box", x_px, y_px, lines, state)


def card_of_handle(handle: Handle) -> HoverCard:
    """Return what a handle does."""
    if isinstance(handle.target, PartTarget):
        title, line = words_of(handle.target.part), "drag moves it"
    else:
        title, line = "whole face", "Ctrl and drag moves it"
    return HoverCard(title, handle.x_px, handle.y_px, (line,))


def origin_of(face: EditedFace, landmark: int) -> tuple[str, ...]:
    """Return who said where a landmark is, when, and by what means, as short lines."""
    frame, labelled = face.frame, face.labelled
    if frame is None or labelled is None:
        return ()
    said = frame.corrections.get(landmark)
    if said is not None:
        return _words_of(said)
    if frame.state[landmark] == LandmarkState.INTERPOLATED:
        before, after = labelled.corrections.around(landmark, frame.t_us)
        if before is not None and after is not None:
            authors = dict.fromkeys((before.correction.author, after.correction.author))
            return (
                f"between {format_time(before.t_us)} and {format_time(after.t_us)}",
                f"corrected there by {' and '.join(authors)}",
            )
    source = labelled.track.source
    return (f"{source.kind}: {source.name}",)


def _automatic_px(face: EditedFace, landmark: int) -> tuple[float, float] | None:
    frame, labelled = face.frame, face.labelled
    if frame is None or labelled is None:
        return None
    x, y = LabelledTrack(labelled.track).frame_at(frame.t_us).landmarks[landmark].tolist()
    return (x, y) if math.isfinite(x) and math.isfinite(y) else None


def _words_of(said: Correction) -> tuple[str, ...]:
    by = said.source if said.source != "person" else ""
    return (f"by {said.author}, {format_when(said.made_at)}", *((by,) if by else ()))


def paint_card(
    painter: QPainter, card: HoverCard, beside: QPointF, seen: QRectF, theme: Theme
) -> None:
    """Draw a card above and right of a point, or wherever there is room.

    Parameters
    ----------
    beside
        On the screen.
    seen
        The part of the screen that it must stay within.
    """
    bold = QFont(painter.font())
    bold.setWeight(QFont.Weight.DemiBold)
    plain = painter.font()
    metrics, bold_metrics = QFontMetricsF(plain), QFontMetricsF(bold)
    line_px = metrics.height() + 1
    widths = [bold_metrics.horizontalAdvance(card.title)]
    widths += [metrics.horizontalAdvance(line) for line in card.lines]
    if card.state is not None:
        widths[1] += _GLYPH_PX + 4
    size = max(widths) + 2 * _PADDING_PX, line_px * (len(card.lines) + 1) + 2 * _PADDING_PX - 4
    frame = QRectF(0, 0, *size)
    frame.moveTo(beside.x() + _BESIDE_PX, beside.y() - frame.height() - _BESIDE_PX)
    seen = seen.adjusted(4, 4, -4, -4)
    if frame.right() > seen.right():
        frame.moveRight(max(beside.x() - _BESIDE_PX, seen.left() + frame.width()))
    if frame.top() < seen.top():
        frame.moveTop(min(beside.y() + _BESIDE_PX, seen.bottom() - frame.height()))
    painter.setPen(QPen(QColor(theme.border), 1.0))
    painter.setBrush(QColor(theme.raised))
    painter.drawRoundedRect(frame, 5, 5)
    left, y = frame.left() + _PADDING_PX, frame.top() + _PADDING_PX - 2
    painter.setFont(bold)
    painter.setPen(QColor(theme.text))
    _write(painter, left, y, line_px, card.title)
    painter.setFont(plain)
    for row, line in enumerate(card.lines):
        y += line_px
        indent = 0.0
        if row == 0 and card.state is not None:
            indent = _GLYPH_PX + 4
            ratio = painter.device().devicePixelRatioF()
            picture = glyph_pixmap(
                landmark_glyph(card.state),
                theme.landmark(card.state),
                4.0,
                ratio,
                is_occluded=card.is_occluded,
            )
            half = picture.deviceIndependentSize().width() / 2
            painter.drawPixmap(
                QPointF(left + _GLYPH_PX / 2 - half, y + line_px / 2 - half), picture
            )
        painter.setPen(QColor(theme.text if row == 0 else theme.muted))
        _write(painter, left + indent, y, line_px, line)


def _write(painter: QPainter, x: float, y: float, height: float, text: str) -> None:
    painter.drawText(QRectF(x, y, 2_000, height), Qt.AlignmentFlag.AlignVCenter, text)
