import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem

from evface.geometry.transforms import PlanarTransform
from evface_studio.panes.comparison import ComparedPicture
from evface_studio.view_state import Comparison

SIZE = (40, 30)


@pytest.fixture
def compared(qtbot, theme):
    del qtbot
    item = ComparedPicture(theme)
    item.set_resolution(SIZE)
    item.set_comparison(Comparison.SWIPE)
    item.divider.setValue(40.0)
    return item


def painted(item):
    """Return what the item draws over black, (height, width, 3) int."""
    image = QImage(*SIZE, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    painter = QPainter(image)
    item.paint(painter, QStyleOptionGraphicsItem())
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(SIZE[1], SIZE[0], 4)
    return pixels[..., 2::-1].astype(int)


def dot(x, y):
    """Return a frame of 20x15 that is black but for one white pixel."""
    frame = np.zeros((15, 20, 3), np.uint8)
    frame[y, x] = 255
    return frame


@pytest.mark.parametrize(
    "matrix",
    [
        [[1, 0, 5], [0, 1, -3], [0, 0, 1]],
        [[1.5, 0, 3], [0, 1.5, 2], [0, 0, 1]],
        [[0, -1.0, 20], [1.0, 0, 3], [0, 0, 1]],
        [[1.2, 0.1, 3], [0.05, 1.3, 2], [0.004, -0.002, 1]],
    ],
    ids=["shift", "scale", "quarter turn", "homography"],
)
def test_a_pixel_is_drawn_where_the_registration_maps_it(compared, matrix):
    event_from_rgb = PlanarTransform(np.array(matrix, np.float64))
    compared.set_frame(dot(8, 6), event_from_rgb)
    light = painted(compared)[..., 0].astype(float)
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    centre = np.array([(light * x).sum(), (light * y).sum()]) / light.sum()
    np.testing.assert_allclose(centre, event_from_rgb.apply(np.array([8.0, 6.0])), atol=0.35)


def test_nothing_is_drawn_right_of_the_divider(compared):
    compared.set_frame(np.full((30, 40, 3), 200, np.uint8), PlanarTransform())
    compared.divider.setValue(10.0)
    light = painted(compared)[..., 0]
    assert (light[:, :10] == 200).all()
    assert not light[:, 10:].any()


def test_blended_the_frame_is_half_through(compared):
    compared.set_frame(np.full((30, 40, 3), 200, np.uint8), PlanarTransform())
    compared.set_comparison(Comparison.BLEND)
    assert abs(painted(compared) - 100).max() <= 1
    assert not compared.divider.isVisible()


def test_the_divider_stays_within_the_picture(compared):
    assert compared.boundingRect() == QRectF(0, 0, *SIZE)
    for wanted, got in ((-5.0, 0.0), (99.0, 40.0), (12.0, 12.0)):
        compared.divider.setValue(wanted)
        assert compared.divider.value() == got


def test_without_a_frame_nothing_is_shown(compared):
    compared.set_frame(dot(1, 1), PlanarTransform())
    assert compared.is_shown
    compared.set_frame(None)
    assert not compared.is_shown
    assert not painted(compared).any()
