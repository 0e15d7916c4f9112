from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from evface.annotations.tracks import FaceTrack
from evface.morphable.camera import FRONTAL
from evface.simulation.performance import Gesture, Performance
from evface.transfer.interpolation import face_at_times

SAMPLES = st.lists(
    st.tuples(st.integers(0, 400_000), st.booleans()),
    max_size=30,
    unique_by=lambda sample: sample[0],
)
VALUES = ("action_units", "rotation", "scale_px_per_mm", "translation_px")
WAYS = ("nearest", "linear", "cubic")
MS = 1_000


def performed(make_face, times_us, performance, *, valid=None):
    """Return the face of a performance whose first component is AU12."""
    face = make_face(times_us, valid=valid)
    action_units = np.zeros_like(face.action_units)
    action_units[:, 0] = performance.intensities(times_us, ("AU12",))[:, 0]
    rotation = (FRONTAL @ performance.rotations(times_us)).astype(np.float32)
    action_units[~face.valid] = np.nan
    rotation[~face.valid] = np.nan
    return replace(face, action_units=action_units, rotation=rotation)


def turned_deg(first, second):
    return np.degrees(Rotation.from_matrix(first.swapaxes(1, 2) @ second).magnitude())


@pytest.mark.parametrize("by", ["linear", "cubic"])
def test_halfway_between_two_frames_the_face_is_halfway(make_face, by):
    half = face_at_times(make_face([0, 40_000], turn_deg=30.0), np.array([20_000]), by=by)
    assert half.valid.all()
    assert half.action_units[0, 3] == pytest.approx(0.5)
    assert half.translation_px[0, 0] == pytest.approx(320.0)
    turned = Rotation.from_matrix(FRONTAL.T @ half.rotation[0]).as_euler("yxz", degrees=True)
    np.testing.assert_allclose(turned, [15.0, 0.0, 0.0], atol=1e-3)


@given(
    st.lists(
        st.tuples(st.integers(0, 400_000), st.booleans()), max_size=30, unique_by=lambda x: x[0]
    ),
    st.sampled_from(WAYS),
)
def test_at_its_own_times_a_track_stays_as_it_is(make_face, samples, by):
    samples.sort()
    face = make_face([t for t, _ in samples], valid=[is_valid for _, is_valid in samples])
    again = face_at_times(face, face.times_us, by=by, longest_gap_us=1)
    np.testing.assert_array_equal(again.valid, face.valid)
    for name in VALUES:
        np.testing.assert_allclose(getattr(again, name), getattr(face, name), atol=1e-5)


@given(
    st.lists(
        st.tuples(st.integers(0, 400_000), st.booleans()), max_size=30, unique_by=lambda x: x[0]
    ),
    st.lists(st.integers(-10_000, 410_000), min_size=1, max_size=20, unique=True),
    st.sampled_from(WAYS),
)
def test_a_moment_by_itself_is_as_among_others(make_face, samples, times_us, by):
    samples.sort()
    face = make_face([t for t, _ in samples], valid=[is_valid for _, is_valid in samples])
    times_us = np.array(sorted(times_us))
    together = face_at_times(face, times_us, by=by)
    for row, t_us in enumerate(times_us):
        alone = face_at_times(face, np.array([t_us]), by=by)
        assert alone.valid[0] == together.valid[row]
        for name in VALUES:
            np.testing.assert_allclose(getattr(alone, name)[0], getattr(together, name)[row])


@pytest.mark.parametrize("by", WAYS)
def test_what_is_known_is_finite_and_turns_stay_turns(make_face, by):
    rng = np.random.default_rng(4)
    face = make_face(np.arange(60) * 33_333, valid=rng.random(60) < 0.7, turn_deg=80.0)
    dense = face_at_times(face, np.arange(-5_000, 2_000_000, 1_000), by=by)
    assert 0 < dense.valid.sum() < len(dense)
    for name in (*VALUES, "residual_px"):
        finite = np.isfinite(getattr(dense, name)).reshape(len(dense), -1)
        np.testing.assert_array_equal(finite.all(axis=1), dense.valid)
        assert not finite[~dense.valid].any()
    turns = dense.rotation[dense.valid]
    np.testing.assert_allclose(
        turns @ turns.swapaxes(1, 2), np.tile(np.eye(3), (len(turns), 1, 1)), atol=1e-5
    )


def test_a_track_without_any_sample_is_resampled_to_nothing(make_face):
    for track in (make_face([]), make_face([0, 1_000], valid=[False, False])):
        assert not face_at_times(track, np.array([0, 500])).valid.any()
    assert len(face_at_times(make_face([0, 1_000]), np.empty(0, np.int64))) == 0


def test_a_short_gap_is_bridged_and_a_long_one_masked(make_face):
    times_us = np.arange(0, 1_000_001, 100_000)
    valid = [True, False, True, True, False, False, False, True, True, True, True]
    at_us = np.array([100_000, 450_000])
    bridged = face_at_times(make_face(times_us, valid=valid), at_us, longest_gap_us=200_000)
    assert bridged.valid.tolist() == [True, False]
    assert np.isfinite(bridged.rotation[0]).all()
    assert np.isnan(bridged.rotation[1]).all()


