"""Draws the landmarks that a network predicted over a picture, apart from those of the labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from evface.landmarks.schemes import LandmarkScheme
from evface_studio.look.theme import Theme
from evface_studio.panes.glyphs import Glyph, prediction_glyph
from evface_studio.panes.stamps import Stamps, are_known, draw_lines, lines_between, on_screen

# On the screen, in device-independent pixels.
_RADIUS_PX = (2.0, 4.2)
# Of the colour, what is left of an aged or doubtful prediction, so that it is still seen. It is
# mixed with dark: lines that let others through take four times as long.
_FAINTEST, _AGED, _N_SHADES = 0.55, 0.75, 8
_DARK = QColor(8, 10, 14)
_DOUBTFUL_DASHES = [2.0, 4.0]


@dataclass(frozen=True, eq=False)
class PredictedMarks:
    """What a network says of a face at a moment.

    Parameters
    ----------
    landmarks_px : (n_landmarks, 2) float
        On the picture it is drawn on; NaN where missing.
    confidence
        0 to 1; NaN where the network states none.
    scheme
        None where it is not known.
    source
        Name of the network.
    is_aged
        Whether it belongs to a moment too far from the picture's to pass for its own.
    """

    landmarks_px: NDArray[np.floating]
    confidence: float
    scheme: LandmarkScheme | None
    source: str
    is_aged: bool = False


class PredictionOverlay(QGraphicsItem):
    """Squares joined by lines, below the marks of the labels.

    They are solid where the network is sure, hollow where it is less so, and hollow with dotted
    lines where it doubts; and the less sure, the fainter.
    """

    def __init__(self, theme: Theme, parent: QGraphicsItem | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._marks: PredictedMarks | None = None
        self._bounds = QRectF()
        self._stamps = Stamps()
        self._weight = 1
        self.setZValue(9)

    @property
    def marks(self) -> PredictedMarks | None:
        """What is drawn."""
        return self._marks

    def set_resolution(self, resolution: tuple[int, int]) -> None:
        """Take the size of the picture; marks may lie around it as well."""
        width, height = resolution
        bounds = QRectF(-width, -height, 3 * width, 3 * height)
        if bounds != self._bounds:
            self.prepareGeometryChange()
            self._bounds = bounds

    def set_marks(self, marks: PredictedMarks | None) -> None:
        """Draw another prediction, or none."""
        if marks is not self._marks:
            self._marks = marks
            self.update()

    def set_weight(self, weight: int) -> None:
        """Draw lines and points so much heavier than usual, to be seen from afar."""
        self._weight = weight
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the picture and as much again around it."""
        return self._bounds

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Draw with lines and points of the same size on the screen at any zoom."""
        marks = self._marks
        if marks is None:
            return
        transform = painter.worldTransform()
        scale = abs(transform.m11())
        points = on_screen(marks.landmarks_px, transform)
        glyph = prediction_glyph(marks.confidence)
        colour = self._colour_of(marks)
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if marks.scheme is not None and len(points) == marks.scheme.n_landmarks:
            pen = QPen(colour, 1.0)
            if glyph is Glyph.DOUBTFUL_SQUARE:
                pen.setDashPattern(_DOUBTFUL_DASHES)
            lines = lines_between(points, marks.scheme.edges)
            draw_lines(painter, lines, pen, self._weight)
        radius = self._weight**0.5 * min(max(1.4 + 0.55 * scale, _RADIUS_PX[0]), _RADIUS_PX[1])
        self._stamps.paint(painter, points[are_known(points)], glyph, colour.name(), radius)
        painter.restore()

    def _colour_of(self, marks: PredictedMarks) -> QColor:
        sure = 1.0 if np.isnan(marks.confidence) else min(max(marks.confidence, 0.0), 1.0)
        share = round(sure * _N_SHADES) / _N_SHADES * (1 - _FAINTEST) + _FAINTEST
        share *= _AGED if marks.is_aged else 1.0
        pure = QColor(self._theme.landmark_predicted)
        parts = zip(_DARK.getRgb()[:3], pure.getRgb()[:3], strict=True)  # type: ignore[index]
        return QColor(*(round(a + share * (b - a)) for a, b in parts))
