import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from evface_studio.actions.table import all_actions


@pytest.fixture
def opened(qtbot, window, open_in, project_path):
    open_in(window, project_path)
    qtbot.waitUntil(lambda: not window.document.is_busy)
    return window


@pytest.fixture
def palette(opened, press):
    press(opened, "Ctrl+Shift+P")
    return opened.assistance.palette


def field(palette):
    return palette.findChild(QLineEdit)


def type_in(palette, text):
    field(palette).clear()
    QTest.keyClicks(field(palette), text)


def hit(palette, key):
    QTest.keyClick(field(palette), key)


def test_all_actions_are_listed_at_first(palette):
    assert palette.isVisible()
    assert {row.action for row in palette.rows} == {action.key for action in all_actions()}


def test_typing_narrows_and_return_runs(opened, palette):
    assert not opened.view_state.is_playing
    type_in(palette, "play or")
    assert palette.current_row.action == "toggle"
    assert palette.current_row.keys == "Space"
    assert palette.current_row.group == "Playback"
    hit(palette, Qt.Key.Key_Return)
    assert opened.view_state.is_playing
    assert not palette.isVisible()


def test_letters_typed_there_do_nothing_else(opened, palette):
    type_in(palette, "jkl m")
    assert not opened.view_state.is_playing
    assert palette.isVisible()


def test_arrow_keys_choose_and_go_round(palette):
    type_in(palette, "frame")
    rows = palette.rows
    hit(palette, Qt.Key.Key_Down)
    assert palette.current_row == rows[1]
    hit(palette, Qt.Key.Key_Up)
    hit(palette, Qt.Key.Key_Up)
    assert palette.current_row == rows[-1]


def test_what_cannot_be_done_is_listed_with_the_reason_and_not_run(opened, palette):
    opened.document.close()
    type_in(palette, "process all")
    QTest.qWait(200)
    type_in(palette, "process all")
    assert palette.current_row.problem == "Open a project that can be written first."
    hit(palette, Qt.Key.Key_Return)
    assert palette.isVisible()


def test_what_can_be_done_comes_before_what_cannot(palette):
    type_in(palette, "go")
    problems = [bool(row.problem) for row in palette.rows[:3]]
    assert problems == sorted(problems)


def test_what_was_run_last_comes_first(opened, palette, press):
    type_in(palette, "full screen")
    hit(palette, Qt.Key.Key_Escape)
    press(opened, "Ctrl+Shift+P")
    type_in(palette, "face box")
    hit(palette, Qt.Key.Key_Return)
    press(opened, "Ctrl+Shift+P")
    assert palette.rows[0].action == "show_box"


@pytest.mark.parametrize(("text", "t_us"), [("0.25", 250_000), ("120 ms", 120_000)])
def test_a_time_that_is_typed_is_gone_to(opened, palette, text, t_us):
    type_in(palette, text)
    assert palette.current_row.t_us == t_us
    hit(palette, Qt.Key.Key_Return)
    assert opened.view_state.time_us == t_us


def test_a_frame_that_is_typed_is_gone_to(opened, palette):
    type_in(palette, "frame 7")
    hit(palette, Qt.Key.Key_Return)
    assert opened.view_state.time_us == opened.document.recording.video_times_us[7]
    assert opened.status_bar.words[1] == "Frame 7 of 15"


def test_ctrl_j_asks_for_a_moment_only(opened, press):
    press(opened, "Ctrl+J")
    palette = opened.assistance.palette
    assert palette.rows == ()
    type_in(palette, "0.1")
    assert [row.t_us for row in palette.rows] == [100_000]
    type_in(palette, "undo")
    assert palette.rows == ()
    type_in(palette, "99")
    assert all(row.problem for row in palette.rows)
    hit(palette, Qt.Key.Key_Escape)


def test_escape_gives_the_keyboard_back(qtbot, opened, focus, press):
    picture = opened.workspace.events_pane.picture
    focus(opened, picture)
    press(opened, "Ctrl+Shift+P")
    assert field(opened.assistance.palette).hasFocus()
    hit(opened.assistance.palette, Qt.Key.Key_Escape)
    qtbot.waitUntil(picture.hasFocus)


def test_a_click_elsewhere_closes_it(qtbot, opened, palette):
    opened.workspace.timeline.rows.setFocus()
    qtbot.waitUntil(lambda: not palette.isVisible())
    assert QApplication.focusWidget() is opened.workspace.timeline.rows


def test_it_shows_the_keys_that_were_chosen(opened, press):
    info = opened.keymap.action("go_to")
    opened.keymap.set_keys(info, ("Ctrl+Shift+J",))
    press(opened, "Ctrl+Shift+P")
    type_in(opened.assistance.palette, "go to a time")
    assert opened.assistance.palette.current_row.keys == "Ctrl+Shift+J"


def test_it_stays_within_a_small_window(opened, press):
    opened.resize(opened.minimumSizeHint())
    press(opened, "Ctrl+Shift+P")
    assert opened.rect().contains(opened.assistance.palette.geometry())