def test_nothing_is_said_before_the_first_and_after_the_last_face(make_face):
    face = make_face([100_000, 133_000, 166_000], valid=[False, True, True])
    at_us = np.array([90_000, 132_999, 133_000, 166_000, 166_001])
    assert face_at_times(face, at_us).valid.tolist() == [False, False, True, True, False]


def test_the_nearest_frame_can_be_taken_as_it_is(make_face):
    face = make_face([0, 40_000, 80_000])
    at_us = np.array([10_000, 30_000, 75_000])
    nearest = face_at_times(face, at_us, by="nearest")
    for name in ("action_units", "rotation", "translation_px"):
        np.testing.assert_allclose(
            getattr(nearest, name), getattr(face, name)[[0, 1, 2]], atol=1e-6
        )


def test_what_is_even_stays_even_by_cubic_curves(make_face):
    # Straight courses, whatever the steps between samples.
    times_us = np.cumsum(np.random.default_rng(1).integers(5_000, 60_000, 30))
    times_us -= times_us[0]
    face = make_face(times_us, turn_deg=0.0)
    course = (times_us / times_us[-1]).astype(np.float32)
    action_units = np.tile(course[:, None], (1, face.action_units.shape[1]))
    face = replace(face, action_units=action_units)
    dense_us = np.arange(0, times_us[-1], 1_000)
    dense = face_at_times(face, dense_us)
    np.testing.assert_allclose(dense.action_units[:, 0], dense_us / times_us[-1], atol=1e-5)


def test_cubic_curves_pass_smoothly_and_stay_flat_where_nothing_moves(make_face):
    times_us = np.arange(40) * 33_333
    smile = Performance(
        1_300_000, (Gesture(400 * MS, 200 * MS, 150 * MS, 200 * MS, {"AU12": 1.0}),)
    )
    face = performed(make_face, times_us, smile)
    dense = face_at_times(face, np.arange(0, times_us[-1], 500))
    course = dense.action_units[:, 0]
    assert course.min() > -0.02
    assert course.max() < 1.02
    rest = (dense.times_us < 330 * MS) | (dense.times_us > 1_020 * MS)
    np.testing.assert_allclose(course[rest], 0.0, atol=1e-6)
    # No kinks: from one half millisecond to the next the speed hardly changes.
    speed = np.diff(course) / 0.5e-3
    assert np.abs(np.diff(speed)).max() < 0.02 * np.abs(speed).max()


def test_cubic_curves_do_not_look_across_a_frame_without_a_face(make_face):
    times_us = np.arange(12) * 33_333
    valid = np.ones(12, bool)
    valid[6] = False
    one = make_face(times_us, valid=valid)
    other = replace(one, action_units=one.action_units.copy())
    other.action_units[7:, 3] = 50.0
    before_us = np.arange(0, times_us[5], 1_000)
    for t_us, longest_gap_us in ((before_us, 200_000), (np.arange(0, times_us[5], 7_000), 50_000)):
        first, second = (
            face_at_times(face, t_us, longest_gap_us=longest_gap_us) for face in (one, other)
        )
        np.testing.assert_array_equal(first.action_units, second.action_units)
    # The gap itself is crossed on the straight line.
    across = face_at_times(other, np.array([times_us[5], times_us[6], times_us[7]])).action_units
    assert across[1, 3] == pytest.approx((across[0, 3] + across[2, 3]) / 2, rel=1e-4)


def test_a_smile_between_frames_is_nearer_to_the_truth_by_cubic_curves(make_face):
    gestures = tuple(
        Gesture(start * MS, 180 * MS, 90 * MS, 240 * MS, {"AU12": 0.9, "AU51": 0.6})
        for start in (200, 900, 1_700)
    )
    smiles = Performance(2_500_000, gestures, seed=3)
    face = performed(make_face, np.arange(74) * 33_333, smiles)
    at_us = np.arange(50 * MS, 2_400 * MS, 5 * MS)
    truth = performed(make_face, at_us, smiles)
    errors = {}
    for by in WAYS:
        found = face_at_times(face, at_us, by=by)
        errors[by] = (
            np.sqrt(np.mean((found.action_units - truth.action_units) ** 2)),
            turned_deg(found.rotation, truth.rotation).mean(),
        )
    for better, worse in (("linear", "nearest"), ("cubic", "linear")):
        assert errors[better][0] < 0.6 * errors[worse][0]
        assert errors[better][1] < 0.7 * errors[worse][1]


def test_the_track_is_not_changed(make_face):
    face = make_face(np.arange(10) * 33_333, valid=[True] * 4 + [False] + [True] * 5)
    before = {name: getattr(face, name).copy() for name in VALUES}
    resampled = face_at_times(face, np.arange(0, 300_000, 1_000))
    assert isinstance(resampled, FaceTrack)
    for name, values in before.items():
        np.testing.assert_array_equal(getattr(face, name), values)
