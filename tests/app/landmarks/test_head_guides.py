import numpy as np
import pytest

from evface.annotations.tracks import LandmarkState
from evface.landmarks.following import follow_in_region
from evface.landmarks.schemes import IBUG68
from evface.morphable.guided import follow_head
from evface.morphable.model import load_open_head
from evface_studio.landmarks.head_guides import HeadGuide


@pytest.fixture(scope="module")
def face_px():
    head = load_open_head()
    points = 0.7 * head.mean_shape[head.landmarks][:, :2] * [1.0, -1.0]
    return np.add(points, [320.0, 240.0])


@pytest.fixture(scope="module", params=["head", "region"])
def follower(request, face_px):
    if request.param == "region":
        return follow_in_region(face_px, IBUG68)
    return follow_head(load_open_head(), face_px)


def test_asked_once_it_says_what_the_head_says_for_every_drag(follower, face_px):
    held = {36: tuple(face_px[36].tolist()), 8: tuple(face_px[8].tolist())}
    guide = HeadGuide(follower, face_px, held, 54)
    for way_px in ([0.5, -0.25], [7.0, -4.0], [-30.0, 22.0]):
        place = tuple((face_px[54] + way_px).tolist())
        wanted = follower.follow({**held, 54: place})
        places = guide.follow(*place)
        for landmark, (x, y) in places.items():
            np.testing.assert_allclose([x, y], wanted[landmark], atol=2e-3)
        left = sorted(set(range(68)) - places.keys())
        np.testing.assert_allclose(wanted[left], face_px[left], atol=0.11)


def test_the_dragged_point_is_where_the_pointer_has_it_and_held_ones_stay(follower, face_px):
    held = {i: tuple(face_px[i].tolist()) for i in range(48, 54)}
    guide = HeadGuide(follower, face_px, held, 54)
    places = guide.follow(400.125, 300.5)
    assert places[54] == (400.125, 300.5)
    assert not held.keys() & places.keys()


def test_without_a_drag_nothing_moves(follower, face_px):
    guide = HeadGuide(follower, face_px, {}, 30)
    x, y = face_px[30].tolist()
    assert guide.follow(x, y) == {30: (x, y)}


def test_missing_points_stay_missing(face_px):
    points = face_px.copy()
    points[[0, 1, 2]] = np.nan
    guide = HeadGuide(follow_in_region(points, IBUG68), points, {}, 5)
    places = guide.follow(*(points[5] + 9.0).tolist())
    assert not {0, 1, 2} & places.keys()
    assert all(np.isfinite(place).all() for place in places.values())


def test_the_head_is_loaded_ahead_and_regions_do_until_then(qtbot, window, open_in, face_project):
    open_in(window, face_project)
    window.view_state.set_time_us(140_000)
    qtbot.waitUntil(lambda: window.workspace.is_complete and not window.document.is_busy)
    face = window.landmarks.face
    qtbot.waitUntil(lambda: window.landmarks.guides.is_idle, timeout=10_000)
    qtbot.wait(50)
    guide = window.landmarks.guides.guide_of(face, 48)
    x, y = face.marks.landmarks_px[48].tolist()
    # A head carries the mouth's other half along; a region alone lets it be, so far away.
    moved = guide.follow(x - 8.0, y)
    assert len(moved) > 20
    assert face.marks.state[48] == LandmarkState.AUTO
