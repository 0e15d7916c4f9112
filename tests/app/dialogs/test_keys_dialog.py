import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton

from evface_studio.actions.keymap import Keymap
from evface_studio.actions.table import all_actions, name_of
from evface_studio.dialogs.key_caps import KeyCaps
from evface_studio.dialogs.keys_dialog import KeysDialog
from evface_studio.look.theme import DARK


@pytest.fixture
def keymap(settings):
    return Keymap(all_actions(), settings)


@pytest.fixture
def sheet(qtbot, keymap):
    dialog = KeysDialog(keymap, DARK)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def keys_shown(dialog):
    return [caps.accessibleName() for caps in dialog.findChildren(KeyCaps) if caps.isVisible()]


def test_every_action_with_keys_is_listed(sheet, keymap):
    for action in keymap.actions:
        if keymap.keys(action):
            assert name_of(action) in sheet.words


def test_keys_that_were_chosen_are_shown(qtbot, keymap):
    keymap.set_keys(keymap.action("toggle"), ("Ctrl+Shift+F12",))
    dialog = KeysDialog(keymap, DARK)
    qtbot.addWidget(dialog)
    dialog.show()
    assert "Ctrl+Shift+F12" in keys_shown(dialog)
    assert "Space" not in keys_shown(dialog)


def test_typing_leaves_what_fits_by_name_or_by_key(sheet):
    field = sheet.findChild(QLineEdit)
    QTest.keyClicks(field, "play or pause")
    assert sheet.words == ("Play or pause",)
    field.clear()
    QTest.keyClicks(field, "ctrl+j")
    assert sheet.words == ("Go to a time or frame",)
    field.clear()
    assert len(sheet.words) > 40


def test_a_narrow_sheet_has_fewer_columns(qtbot, sheet):
    def left_edges():
        return {caps.parentWidget().parentWidget().x() for caps in sheet.findChildren(KeyCaps)}

    qtbot.waitUntil(lambda: len(left_edges()) >= 2)
    before = len(left_edges())
    sheet.resize(420, 600)
    qtbot.waitUntil(lambda: len(left_edges()) == 1)
    assert before > 1


def test_f1_shows_it_and_its_button_leads_to_the_editor(window, press):
    from evface_studio.dialogs.shortcuts_dialog import ShortcutsDialog

    press(window, "F1")
    dialog = window.findChild(KeysDialog)
    assert dialog.isVisible()
    dialog.findChild(QPushButton).click()
    editor = window.findChild(ShortcutsDialog)
    assert editor.isVisible()
    editor.close()
    dialog.close()
