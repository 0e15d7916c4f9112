"""The whole recording, one segment in full, and what is coded from."""

from PySide6.QtCore import Qt

from evface.annotations.reaction import ReactionTime
from evface.annotations.segment_changes import coded
from evface_studio.dialogs.reaction_dialog import ReactionDialog
from evface_studio.view_state import Comparison


def test_the_class_of_the_recording_is_kept(opened, settle):
    opened.action("coding_panel").trigger()
    box = opened.side_panels.coding.video_class
    row = box.findData("AU12")
    box.setCurrentIndex(row)
    box.activated.emit(row)
    settle()
    assert opened.document.video_class == "AU12"
    opened.document.undo()
    settle()
    assert opened.document.video_class is None
    assert box.currentIndex() == 0


def test_the_panel_says_all_of_the_chosen_segment_and_changes_it(qtbot, code, opened, stored):
    opened.action("coding_panel").trigger()
    code(coded("AU12", 100_000, 300_000, level="C"))
    panel = opened.side_panels.coding
    assert panel.facts.value("Action unit") == "AU12 lip corner puller"
    assert panel.more_facts.value("Scale") == "3 of 1 to 5, FACS A to E"
    assert panel.more_facts.value("By") == opened.document.annotator
    panel.onset.selectAll()
    qtbot.keyClicks(panel.onset, "0.15")
    qtbot.keyClick(panel.onset, Qt.Key.Key_Return)
    assert stored()[0].onset_us == 150_000


def test_the_panel_is_empty_where_nothing_is_chosen(code, opened):
    opened.action("coding_panel").trigger()
    code(coded("AU12", 100_000, 300_000, level="C"))
    panel = opened.side_panels.coding
    assert panel.apex.text() == ""
    opened.coding.choose(None)
    assert [field.text() for field in (panel.onset, panel.apex, panel.offset)] == ["", "", ""]
    assert panel.level.currentIndex() == -1


def test_the_video_is_hidden_and_seen_while_a_key_is_held(qtbot, press, opened, rows):
    pane = opened.workspace.rgb_pane
    press(opened, "Ctrl+8")
    assert pane.is_empty
    assert "hidden" in pane.words[0]
    opened.view_state.set_time_us(200_000)
    qtbot.waitUntil(lambda: opened.workspace.is_complete)
    assert pane.is_empty
    rows.setFocus()
    qtbot.keyPress(rows, Qt.Key.Key_V)
    assert not pane.is_empty
    qtbot.keyRelease(rows, Qt.Key.Key_V)
    qtbot.waitUntil(lambda: pane.is_empty)
    press(opened, "Ctrl+8")
    assert not pane.is_empty


def test_a_hidden_video_lies_over_the_events_neither(opened):
    view = opened.view_state
    view.set_comparison(Comparison.BLEND)
    view.set_hides_video(True)
    assert view.comparison is Comparison.OFF
    view.set_comparison(Comparison.SWIPE)
    assert not view.hides_video


def test_the_whole_recordings_class_can_be_set_by_keyboard_alone(opened, settle):
    opened.coding.choose_unit("AU25")
    opened.action("video_class").trigger()
    settle()
    assert opened.document.video_class == "AU25"
    opened.action("video_class").trigger()
    settle()
    assert opened.document.video_class is None


def test_the_reaction_is_measured_from_the_panel_and_said_there(qtbot, opened):
    opened.action("coding_panel").trigger()
    assert "Not measured" in opened.side_panels.coding.reaction.text()
    opened.marking.set_reaction(ReactionTime(234_000, 210_000, 262_000, 10, 0))
    assert opened.side_panels.coding.reaction.text().startswith("234")
    opened.action("calibrate_reaction").trigger()
    dialog = opened.findChild(ReactionDialog)
    qtbot.waitUntil(dialog.isVisible)
    dialog.forget_button.click()
    assert "Not measured" in opened.side_panels.coding.reaction.text()
