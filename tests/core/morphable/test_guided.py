from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.errors import FitError
from evface.landmarks.mappings import convert_landmarks
from evface.landmarks.schemes import FIVE, IBUG68, SCHEMES, WFLW98
from evface.morphable.camera import FRONTAL, HeadPose, rotation_matrix
from evface.morphable.guided import follow_head
from evface.morphable.model import load_open_head

MODEL = load_open_head()
OFFSETS = st.tuples(st.floats(-40, 40), st.floats(-40, 40))


def face(units=None, *, identity=None, turn=(0.0, 0.2, 0.05), scale=2.0, noise_px=0.5, seed=0):
    random = np.random.default_rng(seed)
    activations = np.zeros(len(MODEL.unit_names))
    for name, amount in (units or {}).items():
        activations[MODEL.unit_names.index(name)] = amount
    shape = MODEL.unit_shape(activations, identity)[MODEL.landmarks].astype(np.float64)
    pose = HeadPose(rotation_matrix(np.array(turn)) @ FRONTAL, np.float64(scale), np.full(2, 300.0))
    return pose.project(shape) + random.normal(0, noise_px, (68, 2))


def of_wflw(points):
    """A face of 98 points whose shared ones are these."""
    wide = np.full((98, 2), np.nan)
    index = convert_landmarks(np.arange(98.0)[:, None] * [1, 1], WFLW98, IBUG68)[:, 0].astype(int)
    wide[index] = points
    for i in np.flatnonzero(np.isnan(wide[:, 0])):
        near = [j for j in (i - 1, i + 1) if j < 98 and np.isfinite(wide[j]).all()]
        wide[i] = wide[near].mean(axis=0) if near else wide[index].mean(axis=0)
    return wide, index


def held(points, by):
    return {i: (float(points[i, 0] + x), float(points[i, 1] + y)) for i, (x, y) in by.items()}


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_dragging_by_nothing_moves_nothing_though_the_face_is_not_the_model_s(scheme):
    points = face({"jawOpen": 0.4}, noise_px=3.0)
    points = of_wflw(points)[0] if scheme is WFLW98 else convert_landmarks(points, IBUG68, scheme)
    follower = follow_head(MODEL, points, scheme)
    np.testing.assert_array_equal(follower.follow({}), points.astype(np.float32))
    still = {i: (float(x), float(y)) for i, (x, y) in enumerate(points[:4])}
    np.testing.assert_allclose(follower.follow(still), points, rtol=1e-6)


@given(st.dictionaries(st.integers(0, 67), OFFSETS, max_size=12))
def test_held_landmarks_are_exactly_where_they_are_put(by):
    points = face()
    places = held(points, by)
    followed = follow_head(MODEL, points).follow(places)
    for i, place in places.items():
        assert followed[i].tolist() == np.float32(place).tolist()
    assert np.isfinite(followed).all()


@given(st.integers(0, 67), OFFSETS, st.floats(0, 1))
def test_landmarks_go_in_proportion_to_the_drag(landmark, by, share):
    points = face()
    follower = follow_head(MODEL, points)
    whole = follower.follow(held(points, {landmark: by})) - points
    part = follower.follow(held(points, {landmark: (share * by[0], share * by[1])})) - points
    np.testing.assert_allclose(part, share * whole, atol=1e-3)


def test_a_second_drag_may_start_where_the_first_ended():
    points = face()
    first = follow_head(MODEL, points).follow(held(points, {54: (6, -8)})).astype(np.float64)
    at_once = follow_head(MODEL, points).follow(
        {54: tuple(first[54]), **held(first, {57: (0.0, 10.0)})}
    )
    held_on = {54: tuple(first[54]), **held(first, {57: (0.0, 10.0)})}
    one_by_one = follow_head(MODEL, first).follow(held_on)
    # All but the camera, which is fitted to what is shown, is the same.
    np.testing.assert_allclose(one_by_one, at_once, atol=0.2)


def test_the_mouth_follows_its_corner_and_the_brows_hardly_do():
    points = face()
    moved = np.linalg.norm(
        follow_head(MODEL, points).follow(held(points, {54: (8.0, -6.0)})) - points, axis=1
    )
    assert moved[54] == pytest.approx(10.0, abs=1e-3)
    assert (moved[[53, 55, 64]] > 2.0).all()
    assert (moved[17:27] < 1.0).all()
    assert (moved[36:48] < 1.0).all()


