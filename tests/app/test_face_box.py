"""The face's box, drawn and dragged by the pointer."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from evface.annotations.boxes import BOX_ROLES, derived_corners
from evface.projects.project import Project
from evface_studio.tools.targets import SideTarget
from evface_studio.view_state import PointerTool

CTRL = Qt.KeyboardModifier.ControlModifier
MOMENT_US = 140_000
FRAME_US = 133_332


@pytest.fixture
def opened(qtbot, window, open_in, face_project, focus):
    open_in(window, face_project)
    window.view_state.set_time_us(MOMENT_US)
    settle(qtbot, window)
    focus(window, window.workspace.events_pane.picture)
    return window


@pytest.fixture
def pane(opened):
    return opened.workspace.events_pane


def settle(qtbot, window):
    def is_settled():
        return not window.document.is_busy and window.workspace.is_complete

    qtbot.waitUntil(is_settled, timeout=10_000)


def on_screen(pane, x_px, y_px):
    return pane.picture.position_of(QPointF(x_px + 0.5, y_px + 0.5))


def by(pane, x_px, y_px):
    return on_screen(pane, x_px, y_px) - on_screen(pane, 0, 0)


def box(pane):
    return np.array(pane.overlay.marks.corners_px)


def check_shown_is_kept(qtbot, window, pane):
    settle(qtbot, window)
    document = window.document
    with Project.open(document.project.path, read_only=True) as project:
        labelled = project.labelled(document.recording_id, BOX_ROLES[pane.face.camera])
        frame = labelled.frame_at(FRAME_US)
    np.testing.assert_allclose(box(pane), frame.landmarks, atol=1e-4)
    return frame


def test_a_box_that_nobody_drew_lies_around_the_landmarks_also_while_they_are_dragged(
    opened, pane, drag
):
    assert not pane.overlay.marks.is_box_drawn
    chin = on_screen(pane, *pane.face.marks.landmarks_px[8].tolist())
    bottom_px = box(pane)[1, 1]
    drag(pane.picture.viewport(), chin, chin + by(pane, 0, 10), release=False)
    assert box(pane)[1, 1] > bottom_px + 9
    np.testing.assert_allclose(
        box(pane), derived_corners(pane.overlay.marks.landmarks_px), atol=1e-4
    )
    del opened


def test_b_and_a_drag_draw_the_box_in_one_step(qtbot, opened, pane, drag, press):
    press(opened, "B")
    assert opened.view_state.tool is PointerTool.BOX
    # Drawn upwards, and from right to left.
    drag(pane.picture.viewport(), on_screen(pane, 130, 110), on_screen(pane, 20.0, 10.0))
    frame = check_shown_is_kept(qtbot, opened, pane)
    np.testing.assert_allclose(frame.landmarks, [[20, 10], [130, 110]], atol=0.05)
    assert frame.corrections[0].source == "drawn"
    assert pane.overlay.marks.is_box_drawn
    assert opened.view_state.tool is PointerTool.SELECT
    assert opened.document.undo_label == "Draw box"
    opened.document.undo()
    settle(qtbot, opened)
    assert not pane.overlay.marks.is_box_drawn


def test_while_a_box_is_drawn_landmarks_are_left_alone_and_escape_ends_it(
    qtbot, opened, pane, drag, press
):
    before = np.array(pane.overlay.marks.landmarks_px)
    press(opened, "B")
    start = on_screen(pane, *pane.face.marks.landmarks_px[30].tolist())
    drag(pane.picture.viewport(), start, start + by(pane, 20, 20), release=False)
    assert pane.overlay.marks.is_box_drawn
    QTest.keyClick(pane.picture, Qt.Key.Key_Escape)
    assert not pane.overlay.marks.is_box_drawn
    press(opened, "Escape")
    assert opened.view_state.tool is PointerTool.SELECT
    settle(qtbot, opened)
    np.testing.assert_array_equal(pane.overlay.marks.landmarks_px, before)
    assert opened.document.undo_label == "Process face"


@pytest.mark.parametrize(
    "side", [SideTarget(-1, 0), SideTarget(0, 1), SideTarget(1, -1), SideTarget(-1, 1)]
)
def test_a_side_or_a_corner_goes_and_the_others_stay(qtbot, opened, pane, drag, side):
    before = box(pane)
    middle = before.mean(axis=0)
    at = [
        middle[axis] if not one else before[(one + 1) // 2, axis]
        for axis, one in enumerate((side.x, side.y))
    ]
    # Beside the handle of the face, and beside landmarks.
    start = on_screen(pane, *np.add(at, [0 if side.x else 5, 0 if side.y else 8]).tolist())
    drag(pane.picture.viewport(), start, start + by(pane, 5, 7))
    check_shown_is_kept(qtbot, opened, pane)
    wanted = before.copy()
    if side.x:
        wanted[(side.x + 1) // 2, 0] += 5
    if side.y:
        wanted[(side.y + 1) // 2, 1] += 7
    np.testing.assert_allclose(box(pane), wanted, atol=0.05)
    assert opened.document.undo_label == "Move box"


def test_ctrl_on_the_box_moves_the_whole_face_with_a_box_that_was_drawn(
    qtbot, opened, pane, drag, press
):
    press(opened, "B")
    drag(pane.picture.viewport(), on_screen(pane, 20, 10), on_screen(pane, 130.0, 110.0))
    settle(qtbot, opened)
    points, corners = np.array(pane.overlay.marks.landmarks_px), box(pane)
    start = on_screen(pane, 20.0, 60.0)
    drag(pane.picture.viewport(), start, start + by(pane, 4, -3), CTRL)
    check_shown_is_kept(qtbot, opened, pane)
    moved = np.array(pane.overlay.marks.landmarks_px) - points
    np.testing.assert_allclose(moved, np.tile([4.0, -3.0], (68, 1)), atol=0.05)
    np.testing.assert_allclose(box(pane) - corners, [[4, -3], [4, -3]], atol=0.05)
    assert opened.document.undo_label == "Move face"
    opened.document.undo()
    settle(qtbot, opened)
    np.testing.assert_allclose(box(pane), corners, atol=1e-4)
    np.testing.assert_array_equal(pane.overlay.marks.landmarks_px, points)


def test_the_box_is_put_around_the_landmarks_again(qtbot, opened, pane, drag, press):
    around = box(pane)
    press(opened, "B")
    drag(pane.picture.viewport(), on_screen(pane, 20, 10), on_screen(pane, 130.0, 110.0))
    settle(qtbot, opened)
    opened.action("reset_box").trigger()
    settle(qtbot, opened)
    np.testing.assert_array_equal(box(pane), around)
    assert not pane.overlay.marks.is_box_drawn
    opened.action("reset_box").trigger()
    assert "not drawn a box" in opened.hint.text


def test_a_click_with_the_box_tool_draws_nothing(qtbot, opened, pane, press):
    press(opened, "B")
    QTest.mouseClick(pane.picture.viewport(), Qt.MouseButton.LeftButton, pos=pane.rect().center())
    settle(qtbot, opened)
    assert opened.document.undo_label == "Process face"
    assert opened.view_state.tool is PointerTool.BOX
