from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from evface.annotations.roles import PREDICTED_LANDMARKS
from evface.annotations.tracks import Camera, SourceKind
from evface_studio.landmarks.editing import LandmarkEditing
from evface_studio.panes.events_pane import EventsPane
from evface_studio.panes.glyphs import Glyph, prediction_glyph
from evface_studio.panes.rgb_pane import RgbPane
from evface_studio.tools.tool import Pointer
from evface_studio.view_state import Layer


@pytest.fixture
def panes(document, view_state, media_reader, theme, qtbot):
    landmarks = LandmarkEditing(document, view_state)
    made = []
    for kind in (EventsPane, RgbPane):
        pane = kind(document, view_state, media_reader, landmarks, theme)
        qtbot.addWidget(pane)
        pane.resize(480, 360)
        pane.show()
        qtbot.waitExposed(pane)
        made.append(pane)
    yield made
    landmarks.close()


@pytest.fixture
def tracks(landmark_track):
    """Labels, and predictions of which the later ones are less sure."""
    times_us = np.arange(0, 1_000_000, 10_000)
    predicted = landmark_track(
        Camera.EVENTS, np.arange(0, 1_000_000, 33_333), kind=SourceKind.MODEL, shift_px=4.0
    )
    confidence = np.linspace(1, 0, len(predicted)).astype(np.float32)
    return {
        "transferred": landmark_track(Camera.EVENTS, times_us),
        PREDICTED_LANDMARKS: replace(predicted, confidence=confidence),
    }


def _settle(media_reader, qtbot):
    qtbot.waitUntil(lambda: media_reader.is_idle)
    QApplication.processEvents()


def _pointer_on(pane, x_px, y_px):
    scale = pane.picture.scale_px
    return Pointer(x_px, y_px, scale)


def test_predictions_lie_on_both_pictures_where_the_registration_has_them(
    panes, document, view_state, media_reader, make_recording, tracks, qtbot
):
    events_pane, rgb_pane = panes
    document.show(make_recording(), tracks)
    view_state.set_time_us(333_330)
    _settle(media_reader, qtbot)
    shown = events_pane.predicted.marks
    np.testing.assert_array_equal(shown.landmarks_px, tracks[PREDICTED_LANDMARKS].landmarks[10])
    assert shown.confidence == pytest.approx(1 - 10 / 29, abs=0.02)
    # Pixels of the video are twice as large here; its frame began a little earlier.
    np.testing.assert_allclose(
        rgb_pane.predicted.marks.landmarks_px, tracks[PREDICTED_LANDMARKS].landmarks[9] / 2
    )
    assert events_pane.overlay.marks is not None
    view_state.set_layer(Layer.PREDICTIONS, False)
    assert events_pane.predicted.marks is rgb_pane.predicted.marks is None
    assert events_pane.overlay.marks is not None


def test_there_is_nothing_where_nothing_was_predicted(
    panes, document, view_state, media_reader, make_recording, tracks, qtbot
):
    events_pane, _ = panes
    alone = {"transferred": tracks["transferred"]}
    document.show(make_recording(), alone)
    _settle(media_reader, qtbot)
    assert events_pane.predicted.marks is None
    document.show(make_recording(), tracks)
    view_state.set_time_us(100_000)
    _settle(media_reader, qtbot)
    assert events_pane.predicted.marks is not None
    document.show(make_recording(), alone)
    _settle(media_reader, qtbot)
    assert events_pane.predicted.marks is None


def test_shapes_tell_how_sure_a_network_is():
    assert prediction_glyph(0.9) is Glyph.SOLID_SQUARE
    assert prediction_glyph(0.5) is prediction_glyph(float("nan")) is Glyph.SQUARE
    assert prediction_glyph(0.1) is Glyph.DOUBTFUL_SQUARE


def test_what_was_predicted_is_told_beside_the_pointer(
    panes, document, view_state, media_reader, make_recording, tracks, qtbot
):
    events_pane, _ = panes
    document.show(make_recording(), tracks)
    view_state.set_time_us(333_330)
    _settle(media_reader, qtbot)
    predicted = events_pane.predicted
    marks = predicted.marks
    x_px, y_px = marks.landmarks_px[-1].tolist()
    card = predicted.card_at(_pointer_on(events_pane, x_px, y_px))
    assert card.title.endswith(" · 67")
    assert card.lines == (f"predicted, {marks.confidence:.2f}", "by test")
    far_away = Pointer(x_px + 40, y_px + 40, events_pane.picture.scale_px)
    assert predicted.card_at(far_away) is None
    # Beside a landmark of the labels it is told how far off the prediction lies.
    label_px = events_pane.overlay.marks.landmarks_px[30]
    (line,) = predicted.words_on(30, *label_px.tolist())
    apart_px = np.linalg.norm(marks.landmarks_px[30] - label_px)
    assert line == f"predicted, {marks.confidence:.2f}: {apart_px:.1f} px away"


def test_a_doubtful_prediction_is_still_drawn(
    panes, document, view_state, media_reader, make_recording, tracks, qtbot
):
    events_pane, _ = panes
    only = {PREDICTED_LANDMARKS: tracks[PREDICTED_LANDMARKS]}
    document.show(make_recording(), only)
    view_state.set_layer(Layer.LANDMARKS, False)
    view_state.set_layer(Layer.BOX, False)
    for t_us in (33_333, 900_000):
        view_state.set_time_us(t_us)
        _settle(media_reader, qtbot)
        drawn = events_pane.picture.grab().toImage()
        view_state.set_layer(Layer.PREDICTIONS, False)
        QApplication.processEvents()
        bare = events_pane.picture.grab().toImage()
        view_state.set_layer(Layer.PREDICTIONS, True)
        assert drawn != bare


def test_the_labels_card_says_what_was_predicted(
    panes, document, view_state, media_reader, make_recording, tracks, qtbot
):
    events_pane, _ = panes
    document.show(make_recording(), tracks)
    view_state.set_time_us(333_330)
    _settle(media_reader, qtbot)
    x_px, y_px = events_pane.overlay.marks.landmarks_px[0].tolist()
    events_pane.picture.hovered.emit(_pointer_on(events_pane, x_px, y_px))
    assert any(line.startswith("predicted, ") for line in events_pane.overlay.card.lines)
    x_px, y_px = events_pane.predicted.marks.landmarks_px[67].tolist()
    events_pane.picture.hovered.emit(_pointer_on(events_pane, x_px, y_px))
    assert events_pane.overlay.card.lines[0].startswith("predicted, ")
