"""Draws a face's own mirror image over it, and joins points that changed sides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from evface_studio.look.theme import Theme

_HALO = QColor(8, 10, 14, 170)
_DASHES = [3.0, 3.0]
# Beyond this share of the face's size a point is joined to where its mirror image lies.
FAR = 0.05


def paint_mirror(
    painter: QPainter,
    points: NDArray[np.float64],
    mirrored: NDArray[np.float64],
    distance: NDArray[np.float64],
    edges: NDArray[np.int64],
    swapped: tuple[tuple[int, int], ...],
    theme: Theme,
) -> None:
    """Draw the mirrored contours dashed, and lines where a point is far from its mirror image.

    Parameters
    ----------
    points, mirrored : (n_landmarks, 2) float
        On the screen; NaN where missing.
    distance : (n_landmarks,) float
        In shares of the face's size.
    """
    known = np.asarray(np.isfinite(mirrored).all(axis=1))
    contours = [
        QLineF(*mirrored[one].tolist(), *mirrored[two].tolist())
        for one, two in edges[known[edges].all(axis=1)].tolist()
    ]
    pen = QPen(QColor(theme.marked), 1.0)
    pen.setDashPattern(_DASHES)
    for tint in (QPen(_HALO, 1.0), pen):
        painter.setPen(tint)
        painter.drawLines(contours)
    far = known & np.isfinite(points).all(axis=1) & (distance > FAR)
    painter.setPen(QPen(QColor(theme.warn), 1.0))
    painter.drawLines(
        [
            QLineF(*start, *stop)
            for start, stop in zip(points[far].tolist(), mirrored[far].tolist(), strict=True)
        ]
    )
    lines = [QLineF(*points[one].tolist(), *points[two].tolist()) for one, two in swapped]
    for colour, width in ((_HALO, 5.0), (QColor(theme.error), 2.5)):
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLines(lines)
