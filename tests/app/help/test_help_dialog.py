import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QListWidget, QTextBrowser, QToolButton

from evface_studio.actions.keymap import Keymap
from evface_studio.actions.table import all_actions
from evface_studio.help.help_dialog import HelpDialog
from evface_studio.help.pages import PAGES
from evface_studio.look.theme import DARK


@pytest.fixture
def keymap(settings):
    return Keymap(all_actions(), settings)


@pytest.fixture
def dialog(qtbot, keymap):
    dialog = HelpDialog(keymap, DARK)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def picture_of(view, name):
    kind = QTextDocument.ResourceType.ImageResource.value
    return QImage(view.document().resource(kind, QUrl(f"pictures/{name}.png")))


def test_all_pages_are_listed_and_the_first_is_shown(dialog):
    assert dialog.listed == PAGES
    assert dialog.page == PAGES[0]


def test_arrow_keys_turn_the_pages(dialog):
    QTest.keyClick(dialog.findChild(QListWidget), Qt.Key.Key_Down)
    assert dialog.page == PAGES[1]


def test_typing_leaves_pages_that_hold_the_words(dialog):
    QTest.keyClicks(dialog.findChild(QLineEdit), "snapshot")
    assert "safety" in dialog.listed
    assert "boxes" not in dialog.listed
    assert dialog.page in dialog.listed


def test_a_link_leads_to_another_page(dialog):
    dialog.findChild(QTextBrowser).anchorClicked.emit(QUrl("review"))
    assert dialog.page == "review"


def test_a_link_can_ask_for_an_action(qtbot, dialog):
    with qtbot.waitSignal(dialog.action_asked) as asked:
        dialog.findChild(QTextBrowser).anchorClicked.emit(QUrl("do:change_keys"))
    assert asked.args == ["change_keys"]


def test_every_page_shows_its_picture_within_the_page(qtbot, dialog):
    view = dialog.findChild(QTextBrowser)
    for name in PAGES:
        dialog.show_page(name)
        qtbot.waitUntil(lambda name=name: picture_of(view, name).width() > 200)
        assert picture_of(view, name).width() <= view.viewport().width()
        # A picture that is not found leaves a small sign in its place.
        cursor = view.cursorForPosition(QPoint(40, 95))
        assert "\ufffc" in cursor.block().text()


def test_pictures_follow_the_width_of_the_page(qtbot, dialog):
    view = dialog.findChild(QTextBrowser)
    before = picture_of(view, "start").width()
    dialog.resize(dialog.width() - 200, dialog.height())
    qtbot.waitUntil(lambda: picture_of(view, "start").width() < before)


def test_the_page_follows_the_keys(dialog, keymap):
    dialog.show_page("keys")
    assert "Ctrl+J" in dialog.text
    keymap.set_keys(keymap.action("go_to"), ("Ctrl+G",))
    assert "Ctrl+J" not in dialog.text
    assert "Ctrl+G" in dialog.text


def test_a_button_in_a_header_opens_its_page(window, open_in, project_path):
    open_in(window, project_path)
    button = next(
        button
        for button in window.workspace.timeline.header.findChildren(QToolButton)
        if button.accessibleName() == "Help on timeline"
    )
    button.click()
    dialog = window.findChild(HelpDialog)
    assert dialog.page == "coding"
    dialog.close()


def test_there_is_one_help_window(window):
    window.action("help").trigger()
    window.action("help").trigger()
    dialogs = [d for d in window.findChildren(HelpDialog) if d.isVisible()]
    assert len(dialogs) == 1
    dialogs[0].close()
