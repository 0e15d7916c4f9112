"""The rows of the timeline, one an action unit: curves, suggestions, and what was coded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPixmap, QRegion
from PySide6.QtWidgets import QWidget

from evface.annotations.segments import Decision, Segment, Side
from evface_studio.coding.text import describe
from evface_studio.look.theme import GRID, Theme
from evface_studio.timeline.blocks import (
    Look,
    RowPlace,
    paint_block,
    paint_blocks,
    paint_selection,
)
from evface_studio.timeline.drawing import paint_line, paint_spans
from evface_studio.timeline.pyramid import Pyramid
from evface_studio.timeline.row_segments import Kind, RowSegments
from evface_studio.timeline.segment_drag import Drag, Draw, Hit, Part, hit_at
from evface_studio.timeline.strip import TimeStrip
from evface_studio.timeline.time_scale import TimeScale
from evface_studio.view_state import ViewState

_CURVE_SHARE, _HEAD = 0.6, 1.08
_SELECTED_ALPHA = 26


@dataclass(frozen=True, eq=False)
class Row:
    """What one action unit's row shows.

    Parameters
    ----------
    curve, truth
        Its coefficient over time as it was found, and as it is known.
    predicted, unsure
        The same as a network tells it, and where it doubts that.
    top
        What the row's height stands for.
    coded, others
        What this annotator coded, and what others did.
    suggested
        What is proposed, and what of it was refused where that is shown.
    """

    unit: str
    curve: Pyramid | None = None
    truth: Pyramid | None = None
    top: float = 1.0
    coded: RowSegments = field(default_factory=RowSegments)
    others: RowSegments = field(default_factory=RowSegments)
    suggested: RowSegments = field(default_factory=RowSegments)
    predicted: Pyramid | None = None
    unsure: Pyramid | None = None


class UnitRows(TimeStrip):
    """Each row is painted once and kept while only the cursor moves.

    A drag on an empty place draws a segment; edges and the apex of what is there can be dragged,
    with Ctrl all of it. A click chooses a segment, or moves the cursor to an empty place; a double
    click plays a segment again and again.
    """

    # A row was clicked: its action unit.
    unit_pressed = Signal(str)
    # A segment was clicked; None for an empty place.
    segment_pressed = Signal(object)
    segment_double_clicked = Signal(object)
    # A drag ended: action unit, onset and offset, us.
    drawn = Signal(str, object, object)
    # A drag ended: the segment as it was, and as it shall be.
    reshaped = Signal(object, object)
    # Escape was pressed while keys were held.
    marks_cancelled = Signal()

    def __init__(self, view_state: ViewState, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(view_state, theme, parent)
        self._look = Look.of(theme)
        self._rows: tuple[Row, ...] = ()
        self._pictures: dict[str, QPixmap] = {}
        self._row_height = 4 * GRID
        self._unit = ""
        self._segment: Segment | None = None
        self._spans_us: NDArray[np.int64] = np.empty((0, 2), np.int64)
        self._marks: Mapping[str, tuple[int, int]] = {}
        self._action: Drag | Draw | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Action units")

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is shown, from the top."""
        return self._rows

    @property
    def row_height(self) -> int:
        """Height of each row."""
        return self._row_height

    def set_rows(self, rows: Sequence[Row], row_height: int) -> None:
        """Show other rows. Those that are the same objects as before are not painted anew."""
        before = {row.unit: row for row in self._rows}
        if row_height != self._row_height:
            self._pictures.clear()
        self._rows, self._row_height = tuple(rows), row_height
        self._pictures = {
            row.unit: self._pictures[row.unit]
            for row in rows
            if before.get(row.unit) is row and row.unit in self._pictures
        }
        self.setFixedHeight(max(len(rows), 1) * row_height)
        self.update()

    def set_chosen(self, unit: str, segment: Segment | None) -> None:
        """Mark another row and another segment."""
        for name in {self._unit, unit} if unit != self._unit else ():
            self._pictures.pop(name, None)
        self._unit, self._segment = unit, segment
        self.update()

    def set_spans(self, spans_us: NDArray[np.int64]) -> None:
        """Shade stretches without a face, (n, 2) int64 us, sorted and apart."""
        self._spans_us = spans_us
        self.redraw()

    def set_marks(self, marks: Mapping[str, tuple[int, int]]) -> None:
        """Show what held keys have marked so far, by action unit, us."""
        for name in {*self._marks, *marks}:
            self._update_row(name)
        self._marks = dict(marks)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._look = Look.of(theme)
        super().set_theme(theme)

    def redraw(self) -> None:
        """Paint everything anew."""
        self._pictures.clear()
        super().redraw()

    def top_of(self, unit: str) -> int | None:
        """Return where a row begins; None where it is not shown."""
        index = next((i for i, row in enumerate(self._rows) if row.unit == unit), None)
        return None if index is None else index * self._row_height

    def row_at(self, y: float) -> Row | None:
        """Return the row at a height; None below the last."""
        index = int(y // self._row_height)
        return self._rows[index] if 0 <= index < len(self._rows) else None

    def cancel_drag(self) -> bool:
        """Forget what is being dragged; return whether something was."""
        was_dragging = self._action is not None
        self._action, self._drag = None, None
        self.update()
        return was_dragging

    def paint_kept(self, painter: QPainter, region: QRegion, scale: TimeScale) -> None:
        """Paint the rows within the region."""
        exposed = region.boundingRect()
        height = self._row_height
        painter.fillRect(
            QRect(0, len(self._rows) * height, self.width(), self.height()),
            QColor(self._theme.surface),
        )
        first = max(exposed.top() // height, 0)
        for index in range(first, min(exposed.bottom() // height + 1, len(self._rows))):
            row = self._rows[index]
            picture = self._pictures.get(row.unit)
            if picture is None:
                picture = self._pictures[row.unit] = self._paint_row(row, scale)
            painter.drawPixmap(0, index * height, picture)

    def paint_over(self, painter: QPainter, scale: TimeScale) -> None:
        """Paint the chosen segment's frame, what is dragged, and what is held."""
        for unit, (onset_us, offset_us) in self._marks.items():
            top = self.top_of(unit)
            if top is not None:
                x0, x1 = scale.x_of(onset_us), scale.x_of(offset_us)
                self._paint_growing(painter, top, x0, x1)
        if isinstance(self._action, Draw):
            top = self.top_of(self._action.unit)
            if top is not None:
                first_us, last_us = self._action.span_us
                self._paint_growing(painter, top, scale.x_of(first_us), scale.x_of(last_us))
        shown = self._action.shown if isinstance(self._action, Drag) else self._segment
        top = None if shown is None else self.top_of(shown.unit)
        if shown is None or top is None:
            return
        body = self._body_of(shown, top, scale)
        if isinstance(self._action, Drag):
            painter.fillRect(body, self._look.ground)
            apex_x = None if shown.apex_us is None else scale.x_of(shown.apex_us)
            paint_block(painter, body, Kind.of(shown), apex_x, self._look)
        paint_selection(painter, body, self._look)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a row and a segment; begin to draw, or to drag an edge."""
        super().mousePressEvent(event)
        if event.button() is not Qt.MouseButton.LeftButton or self._drag == "mark":
            return
        row = self.row_at(event.position().y())
        if row is None:
            return
        self._drag = "click"
        self.unit_pressed.emit(row.unit)
        hit = self._hit_at(event.position())
        self.segment_pressed.emit(None if hit is None else hit.segment)
        t_us = self.scale.t_of(event.position().x())
        is_whole = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if hit is None:
            self._action = Draw(row.unit, t_us, t_us)
        elif not hit.is_others and (is_whole or hit.part is not Part.BODY):
            part = Part.WHOLE if is_whole else hit.part
            self._action = Drag(hit.segment, part, t_us, self._view_state.duration_us)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on drawing or dragging."""
        if self._action is None or self._drag is None:
            super().mouseMoveEvent(event)
            return
        if self._drag == "click" and self.is_drag(event.position()):
            self._drag = "shape"
        if self._drag == "shape":
            t_us = min(max(self.scale.t_of(event.position().x()), 0), self._view_state.duration_us)
            self._action = self._action.moved_to(t_us)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag with one edit; a click on an empty place moves the cursor."""
        action, self._action = self._action, None
        if self._drag == "shape" and isinstance(action, Draw):
            first_us, last_us = action.span_us
            if last_us > first_us:
                self.drawn.emit(action.unit, first_us, last_us)
        elif self._drag == "shape" and isinstance(action, Drag):
            if action.by_us:
                self.reshaped.emit(action.segment, action.shown)
        elif self._drag == "click" and isinstance(action, Draw):
            self.sought.emit(self.scale.t_of(event.position().x()))
        self._drag = None
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Play a segment again and again."""
        hit = self._hit_at(event.position())
        if hit is not None and event.button() is Qt.MouseButton.LeftButton:
            self.segment_double_clicked.emit(hit.segment)

    def event(self, event: QEvent) -> bool:
        """Keep Escape to oneself while something is being drawn, dragged or held."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            is_escape = event.key() == Qt.Key.Key_Escape
            if is_escape and (self._action is not None or self._marks):
                event.accept()
                return True
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            hit = self._hit_at(QPointF(event.pos()))
            self.setToolTip("" if hit is None else self._words_of(hit))
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Escape put back what is being drawn or dragged."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif not self.cancel_drag():
            self.marks_cancelled.emit()

    def hover(self, position: QPointF) -> None:
        """Show what a press would do."""
        hit = self._hit_at(position)
        if hit is None:
            self.setCursor(Qt.CursorShape.CrossCursor)
        elif hit.part in (Part.ONSET, Part.OFFSET):
            self.setCursor(Qt.CursorShape.SizeHorCursor)
        elif hit.part is Part.APEX:
            self.setCursor(Qt.CursorShape.SplitHCursor)
        else:
            self.unsetCursor()

    def _hit_at(self, position: QPointF) -> Hit | None:
        row = self.row_at(position.y())
        top = None if row is None else self.top_of(row.unit)
        if row is None or top is None:
            return None
        layers = ((row.suggested, False), (row.others, True), (row.coded, False))
        return hit_at(position, layers, self._place(row, top), self.scale, chosen=self._segment)

    def _words_of(self, hit: Hit) -> str:
        row = next(row for row in self._rows if row.unit == hit.segment.unit)
        is_open = any(one is hit.segment for one in row.suggested.segments)
        is_refused = hit.segment.decision is Decision.REFUSED
        return describe(hit.segment, is_suggestion=is_open and not is_refused)

    def _place(self, row: Row, top: float) -> RowPlace:
        return RowPlace(top, self._row_height - 1, has_others=len(row.others) > 0)

    def _body_of(self, segment: Segment, top: float, scale: TimeScale) -> QRectF:
        row = next(row for row in self._rows if row.unit == segment.unit)
        is_others = any(one.id == segment.id for one in row.others.segments)
        y, height = self._place(row, top).of(segment.side, is_others=is_others)
        x0 = max(scale.x_of(segment.onset_us), -20.0)
        x1 = min(max(scale.x_of(segment.offset_us), x0 + 1), scale.width_px + 20.0)
        return QRectF(x0, y, max(x1 - x0, 1), height)

    def _paint_row(self, row: Row, scale: TimeScale) -> QPixmap:
        picture = self.new_pixmap(self.width(), self._row_height)
        painter = QPainter(picture)
        height = self._row_height
        if scale.stop_us > scale.start_us:
            paint_spans(painter, self._spans_us, scale, height, self._theme.invalid)
        if row.unit == self._unit:
            ground = QColor(self._theme.accent)
            ground.setAlpha(_SELECTED_ALPHA)
            painter.fillRect(0, 0, self.width(), height, ground)
        place = QRectF(0, 2, self.width(), height - 4)
        faint = _between(QColor(self._theme.surface), QColor(self._theme.muted), _CURVE_SHARE)
        predicted, lines = QColor(self._theme.predicted), Qt.PenStyle
        for curve, colour, style, width in (
            (row.truth, QColor(self._theme.truth), lines.DashLine, 1),
            (row.curve, faint, lines.SolidLine, 1),
            (row.predicted, predicted, lines.SolidLine, 2),
            (row.unsure, predicted, lines.DotLine, 2),
        ):
            if curve is not None:
                top = _HEAD * row.top
                paint_line(painter, curve, scale, place, top, colour, style=style, width=width)
        font = self.font()
        font.setBold(True)
        painter.setFont(font)
        at = self._place(row, 0)
        paint_blocks(painter, row.suggested, scale, at, self._look, is_suggested=True)
        paint_blocks(painter, row.coded, scale, at, self._look)
        paint_blocks(painter, row.others, scale, at, self._look, is_others=True)
        painter.fillRect(0, height - 1, self.width(), 1, QColor(self._theme.border))
        painter.end()
        return picture

    def _paint_growing(self, painter: QPainter, top: float, x0: float, x1: float) -> None:
        y, height = RowPlace(top, self._row_height - 1).of(Side.BOTH)
        colour = QColor(self._look.coded)
        colour.setAlpha(150)
        body = QRectF(x0, y, max(x1 - x0, 1), height)
        painter.fillRect(body, colour)
        paint_selection(painter, body, self._look)

    def _update_row(self, unit: str) -> None:
        top = self.top_of(unit)
        if top is not None:
            self.update(0, top, self.width(), self._row_height)


def _between(one: QColor, other: QColor, share: float) -> QColor:
    """Return a colour between two: lines that let others through take ten times as long."""
    parts = zip(one.getRgbF()[:3], other.getRgbF()[:3], strict=True)  # type: ignore[index]
    return QColor.fromRgbF(*(a + share * (b - a) for a, b in parts))
