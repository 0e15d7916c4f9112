import numpy as np
import pytest

from evface.annotations.coding_edits import SetSegments, SetVideoClass
from evface.annotations.edits import ReplaceTracks
from evface.annotations.landmark_edits import MoveLandmarks, SetInterpolation
from evface.annotations.reviews import Review, SetReview, Verdict
from evface.annotations.segments import Segment
from evface.annotations.tracks import Camera, LandmarkState
from evface.errors import RecordingError
from evface.interchange.reading import import_target, read_labels


@pytest.fixture
def filled(project, entry, landmark_track):
    """The project, with what two people said of its recording."""
    times_us = read_labels(project, entry.id).video_times_us
    tracks = {
        "teacher": landmark_track(times_us),
        "transferred": landmark_track([0, 100], camera=Camera.EVENTS),
    }
    project.apply(ReplaceTracks(entry.id, tracks))
    for author, x in (("anna", 5.0), ("ben", 7.0)):
        project.author = author
        project.apply(MoveLandmarks(entry.id, "teacher", int(times_us[1]), {3: (x, 9.5)}, "drag"))
        segment = Segment(f"of {author}", "AU12", 10, 20)
        project.apply(SetSegments(entry.id, {segment.id: segment}))
        project.apply(SetVideoClass(entry.id, "AU12"))
        review = Review(Verdict.SKIPPED, ("jerk",))
        project.apply(SetReview(entry.id, "teacher", int(times_us[1]), review))
    project.apply(SetInterpolation(entry.id, "teacher", 0))
    return project


def test_it_is_all_that_the_project_holds(filled, entry):
    labels = read_labels(filled, entry.id)
    assert labels.name == entry.name
    assert labels.resolutions == {Camera.RGB: (64, 48), Camera.EVENTS: (64, 48)}
    assert labels.media == {Camera.RGB: "video.mp4", Camera.EVENTS: "ev.h5"}
    assert labels.video_times_us[0] == 400
    assert set(labels.tracks) == {"teacher", "transferred"}
    words = [(one.correction.author, one.correction.xy_px) for one in labels.corrections["teacher"]]
    assert words == [("anna", (5.0, 9.5)), ("ben", (7.0, 9.5))]
    assert labels.longest_gaps_us["teacher"] == 0
    assert labels.segments.keys() == {"of anna", "of ben"}
    assert labels.video_classes == {"anna": "AU12", "ben": "AU12"}
    assert {author for _, _, author in labels.reviews} == {"anna", "ben"}
    shown, own = filled.labelled(entry.id, "teacher"), labels.labelled("teacher")
    np.testing.assert_array_equal(shown.laid().landmarks, own.laid().landmarks)
    np.testing.assert_array_equal(shown.laid().state, own.laid().state)


def test_one_persons_words_can_be_read_alone(filled, entry):
    labels = read_labels(filled, entry.id, author="anna")
    frame = labels.labelled("teacher").frame(1)
    assert frame.landmarks[3].tolist() == [5.0, 9.5]
    assert frame.state[3] == LandmarkState.CORRECTED
    assert labels.segments.keys() == {"of anna"}
    assert labels.video_classes == {"anna": "AU12"}
    assert {author for _, _, author in labels.reviews} == {"anna"}


def test_boxes_are_read_where_somebody_drew_them(filled, entry):
    assert "box_rgb" not in read_labels(filled, entry.id).tracks
    t_us = int(read_labels(filled, entry.id).video_times_us[0])
    filled.apply(MoveLandmarks(entry.id, "box_rgb", t_us, {0: (1.0, 2.0), 1: (30.0, 40.0)}))
    labels = read_labels(filled, entry.id)
    assert labels.labelled("box_rgb").frame(0).landmarks.tolist() == [[1, 2], [30, 40]]
    assert labels.landmark_role(Camera.RGB) == "teacher"


def test_missing_media_hide_no_labels(filled, entry, media):
    (media / "video.mp4").unlink()
    labels = read_labels(filled, entry.id)
    assert labels.resolutions == {Camera.EVENTS: (64, 48)}
    assert len(labels.corrections["teacher"]) == 2
    with pytest.raises(RecordingError, match="its video cannot be opened"):
        labels.resolution(Camera.RGB)
    (media / "ev.h5").unlink()
    assert len(read_labels(filled, entry.id).segments) == 2


def test_a_recording_without_landmarks_says_so(project, entry):
    labels = read_labels(project, entry.id)
    with pytest.raises(RecordingError, match="has no landmarks on the video; process it first"):
        labels.landmark_role(Camera.RGB)
    with pytest.raises(RecordingError, match="has no landmarks on the events"):
        labels.landmark_role(Camera.EVENTS)


def test_landmarks_are_those_shown_first(filled, entry, landmark_track):
    more = {"a_model": landmark_track([5]), "published_landmarks": landmark_track([6])}
    filled.apply(ReplaceTracks(entry.id, more))
    assert read_labels(filled, entry.id).landmark_role(Camera.RGB) == "teacher"
    filled.apply(ReplaceTracks(entry.id, {"teacher": None}))
    assert read_labels(filled, entry.id).landmark_role(Camera.RGB) == "published_landmarks"
    filled.apply(ReplaceTracks(entry.id, {"published_landmarks": None}))
    filled.apply(ReplaceTracks(entry.id, {"imported_coco": landmark_track([7])}))
    assert read_labels(filled, entry.id).landmark_role(Camera.RGB) == "imported_coco"
    filled.apply(ReplaceTracks(entry.id, {"imported_coco": None}))
    assert read_labels(filled, entry.id).landmark_role(Camera.RGB) == "a_model"


def test_a_file_is_read_for_the_recordings_own_frames(entry):
    target = import_target(entry, camera=Camera.RGB, face=3)
    assert (target.face, target.sync, target.media[Camera.RGB]) == (3, entry.sync, "video.mp4")
    assert len(target.video_times_us) == 5
