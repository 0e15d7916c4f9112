from dataclasses import replace

import numpy as np
import pytest

from evface.annotations.corrections import Correction, Corrections, PlacedCorrection
from evface.annotations.labelled import LabelledTrack
from evface.annotations.tracks import LandmarkState

SAID = Correction((1.5, 2.5), LandmarkState.CORRECTED, "ann", "2026-01-01T00:00:00.000+00:00")


def lay_over(track, placed, **options):
    return LabelledTrack(track, Corrections(placed), **options).laid()


def test_a_correction_replaces_one_landmark_of_one_frame(landmark_track):
    track = landmark_track()
    before = track.landmarks.copy()
    laid = lay_over(track, [PlacedCorrection(10_000, 3, SAID)])
    assert laid.landmarks[1, 3].tolist() == [1.5, 2.5]
    assert laid.state[1, 3] == LandmarkState.CORRECTED
    changed = np.zeros((3, 5), bool)
    changed[1, 3] = True
    assert (laid.landmarks == before).all(axis=2)[~changed].all()
    assert (laid.state[~changed] == LandmarkState.AUTO).all()
    np.testing.assert_array_equal(track.landmarks, before)  # the input stays as it was
    assert not track.state.any()


def test_no_corrections_cost_nothing(landmark_track):
    track = landmark_track()
    assert lay_over(track, []) is track


def test_a_correction_makes_an_invalid_frame_valid(landmark_track):
    track = replace(landmark_track(), valid=np.array([True, False, True]))
    laid = lay_over(track, [PlacedCorrection(10_000, 0, SAID)])
    assert laid.valid.all()
    assert not track.valid[1]


def test_a_correction_between_frames_gets_a_frame_that_lies_between_them(landmark_track):
    track = landmark_track()
    laid = lay_over(track, [PlacedCorrection(5_000, 3, SAID)])
    assert laid.times_us.tolist() == [0, 5_000, 10_000, 20_000]
    assert laid.landmarks[1, 3].tolist() == [1.5, 2.5]
    middle = (track.landmarks[0] + track.landmarks[1]) / 2
    np.testing.assert_allclose(laid.landmarks[1, :3], middle[:3], rtol=1e-6)
    assert laid.state[1].tolist() == [1, 1, 1, 2, 1]
    assert np.isnan(laid.confidence[1])
    np.testing.assert_array_equal(laid.landmarks[[0, 2, 3]], track.landmarks)


@pytest.mark.parametrize("t_us", [-100, 90_000])
def test_a_correction_beyond_the_track_knows_nothing_of_the_other_landmarks(landmark_track, t_us):
    laid = lay_over(landmark_track(), [PlacedCorrection(t_us, 3, SAID)])
    row = laid.times_us.tolist().index(t_us)
    assert laid.landmarks[row, 3].tolist() == [1.5, 2.5]
    assert np.isnan(np.delete(laid.landmarks[row], 3, axis=0)).all()


def test_corrections_of_an_empty_track_are_all_there_is(landmark_track):
    placed = [PlacedCorrection(7, 0, SAID), PlacedCorrection(7, 1, SAID)]
    laid = lay_over(landmark_track((), n_landmarks=5), placed)
    assert laid.times_us.tolist() == [7]
    assert np.isfinite(laid.landmarks[0, :2]).all()


def test_a_time_within_the_tolerance_is_the_frame_s(landmark_track):
    placed = [PlacedCorrection(10_002, 3, SAID)]
    assert len(lay_over(landmark_track(), placed, tolerance_us=2)) == 3
    assert len(lay_over(landmark_track(), placed, tolerance_us=1)) == 4


def test_landmarks_that_the_track_lacks_are_left_out(landmark_track):
    track = landmark_track()
    assert lay_over(track, [PlacedCorrection(0, 5, SAID), PlacedCorrection(0, -1, SAID)]) is track
