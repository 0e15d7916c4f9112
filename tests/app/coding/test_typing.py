"""Action units as FACS coders type them."""

from PySide6.QtCore import Qt

from evface.annotations.segment_changes import coded
from evface.annotations.segments import Presence, Side


def type_code(qtbot, window, text, *, begin="/"):
    timeline = window.workspace.timeline
    if begin:
        qtbot.keyClicks(timeline.rows, begin)
    line = timeline.type_field.line
    qtbot.waitUntil(line.hasFocus)
    qtbot.keyClicks(line, text)
    return line


def test_a_typed_code_is_echoed_and_laid_over_the_event_window(qtbot, opened, stored):
    opened.view_state.set_time_us(200_000)
    line = type_code(qtbot, opened, "12cl")
    assert opened.workspace.timeline.type_field.echo.startswith("AU12 C left")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    (segment,) = stored()
    assert (segment.unit, segment.side, segment.intensity.level) == ("AU12", Side.LEFT, "C")
    assert (segment.onset_us, segment.offset_us) == (180_000, 200_000)
    assert segment.source == "typed"
    assert opened.workspace.timeline.rows.hasFocus()


def test_several_codes_are_one_edit_over_the_loop(qtbot, opened, stored, press):
    opened.playback.set_loop((50_000, 150_000))
    opened.view_state.set_time_us(60_000)
    line = type_code(qtbot, opened, "1+2 5b")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    segments = stored()
    assert [one.unit for one in segments] == ["AU1", "AU2", "AU5"]
    assert {(one.onset_us, one.offset_us) for one in segments} == {(50_000, 150_000)}
    assert {"AU2", "AU5"} <= set(opened.coding.units.shown)
    press(opened, "Ctrl+Z")
    assert stored() == []


def test_a_code_of_the_chosen_segment_changes_it(qtbot, code, opened, stored):
    code(coded("AU12", 100_000, 300_000))
    line = type_code(qtbot, opened, "12er")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    (segment,) = stored()
    assert (segment.intensity.level, segment.side) == ("E", Side.RIGHT)
    assert (segment.onset_us, segment.offset_us) == (100_000, 300_000)


def test_a_digit_begins_a_code_while_time_stands(qtbot, opened, stored):
    opened.view_state.set_time_us(200_000)
    line = type_code(qtbot, opened, "2-", begin="1")
    assert line.text() == "12-"
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert [(one.unit, one.presence) for one in stored()] == [("AU12", Presence.ABSENT)]


def test_what_is_no_code_says_why_and_codes_nothing(qtbot, opened, stored):
    line = type_code(qtbot, opened, "3z")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert "AU3 does not exist" in opened.workspace.timeline.type_field.echo
    assert line.isVisible()
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert not line.isVisible()
    assert stored() == []


def test_what_is_echoed_follows_the_cursor_and_is_what_is_coded(qtbot, opened, stored):
    opened.view_state.set_time_us(200_000)
    line = type_code(qtbot, opened, "12")
    opened.view_state.set_time_us(300_000)
    assert "0.280" in opened.workspace.timeline.type_field.echo
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert [(one.onset_us, one.offset_us) for one in stored()] == [(280_000, 300_000)]
