from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.annotations.corrections import Correction, Corrections, PlacedCorrection
from evface.annotations.labelled import LabelledTrack
from evface.annotations.tracks import Camera, LandmarkState, LandmarkTrack, Source, SourceKind

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


# Between keyframes.


def _moving(n=11, n_landmarks=2):
    """Return a track whose landmarks wander, 10 ms a frame."""
    random = np.random.default_rng(3)
    return LandmarkTrack(
        times_us=np.arange(n, dtype=np.int64) * 10_000,
        valid=np.ones(n, bool),
        source=Source(SourceKind.TRANSFERRED, "test"),
        landmarks=random.uniform(0, 100, (n, n_landmarks, 2)).astype(np.float32),
        confidence=np.ones(n, np.float32),
        state=np.zeros((n, n_landmarks), np.uint8),
        camera=Camera.EVENTS,
    )


def _said(x, y, **fields):
    return replace(SAID, xy_px=(float(x), float(y)), **fields)


def _shifted(track, row, landmark, shift, **fields):
    x, y = track.landmarks[row, landmark] + shift
    return PlacedCorrection(int(track.times_us[row]), landmark, _said(x, y, **fields))


def test_between_keyframes_the_correction_is_interpolated_and_the_movements_stay():
    track = _moving()
    keyframes = [_shifted(track, 2, 0, (4, 0)), _shifted(track, 6, 0, (0, 8))]
    laid = lay_over(track, keyframes)
    shifts = laid.landmarks[:, 0] - track.landmarks[:, 0]
    expected = np.zeros((11, 2))
    for row in range(2, 7):
        share = (row - 2) / 4
        expected[row] = (4 * (1 - share), 8 * share)
    np.testing.assert_allclose(shifts, expected, atol=1e-4)
    states = [LandmarkState(state).name for state in laid.state[:, 0]]
    assert states[1:8] == ["AUTO", "CORRECTED", *["INTERPOLATED"] * 3, "CORRECTED", "AUTO"]
    np.testing.assert_array_equal(laid.landmarks[:, 1], track.landmarks[:, 1])


def test_a_verified_frame_ends_what_a_correction_shifts():
    track = _moving()
    verified = _shifted(track, 4, 0, (0, 0), state=LandmarkState.VERIFIED)
    laid = lay_over(track, [_shifted(track, 2, 0, (4, 0)), verified])
    shifts = laid.landmarks[:, 0] - track.landmarks[:, 0]
    np.testing.assert_allclose(shifts[2:6, 0], [4, 2, 0, 0], atol=1e-4)
    assert laid.state[4, 0] == LandmarkState.VERIFIED


@pytest.mark.parametrize("longest_gap_us", [0, 39_999])
def test_keyframes_too_far_apart_shift_nothing_between_them(longest_gap_us):
    track = _moving()
    keyframes = [_shifted(track, 2, 0, (4, 0)), _shifted(track, 6, 0, (4, 0))]
    laid = lay_over(track, keyframes, longest_gap_us=longest_gap_us)
    assert set(laid.state[3:6, 0]) == {LandmarkState.AUTO}
    np.testing.assert_array_equal(laid.landmarks[3:6], track.landmarks[3:6])


def test_where_the_machine_saw_nothing_nothing_is_interpolated():
    track = _moving()
    landmarks = track.landmarks.copy()
    landmarks[4, 0] = landmarks[6, 0] = np.nan
    track = replace(track, landmarks=landmarks)
    placed = PlacedCorrection(60_000, 0, _said(1, 1))
    laid = lay_over(track, [_shifted(track, 2, 0, (4, 0)), placed])
    assert laid.state[3, 0] == LandmarkState.AUTO  # the correction at 60 ms has no distance
    assert laid.landmarks[6, 0].tolist() == [1, 1]


def test_a_hidden_landmark_says_so():
    frame = LabelledTrack(
        _moving(), Corrections([PlacedCorrection(0, 1, _said(3, 4, is_occluded=True))])
    ).frame(0)
    assert frame.occluded.tolist() == [False, True]
    assert frame.corrections[1].author == "ann"


