import numpy as np
import pytest

from evface.training_sets.clips import AU_CLASSES, N_FACIAL, boxes_around


def test_the_classes_are_18_of_the_face_and_6_of_the_head():
    assert len(AU_CLASSES) == 24
    assert AU_CLASSES[N_FACIAL] == "AU51"


def test_boxes_lie_around_the_landmarks_that_are_there():
    landmarks = np.array([[[1, 2], [5, 9], [np.nan, np.nan]], np.full((3, 2), np.nan)], np.float32)
    np.testing.assert_array_equal(boxes_around(landmarks), [[1, 2, 5, 9], [np.nan] * 4])
    assert np.isnan(boxes_around(np.empty((4, 0, 2), np.float32))).all()


def test_labels_of_another_length_are_refused(clip_of):
    with pytest.raises(ValueError, match="pose must have 6 rows, got 5"):
        clip_of(0, pose=np.zeros((5, 4), np.float32))
    with pytest.raises(ValueError, match="rgb must have 6 frames"):
        clip_of(0, rgb=np.zeros((2, 4, 4, 3), np.uint8))
    with pytest.raises(ValueError, match="au_class must be -1 to 23, got 24"):
        clip_of(0, au_class=24)
