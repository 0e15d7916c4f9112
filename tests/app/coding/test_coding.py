"""Segments by mouse and keyboard: what is shown is what the project holds."""

from dataclasses import replace
from itertools import pairwise

import pytest
from PySide6.QtCore import Qt

from evface.annotations.segment_changes import coded
from evface.annotations.segments import Presence, Scale, Side

CTRL = Qt.KeyboardModifier.ControlModifier


def near(t_us):
    """Within a pixel or two of the pointer."""
    return pytest.approx(t_us, abs=1_000)


def test_a_drag_on_an_empty_place_codes_a_segment(drag, stored, opened):
    drag("AU1", 300_000, 100_000)
    (segment,) = stored()
    assert (segment.unit, segment.onset_us, segment.offset_us) == ("AU1", near(100_000), near(3e5))
    assert segment.author == opened.document.annotator
    assert segment.presence is Presence.PRESENT
    assert opened.coding.chosen == segment
    assert opened.coding.unit == "AU1"


def test_it_is_shown_before_it_is_on_disk_and_undone_by_one_step(drag, press, stored, opened):
    drag("AU1", 100_000, 300_000)
    assert len(opened.workspace.timeline.rows.rows[0].coded) == 1
    assert len(stored()) == 1
    press(opened, "Ctrl+Z")
    assert stored() == []
    press(opened, "Ctrl+Shift+Z")
    assert len(stored()) == 1


def test_a_click_on_an_empty_place_moves_the_cursor_only(qtbot, rows, stored, opened, at):
    opened.coding.choose_unit("AU25")
    qtbot.mouseClick(rows, Qt.MouseButton.LeftButton, pos=at("AU1", 250_000))
    assert opened.view_state.time_us == near(250_000)
    assert opened.coding.unit == "AU1"
    assert stored() == []


@pytest.mark.parametrize(
    ("from_us", "to_us", "expected"),
    [
        (100_000, 150_000, (150_000, 300_000, 200_000)),
        (300_000, 400_000, (100_000, 400_000, 200_000)),
        (200_000, 250_000, (100_000, 300_000, 250_000)),
    ],
    ids=["onset", "offset", "apex"],
)
def test_edges_and_the_apex_can_be_dragged(drag, code, stored, from_us, to_us, expected):
    code(replace(coded("AU1", 100_000, 300_000), apex_us=200_000))
    drag("AU1", from_us, to_us)
    (segment,) = stored()
    assert (segment.onset_us, segment.offset_us, segment.apex_us) == tuple(map(near, expected))


def test_the_whole_segment_moves_with_ctrl_only(drag, code, stored, opened):
    code(coded("AU1", 100_000, 200_000))
    drag("AU1", 150_000, 250_000)
    (segment,) = stored()
    assert (segment.onset_us, segment.offset_us) == (100_000, 200_000)
    opened.workspace.timeline.fit()
    drag("AU1", 150_000, 250_000, CTRL)
    (segment,) = stored()
    assert (segment.onset_us, segment.offset_us) == (near(200_000), near(300_000))
    assert segment.duration_us == 100_000


def test_escape_in_mid_drag_puts_everything_back(drag, code, stored, rows, qtbot, at):
    code(coded("AU1", 100_000, 300_000))
    drag("AU1", 300_000, 400_000, released=False)
    qtbot.keyClick(rows, Qt.Key.Key_Escape)
    qtbot.mouseRelease(rows, Qt.MouseButton.LeftButton, pos=at("AU1", 400_000))
    (segment,) = stored()
    assert segment.offset_us == 300_000


def test_the_pointer_says_what_a_press_would_do(code, rows, move_pointer, at):
    code(coded("AU1", 100_000, 300_000))
    for t_us, shape in (
        (100_000, Qt.CursorShape.SizeHorCursor),
        (200_000, Qt.CursorShape.ArrowCursor),
        (400_000, Qt.CursorShape.CrossCursor),
    ):
        move_pointer(rows, at("AU1", t_us))
        assert rows.cursor().shape() is shape


