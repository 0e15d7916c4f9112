import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QKeySequenceEdit, QLineEdit, QPushButton

from evface_studio.actions.keymap import Keymap
from evface_studio.actions.table import all_actions
from evface_studio.dialogs.shortcuts_dialog import ShortcutsDialog
from evface_studio.look.theme import DARK

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def keymap(settings):
    return Keymap(all_actions(), settings)


@pytest.fixture
def editor(qtbot, keymap):
    dialog = ShortcutsDialog(keymap, DARK)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def button(editor, *texts):
    return next(b for b in editor.findChildren(QPushButton) if b.text() in texts)


def press_keys(editor, key, modifiers=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(editor.findChild(QKeySequenceEdit), key, modifiers)


def test_free_keys_are_set(editor, keymap):
    editor.choose("go_to")
    press_keys(editor, Qt.Key.Key_F12, CTRL)
    assert "Ctrl+F12 is free" in editor.note
    button(editor, "Set").click()
    assert keymap.keys(keymap.action("go_to")) == ("Ctrl+F12",)


def test_keys_can_be_added_to_others(editor, keymap):
    editor.choose("go_to")
    press_keys(editor, Qt.Key.Key_F12, CTRL)
    button(editor, "Add").click()
    assert keymap.keys(keymap.action("go_to")) == ("Ctrl+J", "Ctrl+F12")


def test_a_conflict_names_the_other_action_and_taking_the_keys_ends_it(editor, keymap):
    editor.choose("go_to")
    press_keys(editor, Qt.Key.Key_R, CTRL)
    assert "“Process” (Recording)" in editor.note
    button(editor, "Take them").click()
    assert keymap.keys(keymap.action("go_to")) == ("Ctrl+R",)
    assert keymap.keys(keymap.action("process")) == ()


def test_usual_keys_come_back_for_one_and_for_all(editor, keymap):
    for key in ("go_to", "toggle"):
        editor.choose(key)
        button(editor, "No keys").click()
        assert keymap.keys(keymap.action(key)) == ()
    button(editor, "Usual keys").click()
    assert keymap.keys(keymap.action("toggle")) == ("Space",)
    button(editor, "Usual keys for all").click()
    assert keymap.keys(keymap.action("go_to")) == ("Ctrl+J",)
    assert not button(editor, "Usual keys for all").isEnabled()


def test_no_letter_is_given_to_what_takes_something_away(editor, keymap):
    action = next(info for info in keymap.actions if info.removes)
    editor.choose(action.key)
    press_keys(editor, Qt.Key.Key_Q)
    assert "by mistake" in editor.note
    assert not button(editor, "Set", "Take them").isEnabled()


def test_typing_narrows_the_list_by_name_menu_or_key(editor):
    field = editor.findChild(QLineEdit)
    QTest.keyClicks(field, "ctrl+j")
    assert editor.listed == ("go_to",)
    field.clear()
    QTest.keyClicks(field, "nothing like this")
    assert editor.listed == ()
    assert editor.note == "No action fits."


def test_new_keys_work_in_the_window_at_once(window, open_in, project_path, press):
    open_in(window, project_path)
    window.keymap.set_keys(window.keymap.action("toggle"), ("Ctrl+F6",))
    press(window, "Ctrl+F6")
    assert window.view_state.is_playing
    press(window, "Space")
    assert window.view_state.is_playing
