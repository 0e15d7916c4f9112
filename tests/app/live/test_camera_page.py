import pytest
from PySide6.QtWidgets import QFileDialog, QLabel

from evface.cameras.base import CameraInfo, CameraKind, Found
from evface_studio.live.camera_page import CameraPage
from evface_studio.live.choice import OWN_FRAMES, LiveChoice
from evface_studio.live.finding import CameraFinding, FoundCameras
from evface_studio.look.theme import DARK

WEBCAM = Found(CameraInfo("webcam:0", "Webcam", CameraKind.WEBCAM))
EVK4 = Found(CameraInfo("prophesee-evk4:7", "Prophesee EVK4", CameraKind.EVENT_CAMERA, "7"))
BROKEN = Found(
    CameraInfo("prophesee-evk4:8", "Prophesee EVK4", CameraKind.EVENT_CAMERA, "8"),
    "is used by another program; close that program, or unplug it and plug it in again, and if "
    "that does not help either, start the computer anew, which is what always helps in the end",
)


@pytest.fixture
def finding():
    finding = CameraFinding()
    finding.found = FoundCameras((EVK4, BROKEN), (WEBCAM,))
    yield finding
    finding.close()


@pytest.fixture
def page(qtbot, finding):
    page = CameraPage(finding, DARK)
    qtbot.addWidget(page)
    page.resize(700, 800)
    page.show()
    return page


@pytest.fixture
def answer(monkeypatch):
    """Have file dialogs answer with a path."""

    def give(path):
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))

    return give


def pick(page, words):
    place = page.frames.findText(words)
    assert place >= 0
    page.frames.setCurrentIndex(place)
    page.frames.activated.emit(place)


def test_a_webcam_can_be_chosen_beside_an_event_camera(qtbot, page):
    pick(page, "Webcam")
    with qtbot.waitSignal(page.chosen) as chosen:
        page.rows[0].button.click()
    assert chosen.args == [LiveChoice("prophesee-evk4:7", "webcam:0")]


def test_a_video_can_stand_in_for_the_rgb_camera(qtbot, page, finding, answer, tmp_path):
    answer(tmp_path / "face.mp4")
    pick(page, "A video…")
    assert page.frames.currentText() == "face.mp4"
    # It stays when one looks again.
    finding.changed.emit()
    with qtbot.waitSignal(page.chosen) as chosen:
        page.rows[0].button.click()
    assert chosen.args == [LiveChoice("prophesee-evk4:7", f"video:{tmp_path / 'face.mp4'}")]


def test_choosing_no_video_leaves_what_was_chosen(qtbot, page, answer):
    answer("")
    pick(page, "Webcam")
    pick(page, "A video…")
    assert page.frames.currentText() == "Webcam"
    with qtbot.waitSignal(page.chosen) as chosen:
        page.rows[0].button.click()
    assert chosen.args[0].frames == "webcam:0"


def test_at_first_the_cameras_own_pictures_are_taken(qtbot, page):
    with qtbot.waitSignal(page.chosen) as chosen:
        page.rows[0].button.click()
    assert chosen.args[0].frames == OWN_FRAMES


def test_what_is_wrong_with_a_camera_is_shown_to_the_last_word(page):
    row = page.rows[1]
    (label,) = [one for one in row.findChildren(QLabel) if one.text() == row.words]
    assert label.height() >= label.heightForWidth(label.width())


def test_while_one_looks_nothing_is_said_of_what_is_there(page, finding):
    finding.expect()
    assert not page.again.isEnabled()
    assert len(page.rows) == 2


def test_no_button_has_the_keyboard_once_a_camera_is_shown(window, choice):
    window.choose(choice)
    window.show()
    assert window.focusWidget() is window.pictures
