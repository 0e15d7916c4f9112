import pytest
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from evface_studio.actions.action import Scope


@pytest.fixture
def opened(qtbot, window, open_in, project_path):
    open_in(window, project_path)
    qtbot.waitUntil(lambda: not window.document.is_busy)
    return window


@pytest.fixture
def told(opened):
    """Return the list of what is said of keys that did nothing."""
    words = []
    opened.elsewhere.told.connect(words.append)
    return words


def test_a_key_of_the_timeline_pressed_in_a_picture_says_where_it_works(opened, told, press, focus):
    focus(opened, opened.workspace.rgb_pane.picture)
    press(opened, "X")
    assert told == ["“Mark the chosen row” works in the timeline: click there first, or press F6."]
    assert opened.hint.text == told[0]


def test_a_digit_pressed_in_a_picture_says_where_it_works(opened, told, press, focus):
    focus(opened, opened.workspace.events_pane.picture)
    press(opened, "3")
    assert told == [
        "“Mark row by its number: Row 3” works in the timeline: click there first, or press F6."
    ]


def test_a_key_of_something_that_is_not_possible_now_says_why(opened, told, press, focus):
    focus(opened, opened.workspace.timeline.rows)
    press(opened, "S")
    assert told == [
        "Split at the cursor: Choose a segment first: click it, or go to one with Page down."
    ]


@pytest.mark.parametrize("keys", ["F12", "Up", "Escape", "Space", "#"])
def test_keys_that_did_something_or_mean_nothing_are_not_talked_of(
    opened, told, press, focus, keys
):
    focus(opened, opened.workspace.timeline.rows)
    press(opened, keys)
    assert told == []


def test_what_is_gone_is_no_place_any_more(qtbot, opened):
    panel = QWidget(opened)
    opened.places.add(panel, scope=Scope.REVIEW)
    panel.deleteLater()
    qtbot.waitUntil(lambda: not isValid(panel))
    assert Scope.WINDOW in opened.places.scopes
