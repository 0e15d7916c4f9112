"""Landmarks chosen, moved and judged by keys and menus."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSlider

from evface.annotations.landmark_edits import MoveLandmarks
from evface.annotations.tracks import Camera, LandmarkState
from evface.projects.project import Project
from evface_studio.view_state import PointerTool

MOMENT_US = 140_000
# Of the frame that is shown then.
FRAME_US = 133_332
NOSE_TIP = 30


@pytest.fixture
def opened(qtbot, window, open_in, face_project, focus):
    open_in(window, face_project)
    window.view_state.set_time_us(MOMENT_US)
    settle(qtbot, window)
    focus(window, window.workspace.events_pane.picture)
    return window


@pytest.fixture
def face(opened):
    return opened.landmarks.face_on(Camera.EVENTS)


def settle(qtbot, window):
    def is_settled():
        return not window.document.is_busy and window.workspace.is_complete

    qtbot.waitUntil(is_settled, timeout=10_000)


def said_at(window, t_us, role="transferred"):
    """Return what the project holds of a moment, read anew from its file."""
    document = window.document
    with Project.open(document.project.path, read_only=True) as project:
        return project.labelled(document.recording_id, role).frame_at(t_us)


def correct(qtbot, window, t_us, landmark, shift_px, author=None):
    document = window.document
    if author is not None:
        me = document.annotator
        document.set_annotator(author)
    place = window.landmarks.face.labelled.track.landmarks[0, landmark] + shift_px
    places = {landmark: tuple(place.tolist())}
    document.edit(MoveLandmarks(document.recording_id, "transferred", t_us, places, "drag"))
    if author is not None:
        document.set_annotator(me)
    settle(qtbot, window)


def test_nudges_that_follow_one_another_are_one_step_in_parts_of_a_pixel(
    qtbot, opened, face, press
):
    before = np.array(face.marks.landmarks_px)
    opened.view_state.choose_landmark(NOSE_TIP)
    for _ in range(3):
        press(opened, "Alt+Right")
    press(opened, "Alt+Shift+Up")
    np.testing.assert_allclose(face.marks.landmarks_px[NOSE_TIP], before[NOSE_TIP] + [0.75, -1.0])
    assert opened.document.undo_label == "Process face"
    qtbot.waitUntil(lambda: opened.document.undo_label == "Nudge landmark")
    settle(qtbot, opened)
    frame = said_at(opened, FRAME_US)
    np.testing.assert_allclose(frame.landmarks[NOSE_TIP], before[NOSE_TIP] + [0.75, -1.0])
    assert frame.corrections[NOSE_TIP].source == "nudge"
    opened.action("undo").trigger()
    settle(qtbot, opened)
    np.testing.assert_array_equal(face.marks.landmarks_px, before)


def test_undo_right_after_a_nudge_takes_back_the_nudge_and_nothing_else(qtbot, opened, face, press):
    correct(qtbot, opened, FRAME_US, 8, [3, 3])
    before = np.array(face.marks.landmarks_px)
    opened.view_state.choose_landmark(NOSE_TIP)
    press(opened, "Alt+Down")
    press(opened, "Ctrl+Z")
    settle(qtbot, opened)
    np.testing.assert_array_equal(face.marks.landmarks_px, before)
    assert opened.document.redo_label == "Nudge landmark"


def test_a_nudge_is_kept_when_the_window_is_closed_at_once(opened, face, press):
    before = np.array(face.marks.landmarks_px)
    path, recording_id = opened.document.project.path, opened.document.recording_id
    opened.view_state.choose_landmark(NOSE_TIP)
    press(opened, "Alt+Down")
    opened.close()
    with Project.open(path, read_only=True) as project:
        frame = project.labelled(recording_id, "transferred").frame_at(FRAME_US)
    np.testing.assert_allclose(frame.landmarks[NOSE_TIP], before[NOSE_TIP] + [0.0, 0.25])


def test_a_nudge_belongs_to_the_frame_it_was_made_on(qtbot, opened, face, press):
    opened.view_state.choose_landmark(NOSE_TIP)
    press(opened, "Alt+Down")
    press(opened, "Right")
    settle(qtbot, opened)
    assert face.labelled.keyframes_us().tolist() == [FRAME_US]


def test_tab_goes_from_point_to_point_and_escape_lets_go(opened, press):
    view_state = opened.view_state
    view_state.choose_landmark(66)
    for landmark in (67, 0, 1):
        press(opened, "Tab")
        assert view_state.chosen_landmark == landmark
        assert view_state.selected_landmarks == {landmark}
    press(opened, "Shift+Tab")
    assert view_state.chosen_landmark == 0
    press(opened, "Escape")
    assert view_state.selected_landmarks == frozenset()


def test_a_chooses_the_part_and_ctrl_a_all(opened, press):
    view_state = opened.view_state
    view_state.choose_landmark(38)
    press(opened, "A")
    assert view_state.selected_landmarks == set(range(36, 42))
    assert view_state.chosen_landmark == 38
    press(opened, "Ctrl+A")
    assert view_state.selected_landmarks == set(range(68))


def test_without_a_chosen_point_tab_leaves_the_picture(opened, press):
    picture = opened.workspace.events_pane.picture
    assert picture.hasFocus()
    press(opened, "Tab")
    assert not picture.hasFocus()


def test_in_a_panel_tab_goes_on_through_the_panel(opened, press, focus):
    opened.view_state.choose_landmark(3)
    slider = next(
        one for one in opened.workspace.transport.findChildren(QSlider) if one.isVisible()
    )
    focus(opened, slider)
    press(opened, "Tab")
    assert opened.view_state.chosen_landmark == 3
    assert not slider.hasFocus()


def test_keys_act_on_the_picture_that_was_used_last(qtbot, opened, press, focus):
    focus(opened, opened.workspace.rgb_pane.picture)
    opened.view_state.choose_landmark(NOSE_TIP)
    press(opened, "V")
    settle(qtbot, opened)
    assert NOSE_TIP in said_at(opened, FRAME_US, "teacher").corrections
    assert not said_at(opened, FRAME_US, "transferred").corrections


def test_v_verifies_what_is_chosen_else_the_frame(qtbot, opened, face, press):
    opened.view_state.select_landmarks({3, 4}, 4)
    press(opened, "V")
    settle(qtbot, opened)
    assert np.flatnonzero(face.frame.state == LandmarkState.VERIFIED).tolist() == [3, 4]
    assert opened.document.undo_label == "Verify 2 landmarks"
    press(opened, "Escape")
    press(opened, "V")
    settle(qtbot, opened)
    assert (face.frame.state == LandmarkState.VERIFIED).all()
    assert opened.workspace.events_pane.status.text() == "verified"
    assert opened.document.undo_label == "Verify frame"


def test_h_hides_a_point_and_shows_it_again(qtbot, opened, face, press):
    place = np.array(face.marks.landmarks_px[5])
    opened.view_state.choose_landmark(5)
    press(opened, "H")
    settle(qtbot, opened)
    assert face.marks.occluded.tolist() == [i == 5 for i in range(68)]
    np.testing.assert_array_equal(said_at(opened, FRAME_US).landmarks[5], place)
    press(opened, "H")
    settle(qtbot, opened)
    assert not face.marks.occluded.any()
    assert opened.document.undo_label == "Show landmark"


def test_delete_takes_back_ones_own_words_and_no_single_letter_does(qtbot, opened, face, press):
    automatic = np.array(face.marks.landmarks_px)
    correct(qtbot, opened, FRAME_US, 8, [3, 3])
    opened.view_state.choose_landmark(8)
    press(opened, "Delete")
    settle(qtbot, opened)
    np.testing.assert_array_equal(face.marks.landmarks_px, automatic)
    assert face.frame.state[8] == LandmarkState.AUTO
    opened.document.undo()
    settle(qtbot, opened)
    assert face.frame.state[8] == LandmarkState.CORRECTED
    keys = opened.keymap.keys(opened.keymap.action("forget_corrections"))
    assert not any(len(key) == 1 for key in keys)


def test_another_persons_words_are_not_taken_back(qtbot, opened, face, press):
    correct(qtbot, opened, FRAME_US, 8, [3, 3], author="Berta")
    opened.view_state.choose_landmark(8)
    press(opened, "Delete")
    settle(qtbot, opened)
    assert face.frame.state[8] == LandmarkState.CORRECTED
    assert "the words of Berta" in opened.hint.text


def test_d_and_f_go_from_keyframe_to_keyframe(qtbot, opened, press):
    for t_us in (33_333, 333_330):
        correct(qtbot, opened, t_us, 8, [3, 3])
    opened.view_state.set_time_us(200_000)
    settle(qtbot, opened)
    press(opened, "D")
    assert opened.view_state.time_us == 33_333
    settle(qtbot, opened)
    press(opened, "F")
    assert opened.view_state.time_us == 333_330
    settle(qtbot, opened)
    press(opened, "F")
    assert opened.view_state.time_us == 333_330
    assert "no keyframe" in opened.hint.text


def test_a_keyframe_of_the_video_is_shown_with_its_own_frame(qtbot, opened, press, focus):
    focus(opened, opened.workspace.rgb_pane.picture)
    face = opened.workspace.rgb_pane.face
    opened.view_state.choose_landmark(8)
    press(opened, "V")
    settle(qtbot, opened)
    opened.view_state.set_time_us(400_000)
    settle(qtbot, opened)
    press(opened, "D")
    settle(qtbot, opened)
    assert face.frame.t_us == FRAME_US
    assert face.frame.state[8] == LandmarkState.VERIFIED


def test_between_keyframes_corrections_are_carried_unless_that_is_off(qtbot, opened, face, press):
    automatic = np.array(face.marks.landmarks_px)
    for t_us, shift_px in ((33_333, 2.0), (233_331, 6.0)):
        correct(qtbot, opened, t_us, 8, [shift_px, 0])
    opened.view_state.set_time_us(MOMENT_US)
    settle(qtbot, opened)
    np.testing.assert_allclose(face.marks.landmarks_px[8], automatic[8] + [4, 0], atol=0.01)
    assert face.marks.state[8] == LandmarkState.INTERPOLATED
    assert opened.workspace.events_pane.status.text() == "interpolated"
    assert opened.action("interpolate").isChecked()
    opened.action("interpolate").trigger()
    settle(qtbot, opened)
    np.testing.assert_array_equal(face.marks.landmarks_px, automatic)
    assert not opened.action("interpolate").isChecked()
    assert face.labelled.longest_gap_us == 0
    opened.document.undo()
    settle(qtbot, opened)
    assert face.marks.state[8] == LandmarkState.INTERPOLATED
    press(opened, "Shift+K")
    settle(qtbot, opened)
    assert said_at(opened, FRAME_US).state[8] == LandmarkState.CORRECTED
    assert opened.workspace.events_pane.status.text() == "keyframe"


def test_corrections_are_copied_from_the_keyframe_before_in_one_step(qtbot, opened, face, press):
    automatic = np.array(face.marks.landmarks_px)
    correct(qtbot, opened, 33_333, 8, [3, 3])
    correct(qtbot, opened, 33_333, 9, [3, 3])
    opened.view_state.set_time_us(MOMENT_US)
    settle(qtbot, opened)
    press(opened, "Shift+D")
    settle(qtbot, opened)
    frame = said_at(opened, FRAME_US)
    np.testing.assert_allclose(frame.landmarks[[8, 9]], automatic[[8, 9]] + 3, atol=1e-3)
    assert opened.document.undo_label == "Copy corrections"
    opened.document.undo()
    settle(qtbot, opened)
    np.testing.assert_array_equal(face.marks.landmarks_px, automatic)


def test_points_that_changed_sides_are_found_and_swapped_in_one_step(qtbot, opened, face):
    document = opened.document
    right, left = face.marks.landmarks_px[[36, 45]].tolist()
    places = {36: tuple(left), 45: tuple(right)}
    document.edit(MoveLandmarks(document.recording_id, "transferred", FRAME_US, places, "drag"))
    settle(qtbot, opened)
    opened.action("show_mirror").trigger()
    assert opened.workspace.events_pane.overlay.mirror.swapped == ((36, 45),)
    opened.action("swap_sides").trigger()
    settle(qtbot, opened)
    np.testing.assert_allclose(face.marks.landmarks_px[[36, 45]], [right, left], atol=1e-3)
    assert opened.workspace.events_pane.overlay.mirror.swapped == ()
    assert document.undo_label == "Swap left and right"


def test_the_loupe_follows_the_chosen_point_on_both_pictures(opened, press):
    panes = (opened.workspace.rgb_pane, opened.workspace.events_pane)
    opened.view_state.choose_landmark(NOSE_TIP)
    press(opened, "Z")
    for pane in panes:
        place = pane.face.marks.landmarks_px[NOSE_TIP]
        assert pane.layer.loupe.at_px == pytest.approx(tuple(place.tolist()))
    press(opened, "Tab")
    for pane in panes:
        place = pane.face.marks.landmarks_px[NOSE_TIP + 1]
        assert pane.layer.loupe.at_px == pytest.approx(tuple(place.tolist()))
    press(opened, "Z")
    assert all(pane.layer.loupe.at_px is None for pane in panes)


def test_lone_media_say_why_nothing_can_be_changed(qtbot, window, open_in, media, press):
    open_in(window, media / "face.h5", media / "face.mp4")
    face = window.landmarks.face
    window.view_state.set_tool(PointerTool.BOX)
    pane = window.workspace.events_pane
    QTest.mouseClick(pane.picture.viewport(), Qt.MouseButton.LeftButton)
    assert "belongs to no project" in window.hint.text
    assert not face.is_held
    del press, qtbot


def test_corrected_points_are_tracked_on_in_one_step(qtbot, opened, face, press):
    correct(qtbot, opened, FRAME_US, 8, [3, 3])
    opened.landmarks.set_track_for_us(100_000)
    press(opened, "T")
    qtbot.waitUntil(
        lambda: opened.document.undo_label.startswith("Propagate by tracking"), timeout=60_000
    )
    settle(qtbot, opened)
    times_us = face.labelled.keyframes_us()
    assert times_us[0] == FRAME_US
    assert 1 < len(times_us) <= 4
    assert times_us[-1] <= FRAME_US + 100_000
    frame = said_at(opened, int(times_us[-1]))
    assert list(frame.corrections) == [8]
    assert frame.corrections[8].state == LandmarkState.INTERPOLATED
    assert frame.corrections[8].source == "tracked from 0.133 s"
    opened.document.undo()
    settle(qtbot, opened)
    assert face.labelled.keyframes_us().tolist() == [FRAME_US]


def test_what_cannot_be_tracked_says_why(qtbot, opened, press, focus):
    press(opened, "T")
    settle(qtbot, opened)
    assert "correct a landmark" in opened.notifications.notifications[0].text
    focus(opened, opened.workspace.rgb_pane.picture)
    press(opened, "Shift+T")
    assert "the picture of the events" in opened.hint.text
    assert opened.document.undo_label == "Process face"