def test_the_last_word_of_several_people_counts():
    ann = _said(1, 1, made_at="2026-01-01T00:00:00.000+00:00")
    ben = _said(2, 2, author="ben", made_at="2026-01-02T00:00:00.000+00:00")
    for order in ([ann, ben], [ben, ann]):
        corrections = Corrections(PlacedCorrection(0, 1, said) for said in order)
        assert corrections.at(1, 0) == ben
        assert len(corrections) == 1


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 12).map(lambda step: step * 9_000),
        st.dictionaries(
            st.integers(0, 1),
            st.none() | st.tuples(st.integers(0, 99), st.integers(0, 99)),
            min_size=1,
        ),
    ),
    max_size=12,
)


@given(CHANGES, st.sampled_from([0, 30_000, 2_000_000]))
def test_changes_one_by_one_give_what_all_of_them_at_once_give(changes, longest_gap_us):
    track = _moving()
    labelled = LabelledTrack(track, longest_gap_us=longest_gap_us)
    said = {}
    for t_us, places in changes:
        made = {k: None if place is None else _said(*place) for k, place in places.items()}
        labelled = labelled.with_changes({t_us: made})
        for index in range(0, len(labelled), 3):
            labelled.frame(index)  # whatever is kept of it must not go stale
        said |= {(t_us, landmark): correction for landmark, correction in made.items()}
    at_once = LabelledTrack(
        track,
        Corrections(PlacedCorrection(*key, one) for key, one in said.items() if one is not None),
        longest_gap_us=longest_gap_us,
    )
    for name in ("times_us", "landmarks", "state", "occluded", "valid"):
        one, other = getattr(labelled.laid(), name), getattr(at_once.laid(), name)
        np.testing.assert_array_equal(one, other)
    for index in range(len(at_once)):
        np.testing.assert_array_equal(
            at_once.frame(index).landmarks, at_once.laid().landmarks[index]
        )


@given(CHANGES, st.lists(st.integers(0, 110_000), max_size=30))
def test_frames_are_the_same_in_whatever_order_they_are_asked_for(changes, times_us):
    track = _moving()
    said = [
        PlacedCorrection(t_us, landmark, _said(*place))
        for t_us, places in changes
        for landmark, place in places.items()
        if place is not None
    ]
    labelled = LabelledTrack(track, Corrections(said))
    for t_us in times_us:
        alone = LabelledTrack(track, Corrections(said)).frame_at(t_us)
        frame = labelled.frame_at(t_us)
        np.testing.assert_array_equal(frame.landmarks, alone.landmarks)
        np.testing.assert_array_equal(frame.state, alone.state)


@given(
    CHANGES,
    st.sets(st.integers(0, 10)),
    st.sampled_from([0, 30_000, 2_000_000]),
    st.sampled_from([0, 2]),
)
def test_the_whole_track_says_what_its_frames_say(changes, missing, longest_gap_us, tolerance_us):
    track = _moving()
    missing = [row for row in missing if row < len(track)]
    landmarks, valid = track.landmarks.copy(), track.valid.copy()
    landmarks[missing], valid[missing] = np.nan, False
    track = replace(track, landmarks=landmarks, valid=valid)
    said = [
        PlacedCorrection(t_us + shift_us, landmark, _said(*place, is_occluded=landmark == 1))
        for shift_us, (t_us, places) in zip([0, 1, -2] * 4, changes, strict=False)
        for landmark, place in places.items()
        if place is not None
    ]
    labelled = LabelledTrack(
        track, Corrections(said), longest_gap_us=longest_gap_us, tolerance_us=tolerance_us
    )
    laid = labelled.laid()
    np.testing.assert_array_equal(laid.times_us, labelled.times_us)
    for index in range(len(labelled)):
        frame = labelled.frame(index)
        np.testing.assert_array_equal(laid.landmarks[index], frame.landmarks)
        np.testing.assert_array_equal(laid.state[index], frame.state)
        np.testing.assert_array_equal(laid.occluded[index], frame.occluded)
        row = np.flatnonzero(np.abs(track.times_us - frame.t_us) <= tolerance_us)
        was_valid = bool(track.valid[row].all())
        assert laid.valid[index] == (was_valid or bool(frame.corrections))
