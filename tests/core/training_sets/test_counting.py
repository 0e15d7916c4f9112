"""What a project has that could be learnt, counted without its media."""

import subprocess
import sys

import numpy as np
import pytest

from evface.annotations.coding_edits import SetSegments, SetVideoClass
from evface.annotations.edits import ReplaceTracks
from evface.annotations.landmark_edits import MoveLandmarks, VerifyLandmarks
from evface.annotations.segments import Segment
from evface.annotations.tracks import LandmarkState
from evface.training_sets.counting import count_labels, named_by
from evface.training_sets.from_projects import iter_project_clips
from evface.training_sets.recording_facts import Subjects


def test_labels_are_counted_by_state(project, add):
    entry, _ = add("one")
    (before,) = count_labels(project)
    assert before.n_landmarks[LandmarkState.AUTO] == before.count_landmarks() > 0
    assert before.n_face_frames == before.n_unit_frames > 0
    t_us = 30_000
    project.apply(MoveLandmarks(entry.id, "transferred", t_us, {0: (9.0, 9.0), 1: (8.0, 9.0)}))
    project.apply(VerifyLandmarks(entry.id, "transferred", t_us, (5, 6, 7)))
    (after,) = count_labels(project)
    assert after.n_landmarks[LandmarkState.CORRECTED] == 2
    assert after.n_landmarks[LandmarkState.VERIFIED] == 3
    assert after.count_landmarks() == before.count_landmarks()
    assert after.count_landmarks(LandmarkState.CORRECTED) == 5


def test_people_classes_and_segments_are_counted(project, add):
    first, _ = add("one", subject=3, keeps_truth=True)
    second, _ = add("two AU2")
    project.apply(SetSegments(first.id, {"a": Segment("a", "AU12", 0, 50_000)}))
    project.apply(SetVideoClass(second.id, "AU1"))
    one, two = count_labels(project)
    assert (one.subject, two.subject) == ("s003", "p")
    assert one.coded == {"AU12": 1}
    assert two.au_class == "AU1"
    assert one.has_video
    named = count_labels(project, subjects=Subjects({"two AU2": "bob"}))
    assert named[1].subject == "bob"


def test_landmarks_that_were_imported_can_be_learnt(project, add):
    entry, _ = add("one")
    (before,) = count_labels(project)
    track = project.read_track(entry.id, "transferred")
    project.apply(ReplaceTracks(entry.id, {"transferred": None, "imported_coco_events": track}))
    (after,) = count_labels(project)
    assert after.n_landmarks == before.n_landmarks
    labels = next(iter_project_clips(project)).landmarks
    assert np.isfinite(labels).any()


def test_people_are_found_in_names_where_nothing_else_says_who_they_are(project, add):
    add("anna 1")
    add("ben 1", subject=3, keeps_truth=True)
    counted = count_labels(project)
    assert [one.subject for one in named_by(counted, "^[a-z]+")] == ["anna", "s003"]
    assert named_by(counted, "") == counted
    with pytest.raises(ValueError, match="no regular expression"):
        named_by(counted, "(")


def test_counting_can_be_stopped(project, add):
    add("one")
    assert count_labels(project, is_cancelled=lambda: True) == []


def test_labels_are_counted_without_opencv_and_pytorch():
    code = (
        "import sys, evface.training_sets.counting, evface.training.suitability; "
        "assert not {'torch', 'cv2'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
