"""Keys that mark action units while they are held down."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from evface.annotations.reaction import ReactionTime


def hold(rows, key, *, is_down, repeats=False):
    kind = QEvent.Type.KeyPress if is_down else QEvent.Type.KeyRelease
    none = Qt.KeyboardModifier.NoModifier
    text = chr(key).lower()
    if is_down:
        override = QKeyEvent(QEvent.Type.ShortcutOverride, key, none, text, repeats)
        QApplication.sendEvent(rows, override)
    QApplication.sendEvent(rows, QKeyEvent(kind, key, none, text, repeats))


def test_a_held_key_marks_the_chosen_row_from_press_to_release(qtbot, opened, rows, stored):
    opened.coding.choose_unit("AU12")
    opened.view_state.set_speed(0.25)
    opened.playback.play()
    qtbot.waitUntil(lambda: opened.view_state.time_us > 40_000)
    qtbot.keyPress(rows, Qt.Key.Key_X)
    pressed_us = opened.playback.moment_us
    qtbot.waitUntil(lambda: opened.view_state.time_us > pressed_us + 30_000)
    rows.grab()
    assert "AU12" in opened.marking.marks
    qtbot.keyRelease(rows, Qt.Key.Key_X)
    released_us = opened.playback.moment_us
    opened.playback.pause()
    (segment,) = stored()
    assert segment.unit == "AU12"
    assert segment.onset_us == pytest.approx(pressed_us, abs=20_000)
    assert segment.offset_us == pytest.approx(released_us, abs=20_000)
    assert segment.source == "held key"
    assert not opened.marking.marks


def test_repeats_of_a_held_key_change_nothing(opened, rows, qtbot, stored):
    opened.coding.choose_unit("AU12")
    opened.view_state.set_time_us(100_000)
    qtbot.keyPress(rows, Qt.Key.Key_X)
    for t_us in (150_000, 200_000, 250_000):
        hold(rows, Qt.Key.Key_X, is_down=False, repeats=True)
        hold(rows, Qt.Key.Key_X, is_down=True, repeats=True)
        opened.view_state.set_time_us(t_us)
    assert opened.marking.marks == {"AU12": (100_000, 250_000)}
    qtbot.keyRelease(rows, Qt.Key.Key_X)
    (segment,) = stored()
    assert (segment.onset_us, segment.offset_us) == (100_000, 250_000)


def test_repeats_that_the_system_does_not_name_change_nothing(opened, rows, qtbot, stored):
    opened.coding.choose_unit("AU12")
    opened.view_state.set_time_us(100_000)
    qtbot.keyPress(rows, Qt.Key.Key_X)
    for t_us in (150_000, 200_000, 250_000):
        opened.view_state.set_time_us(t_us)
        qtbot.keyRelease(rows, Qt.Key.Key_X)
        qtbot.keyPress(rows, Qt.Key.Key_X)
        qtbot.wait(60)
    assert opened.marking.marks == {"AU12": (100_000, 250_000)}
    qtbot.keyRelease(rows, Qt.Key.Key_X)
    (segment,) = stored()
    assert (segment.onset_us, segment.offset_us) == (100_000, 250_000)


def test_a_key_that_comes_up_counts_from_when_it_did(opened, rows, qtbot, stored):
    opened.coding.choose_unit("AU12")
    opened.playback.play()
    qtbot.keyPress(rows, Qt.Key.Key_X)
    qtbot.waitUntil(lambda: opened.view_state.time_us > 150_000)
    qtbot.keyRelease(rows, Qt.Key.Key_X)
    released_us = opened.playback.moment_us
    qtbot.waitUntil(lambda: not opened.marking.marks)
    assert opened.view_state.time_us >= released_us + 30_000
    opened.playback.pause()
    assert stored()[0].offset_us == pytest.approx(released_us, abs=8_000)


def test_several_rows_are_marked_at_once_by_their_digits(opened, rows, qtbot, stored):
    opened.view_state.set_speed(0.01)
    opened.view_state.set_time_us(100_000)
    opened.playback.play()
    qtbot.keyPress(rows, Qt.Key.Key_1)
    qtbot.keyPress(rows, Qt.Key.Key_3)
    assert set(opened.marking.marks) == {"AU1", "AU25"}
    qtbot.keyRelease(rows, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: set(opened.marking.marks) == {"AU25"})
    qtbot.keyRelease(rows, Qt.Key.Key_3)
    opened.playback.pause()
    assert [one.unit for one in stored()] == ["AU1", "AU25"]


def test_reaction_is_made_up_for_at_both_ends_in_the_recordings_time(opened, rows, qtbot, stored):
    opened.marking.set_reaction(ReactionTime(200_000, 180_000, 220_000, 10, 0))
    opened.coding.choose_unit("AU1")
    opened.view_state.set_speed(0.05)
    opened.view_state.set_time_us(100_000)
    opened.playback.play()
    qtbot.keyPress(rows, Qt.Key.Key_X)
    press_us = opened.playback.moment_us
    qtbot.waitUntil(lambda: opened.view_state.time_us > press_us + 12_000)
    qtbot.keyRelease(rows, Qt.Key.Key_X)
    release_us = opened.playback.moment_us
    opened.playback.pause()
    (segment,) = stored()
    # A fifth of a second is a hundredth of the recording at this speed.
    assert segment.onset_us == pytest.approx(press_us - 10_000, abs=2_500)
    assert segment.offset_us == pytest.approx(release_us - 10_000, abs=2_500)


def test_a_reaction_is_kept_for_each_annotator(qtbot, opened):
    opened.marking.set_reaction(ReactionTime(200_000, 180_000, 220_000, 10, 0))
    first = opened.document.annotator
    for name, delay_us in (("bea/1", 0), (first, 200_000)):
        with qtbot.waitSignal(opened.document.annotator_changed):
            opened.document.set_annotator(name)
        assert opened.marking.reaction.delay_us == delay_us


def test_a_pause_leaves_a_held_key_at_work_and_the_picture_counts(opened, rows, qtbot, stored):
    opened.marking.set_reaction(ReactionTime(200_000, 180_000, 220_000, 10, 0))
    opened.coding.choose_unit("AU1")
    opened.view_state.set_speed(0.05)
    opened.view_state.set_time_us(100_000)
    opened.playback.play()
    qtbot.keyPress(rows, Qt.Key.Key_X)
    opened.playback.pause()
    opened.view_state.set_time_us(300_000)
    qtbot.keyRelease(rows, Qt.Key.Key_X)
    (segment,) = stored()
    assert segment.onset_us == pytest.approx(90_000, abs=2_500)
    assert segment.offset_us == 300_000


def test_a_tap_while_time_stands_codes_nothing_and_says_how(opened, rows, qtbot, stored):
    opened.coding.choose_unit("AU1")
    with qtbot.waitSignal(opened.coding.noticed) as noticed:
        qtbot.keyClick(rows, Qt.Key.Key_X)
    assert noticed.args == ["Hold the key while the recording plays, or step on while you hold it."]
    assert not stored()
    assert not opened.marking.marks


def test_a_jump_while_time_runs_ends_the_mark_where_it_was(opened, rows, qtbot, stored):
    opened.coding.choose_unit("AU1")
    opened.view_state.set_speed(0.25)
    opened.view_state.set_time_us(100_000)
    opened.playback.play()
    qtbot.keyPress(rows, Qt.Key.Key_X)
    qtbot.waitUntil(lambda: opened.view_state.time_us > 130_000)
    before_us = opened.view_state.time_us
    opened.playback.seek(400_000)
    qtbot.waitUntil(lambda: not opened.marking.marks)
    qtbot.keyRelease(rows, Qt.Key.Key_X)
    opened.playback.pause()
    (segment,) = stored()
    assert segment.offset_us == pytest.approx(before_us, abs=10_000)


def test_leaving_the_window_lets_go_of_all_keys(opened, rows, qtbot, stored):
    opened.coding.choose_unit("AU1")
    opened.view_state.set_time_us(100_000)
    qtbot.keyPress(rows, Qt.Key.Key_X)
    opened.view_state.set_time_us(200_000)
    QApplication.sendEvent(opened, QEvent(QEvent.Type.WindowDeactivate))
    assert len(stored()) == 1


def test_escape_forgets_what_is_held(opened, rows, qtbot, stored):
    opened.view_state.set_time_us(100_000)
    qtbot.keyPress(rows, Qt.Key.Key_X)
    opened.view_state.set_time_us(200_000)
    qtbot.keyClick(rows, Qt.Key.Key_Escape)
    assert not opened.marking.marks
    qtbot.keyRelease(rows, Qt.Key.Key_X)
    assert stored() == []


def test_a_menu_cannot_hold_a_key(opened, stored):
    said = []
    opened.coding.noticed.connect(said.append)
    opened.action("mark_unit").trigger()
    assert said[0].startswith("Hold")
    assert stored() == []
