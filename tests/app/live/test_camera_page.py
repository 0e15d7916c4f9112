"""Where a camera is chosen, by keys."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from evface.cameras.base import CameraInfo, CameraKind, Found
from evface_studio.live.finding import FoundCameras

PATIENCE_MS = 30_000


def found(key, problem=""):
    return Found(CameraInfo(key, key, CameraKind.EVENT_CAMERA), problem)


@pytest.fixture
def page(qtbot, window):
    """Return the page with three cameras, of which the second cannot be used."""
    window.show()
    qtbot.waitUntil(lambda: is_active(window), timeout=PATIENCE_MS)
    cameras = (found("nothing:0"), found("nothing:1", "is busy"), found("nothing:2"))
    window.finding.found = FoundCameras(cameras)
    window.finding.changed.emit()
    return window.camera_page


def is_active(window):
    window.activateWindow()
    return window.isActiveWindow()


def test_tab_goes_from_the_first_camera_down(qtbot, page):
    usable = [row.button for row in page.rows if not row.found.problem]
    assert len(usable) == 2
    for field in (*usable, page.again, page.recording, page.loops, page.address):
        assert QApplication.focusWidget() is field
        qtbot.keyClick(field, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is page.connect_button


def test_space_shows_the_camera_that_has_the_keyboard(qtbot, page):
    first, _, third = (row.button for row in page.rows)
    qtbot.keyClick(first, Qt.Key.Key_Tab)
    with qtbot.waitSignal(page.chosen, timeout=PATIENCE_MS) as chosen:
        qtbot.keyClick(third, Qt.Key.Key_Space)
    assert chosen.args[0].camera == "nothing:2"


def test_an_address_is_taken_by_return(qtbot, page):
    qtbot.keyClicks(page.address, "127.0.0.1:9")
    with qtbot.waitSignal(page.chosen, timeout=PATIENCE_MS) as chosen:
        qtbot.keyClick(page.address, Qt.Key.Key_Return)
    assert chosen.args[0].camera == "tcp://127.0.0.1:9"
