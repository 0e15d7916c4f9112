import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QToolButton

from evface_studio.actions.action import ActionInfo, Scope
from evface_studio.actions.keymap import Keymap, is_typed
from evface_studio.actions.table import all_actions
from evface_studio.settings import Settings

# Words by which an action that takes something away would give itself away.
TAKING = ("delete", "remove", "erase", "discard", "forget")


def nothing(_commands):
    return None


PLAY = ActionInfo("play", "&Play", nothing, ("Space", "X"))
NEXT = ActionInfo("next", "Next", nothing, ("F",), scope=Scope.PICTURES)
EDGE = ActionInfo("edge", "Edge", nothing, ("F",), scope=Scope.TIMELINE)
ACCEPT = ActionInfo("accept", "Accept", nothing, ("Ctrl+Return",), scope=Scope.REVIEW)


@pytest.fixture
def keymap(settings):
    return Keymap((PLAY, NEXT, EDGE, ACCEPT), settings)


def test_keys_are_the_usual_ones_at_first(keymap):
    assert keymap.keys(PLAY) == ("Space", "X")
    assert keymap.words(PLAY) == "Space"
    assert not keymap.is_changed(PLAY)


def test_chosen_keys_are_remembered_and_can_be_given_back(qtbot, keymap, tmp_path):
    with qtbot.waitSignal(keymap.changed):
        keymap.set_keys(PLAY, ("Ctrl+,", ","))
    again = Keymap((PLAY,), Settings(tmp_path / "studio.ini"))
    assert again.keys(PLAY) == ("Ctrl+,", ",")
    assert again.is_changed(PLAY)
    keymap.reset(PLAY)
    assert keymap.keys(PLAY) == PLAY.shortcuts


def test_an_action_can_be_left_without_keys(keymap):
    keymap.set_keys(PLAY, ())
    assert keymap.keys(PLAY) == ()
    assert keymap.words(PLAY) == ""
    keymap.reset_all()
    assert keymap.keys(PLAY) == PLAY.shortcuts


def test_choosing_the_usual_keys_is_no_change(keymap):
    keymap.set_keys(PLAY, ("Z",))
    keymap.set_keys(PLAY, PLAY.shortcuts)
    assert not keymap.is_changed(PLAY)


def test_pictures_and_timeline_may_share_keys(keymap):
    assert keymap.conflicts(NEXT) == ()
    assert keymap.conflicts(EDGE) == ()


@pytest.mark.parametrize("other", [NEXT, EDGE, ACCEPT])
def test_the_window_shares_keys_with_nobody(keymap, other):
    assert keymap.conflicts(PLAY, keymap.keys(other)) != ()


def test_the_review_shares_keys_with_nobody_who_works_beside_it(keymap):
    assert keymap.conflicts(ACCEPT, ("F",)) == (NEXT, EDGE)


def test_keys_are_the_same_however_they_are_written(keymap):
    keymap.set_keys(NEXT, ("Shift+Ctrl+a",))
    assert keymap.conflicts(PLAY, ("Ctrl+Shift+A",)) == (NEXT,)


@pytest.mark.parametrize("key", ["A", "5", ".", "Space", "Num+5", "Ä"])
def test_what_typing_makes_is_known(key):
    assert is_typed(key)


@pytest.mark.parametrize("key", ["Ctrl+A", "F5", "Del", "Alt+.", "Tab", "Return", "Shift+A"])
def test_other_keys_are_not_typed(key):
    assert not is_typed(key)


def test_no_two_actions_that_work_together_have_the_same_keys(settings):
    keymap = Keymap(all_actions(), settings)
    clashes = {
        (action.key, other.key) for action in all_actions() for other in keymap.conflicts(action)
    }
    assert clashes == set()


def test_all_keys_of_the_table_are_keys():
    for action in all_actions():
        for key in action.shortcuts:
            assert QKeySequence(key).count() == 1, (action.key, key)
            assert QKeySequence(key).toString() != "", (action.key, key)


def test_all_actions_have_names_of_their_own():
    actions = all_actions()
    assert len({action.key for action in actions}) == len(actions)


def test_no_letter_takes_anything_away():
    for action in all_actions():
        if action.removes:
            assert not any(map(is_typed, action.shortcuts)), action.key


def test_whatever_takes_something_away_is_marked_as_such():
    for action in all_actions():
        words = f"{action.key} {action.text.replace('&', '')}".lower().replace("_", " ").split()
        if any(word in TAKING for word in words):
            assert action.removes, action.key


def test_tips_of_buttons_name_the_keys_of_now(window):
    button = next(
        button
        for button in window.workspace.transport.findChildren(QToolButton)
        if button.accessibleName() == "Go to the start"
    )
    assert button.toolTip() == "Go to the start (Home)"
    window.keymap.set_keys(window.keymap.action("to_start"), ("Ctrl+Home",))
    assert button.toolTip() == "Go to the start (Ctrl+Home)"
    window.keymap.set_keys(window.keymap.action("to_start"), ())
    assert button.toolTip() == "Go to the start"
