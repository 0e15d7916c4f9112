import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.landmarks.schemes import FIVE, IBUG68, SCHEMES
from evface_studio.landmarks.face_marks import FaceMarks
from evface_studio.tools.face_parts import part_of, parts_of
from evface_studio.tools.targets import (
    REACH_PX,
    FaceTarget,
    PartTarget,
    SideTarget,
    handles_of,
    pick,
    side_under,
    visible_handles,
)
from evface_studio.tools.tool import DRAG_PX, Pointer

BOX = np.array([[10.0, 20.0], [110.0, 140.0]])


def marks_of(points, **fields):
    points = np.asarray(points, np.float64)
    return FaceMarks(points, np.zeros(len(points), np.uint8), **fields)


def spread(n=68, seed=4):
    return np.random.default_rng(seed).uniform(30, 90, (n, 2))


places = st.tuples(st.floats(0, 120), st.floats(0, 120))


@given(st.lists(places, min_size=1, max_size=20), places, st.floats(0.3, 12))
def test_of_all_centres_within_reach_the_nearest_is_grasped(points, at, scale):
    pointer = Pointer(*at, scale)
    away_px = np.hypot(*(np.array(points) - pointer.at_px).T) * scale
    target = pick(pointer, marks_of(points), (), has_box=False)
    if away_px.min() <= REACH_PX:
        assert away_px[target.landmark] == away_px.min()
    else:
        assert target is None


def test_missing_landmarks_cannot_be_grasped():
    points = spread()
    points[30] = np.nan
    for place in points[[29, 31]]:
        assert pick(Pointer(*place), marks_of(points), (), has_box=False) is not None
    nothing = marks_of(np.full((68, 2), np.nan))
    assert pick(Pointer(50, 50), nothing, ()) is None
    assert pick(Pointer(50, 50), None, ()) is None


def test_what_is_not_shown_cannot_be_grasped():
    marks = marks_of(spread(), box_px=BOX)
    pointer = Pointer(*marks.landmarks_px[5])
    assert pick(pointer, marks, (), has_points=False) is None
    assert pick(Pointer(10, 80), marks, (), has_points=False) == SideTarget(-1, 0)
    assert pick(Pointer(10, 80), marks, (), has_points=False, has_box=False) is None


def test_something_nearer_is_given_way_to():
    marks = marks_of(spread(), box_px=BOX)
    pointer = Pointer(*(marks.landmarks_px[5] + [2.0, 0.0]))
    assert pick(pointer, marks, ()) is not None
    assert pick(pointer, marks, (), nearer_than_px=0.5) is None


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=list(SCHEMES))
def test_each_landmark_belongs_to_one_part(scheme):
    members = sorted(i for landmarks in parts_of(scheme).values() for i in landmarks)
    assert members == list(range(scheme.n_landmarks))
    for landmark in range(scheme.n_landmarks):
        assert landmark in parts_of(scheme)[part_of(scheme, landmark)]


def test_parts_are_those_that_people_move():
    wanted = {"jaw", "right_brow", "left_brow", "nose", "right_eye", "left_eye", "mouth"}
    assert set(parts_of(IBUG68)) == wanted


def test_a_part_of_one_landmark_needs_no_handle():
    targets = {one.target for one in handles_of(marks_of(spread(5)), FIVE, 2.0)}
    assert targets == {PartTarget("eyes"), PartTarget("mouth"), FaceTarget()}


def test_handles_keep_their_distance_on_the_screen():
    marks = marks_of(spread())
    for scale in (0.5, 2.0, 9.0):
        handles = handles_of(marks, IBUG68, scale)
        face = next(one for one in handles if isinstance(one.target, FaceTarget))
        assert (marks.corners_px[0, 1] - face.y_px) * scale == pytest.approx(18.0)


def test_without_a_face_there_are_no_handles():
    assert handles_of(marks_of(np.full((68, 2), np.nan)), IBUG68, 1.0) == ()


def test_only_the_nearest_handle_and_those_of_chosen_parts_are_shown():
    marks = marks_of(spread(), box_px=BOX)
    handles = handles_of(marks, IBUG68, 6.0)
    jaw = frozenset(parts_of(IBUG68)["jaw"])
    near_eye = Pointer(*marks.landmarks_px[40], 6.0)
    shown = visible_handles(handles, marks, IBUG68, near_eye, jaw)
    assert {one.target for one in shown} == {PartTarget("right_eye"), PartTarget("jaw")}
    assert visible_handles(handles, marks, IBUG68, None, frozenset()) == ()
    everything = frozenset(range(68))
    shown = visible_handles(handles, marks, IBUG68, None, everything)
    assert len(shown) == len(handles)


def test_the_handle_of_a_part_that_lies_on_a_side_of_the_box_stays_to_be_grasped():
    marks = marks_of(spread())
    handle = next(
        one for one in handles_of(marks, IBUG68, 6.0) if one.target == PartTarget("right_brow")
    )
    corners = np.array([[handle.x_px - 40, handle.y_px], [handle.x_px + 40, handle.y_px + 90]])
    marks = marks_of(marks.landmarks_px, box_px=corners)
    handles = handles_of(marks, IBUG68, 6.0)
    pointer = Pointer(handle.x_px + 0.1, handle.y_px, 6.0)
    shown = visible_handles(handles, marks, IBUG68, pointer, frozenset())
    assert pick(pointer, marks, shown) == PartTarget("right_brow")


def test_a_handle_is_grasped_where_it_is_nearer_than_any_landmark():
    marks = marks_of(spread())
    handles = handles_of(marks, IBUG68, 1.0)
    for handle in handles:
        at = np.array([handle.x_px, handle.y_px])
        away_px = np.hypot(*(marks.landmarks_px - at).T).min()
        target = pick(Pointer(*at), marks, handles)
        if away_px > 0 and sum(one.target == target for one in handles):
            found = next(one for one in handles if one.target == target)
            assert np.hypot(found.x_px - at[0], found.y_px - at[1]) <= away_px


@pytest.mark.parametrize(
    ("at", "side"),
    [
        ((10, 80), SideTarget(-1, 0)),
        ((110, 80), SideTarget(1, 0)),
        ((60, 20), SideTarget(0, -1)),
        ((60, 140), SideTarget(0, 1)),
        ((12, 22), SideTarget(-1, -1)),
        ((112, 138), SideTarget(1, 1)),
        ((60, 80), None),
        ((60, 160), None),
        ((0, 80), None),
    ],
)
def test_sides_and_corners_of_the_box_are_told_apart(at, side):
    assert side_under(marks_of(spread(), box_px=BOX), Pointer(*at)) == side


def test_a_tremble_is_no_drag_at_any_zoom():
    for scale in (0.25, 1.0, 8.0):
        pressed = Pointer(5.0, 5.0, scale)
        assert not Pointer(5.0 + 0.9 * DRAG_PX / scale, 5.0, scale).is_dragged_from(pressed)
        assert Pointer(5.0, 5.0 - 1.1 * DRAG_PX / scale, scale).is_dragged_from(pressed)
