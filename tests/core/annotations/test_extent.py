from evface.annotations.coding_edits import SetSegments
from evface.annotations.edits import RenameRecording, Together
from evface.annotations.extent import Extent, extent_of
from evface.annotations.landmark_edits import MoveLandmarks, OccludeLandmarks, VerifyLandmarks


def move(t_us, *landmarks, role="transferred"):
    return MoveLandmarks("a", role, t_us, dict.fromkeys(landmarks, (1.0, 2.0)))


def test_a_drag_of_three_points_is_three_landmarks_of_one_frame():
    extent = extent_of(move(0, 1, 2, 3))
    assert (extent.n_landmarks, extent.n_moments, extent.n_segments) == (3, 1, 0)


def test_several_edits_in_one_step_are_counted_together_and_each_frame_once():
    both = Together((move(0, 1, 2), VerifyLandmarks("a", "transferred", 0, (3,)), move(5, 1)), "x")
    extent = extent_of(Together((both, OccludeLandmarks("a", "teacher", 5, (1,), True)), "y"))
    assert (extent.n_landmarks, extent.n_moments) == (5, 3)


def test_segments_are_counted():
    assert extent_of(SetSegments("a", {"1": None, "2": None})) == Extent(n_segments=2)


def test_what_changes_no_labels_has_no_extent():
    assert extent_of(RenameRecording("a", "b")) == Extent()