def missed(kind, seed):
    """A face, and what a machine makes of it that misses an expression or a turn of the head."""
    random = np.random.default_rng(seed)
    who = {"identity": random.normal(size=20), "turn": random.normal(0, [0.1, 0.25, 0.1])}
    units = {"mouthFrownLeft": 0.2, "cheekPuff": 0.3}
    shown, seen = {
        "mouth": ({"jawOpen": 0.8}, {}),
        "smile": ({"mouthSmileLeft": 0.9, "mouthSmileRight": 0.9}, {}),
        "blink": ({}, {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}),
        "turn": ({}, {}),
    }[kind]
    truth = face(units | shown, **who, noise_px=0.0)
    if kind == "turn":
        who["turn"] = who["turn"] + random.normal(0, 0.08, 3)
    return truth, face(units | seen, **who, seed=seed)


@pytest.mark.parametrize(
    ("kind", "most"), [("mouth", 0.3), ("smile", 0.6), ("blink", 0.9), ("turn", 0.7)]
)
def test_correcting_three_landmarks_puts_the_others_right(kind, most):
    before, after = [], []
    for seed in range(12):
        truth, points = missed(kind, seed)
        follower, shown, corrected = follow_head(MODEL, points), points, {}
        for _ in range(3):
            off = np.linalg.norm(shown - truth, axis=1)
            off[list(corrected)] = -1.0
            worst = int(np.argmax(off))
            corrected[worst] = tuple(truth[worst].tolist())
            shown = follower.follow(corrected)
        others = np.delete(np.arange(68), list(corrected))
        before.append(np.linalg.norm(points - truth, axis=1)[others].mean())
        after.append(np.linalg.norm(shown - truth, axis=1)[others].mean())
    assert np.mean(after) < most * np.mean(before)


def test_wflw_s_own_landmarks_go_with_those_that_the_model_has():
    points, index = of_wflw(face())
    lower_lip = int(index[57])
    followed = follow_head(MODEL, points, WFLW98).follow(held(points, {lower_lip: (0.0, 20.0)}))
    moved = (followed - points)[:, 1]
    chin = int(index[8])
    assert moved[chin] > 5
    # Between their neighbours on the jaw, which move alike.
    assert min(moved[chin - 2], moved[chin]) - 1 < moved[chin - 1] < max(moved[chin], 0) + 1
    assert abs(moved[96]) < 1.5


def test_five_points_follow_too():
    points = convert_landmarks(face(noise_px=0), IBUG68, FIVE)
    followed = follow_head(MODEL, points, FIVE).follow(held(points, {4: (0.0, 12.0)}))
    moved = np.linalg.norm(followed - points, axis=1)
    assert moved[3] > 3 * moved[:2].max()


def test_the_size_of_the_picture_does_not_matter():
    small, large = (face(scale=scale, noise_px=0) for scale in (1.0, 3.0))
    moved = [
        (follow_head(MODEL, points).follow(held(points, {8: (0.0, 5 * scale)})) - points) / scale
        for points, scale in ((small, 1.0), (large, 3.0))
    ]
    np.testing.assert_allclose(moved[0], moved[1], atol=1e-3)


def test_the_person_s_own_face_may_be_known():
    identity = np.random.default_rng(1).normal(size=22)
    points = face(identity=identity)
    known = follow_head(MODEL, points, identity=identity).follow(held(points, {8: (0, 9)}))
    np.testing.assert_allclose(
        known, follow_head(MODEL, points).follow(held(points, {8: (0, 9)})), atol=2.0
    )


def test_missing_landmarks_are_no_hindrance_unless_too_few_are_left():
    points = face()
    points[27:48] = np.nan
    followed = follow_head(MODEL, points).follow(held(points, {54: (5, 5)}))
    np.testing.assert_array_equal(np.isnan(followed[:, 0]), np.isnan(points[:, 0]))
    points[5:] = np.nan
    points[:5] = 7.0
    for hopeless in (points, np.full((68, 2), np.nan)):
        with pytest.raises(FitError, match="too few landmarks"):
            follow_head(MODEL, hopeless)


def test_what_the_model_does_not_know_is_refused():
    with pytest.raises(ValueError, match="'odd'"):
        follow_head(MODEL, face(), replace(IBUG68, name="odd"))
    with pytest.raises(ValueError, match="\\(98, 2\\)"):
        follow_head(MODEL, face(), WFLW98)
