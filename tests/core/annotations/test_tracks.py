from dataclasses import replace

import numpy as np
import pytest

from evface.annotations.track_parts import arrays_of, build_track, head_of
from evface.annotations.tracks import ActionUnitTrack, Source, SourceKind
from evface.annotations.tracks_file import read_tracks, write_tracks


def test_index_at_finds_the_nearest_valid_sample_within_the_tolerance(landmark_track):
    track = landmark_track((0, 10, 20))
    assert track.index_at(14, tolerance_us=5) == 1
    assert track.index_at(16, tolerance_us=5) == 2
    assert track.index_at(26, tolerance_us=5) is None
    assert track.index_at(-3, tolerance_us=5) == 0
    track = replace(track, valid=np.array([True, False, True]))
    assert track.index_at(11, tolerance_us=5) is None
    assert landmark_track(()).index_at(0, tolerance_us=5) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"times_us": np.array([0, 5, 5], np.int64)}, "strictly increasing"),
        ({"times_us": np.array([0, 1, 2], np.int32)}, "times_us must be int64"),
        ({"valid": np.ones(2, bool)}, "valid must be bool"),
        ({"landmarks": np.zeros((3, 5, 2))}, "landmarks must be float32"),
        ({"landmarks": np.zeros((3, 5, 3), np.float32)}, r"landmarks must be float32 \(n, k, 2\)"),
        ({"state": np.zeros((3, 4), np.uint8)}, "state must be uint8"),
    ],
)
def test_a_track_of_the_wrong_shape_or_type_is_refused(landmark_track, change, message):
    with pytest.raises(ValueError, match=message):
        replace(landmark_track(), **change)


def test_boxes_hold_all_landmarks_and_are_nan_where_there_are_none(landmark_track):
    track = landmark_track()
    landmarks = track.landmarks.copy()
    landmarks[1] = np.nan
    boxes = replace(track, landmarks=landmarks).boxes_px()
    assert boxes.shape == (3, 4)
    assert (boxes[0, :2] <= landmarks[0]).all()
    assert (boxes[0, 2:] >= landmarks[0]).all()
    assert np.isnan(boxes[1]).all()
    assert landmark_track(()).boxes_px().shape == (0, 4)


def test_the_box_of_landmarks_of_which_some_are_missing_is_that_of_the_others(landmark_track):
    landmarks = landmark_track().landmarks.copy()
    landmarks[0, 0] = np.nan
    (x0, y0, x1, y1), *_ = replace(landmark_track(), landmarks=landmarks).boxes_px().tolist()
    assert [x0, y0] == landmarks[0, 1:].min(axis=0).tolist()
    assert [x1, y1] == landmarks[0, 1:].max(axis=0).tolist()


def test_a_face_of_an_earlier_version_states_no_confidence(tracks):
    face = tracks["face"]
    assert np.isnan(face.confidence).all()
    arrays = arrays_of(face)
    del arrays["confidence"]
    again = build_track(head_of(face), arrays)
    assert again.confidence.shape == (len(face),)
    assert np.isnan(again.confidence).all()
    sure = replace(face, confidence=np.full(len(face), 0.5, np.float32))
    assert (build_track(head_of(sure), arrays_of(sure)).confidence == 0.5).all()


def test_action_units_may_state_how_far_they_are_trusted(tmp_path):
    def make(n, **fields):
        return ActionUnitTrack(
            times_us=np.arange(n, dtype=np.int64),
            valid=np.ones(n, np.bool_),
            source=Source(SourceKind.MODEL, "au_light"),
            intensity=np.zeros((n, 1), np.float32),
            names="AU12",
            **fields,
        )

    silent, sure = make(3), make(3, confidence=np.array([0.2, 0.9, np.nan], np.float32))
    assert np.isnan(silent.confidence).all()
    assert silent.unstated() == {"confidence"}
    assert (
        len(
            replace(
                silent,
                times_us=np.arange(1),
                valid=np.ones(1, np.bool_),
                intensity=np.zeros((1, 1), np.float32),
            ).confidence
        )
        == 1
    )
    write_tracks(tmp_path / "t.npz", {"silent": silent, "sure": sure})
    read = read_tracks(tmp_path / "t.npz")
    assert read["silent"].unstated() == {"confidence"}
    np.testing.assert_array_equal(read["sure"].confidence, sure.confidence)
