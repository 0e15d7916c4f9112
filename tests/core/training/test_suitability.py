"""Which presets the labels of a project allow."""

import pytest

from evface.annotations.tracks import LandmarkState
from evface.training.config import read_config
from evface.training.suitability import split_for, why_not
from evface.training_sets.counting import RecordingLabels


def recording(subject="one", **changes):
    return RecordingLabels("1", "clip", subject, **changes)


WHOLE = recording(
    has_video=True,
    is_registered=True,
    n_landmarks={LandmarkState.AUTO: 680},
    n_face_frames=10,
    n_unit_frames=10,
)


@pytest.mark.parametrize("preset", ["au_light", "au_coefficients_lstm", "kp_cmfa", "ssmer"])
def test_a_processed_and_registered_recording_allows_everything(preset):
    assert why_not(read_config(preset), [WHOLE]) == ""


@pytest.mark.parametrize(
    ("preset", "labels", "words"),
    [
        ("au_light", {}, "needs action units"),
        ("au_coefficients_lstm", {"coded": {"AU1": 2}}, "needs coefficients"),
        ("kp_slpt_events", {"n_face_frames": 5}, "needs landmarks on the events"),
        ("kp_cmfa", {"n_landmarks": {LandmarkState.AUTO: 5}}, "needs a video"),
        (
            "kp_cmfa",
            {"n_landmarks": {LandmarkState.AUTO: 5}, "has_video": True},
            "how the video lies on the events",
        ),
    ],
)
def test_what_is_missing_is_said(preset, labels, words):
    assert words in why_not(read_config(preset), [recording(**labels)])


def test_coded_segments_or_a_class_are_enough_for_action_units():
    for labels in ({"coded": {"AU1": 1}}, {"au_class": "AU1"}, {"n_unit_frames": 3}):
        assert why_not(read_config("au_light"), [recording(**labels)]) == ""


def test_the_least_state_can_leave_nothing_to_learn():
    config = read_config("kp_slpt_events", ["data.least_state=corrected"])
    assert why_not(config, [WHOLE]) == "no landmark on the events is corrected"
    corrected = recording(n_landmarks={LandmarkState.VERIFIED: 1})
    assert why_not(config, [WHOLE, corrected]) == ""


def test_no_recordings_allow_nothing():
    assert why_not(read_config("ssmer"), []) == "choose a recording"


def test_few_people_are_parted_in_time():
    assert split_for([recording("a"), recording("b"), recording("a")]) == "time"
    assert split_for([recording("a"), recording("b"), recording("c")]) == "subjects"
