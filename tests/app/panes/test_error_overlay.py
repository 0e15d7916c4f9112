import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from evface_studio.panes.error_overlay import ErrorOverlay, paint_error_map


@pytest.fixture
def painted(qtbot, theme):
    """Return a function that draws a map over black and says the colours of its cells."""
    del qtbot

    def paint(map_px):
        image = QImage(40 * len(map_px[0]), 40 * len(map_px), QImage.Format.Format_RGB32)
        image.fill(QColor("black"))
        painter = QPainter(image)
        paint_error_map(painter, np.array(map_px, np.float32), QRectF(image.rect()), theme)
        painter.end()
        # Near a corner, where no number stands.
        return [
            [image.pixelColor(40 * column + 4, 40 * row + 4) for column in range(len(map_px[0]))]
            for row in range(len(map_px))
        ]

    return paint


def test_colours_go_from_good_to_bad_and_unknown_cells_stay_hollow(painted):
    (small, large, unknown), (huge, _, _) = painted([[0.2, 6.0, np.nan], [60.0, 1.0, 1.0]])
    assert small.green() > small.red()
    assert large.red() > large.green()
    assert huge == large
    assert unknown == QColor("black")


def test_over_a_picture_nothing_is_drawn_where_nothing_is_known(qtbot, theme):
    del qtbot
    image = QImage(80, 40, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    painter = QPainter(image)
    map_px = np.array([[np.nan, 1.0]], np.float32)
    paint_error_map(painter, map_px, QRectF(image.rect()), theme, is_over_picture=True)
    painter.end()
    assert all(image.pixelColor(x, 0) == QColor("black") for x in range(40))
    assert image.pixelColor(44, 4) != QColor("black")


def test_it_is_there_only_with_a_map(qtbot, theme):
    del qtbot
    overlay = ErrorOverlay(theme)
    overlay.set_resolution((64, 48))
    assert overlay.boundingRect() == QRectF(0, 0, 64, 48)
    assert not overlay.isVisible()
    overlay.set_map(np.ones((2, 2), np.float32))
    assert overlay.isVisible()
    overlay.set_map(None)
    assert not overlay.isVisible()
