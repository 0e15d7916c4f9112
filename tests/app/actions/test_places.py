import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QListWidget, QPushButton

from evface_studio.actions.action import Scope
from evface_studio.look.theme import DARK


@pytest.fixture
def opened(qtbot, window, open_in, project_path):
    open_in(window, project_path)
    qtbot.waitUntil(lambda: not window.document.is_busy)
    return window


def focused_part(window):
    """Return the part of the window that has the keyboard."""
    workspace = window.workspace
    parts = {
        "rgb": workspace.rgb_pane,
        "events": workspace.events_pane,
        "mesh": workspace.mesh_pane,
        "transport": workspace.transport,
        "timeline": workspace.timeline,
        "recordings": window.recordings_panel,
        "jobs": window.jobs_panel,
    }
    focused = QApplication.focusWidget()
    return next((name for name, part in parts.items() if part.isAncestorOf(focused)), None)


def header_line(part):
    """Return the colour of the line under a part's name."""
    header = part.header
    return header.grab().toImage().pixelColor(QPoint(4, header.height() - 1)).name()


def test_f6_goes_round_all_parts_and_back(opened, press, focus):
    focus(opened, opened.workspace.rgb_pane.picture)
    seen = []
    for _ in range(6):
        press(opened, "F6")
        seen.append(focused_part(opened))
    assert seen[:5] == ["events", "mesh", "transport", "timeline", "recordings"]
    press(opened, "Shift+F6")
    assert focused_part(opened) == seen[-2]


def test_f6_comes_round_to_the_first_part_again(opened, press, focus):
    focus(opened, opened.workspace.rgb_pane.picture)
    seen = set()
    for _ in range(12):
        press(opened, "F6")
        seen.add(focused_part(opened))
    assert "rgb" in seen


def test_the_part_with_the_keyboard_has_a_line_of_its_own(opened, focus):
    workspace = opened.workspace
    accent = QColor(DARK.accent).name()
    focus(opened, workspace.events_pane.picture)
    assert header_line(workspace.events_pane) == accent
    assert header_line(workspace.rgb_pane) != accent
    opened.places.go_on(1)
    assert header_line(workspace.events_pane) != accent


def test_pictures_and_timeline_take_turns(qtbot, opened, focus):
    focus(opened, opened.workspace.rgb_pane.picture)
    assert Scope.PICTURES in opened.places.scopes
    assert Scope.TIMELINE not in opened.places.scopes
    with qtbot.waitSignal(opened.places.scopes_changed):
        opened.workspace.timeline.rows.setFocus()
    assert Scope.TIMELINE in opened.places.scopes
    assert Scope.PICTURES not in opened.places.scopes


def test_a_panel_leaves_the_turn_where_it_was(opened, focus):
    focus(opened, opened.workspace.timeline.rows)
    focus(opened, visible_button(opened, "Add…"))
    assert Scope.TIMELINE in opened.places.scopes


def test_keys_work_only_where_their_scope_is(opened, focus):
    action = next(
        info for info in opened.keymap.actions if info.scope is Scope.TIMELINE and info.shortcuts
    )
    focus(opened, opened.workspace.rgb_pane.picture)
    assert opened.action(action.key).shortcuts() == []
    focus(opened, opened.workspace.timeline.rows)
    assert opened.action(action.key).shortcuts() != []


def test_a_menu_shows_all_keys_whatever_works(opened, focus):
    action = next(
        info for info in opened.keymap.actions if info.scope is Scope.TIMELINE and info.shortcuts
    )
    focus(opened, opened.workspace.rgb_pane.picture)
    menu = next(m.menu() for m in opened.menuBar().actions() if "oding" in m.text())
    menu.aboutToShow.emit()
    assert opened.action(action.key).shortcuts() != []
    menu.aboutToHide.emit()
    assert opened.action(action.key).shortcuts() == []


def recordings(window):
    return window.recordings_panel.findChild(QListWidget)


def visible_button(window, text):
    return next(
        button
        for button in window.findChildren(QPushButton)
        if button.isVisible() and button.text() == text
    )


def test_space_presses_the_button_that_tab_came_to(qtbot, opened, focus):
    button = visible_button(opened, "Process again")
    focus(opened, button)
    with qtbot.waitSignal(button.clicked):
        qtbot.keyClick(button, Qt.Key.Key_Space)
    assert not opened.view_state.is_playing


def test_space_plays_on_after_a_button_was_clicked(qtbot, opened, press):
    button = visible_button(opened, "Add…")
    button.clicked.disconnect()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    press(opened, "Space")
    assert opened.view_state.is_playing


def test_arrow_keys_move_in_a_list_not_in_time(qtbot, opened, focus):
    opened.view_state.set_time_us(250_000)
    focus(opened, recordings(opened))
    qtbot.keyClick(recordings(opened), Qt.Key.Key_Down)
    assert recordings(opened).currentRow() == 1
    qtbot.keyClick(recordings(opened), Qt.Key.Key_Home)
    assert recordings(opened).currentRow() == 0
    assert opened.view_state.time_us == 250_000


def test_everything_that_takes_keys_is_reached_by_tab(opened, focus):
    focus(opened, opened.workspace.transport.findChild(QPushButton) or recordings(opened))
    seen = set()
    for _ in range(200):
        opened.places.go_to_control(True)
        seen.add(QApplication.focusWidget())
    missing = [
        widget
        for widget in opened.findChildren(QPushButton)
        if widget.isVisible() and widget.isEnabled() and widget not in seen
    ]
    assert missing == []
    assert opened.workspace.rgb_pane.picture in seen
    assert opened.workspace.timeline.rows in seen
