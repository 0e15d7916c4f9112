from dataclasses import replace

import numpy as np
import pytest

from evface.annotations.tracks import (
    ActionUnitTrack,
    Camera,
    LandmarkState,
    LandmarkTrack,
    Source,
    SourceKind,
)
from evface.training_sets.clips import AU_CLASSES
from evface.training_sets.sampling import sample_face, sample_intensity, sample_landmarks

MADE_BY = Source(SourceKind.FIT, "test")


def units(intensity, *, names="AU12,AU99", scale="unit", valid=None):
    intensity = np.array(intensity, np.float32)
    n = len(intensity)
    return ActionUnitTrack(
        times_us=np.arange(n, dtype=np.int64) * 100,
        valid=np.ones(n, bool) if valid is None else np.array(valid),
        source=MADE_BY,
        intensity=intensity,
        names=names,
        scale=scale,
    )


def points(landmarks, state, valid=None):
    landmarks = np.array(landmarks, np.float32)
    n = len(landmarks)
    return LandmarkTrack(
        times_us=np.arange(n, dtype=np.int64) * 100,
        valid=np.ones(n, bool) if valid is None else np.array(valid),
        source=MADE_BY,
        landmarks=landmarks,
        confidence=np.ones(n, np.float32),
        state=np.array(state, np.uint8),
        camera=Camera.EVENTS,
    )


def test_intensities_are_taken_in_proportion_and_within_0_and_1():
    track = units([[0.0, 9.0], [1.0, 9.0], [2.0, 9.0]])
    found = sample_intensity(track, np.array([-1, 0, 25, 100, 200, 201]))
    column = AU_CLASSES.index("AU12")
    np.testing.assert_allclose(found[:, column], [np.nan, 0, 0.25, 1, 1, np.nan])
    assert np.isnan(np.delete(found, column, axis=1)).all()


def test_missing_samples_are_bridged_for_a_while_and_what_is_not_visible_stays_unknown():
    column = AU_CLASSES.index("AU12")
    track = units([[0.0, 0], [0.5, 0], [np.nan, 0], [1, 0]], valid=[True, False, True, True])
    found = sample_intensity(track, np.array([0, 50, 200, 250, 300]))[:, column]
    np.testing.assert_allclose(found, [0, np.nan, np.nan, np.nan, 1])
    nothing = units([[0.0, 0]], valid=[False])
    assert np.isnan(sample_intensity(nothing, np.array([0]))).all()


def test_presence_is_never_halved():
    track = units([[0.0, 0], [1.0, 0]], scale="presence")
    found = sample_intensity(track, np.array([40, 60]))[:, AU_CLASSES.index("AU12")]
    assert found.tolist() == [0, 1]


def test_landmarks_are_as_trusted_as_the_lesser_of_two_samples():
    track = points([[[0, 0], [10, 0]], [[10, 20], [10, 0]]], [[3, 0], [2, 2]])
    found, state = sample_landmarks(track, np.array([0, 50, 100]))
    assert state.tolist() == [[3, 0], [2, 0], [2, 2]]
    np.testing.assert_allclose(found[:, 0], [[0, 0], [5, 10], [10, 20]])
    np.testing.assert_allclose(found[:, 1], [[10, 0]] * 3)
    some, _ = sample_landmarks(track, np.array([0, 50, 100]), least_state=LandmarkState.CORRECTED)
    np.testing.assert_allclose(some[:, 0], found[:, 0])
    np.testing.assert_allclose(some[:, 1], [[np.nan] * 2, [np.nan] * 2, [10, 0]])


def test_landmarks_are_unknown_outside_the_track_and_across_long_gaps():
    track = points(np.zeros((2, 2, 2)), np.zeros((2, 2)), valid=[False, True])
    found, _ = sample_landmarks(track, np.array([0, 100, 101]))
    assert np.isfinite(found).all(axis=(1, 2)).tolist() == [False, True, False]
    none, state = sample_landmarks(
        points(np.zeros((1, 2, 2)), np.zeros((1, 2)), valid=[False]), np.array([0, 1])
    )
    assert np.isnan(none).all()
    assert (none.shape, state.shape) == ((2, 2, 2), (2, 2))
    far = replace(points(np.zeros((2, 2, 2)), np.zeros((2, 2))), times_us=np.array([0, 500_000]))
    found, _ = sample_landmarks(far, np.array([0, 250_000, 500_000]))
    assert np.isfinite(found).all(axis=(1, 2)).tolist() == [True, False, True]


def test_coefficients_and_pose_come_from_the_face(recording_of, tmp_path):
    from evface.geometry.transforms import PlanarTransform
    from evface.simulation.truth import read_truth, truth_tracks

    truth = read_truth(recording_of(tmp_path / "r", 0, "AU12") / "truth.h5")
    face = truth_tracks(truth)["truth_face"]
    times_us = np.array([10_000, 10_500, 50_000])
    coefficients, pose = sample_face(face, times_us, event_from_rgb=None)
    row = int(np.searchsorted(face.times_us, 10_000))
    np.testing.assert_allclose(coefficients[0], face.action_units[row], atol=1e-5)
    between = (face.action_units[row] + face.action_units[row + 1]) / 2
    np.testing.assert_allclose(coefficients[1], between, atol=1e-3)
    turn = 0.2 * np.sin(10_000 * 2e-5)
    assert pose[0, 0] == pytest.approx(turn, abs=0.03)
    doubled = PlanarTransform.from_affine(2 * np.eye(2), [5.0, 5.0])
    larger = sample_face(face, times_us, event_from_rgb=doubled)[1]
    np.testing.assert_allclose(larger - pose, [[0, 0, 0, np.log(2)]] * 3, atol=1e-6)
