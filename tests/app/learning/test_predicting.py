"""Asking networks in the real window, with jobs in processes of their own."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt

from evface.annotations.edits import ReplaceTracks
from evface.annotations.landmark_edits import MoveLandmarks
from evface.annotations.roles import (
    PREDICTED_CLASSES,
    PREDICTED_FACE,
    PREDICTED_LANDMARKS,
    PREDICTED_UNITS,
)
from evface.annotations.tracks import LandmarkState
from evface.projects.editing_lock import EditingLock
from evface.projects.project import Project
from evface_studio.learning.predicting import PredictionRequest

_PREDICTED = {PREDICTED_LANDMARKS, PREDICTED_UNITS, PREDICTED_CLASSES, PREDICTED_FACE}
_LONG_MS = 60_000


@pytest.fixture
def opened(window, open_in, face_project, models, qtbot):
    """The window with a processed project, its networks known."""
    open_in(window, face_project)
    n_networks = len([*models.iterdir()])
    qtbot.waitUntil(lambda: len(window.predicting.networks) == n_networks)
    return window


def _request(models, units="units", **options):
    return PredictionRequest(
        str(models / "points" / "best.safetensors"),
        str(models / units / "best.safetensors"),
        **options,
    )


def _predict(qtbot, window, request, recordings=None):
    recordings = recordings or [window.document.recording_id]
    with qtbot.waitSignal(window.predicting.predicted, timeout=_LONG_MS) as told:
        assert window.predicting.predict(request, recordings) is not None
    return told.args[0]


def _predicted(document):
    return {role for role in document.tracks if role in _PREDICTED}


def test_the_dialog_asks_the_chosen_networks_and_all_of_it_is_one_step(opened, qtbot):
    opened.action("predict").trigger()
    dialog = opened.predicting.dialog
    assert dialog.landmarks_box.currentText().startswith("points")
    assert dialog.predict_button.isEnabled()
    assert "can be undone" in dialog.summary.text()
    with qtbot.waitSignal(opened.predicting.predicted, timeout=_LONG_MS) as told:
        dialog.predict_button.click()
        assert opened.predicting.is_predicting
    assert _predicted(opened.document) == _PREDICTED
    assert told.args[0].startswith("face: landmarks in ")
    assert opened.assistance.toast.isVisible()
    assert opened.assistance.toast.text == told.args[0]
    assert opened.document.undo_label == "Predict recording"
    opened.assistance.toast.undo_asked.emit()
    qtbot.waitUntil(lambda: not _predicted(opened.document))
    assert "transferred" in opened.document.tracks


def test_what_was_asked_last_is_chosen_again(opened, qtbot, models):
    request = _request(models, "others", n_between=3, n_beside=2, smooths=True)
    _predict(qtbot, opened, request)
    assert opened.predicting.last == request
    landmarks = opened.document.tracks[PREDICTED_LANDMARKS]
    assert landmarks.source.settings["smoothing"] == "one euro"
    assert landmarks.source.settings["checkpoint"] == "points/best.safetensors"
    assert np.diff(landmarks.times_us).max() < 9_000
    opened.action("predict_all").trigger()
    dialog = opened.predicting.dialog
    assert dialog.request == request
    assert len(dialog.recordings) == 2
    assert "Former predictions are replaced" in dialog.summary.text()
    dialog.reject()


def test_predicting_again_replaces_predictions_in_one_step_and_keeps_corrections(
    opened, qtbot, models
):
    document = opened.document
    recording_id = document.recording_id
    _predict(qtbot, opened, _request(models))
    first = document.tracks[PREDICTED_UNITS]
    t_us = int(document.tracks["transferred"].times_us[5])
    with qtbot.waitSignal(document.made):
        document.edit(MoveLandmarks(recording_id, "transferred", t_us, {30: (70.0, 50.0)}))
    _predict(qtbot, opened, _request(models, "others"))
    second = document.tracks[PREDICTED_UNITS]
    assert second.source.settings["checkpoint"] == "others/best.safetensors"
    assert not np.array_equal(first.intensity, second.intensity)
    frame = document.labels["transferred"].frame_at(t_us)
    assert frame.state[30] == LandmarkState.CORRECTED
    document.undo()
    qtbot.waitUntil(
        lambda: (
            document.tracks[PREDICTED_UNITS].source.settings["checkpoint"]
            == "units/best.safetensors"
        )
    )
    assert document.labels["transferred"].frame_at(t_us).state[30] == LandmarkState.CORRECTED


def test_recordings_that_were_never_processed_are_predicted_too(opened, qtbot, models):
    other = next(one for one in opened.document.listed if one != opened.document.recording_id)
    words = _predict(qtbot, opened, _request(models), [*opened.document.listed])
    assert words == "Predicted 2 recordings"
    with qtbot.waitSignal(opened.document.tracks_changed):
        opened.document.show_recording(other)
    assert _predicted(opened.document) == _PREDICTED
    qtbot.waitUntil(lambda: opened.workspace.is_complete, timeout=10_000)
    assert opened.workspace.timeline.hint == ""
    assert not opened.workspace.mesh_pane.is_empty


def test_where_nobody_knows_of_a_face_it_is_said_what_to_do(opened, qtbot, models):
    other = next(one for one in opened.document.listed if one != opened.document.recording_id)
    opened.action("predict_all").trigger()
    dialog = opened.predicting.dialog
    dialog.landmarks_box.setCurrentIndex(dialog.landmarks_box.count() - 1)
    assert "Nobody knows where the face is in other" in dialog.summary.text()
    dialog.reject()
    request = PredictionRequest("", str(models / "units" / "best.safetensors"))
    with qtbot.waitSignal(opened.predicting.noticed, timeout=_LONG_MS) as told:
        opened.predicting.predict(request, [other])
    assert "process the recording" in told.args[0]


def test_a_recording_without_its_events_is_told_and_stops_no_other(
    opened, qtbot, models, project_path
):
    with Project.open(project_path) as project:
        entries = {one.name: one for one in project.recordings()}
    entries["other"].events.path.unlink()
    with qtbot.waitSignal(opened.predicting.noticed, timeout=_LONG_MS) as told:
        opened.predicting.predict(_request(models), [*opened.document.listed])
    assert "other" in told.args[0]
    assert "missing" in told.args[0]
    assert _predicted(opened.document) == _PREDICTED


def test_a_job_can_be_cancelled_and_changes_nothing(opened, qtbot, models):
    job = opened.predicting.predict(_request(models), [*opened.document.listed])
    with qtbot.waitSignal(opened.predicting.noticed, timeout=1_000) as told:
        assert opened.predicting.predict(_request(models), [*opened.document.listed]) is None
    assert "wait for that" in told.args[0]
    with qtbot.waitSignal(job.ended, timeout=_LONG_MS):
        job.cancel()
    assert not _predicted(opened.document)
    assert not opened.predicting.is_predicting


def test_without_networks_the_dialog_says_how_to_get_one(window, open_in, face_project):
    open_in(window, face_project)
    window.action("predict").trigger()
    dialog = window.predicting.dialog
    assert not dialog.predict_button.isEnabled()
    assert "Train one" in dialog.summary.text()
    dialog.reject()


def test_predictions_that_stand_out_become_suggestions_that_keys_decide(
    opened, qtbot, models, press, focus
):
    document, coding = opened.document, opened.coding
    _predict(qtbot, opened, _request(models))
    track = document.tracks[PREDICTED_UNITS]
    seen = np.zeros_like(track.intensity)
    place = track.name_list().index("AU4")
    seen[3:9, place] = 0.9
    sure = replace(track, intensity=seen)
    with qtbot.waitSignal(document.made):
        document.edit(ReplaceTracks(document.recording_id, {PREDICTED_UNITS: sure}))
    qtbot.waitUntil(
        lambda: (
            [one.source for one in coding.suggested.values() if one.unit == "AU4"]
            == ["suggested by au_light"]
        )
    )
    proposed = next(one for one in coding.suggested.values() if one.unit == "AU4")
    coding.choose(proposed)
    focus(opened, opened.workspace.timeline.rows)
    with qtbot.waitSignal(document.coding_changed):
        press(opened, "Y")
    (kept,) = document.segments.values()
    assert (kept.unit, kept.onset_us) == ("AU4", proposed.onset_us)


def test_a_click_in_the_models_panel_asks_the_chosen_network(opened, qtbot):
    opened.action("models_panel").trigger()
    models, panel = opened.models, opened.side_panels.models
    models.choose(next(run for run in models.runs if run.name == "units"))
    qtbot.waitUntil(panel.predict.isEnabled)
    with qtbot.waitSignal(opened.predicting.predicted, timeout=_LONG_MS):
        qtbot.mouseClick(panel.predict, Qt.MouseButton.LeftButton)
    assert _predicted(opened.document) == _PREDICTED - {PREDICTED_LANDMARKS}


@pytest.mark.usefixtures("models")
def test_a_project_that_can_only_be_read_takes_no_predictions(window, open_in, face_project, qtbot):
    lock = EditingLock(face_project)
    try:
        open_in(window, face_project)
        window.action("models_panel").trigger()
        qtbot.waitUntil(lambda: bool(window.models.usable))
        assert window.document.is_read_only
        assert not window.action("predict").isEnabled()
        assert not window.action("predict_all").isEnabled()
        assert not window.side_panels.models.predict.isEnabled()
        assert window.side_panels.models.measure_button.isEnabled()
    finally:
        lock.release()
