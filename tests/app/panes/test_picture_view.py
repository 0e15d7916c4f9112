import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from evface_studio.panes.picture_view import PictureView

COLOURS = np.zeros((256, 3), np.uint8)
COLOURS[1] = (255, 0, 0)


@pytest.fixture
def view(qtbot):
    view = PictureView("#000000")
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show()
    qtbot.waitExposed(view)
    view.set_image(np.zeros((100, 200), np.uint8), COLOURS)
    QApplication.processEvents()
    return view


def wheel(view, position, steps):
    event = QWheelEvent(
        QPointF(position),
        view.mapToGlobal(QPointF(position)),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)
    QApplication.processEvents()


def test_the_first_picture_is_fitted_in_its_proportions(view):
    assert view.is_fitted
    assert view.scale_px == pytest.approx(2.0, rel=0.02)
    assert view.shown_px.contains(QRectF(1, 1, 198, 98))


def test_a_fitted_picture_stays_fitted_when_the_view_is_resized(view):
    view.resize(800, 600)
    QApplication.processEvents()
    assert view.scale_px == pytest.approx(4.0, rel=0.02)


def test_the_wheel_zooms_about_the_pointer(view, qtbot):
    pointer = QPoint(100, 120)
    before = view.position_of(QPointF(50, 35))
    with qtbot.waitSignal(view.zoomed):
        wheel(view, before.toPoint(), 3)
    after = view.position_of(QPointF(50, 35))
    assert view.scale_px > 2.5
    assert (after - before).manhattanLength() < 3
    assert not view.is_fitted
    del pointer


def test_the_zoom_stays_when_the_picture_changes_or_is_empty(view):
    wheel(view, QPoint(100, 120), 4)
    shown = view.shown_px
    view.set_image(np.ones((100, 200), np.uint8), COLOURS)
    view.set_image(np.zeros((100, 200), np.uint8), COLOURS)
    QApplication.processEvents()
    assert view.shown_px == shown


def test_a_picture_of_another_size_is_fitted(view):
    wheel(view, QPoint(100, 120), 4)
    view.set_image(np.zeros((50, 50, 3), np.uint8))
    QApplication.processEvents()
    assert view.is_fitted
    assert view.resolution == (50, 50)


def test_a_double_click_fits(view, qtbot):
    wheel(view, QPoint(100, 120), 4)
    qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    assert view.is_fitted


def test_a_drag_moves_the_picture(view, qtbot, move_pointer):
    wheel(view, QPoint(200, 150), 5)
    before = view.shown_px
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    for x in (210, 230, 250):
        move_pointer(view.viewport(), QPoint(x, 150), Qt.MouseButton.LeftButton)
        qtbot.wait(20)
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(250, 150))
    QApplication.processEvents()
    assert view.shown_px.left() < before.left()
    assert view.shown_px.width() == pytest.approx(before.width())


def test_colours_are_those_of_the_table(view):
    image = np.zeros((100, 200), np.uint8)
    image[:, 100:] = 1
    view.set_image(image, COLOURS)
    QApplication.processEvents()
    grabbed = view.grab().toImage()
    at = view.position_of(QPointF(150, 50)).toPoint()
    assert grabbed.pixelColor(at).getRgb()[:3] == (255, 0, 0)
    at = view.position_of(QPointF(50, 50)).toPoint()
    assert grabbed.pixelColor(at).getRgb()[:3] == (0, 0, 0)


def test_pixels_are_crisp_when_enlarged_and_kept_when_shrunk(view):
    checked = np.zeros((100, 200), np.uint8)
    checked[::2, ::2] = checked[1::2, 1::2] = 1
    view.set_image(checked, COLOURS)
    view.show_part(QRectF(50, 50, 20, 15))
    QApplication.processEvents()
    assert {rgb[0] for rgb in reds(view)} <= {0, 255}
    view.resize(120, 80)
    view.fit()
    QApplication.processEvents()
    middle = [rgb[0] for rgb in reds(view)][len(reds(view)) // 2 - 10 :][:20]
    assert 60 < np.mean(middle) < 200


def reds(view):
    """Return the colours along the middle row."""
    image = view.grab().toImage()
    row = image.height() // 2
    return [image.pixelColor(x, row).getRgb() for x in range(4, image.width() - 4)]


def test_the_pointers_place_in_the_picture_is_told(view, qtbot, move_pointer):
    with qtbot.waitSignal(view.hovered) as heard:
        move_pointer(view.viewport(), view.position_of(QPointF(150, 50)))
    # The corner of four pixels, counted from the middle of the first pixel.
    assert heard.args[0].x_px == pytest.approx(149.5, abs=0.01)
    assert heard.args[0].y_px == pytest.approx(49.5, abs=0.01)
    assert heard.args[0].scale == pytest.approx(view.scale_px)
