"""Faces changed by the pointer, as people do it: what is seen afterwards is what is on disk."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from evface.annotations.edits import ReplaceTracks
from evface.annotations.tracks import LandmarkState
from evface.landmarks.schemes import FIVE, IBUG68, WFLW98
from evface.projects.editing_lock import EditingLock
from evface.projects.project import Project
from evface_studio.tools.targets import FaceTarget, PartTarget, PointTarget, handles_of
from evface_studio.view_state import PointerTool

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
MOMENT_US = 140_000
NOSE_TIP = 30


@pytest.fixture
def opened(qtbot, window, open_in, face_project):
    open_in(window, face_project)
    window.view_state.set_time_us(MOMENT_US)
    settle(qtbot, window)
    return window


@pytest.fixture
def pane(request, opened):
    return getattr(opened.workspace, getattr(request, "param", "events_pane"))


on_both_pictures = pytest.mark.parametrize("pane", ["rgb_pane", "events_pane"], indirect=True)


def settle(qtbot, window):
    def is_settled():
        return not window.document.is_busy and window.workspace.is_complete

    qtbot.waitUntil(is_settled, timeout=10_000)


def on_screen(pane, x_px, y_px):
    return pane.picture.position_of(QPointF(x_px + 0.5, y_px + 0.5))


def place_of(pane, landmark):
    return on_screen(pane, *pane.face.marks.landmarks_px[landmark].tolist())


def by(pane, x_px, y_px):
    """Return a way in the picture as one on the screen."""
    return on_screen(pane, x_px, y_px) - on_screen(pane, 0, 0)


def shown(pane):
    return np.array(pane.overlay.marks.landmarks_px)


def on_disk(window, pane):
    """Return what the project holds, read anew from its file."""
    document, face = window.document, pane.face
    with Project.open(document.project.path, read_only=True) as project:
        labelled = project.labelled(document.recording_id, face.role)
        return labelled.frame_at(face.frame.t_us)


def check_shown_is_kept(qtbot, window, pane):
    settle(qtbot, window)
    frame = on_disk(window, pane)
    np.testing.assert_allclose(shown(pane), frame.landmarks, atol=1e-4)
    np.testing.assert_array_equal(pane.overlay.marks.state, frame.state)
    assert not pane.face.is_held
    return frame


def handle(pane, target):
    marks = pane.face.marks
    handles = handles_of(marks, pane.face.scheme, pane.picture.scale_px)
    found = next(one for one in handles if one.target == target)
    return on_screen(pane, found.x_px, found.y_px)


@on_both_pictures
def test_a_dragged_point_is_where_it_was_put_and_one_step_undoes_it(qtbot, opened, pane, drag):
    before = shown(pane)
    start = place_of(pane, NOSE_TIP)
    drag(pane.picture.viewport(), start, start + by(pane, 6.0, -3.5))
    frame = check_shown_is_kept(qtbot, opened, pane)
    np.testing.assert_allclose(frame.landmarks[NOSE_TIP], before[NOSE_TIP] + [6.0, -3.5], atol=0.05)
    assert frame.state[NOSE_TIP] == LandmarkState.CORRECTED
    said = frame.corrections[NOSE_TIP]
    assert (said.source, said.author) == ("drag", opened.document.annotator)
    others = np.delete(np.arange(68), NOSE_TIP)
    np.testing.assert_array_equal(frame.landmarks[others], before[others])
    assert opened.document.undo_label == "Move landmark"
    opened.document.undo()
    settle(qtbot, opened)
    np.testing.assert_array_equal(shown(pane), before)
    assert (pane.overlay.marks.state == LandmarkState.AUTO).all()


def test_a_grip_beside_the_centre_moves_a_point_by_the_way_of_the_pointer_alone(
    qtbot, opened, pane, drag
):
    before = shown(pane)
    start = place_of(pane, 8) + QPointF(3, 4)
    drag(pane.picture.viewport(), start, start + by(pane, 2.0, 2.0))
    frame = check_shown_is_kept(qtbot, opened, pane)
    np.testing.assert_allclose(frame.landmarks[8], before[8] + 2.0, atol=0.05)


def test_a_nudge_is_an_edit_of_its_own_before_the_same_point_is_dragged(qtbot, opened, pane, drag):
    before = shown(pane)
    opened.view_state.set_camera(pane.face.camera)
    opened.view_state.choose_landmark(NOSE_TIP)
    opened.landmarks.nudge(0.0, 1.0)
    start = place_of(pane, NOSE_TIP)
    drag(pane.picture.viewport(), start, start + by(pane, 4, 0), release=False)
    # A nudge in mid-drag is none.
    opened.landmarks.nudge(0.0, 9.0)
    qtbot.wait(700)
    assert pane.face.is_held
    QTest.mouseRelease(
        pane.picture.viewport(), Qt.MouseButton.LeftButton, pos=(start + by(pane, 4, 0)).toPoint()
    )
    frame = check_shown_is_kept(qtbot, opened, pane)
    np.testing.assert_allclose(frame.landmarks[NOSE_TIP], before[NOSE_TIP] + [4, 1], atol=0.4)
    assert opened.document.undo_label == "Move landmark"
    opened.document.undo()
    settle(qtbot, opened)
    np.testing.assert_allclose(shown(pane)[NOSE_TIP], before[NOSE_TIP] + [0, 1], atol=1e-4)
    assert opened.document.undo_label == "Nudge landmark"


def test_the_nearest_centre_is_taken_up(qtbot, opened, pane, drag):
    before = shown(pane)
    one, other = place_of(pane, 42), place_of(pane, 43)
    start = one + 0.4 * (other - one)
    drag(pane.picture.viewport(), start, start + by(pane, 0.0, 5.0))
    check_shown_is_kept(qtbot, opened, pane)
    moved = np.flatnonzero((shown(pane) != before).any(axis=1))
    assert moved.tolist() == [42]


def test_a_click_or_a_tremble_moves_nothing(qtbot, opened, pane, drag):
    start = place_of(pane, NOSE_TIP)
    drag(pane.picture.viewport(), start, start + QPointF(1, 1))
    settle(qtbot, opened)
    assert opened.view_state.chosen_landmark == NOSE_TIP
    assert opened.document.undo_label == "Process face"


def test_while_a_point_is_dragged_it_is_seen_at_the_pointer_and_nothing_is_written(
    qtbot, opened, pane, drag
):
    start = place_of(pane, NOSE_TIP)
    before = shown(pane)
    drag(pane.picture.viewport(), start, start + by(pane, 5, 5), release=False)
    np.testing.assert_allclose(shown(pane)[NOSE_TIP], before[NOSE_TIP] + 5, atol=0.05)
    assert pane.layer.loupe.at_px == pytest.approx(tuple(shown(pane)[NOSE_TIP]))
    assert pane.layer.loupe.isVisible()
    assert not opened.document.is_busy
    np.testing.assert_array_equal(on_disk(opened, pane).landmarks, before)
    QTest.keyClick(pane.picture, Qt.Key.Key_Escape)
    np.testing.assert_array_equal(shown(pane), before)
    assert not pane.layer.loupe.isVisible()
    QTest.mouseRelease(pane.picture.viewport(), Qt.MouseButton.LeftButton)
    settle(qtbot, opened)
    assert opened.document.undo_label == "Process face"
    assert opened.view_state.chosen_landmark == NOSE_TIP


@on_both_pictures
def test_several_chosen_points_go_together_and_all_of_them_only_with_ctrl(
    qtbot, opened, pane, drag
):
    viewport = pane.picture.viewport()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=place_of(pane, 30).toPoint())
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, CTRL, place_of(pane, 8).toPoint())
    assert opened.view_state.selected_landmarks == {8, 30}
    before = shown(pane)
    start = place_of(pane, 8)
    drag(viewport, start, start + by(pane, -4, 2))
    check_shown_is_kept(qtbot, opened, pane)
    moved = np.flatnonzero((shown(pane) != before).any(axis=1))
    assert moved.tolist() == [8, 30]
    assert opened.document.undo_label == "Move 2 landmarks"
    opened.action("select_all_landmarks").trigger()
    start, before = place_of(pane, 8), shown(pane)
    drag(viewport, start, start + by(pane, 3, 0))
    check_shown_is_kept(qtbot, opened, pane)
    moved = np.flatnonzero((np.abs(shown(pane) - before) > 1).any(axis=1))
    assert moved.tolist() == [8]
    opened.action("select_all_landmarks").trigger()
    start, before = place_of(pane, 8), shown(pane)
    drag(viewport, start, start + by(pane, 3, 0), CTRL)
    check_shown_is_kept(qtbot, opened, pane)
    np.testing.assert_allclose(shown(pane) - before, np.tile([3.0, 0.0], (68, 1)), atol=0.05)


def test_a_rubber_band_chooses_what_lies_within(opened, pane, drag):
    points = shown(pane)
    eye = points[list(IBUG68.regions["right_eye"])]
    low, high = eye.min(axis=0), eye.max(axis=0)
    # Beyond the reach of any point.
    reach = 13 / pane.picture.scale_px
    start = on_screen(pane, *(low - [2.0, reach]).tolist())
    stop = on_screen(pane, *(high + 1.0).tolist())
    drag(pane.picture.viewport(), start, stop, SHIFT)
    within = ((points >= low - [2.0, reach]) & (points <= high + 1.0)).all(axis=1)
    assert opened.view_state.selected_landmarks == set(np.flatnonzero(within).tolist())
    assert set(IBUG68.regions["right_eye"]) <= opened.view_state.selected_landmarks
    assert opened.document.undo_label == "Process face"


def test_without_shift_a_drag_on_nothing_moves_the_picture(qtbot, opened, pane, drag):
    pane.picture.show_part(pane.picture.shown_px.adjusted(20, 20, -20, -20))
    qtbot.wait(20)
    before = pane.picture.shown_px
    drag(pane.picture.viewport(), QPointF(20, 20), QPointF(60, 50), n_steps=8, pause_ms=20)
    assert pane.picture.shown_px.left() < before.left()
    assert opened.document.undo_label == "Process face"


def test_the_middle_button_moves_the_picture_over_landmarks_too(qtbot, opened, pane, drag):
    pane.picture.show_part(pane.picture.shown_px.adjusted(20, 20, -20, -20))
    qtbot.wait(20)
    before, points = pane.picture.shown_px, shown(pane)
    start = place_of(pane, NOSE_TIP)
    middle = Qt.MouseButton.MiddleButton
    drag(
        pane.picture.viewport(),
        start,
        start + QPointF(40, 30),
        n_steps=8,
        pause_ms=20,
        button=middle,
    )
    assert pane.picture.shown_px.left() < before.left()
    settle(qtbot, opened)
    np.testing.assert_array_equal(shown(pane), points)


@pytest.mark.parametrize("part", ["right_brow", "left_eye", "nose", "mouth", "jaw"])
def test_a_part_goes_by_its_handle(qtbot, opened, pane, drag, part, move_pointer):
    viewport = pane.picture.viewport()
    target = PartTarget(part)
    at = handle(pane, target)
    move_pointer(viewport, at)
    assert target in [one.target for one in pane.overlay.handles]
    before = shown(pane)
    drag(viewport, at, at + by(pane, 3, 2))
    check_shown_is_kept(qtbot, opened, pane)
    moved = np.flatnonzero((shown(pane) != before).any(axis=1)).tolist()
    regions = {"nose": ("nose_bridge", "nose_base"), "mouth": ("outer_lips", "inner_lips")}
    wanted = [i for name in regions.get(part, (part,)) for i in IBUG68.regions[name]]
    assert moved == sorted(wanted)
    assert opened.document.undo_label == f"Move {part.replace('_', ' ')}"


@on_both_pictures
def test_the_whole_face_goes_with_ctrl_and_never_without(qtbot, opened, pane, drag, move_pointer):
    viewport, target = pane.picture.viewport(), FaceTarget()
    at = handle(pane, target)
    move_pointer(viewport, at)
    assert [one.target for one in pane.overlay.handles] == [target]
    before = shown(pane)
    drag(viewport, at, at + by(pane, 5, 5))
    settle(qtbot, opened)
    np.testing.assert_array_equal(shown(pane), before)
    assert "Ctrl" in opened.hint.text
    drag(viewport, at, at + by(pane, 5, 4), CTRL)
    check_shown_is_kept(qtbot, opened, pane)
    np.testing.assert_allclose(shown(pane) - before, np.tile([5.0, 4.0], (68, 1)), atol=0.05)
    assert opened.document.undo_label == "Move face"
    opened.document.undo()
    settle(qtbot, opened)
    np.testing.assert_array_equal(shown(pane), before)


@on_both_pictures
def test_with_shift_the_rest_of_the_face_follows_and_corrected_points_hold(
    qtbot, opened, pane, drag
):
    qtbot.waitUntil(lambda: opened.landmarks.guides.is_idle, timeout=10_000)
    viewport = pane.picture.viewport()
    start = place_of(pane, 36)
    drag(viewport, start, start + by(pane, 1, 1))
    held = check_shown_is_kept(qtbot, opened, pane).landmarks[36].copy()
    before, start = shown(pane), place_of(pane, 54)
    drag(viewport, start, start + by(pane, 6, -4), SHIFT)
    frame = check_shown_is_kept(qtbot, opened, pane)
    np.testing.assert_allclose(frame.landmarks[54], before[54] + [6, -4], atol=0.05)
    np.testing.assert_array_equal(frame.landmarks[36], held)
    way_px = np.hypot(*(frame.landmarks - before).T)
    # Its neighbours follow, and the less the farther away.
    assert way_px[53] > 0.5
    assert way_px[53] > way_px[17]
    assert frame.state[54] == LandmarkState.CORRECTED
    assert frame.state[53] == LandmarkState.INTERPOLATED
    assert frame.corrections[53].source == frame.corrections[54].source == "model-guided drag"
    assert opened.document.undo_label == "Move with the head"
    opened.document.undo()
    settle(qtbot, opened)
    np.testing.assert_array_equal(shown(pane), before)


@on_both_pictures
def test_dragging_pauses_and_belongs_to_the_frame_that_was_taken_up(qtbot, opened, pane, drag):
    opened.view_state.set_speed(0.01)
    opened.playback.play()
    start = place_of(pane, NOSE_TIP)
    drag(pane.picture.viewport(), start, start + by(pane, 4, 4), release=False)
    assert not opened.view_state.is_playing
    t_us = pane.face.t_us
    drag_end = start + by(pane, 4, 4)
    QTest.mouseRelease(pane.picture.viewport(), Qt.MouseButton.LeftButton, pos=drag_end.toPoint())
    check_shown_is_kept(qtbot, opened, pane)
    assert pane.face.t_us == t_us
    assert pane.face.labelled.keyframes_us().tolist() == [t_us]


def test_leaving_the_moment_in_mid_drag_puts_everything_back(qtbot, opened, pane, drag):
    start = place_of(pane, NOSE_TIP)
    drag(pane.picture.viewport(), start, start + by(pane, 4, 4), release=False)
    opened.playback.step(1)
    settle(qtbot, opened)
    assert not pane.face.is_held
    assert (pane.overlay.marks.state == LandmarkState.AUTO).all()
    assert opened.document.undo_label == "Process face"


def test_what_was_dropped_stays_put_until_it_is_on_disk(qtbot, opened, pane, drag):
    places = []
    pane.face.changed.connect(lambda: places.append(shown(pane)[NOSE_TIP].tolist()))
    start = place_of(pane, NOSE_TIP)
    drag(pane.picture.viewport(), start, start + by(pane, 6, 6))
    dropped = shown(pane)[NOSE_TIP]
    places.clear()
    settle(qtbot, opened)
    assert places
    np.testing.assert_allclose(places, np.tile(dropped, (len(places), 1)), atol=1e-4)


def test_an_edit_that_fails_shows_the_old_places_again_and_says_why(
    qtbot, opened, pane, drag, monkeypatch
):
    from evface.errors import RecordingError

    def fail(_edit):
        raise RecordingError("two.evface: the disk is full")

    monkeypatch.setattr(opened.document.project, "apply", fail)
    before, start = shown(pane), place_of(pane, NOSE_TIP)
    drag(pane.picture.viewport(), start, start + by(pane, 6, 6))
    settle(qtbot, opened)
    np.testing.assert_array_equal(shown(pane), before)
    assert "the disk is full" in opened.notifications.notifications[0].text


def test_placing_puts_the_chosen_point_where_the_pointer_clicks(qtbot, opened, pane):
    viewport = pane.picture.viewport()
    opened.view_state.set_camera(pane.face.camera)
    opened.view_state.choose_landmark(NOSE_TIP)
    opened.action("place_landmark").trigger()
    assert opened.view_state.tool is PointerTool.PLACE
    QTest.mouseClick(
        viewport, Qt.MouseButton.LeftButton, pos=on_screen(pane, 100.0, 40.0).toPoint()
    )
    frame = check_shown_is_kept(qtbot, opened, pane)
    np.testing.assert_allclose(frame.landmarks[NOSE_TIP], [100.0, 40.0], atol=0.5)
    opened.action("let_go").trigger()
    assert opened.view_state.tool is PointerTool.SELECT


def test_pointing_says_the_name_the_state_who_and_when(qtbot, opened, pane, drag, move_pointer):
    viewport = pane.picture.viewport()
    move_pointer(viewport, place_of(pane, NOSE_TIP))
    assert pane.overlay.hovered == PointTarget(NOSE_TIP)
    assert pane.overlay.card.title == "nose tip · 30"
    assert pane.overlay.card.lines[0] == "automatic"
    start = place_of(pane, NOSE_TIP)
    drag(viewport, start, start + by(pane, 6, 6))
    settle(qtbot, opened)
    move_pointer(viewport, place_of(pane, NOSE_TIP))
    words, who, means = pane.overlay.card.lines
    assert words == "corrected"
    assert who.startswith(f"by {opened.document.annotator}, today ")
    assert means == "drag"


def test_where_the_project_can_only_be_read_no_drag_starts_and_it_says_why(
    qtbot, window, open_in, face_project, drag, move_pointer
):
    lock = EditingLock(face_project)
    open_in(window, face_project)
    window.view_state.set_time_us(MOMENT_US)
    settle(qtbot, window)
    pane = window.workspace.events_pane
    viewport, before = pane.picture.viewport(), shown(pane)
    start = place_of(pane, NOSE_TIP)
    move_pointer(viewport, start)
    assert viewport.cursor().shape() == Qt.CursorShape.ForbiddenCursor
    drag(viewport, start, start + by(pane, 6, 6), release=False)
    np.testing.assert_array_equal(shown(pane), before)
    assert not pane.face.is_held
    assert "can only be read" in window.hint.text
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=start.toPoint())
    # Looking is free.
    settle(qtbot, window)
    start = place_of(pane, NOSE_TIP)
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=start.toPoint())
    assert window.view_state.chosen_landmark == NOSE_TIP
    window.action("verify_landmarks").trigger()
    settle(qtbot, window)
    assert (pane.overlay.marks.state == LandmarkState.AUTO).all()
    lock.release()


def test_nothing_pops_up_while_the_face_runs_by(opened, pane, move_pointer):
    move_pointer(pane.picture.viewport(), place_of(pane, NOSE_TIP))
    assert pane.overlay.card is not None
    assert pane.overlay.handles
    opened.playback.play()
    assert pane.overlay.card is None
    assert not pane.overlay.handles
    opened.playback.pause()
    assert pane.overlay.handles


def test_a_hidden_layer_cannot_be_dragged(qtbot, opened, pane, drag):
    from evface_studio.view_state import Layer

    start = place_of(pane, NOSE_TIP)
    opened.view_state.set_layer(Layer.LANDMARKS, False)
    drag(pane.picture.viewport(), start, start + by(pane, 6, 6))
    settle(qtbot, opened)
    assert opened.document.undo_label == "Process face"


@pytest.mark.parametrize("scheme", [WFLW98, FIVE], ids=lambda scheme: scheme.name)
def test_other_schemes_are_edited_as_they_are(qtbot, window, open_in, face_project, drag, scheme):
    with Project.open(face_project) as project:
        recording = project.recordings()[0].id
        track = project.read_track(recording, "transferred", with_corrections=False)
        grid = np.stack(np.divmod(np.arange(scheme.n_landmarks), 10)[::-1], axis=-1)
        points = np.float32(25 + grid * ([11.0, 8.0] if scheme is WFLW98 else [20.0, 10.0]))
        others = replace(
            track,
            landmarks=np.repeat(points[None], len(track), axis=0),
            state=np.zeros((len(track), scheme.n_landmarks), np.uint8),
            occluded=np.zeros((0, 0), bool),
            scheme=scheme.name,
        )
        project.apply(ReplaceTracks(recording, {"transferred": others}, "Replace"))
    open_in(window, face_project)
    window.view_state.set_time_us(MOMENT_US)
    settle(qtbot, window)
    pane = window.workspace.events_pane
    last = scheme.n_landmarks - 1
    start = place_of(pane, last)
    drag(pane.picture.viewport(), start, start + by(pane, 3, 3))
    frame = check_shown_is_kept(qtbot, window, pane)
    np.testing.assert_allclose(frame.landmarks[last], points[last] + 3, atol=0.05)
    start = place_of(pane, 1)
    drag(pane.picture.viewport(), start, start + by(pane, 2, -2), SHIFT)
    frame = check_shown_is_kept(qtbot, window, pane)
    np.testing.assert_allclose(frame.landmarks[1], points[1] + [2, -2], atol=0.05)
    np.testing.assert_allclose(frame.landmarks[last], points[last] + 3, atol=0.05)
    window.action("select_all_landmarks").trigger()
    assert len(window.view_state.selected_landmarks) == scheme.n_landmarks