def test_a_double_click_loops_a_segment_and_a_key_ends_it(qtbot, code, rows, opened, press, at):
    code(coded("AU1", 100_000, 200_000))
    place = at("AU1", 150_000)
    qtbot.mouseClick(rows, Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(rows, Qt.MouseButton.LeftButton, pos=place)
    assert opened.playback.loop_us == (100_000, 200_000)
    assert opened.view_state.is_playing
    seen = []
    opened.view_state.time_changed.connect(seen.append)
    opened.view_state.set_speed(4.0)
    qtbot.waitUntil(lambda: sum(b < a for a, b in pairwise(seen)) >= 3)
    assert all(100_000 <= t_us < 200_000 for t_us in seen)
    press(opened, "Shift+Space")
    assert opened.playback.loop_us is None


@pytest.mark.parametrize("level", "ABCDE")
def test_a_letter_grades_the_chosen_segment_on_the_scale_of_facs(
    code, press, stored, opened, level
):
    code(coded("AU1", 100_000, 300_000))
    press(opened, level)
    (segment,) = stored()
    assert (segment.intensity.level, segment.intensity.scale) == (level, Scale.FACS)


def test_letters_grade_nothing_where_nothing_is_chosen(code, press, stored, opened):
    code(coded("AU1", 100_000, 300_000))
    press(opened, "Escape")
    press(opened, "C")
    assert stored()[0].intensity is None


@pytest.mark.parametrize(
    ("keys", "field", "value"),
    [
        ("Shift+L", "side", Side.LEFT),
        ("Shift+R", "side", Side.RIGHT),
        ("Shift+A", "presence", Presence.ABSENT),
        ("Shift+N", "presence", Presence.NOT_VISIBLE),
    ],
)
def test_keys_set_side_and_presence(code, press, stored, opened, keys, field, value):
    code(coded("AU1", 100_000, 300_000))
    press(opened, keys)
    assert getattr(stored()[0], field) is value


def test_keys_set_onset_apex_and_offset_to_the_cursor(code, press, stored, opened):
    code(coded("AU1", 100_000, 300_000))
    for t_us, keys in ((150_000, "I"), (250_000, "O"), (200_000, "T")):
        opened.view_state.set_time_us(t_us)
        press(opened, keys)
    (segment,) = stored()
    assert (segment.onset_us, segment.apex_us, segment.offset_us) == (150_000, 200_000, 250_000)


def test_nudges_move_the_edge_nearest_to_the_cursor_and_the_cursor_with_it(
    code, press, stored, opened
):
    code(coded("AU1", 100_000, 300_000))
    opened.view_state.set_time_us(110_000)
    press(opened, "Alt+Right")
    press(opened, "Alt+Shift+Right")
    assert opened.view_state.time_us == 111_000
    opened.view_state.set_time_us(290_000)
    press(opened, "Alt+.")
    (segment,) = stored()
    assert segment.onset_us == 111_000
    frames_us = opened.document.recording.video_times_us
    assert segment.offset_us == frames_us[frames_us > 300_000][0]
    assert opened.view_state.time_us == segment.offset_us


def test_quick_nudges_add_up_although_each_is_on_disk_later(code, press, stored, opened):
    code(coded("AU1", 100_000, 300_000))
    opened.view_state.set_time_us(100_000)
    for _ in range(8):
        press(opened, "Alt+Shift+Right")
    assert stored()[0].onset_us == 108_000


def test_a_segment_is_split_and_joined_again(code, press, stored, opened):
    code(coded("AU1", 100_000, 300_000, level="B"))
    opened.view_state.set_time_us(220_000)
    press(opened, "S")
    first, second = stored()
    assert (first.offset_us, second.onset_us) == (220_000, 220_000)
    assert first.intensity.level == second.intensity.level == "B"
    press(opened, "+")
    (whole,) = stored()
    assert (whole.onset_us, whole.offset_us) == (100_000, 300_000)


def test_only_delete_removes_a_segment(code, press, stored, opened):
    code(coded("AU1", 100_000, 300_000))
    for letter in "ABCDEGHIMNOPQRSTUVWYZ":
        press(opened, letter)
    opened.playback.set_loop(None)
    opened.playback.pause()
    before = stored()
    assert any(one.onset_us == 100_000 and one.unit == "AU1" for one in before)
    opened.coding.choose(before[0])
    press(opened, "Delete")
    assert stored() == before[1:]


def test_page_keys_go_to_edges_and_arrows_to_rows(code, press, opened):
    code(coded("AU1", 100_000, 300_000), coded("AU12", 150_000, 250_000))
    press(opened, "Up")
    assert opened.coding.unit == "AU1"
    opened.view_state.set_time_us(0)
    press(opened, "PgDown")
    assert (opened.view_state.time_us, opened.coding.chosen.unit) == (100_000, "AU1")
    press(opened, "PgDown")
    assert opened.view_state.time_us == 300_000
    press(opened, "Down")
    assert opened.coding.unit == "AU12"
    press(opened, "PgUp")
    assert opened.view_state.time_us == 250_000
    press(opened, "Left")
    assert opened.view_state.time_us < 250_000  # still steps frames


def test_what_another_coded_stays_and_a_change_of_it_is_ones_own(code, press, stored, opened):
    other = replace(coded("AU1", 100_000, 300_000), author="bea", made_at="2026-01-02T03:04:05")
    code(other)
    rows = {row.unit: row for row in opened.workspace.timeline.rows.rows}
    assert [one.id for one in rows["AU1"].others.segments] == [other.id]
    press(opened, "Delete")
    assert len(stored()) == 1
    press(opened, "C")
    both = stored()
    assert {one.author for one in both} == {"bea", opened.document.annotator}
    assert other in both


def test_a_blind_annotator_sees_only_their_own(qtbot, code, opened, settle):
    code(
        replace(coded("AU1", 100_000, 300_000), author="bea", made_at="2026-01-02T03:04:05"),
        coded("AU1", 350_000, 450_000),
    )
    opened.document.set_blind(True)
    qtbot.waitUntil(lambda: len(opened.coding.segments) == 1)
    settle()
    (row,) = (row for row in opened.workspace.timeline.rows.rows if row.unit == "AU1")
    assert (len(row.coded), len(row.others)) == (1, 0)


def test_undo_shows_the_row_that_it_changes(code, press, opened, stored):
    code(coded("AU25", 100_000, 300_000))
    opened.coding.units.choose(["AU1"])
    opened.coding.choose_unit("AU1")
    press(opened, "Ctrl+Z")
    stored()
    assert opened.coding.unit == "AU25"
    assert "AU25" in opened.coding.units.shown


def test_what_another_coded_can_be_taken_over_as_a_copy(code, press, opened, stored):
    other = replace(coded("AU1", 100_000, 300_000), author="bea", made_at="2026-01-02T03:04:05")
    code(other)
    press(opened, "Y")
    both = stored()
    assert other in both
    (own,) = (one for one in both if one != other)
    assert (own.onset_us, own.offset_us) == (100_000, 300_000)
    assert own.author == opened.document.annotator
