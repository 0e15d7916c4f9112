import numpy as np
import pytest

from evface.annotations.tracks import Camera
from evface.morphable.camera import FRONTAL, rotation_matrix
from evface_studio.panes.sampling import TrackSampler, face_at


@pytest.fixture
def every_10_ms(landmark_track):
    return landmark_track(Camera.EVENTS, np.arange(0, 200_000, 10_000))


def test_the_nearest_sample_is_taken_and_its_age_told(every_10_ms):
    sample = TrackSampler(every_10_ms).at(52_000)
    assert (sample.index, sample.age_us, sample.is_aged) == (5, 2_000, False)
    assert TrackSampler(every_10_ms).at(58_000).age_us == -2_000


def test_beyond_the_last_sample_labels_age_and_then_vanish(every_10_ms):
    sampler = TrackSampler(every_10_ms)
    assert sampler.at(190_000 + 9_000).is_aged
    assert sampler.at(190_000 + 31_000) is None


def test_no_sample_is_old_enough_to_mislead_however_slow_the_track(landmark_track):
    slow = landmark_track(Camera.RGB, np.arange(0, 10_000_000, 1_000_000))
    assert TrackSampler(slow).at(300_000) is None


def test_an_invalid_sample_shows_nothing(face_track):
    track = face_track([0, 10_000, 20_000], valid=[True, False, True])
    assert TrackSampler(track).at(11_000) is None


def test_an_empty_track_shows_nothing(face_track):
    track = face_track([])
    assert TrackSampler(track).at(0) is None
    assert face_at(track, 0, longest_gap_us=100_000) is None


def test_a_face_between_two_samples_lies_between_them(face_track):
    track = face_track([0, 40_000], strength=1.0)
    turned = FRONTAL @ rotation_matrix(np.array([0.0, 0.2, 0.0]))
    track.rotation[1] = turned
    face = face_at(track, 10_000, longest_gap_us=100_000)
    assert face.action_units[0] == pytest.approx(0.25)
    assert face.gap_us == 40_000
    expected = FRONTAL @ rotation_matrix(np.array([0.0, 0.05, 0.0]))
    np.testing.assert_allclose(face.rotation, expected, atol=2e-3)
    np.testing.assert_allclose(face.rotation @ face.rotation.T, np.eye(3), atol=1e-5)
    assert np.linalg.det(face.rotation) == pytest.approx(1.0, abs=1e-5)


def test_a_face_at_a_sample_is_that_sample(face_track):
    track = face_track([0, 40_000], strength=1.0)
    face = face_at(track, 40_000, longest_gap_us=100_000)
    assert face.gap_us == 0
    np.testing.assert_array_equal(face.action_units, track.action_units[1])


def test_no_face_is_made_up_across_long_gaps_and_invalid_samples(face_track):
    assert face_at(face_track([0, 500_000]), 250_000, longest_gap_us=100_000) is None
    gap = face_track([0, 40_000, 80_000], valid=[True, False, True])
    assert face_at(gap, 20_000, longest_gap_us=100_000) is None
    assert face_at(gap, 40_000, longest_gap_us=100_000) is None


def test_a_face_lasts_a_little_beyond_its_last_sample(face_track):
    track = face_track([0, 40_000])
    assert face_at(track, 80_000, longest_gap_us=100_000) is not None
    assert face_at(track, 95_000, longest_gap_us=100_000) is None
