"""What is done with predictions that are there: accepted, looked at, and reviewed."""

from dataclasses import replace

import numpy as np
import pytest

from evface.annotations.edits import ReplaceTracks
from evface.annotations.roles import (
    PREDICTED_CLASSES,
    PREDICTED_LANDMARKS,
    PREDICTED_UNITS,
)
from evface.annotations.segments import UNITS
from evface.annotations.tracks import (
    ActionUnitTrack,
    Camera,
    LandmarkState,
    Source,
    SourceKind,
)
from evface.projects.project import Project
from evface.review.reasons import ReasonKind
from evface_studio.docks import ALIGNMENT, REVIEW

_MODEL = Source(SourceKind.MODEL, "kp_slpt", settings={"checkpoint": "first try/best.safetensors"})


@pytest.fixture
def predicted_path(face_project):
    """The project of a processed recording, of which everything was predicted."""
    with Project.open(face_project) as project:
        first = project.recordings()[0]
        labels = project.read_track(first.id, "transferred")
        n = len(labels)
        confidence = np.full(n, 0.9, np.float32)
        confidence[10:] = 0.1
        timed = {
            "times_us": labels.times_us,
            "valid": labels.valid,
            "source": replace(_MODEL, name="au_light"),
        }
        intensity = np.zeros((n, len(UNITS)), np.float32)
        intensity[4:11, UNITS.index("AU1")] = 0.9
        probability = np.full((2, len(UNITS)), 0.01, np.float32)
        probability[0, UNITS.index("AU1")] = 0.77
        tracks = {
            PREDICTED_LANDMARKS: replace(
                labels,
                landmarks=labels.landmarks + np.float32(3),
                confidence=confidence,
                source=_MODEL,
            ),
            PREDICTED_UNITS: ActionUnitTrack(
                **timed, intensity=intensity, confidence=confidence, names=",".join(UNITS)
            ),
            PREDICTED_CLASSES: ActionUnitTrack(
                times_us=np.array([250_000, 500_000], np.int64),
                valid=np.ones(2, bool),
                source=timed["source"],
                intensity=probability,
                names=",".join(UNITS),
                scale="probability",
            ),
        }
        project.apply(ReplaceTracks(first.id, tracks))
    return face_project


@pytest.fixture
def opened(window, open_in, predicted_path):
    open_in(window, predicted_path)
    window.view_state.set_time_us(5 * 33_333)
    return window


def test_accepting_a_prediction_makes_a_keyframe_of_it(opened, qtbot, press, focus):
    document, events_pane = opened.document, opened.workspace.events_pane
    qtbot.waitUntil(lambda: opened.workspace.is_complete)
    focus(opened, events_pane.picture)
    opened.view_state.set_camera(Camera.EVENTS)
    with qtbot.waitSignal(document.made):
        press(opened, "Shift+Return")
    frame = document.labels["transferred"].frame_at(5 * 33_333)
    assert (frame.state == LandmarkState.CORRECTED).all()
    expected = document.tracks[PREDICTED_LANDMARKS].landmarks[5]
    np.testing.assert_allclose(frame.landmarks, expected, atol=1e-3)
    assert frame.corrections[0].source == "predicted by kp_slpt"
    document.undo()
    qtbot.waitUntil(lambda: not document.labels["transferred"].frame_at(5 * 33_333).corrections)


def test_only_the_chosen_landmarks_are_accepted_where_some_are(opened, qtbot):
    document = opened.document
    qtbot.waitUntil(lambda: opened.workspace.is_complete)
    opened.view_state.set_camera(Camera.EVENTS)
    opened.view_state.select_landmarks([30, 31])
    with qtbot.waitSignal(document.made):
        opened.action("accept_prediction").trigger()
    assert set(document.labels["transferred"].frame_at(5 * 33_333).corrections) == {30, 31}


def test_the_inspector_says_what_is_predicted_now(opened, qtbot):
    opened.docks.set_wanted(ALIGNMENT, True)
    section = opened.side_panels.alignment.prediction
    qtbot.waitUntil(section.isVisible)
    facts = section.facts
    assert facts.value("Class") == "AU1 inner brow raiser, 0.77"
    assert facts.value("Strongest") == "AU1 0.90"
    assert facts.value("Confidence") == "0.90"
    assert facts.value("Landmarks") == "predicted, 0.90"
    assert facts.value("Networks") == "first try (au_light), first try (kp_slpt)"
    opened.view_state.set_time_us(12 * 33_333)
    assert facts.value("Class") == "none stands out"
    assert facts.value("Landmarks") == "predicted, 0.10"
    assert facts.value("Strongest") == "none"


def test_the_review_queue_asks_about_what_networks_see_otherwise(opened, qtbot):
    opened.docks.set_wanted(REVIEW, True)
    known = opened.review.known
    qtbot.waitUntil(lambda: bool(known.queue.items), timeout=60_000)
    kinds = {kind for item in known.queue.items for kind in item.kinds}
    assert {ReasonKind.NETWORK_DISAGREES, ReasonKind.LOW_CONFIDENCE} <= kinds
    assert {item.role for item in known.queue.items} <= {"transferred", "action_units"}
    item, reason = next(
        (item, one) for item in known.queue.items for one in item.reasons if one.unit == "AU1"
    )
    assert reason.sentence.startswith("AU1: the network sees up to 0.90")
    qtbot.waitUntil(lambda: opened.coding.suggesting.is_idle)
    opened.review.go_to(item)
    assert opened.coding.chosen is not None
    assert opened.coding.chosen.source == "suggested by au_light"


def test_predicting_anew_makes_the_queue_anew(opened, qtbot):
    opened.docks.set_wanted(REVIEW, True)
    known, document = opened.review.known, opened.document
    qtbot.waitUntil(lambda: bool(known.queue.items), timeout=60_000)
    units = document.tracks[PREDICTED_UNITS]
    calm = replace(units, intensity=0 * np.asarray(units.intensity))
    with qtbot.waitSignal(known.remade, timeout=60_000):
        document.edit(ReplaceTracks(document.recording_id, {PREDICTED_UNITS: calm}))
    assert not [one for item in known.queue.items for one in item.reasons if one.unit == "AU1"]
