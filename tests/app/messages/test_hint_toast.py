import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from evface_studio.look.theme import DARK, LIGHT
from evface_studio.messages.hint_toast import HintToast


@pytest.fixture
def window(qtbot):
    window = QWidget()
    window.resize(800, 400)
    row = QHBoxLayout(window)
    window.left, window.right = QPushButton(), QPushButton()
    for button in (window.left, window.right):
        button.setMinimumHeight(300)
        row.addWidget(button)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    return window


def test_it_lies_over_the_part_it_is_about_and_within_it(window):
    toast = HintToast(window, DARK)
    for part in (window.left, window.right):
        toast.say("Hold Ctrl while dragging to move the whole face. " * 4, part)
        assert toast.isVisible()
        assert part.geometry().contains(toast.geometry())
    toast.set_theme(LIGHT)
    assert not toast.grab().isNull()


def test_the_pointer_goes_through_it(window, qtbot):
    toast = HintToast(window, DARK)
    toast.say("No", window.left)
    at = toast.geometry().center() - window.left.pos()
    with qtbot.waitSignal(window.left.clicked):
        QTest.mouseClick(
            window.windowHandle(), Qt.MouseButton.LeftButton, pos=at + window.left.pos()
        )


def test_it_goes_by_itself(window, qtbot):
    toast = HintToast(window, DARK)
    toast.say("No", window.left)
    qtbot.waitUntil(lambda: not toast.isVisible(), timeout=5_000)
    assert toast.text == "No"
