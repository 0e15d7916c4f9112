import pytest
from PySide6.QtCore import QAbstractAnimation, QPropertyAnimation, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from evface.annotations.coding_edits import SetSegments
from evface.annotations.edits import Together
from evface.annotations.extent import Extent
from evface.annotations.landmark_edits import MoveLandmarks
from evface_studio.assistance import many_in_words
from evface_studio.messages.undo_toast import LASTS_MS


@pytest.fixture
def opened(qtbot, window, open_in, project_path):
    open_in(window, project_path)
    qtbot.waitUntil(lambda: not window.document.is_busy)
    return window


@pytest.fixture
def make(qtbot, opened):
    def make_edit(edit):
        with qtbot.waitSignal(opened.document.made, timeout=10_000):
            opened.document.edit(edit)

    return make_edit


def move(window, t_us, n_points=2):
    xy_px = dict.fromkeys(range(n_points), (10.0, 20.0))
    return MoveLandmarks(window.document.recording_id, "teacher", t_us, xy_px)


def propagate(window):
    return Together(tuple(move(window, 33_333 * i) for i in range(3)), "Propagate landmarks")


def undo_button(window):
    return window.assistance.toast.findChild(QPushButton)


def test_a_change_of_several_frames_is_named_and_can_be_taken_back(qtbot, opened, make):
    make(propagate(opened))
    toast = opened.assistance.toast
    assert toast.isVisible()
    assert toast.text == "Propagate landmarks: 6 landmarks in 3 frames"
    assert undo_button(opened).text().split() == ["Undo", "Ctrl+Z"]
    with qtbot.waitSignal(opened.document.labels_changed, timeout=10_000):
        undo_button(opened).click()
    assert not toast.isVisible()
    assert len(opened.document.labels["teacher"].corrections) == 0


def test_a_drag_of_all_points_of_one_frame_is_seen_without_being_told(opened, make):
    make(move(opened, 0, n_points=68))
    assert not opened.assistance.toast.isVisible()


def test_the_offer_ends_when_it_was_taken_back_by_keys(qtbot, opened, make, press):
    make(propagate(opened))
    press(opened, "Ctrl+Z")
    qtbot.waitUntil(lambda: not opened.assistance.toast.isVisible())


def test_the_next_change_ends_the_offer(opened, make):
    make(propagate(opened))
    make(move(opened, 0))
    assert not opened.assistance.toast.isVisible()


def test_the_keyboard_reaches_it_and_it_waits_meanwhile(qtbot, opened, make, focus):
    make(propagate(opened))
    focus(opened, opened.workspace.rgb_pane.picture)
    for _ in range(10):
        opened.places.go_on(1)
        if undo_button(opened).hasFocus():
            break
    assert undo_button(opened).hasFocus()
    clock = opened.assistance.toast.findChild(QPropertyAnimation)
    clock.setCurrentTime(LASTS_MS)
    assert opened.assistance.toast.isVisible()
    with qtbot.waitSignal(opened.document.labels_changed, timeout=10_000):
        QTest.keyClick(undo_button(opened), Qt.Key.Key_Space)


def test_it_goes_by_itself(opened, make):
    make(propagate(opened))
    clock = opened.assistance.toast.findChild(QPropertyAnimation)
    assert clock.duration() == LASTS_MS
    assert clock.state() == QAbstractAnimation.State.Running
    clock.setCurrentTime(LASTS_MS)
    assert not opened.assistance.toast.isVisible()


@pytest.mark.parametrize(
    ("extent", "words"),
    [
        (Extent(), ""),
        (Extent(68, frozenset({("a", "teacher", 0)})), ""),
        (
            Extent(1500, frozenset({("a", "teacher", t) for t in range(30)})),
            "1\u202f500 landmarks in 30 frames",
        ),
        (Extent(n_segments=3), ""),
        (Extent(n_segments=24), "24 segments"),
    ],
)
def test_only_much_at_once_is_told(extent, words):
    assert many_in_words(extent) == words


def test_many_segments_at_once_are_told(opened, make):
    make(SetSegments(opened.document.recording_id, dict.fromkeys("abcdef"), "Refuse suggestions"))
    assert opened.assistance.toast.text == "Refuse suggestions: 6 segments"
