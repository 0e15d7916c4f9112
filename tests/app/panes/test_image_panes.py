import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QApplication

from evface.annotations.tracks import Camera, LandmarkState
from evface.landmarks.mappings import convert_landmarks
from evface.landmarks.schemes import FIVE, IBUG68, WFLW98
from evface_studio.landmarks.editing import LandmarkEditing
from evface_studio.look.theme import LIGHT
from evface_studio.panes.events_pane import EventsPane
from evface_studio.panes.rgb_pane import RgbPane
from evface_studio.tools.targets import PointTarget
from evface_studio.tools.tool import Pointer
from evface_studio.view_state import Layer, WindowKind


@pytest.fixture
def landmarks(document, view_state):
    editing = LandmarkEditing(document, view_state)
    yield editing
    editing.close()


def make_pane(kind, document, view_state, media_reader, landmarks, theme, qtbot):
    pane = kind(document, view_state, media_reader, landmarks, theme)
    qtbot.addWidget(pane)
    pane.resize(480, 360)
    pane.show()
    qtbot.waitExposed(pane)
    return pane


@pytest.fixture
def rgb_pane(document, view_state, media_reader, landmarks, theme, qtbot):
    return make_pane(RgbPane, document, view_state, media_reader, landmarks, theme, qtbot)


@pytest.fixture
def events_pane(document, view_state, media_reader, landmarks, theme, qtbot):
    return make_pane(EventsPane, document, view_state, media_reader, landmarks, theme, qtbot)


@pytest.fixture
def tracks(landmark_track):
    return {
        "teacher": landmark_track(Camera.RGB, np.arange(10) * 100_000),
        "transferred": landmark_track(Camera.EVENTS, np.arange(0, 1_000_000, 10_000)),
        "truth_landmarks": landmark_track(Camera.EVENTS, np.arange(0, 1_000_000, 10_000)),
    }


def settle(media_reader, qtbot):
    qtbot.waitUntil(lambda: media_reader.is_idle)
    QApplication.processEvents()


def plain(text):
    return text.replace("\u202f", " ")


def test_an_empty_pane_says_what_to_do(rgb_pane, events_pane):
    for pane in (rgb_pane, events_pane):
        assert pane.is_empty
        assert "drop it" in pane.words[1]


def test_a_recording_that_cannot_be_shown_gives_the_reason(rgb_pane, document):
    document.problem = "a.raw: not found"
    document.show(None)
    assert rgb_pane.words[1] == "a.raw: not found"


def test_the_rgb_pane_shows_the_frame_of_the_moment(
    rgb_pane, document, view_state, media_reader, qtbot, make_recording
):
    document.show(make_recording())
    view_state.set_time_us(450_000)
    settle(media_reader, qtbot)
    assert not rgb_pane.is_empty
    assert rgb_pane.picture.image[0, 0, 0] == 40
    assert plain(rgb_pane.header.info) == "frame 4  ·  0.400 000 s  ·  32 × 24"


def test_the_events_pane_says_its_window_and_counts_its_events(
    events_pane, document, view_state, media_reader, qtbot, make_recording
):
    recording = make_recording()
    document.show(recording)
    view_state.set_window_us(50_000)
    view_state.set_time_us(500_000)
    settle(media_reader, qtbot)
    n_events = len(recording.events.events.between(450_000, 500_000))
    info = plain(events_pane.header.info)
    assert info == f"{n_events} events in 50 ms  ·  0.500 000 s  ·  64 × 48"
    assert np.count_nonzero(events_pane.picture.image) > 0
    assert events_pane.header.hint == ""


def test_the_events_pane_says_how_long_a_number_of_events_took(
    events_pane, document, view_state, media_reader, qtbot, make_recording
):
    recording = make_recording()
    document.show(recording)
    view_state.set_window_count(3_000)
    view_state.set_window_kind(WindowKind.COUNT)
    view_state.set_time_us(500_000)
    settle(media_reader, qtbot)
    t = recording.events.events.between(0, 500_000).t
    span_us = 500_000 - t[-3_000]
    assert plain(events_pane.header.info).startswith(f"3 000 events in {span_us / 1000:.0f} ms")
    assert view_state.span_us == span_us
    assert events_pane.header.hint == ""
    view_state.set_time_us(100_000)
    settle(media_reader, qtbot)
    assert events_pane.header.hint == "fewer events than asked for"


def test_the_events_pane_says_in_what_time_events_fade(
    events_pane, document, view_state, media_reader, qtbot, make_recording
):
    document.show(make_recording())
    view_state.set_representation("time_surface")
    view_state.set_fading_us(30_000)
    view_state.set_window_kind(WindowKind.FADING)
    view_state.set_time_us(500_000)
    settle(media_reader, qtbot)
    assert "events fading in 30 ms" in plain(events_pane.header.info)
    assert view_state.span_us == 90_000


def test_a_window_with_too_few_events_says_so(
    events_pane, document, view_state, media_reader, qtbot, make_recording
):
    document.show(make_recording())
    view_state.set_window_us(50_000)
    view_state.set_time_us(990_000)
    settle(media_reader, qtbot)
    assert events_pane.header.hint == "too few events to judge"
    view_state.set_time_us(500_000)
    settle(media_reader, qtbot)
    assert events_pane.header.hint == ""


def test_a_recording_without_video_says_so_and_shows_its_events(
    rgb_pane, events_pane, document, view_state, media_reader, qtbot, make_recording
):
    document.show(make_recording(has_video=False))
    view_state.set_time_us(500_000)
    settle(media_reader, qtbot)
    assert rgb_pane.words[0] == "No video"
    assert not events_pane.is_empty


def test_a_moment_outside_the_video_is_not_passed_off_as_one_of_its_frames(
    rgb_pane, document, view_state, media_reader, qtbot, make_recording
):
    document.show(make_recording(video_begins_us=300_000))
    view_state.set_time_us(500_000)
    settle(media_reader, qtbot)
    view_state.set_time_us(200_000)
    settle(media_reader, qtbot)
    assert rgb_pane.words[0] == "No video at this moment"
    view_state.set_time_us(500_000)
    settle(media_reader, qtbot)
    assert not rgb_pane.is_empty


def test_damaged_events_say_so_and_leave_the_video_alone(
    rgb_pane, events_pane, document, view_state, media_reader, qtbot, make_recording
):
    recording = make_recording()
    recording.events.is_damaged = True
    document.show(recording)
    view_state.set_time_us(500_000)
    settle(media_reader, qtbot)
    assert "a.raw: breaks off" in events_pane.words[1]
    assert not rgb_pane.is_empty
    recording.events.is_damaged = False
    view_state.set_time_us(300_000)
    settle(media_reader, qtbot)
    assert not events_pane.is_empty


def test_a_damaged_video_says_so_and_leaves_the_events_alone(
    rgb_pane, events_pane, document, view_state, media_reader, qtbot, make_recording
):
    recording = make_recording()
    recording.video.is_damaged = True
    document.show(recording)
    view_state.set_time_us(500_000)
    settle(media_reader, qtbot)
    assert "a.mp4: breaks off" in rgb_pane.words[1]
    assert not events_pane.is_empty


def test_landmarks_are_those_of_the_picture_shown(
    rgb_pane, document, view_state, media_reader, qtbot, make_recording, tracks
):
    document.show(make_recording(), tracks)
    view_state.set_time_us(450_000)
    settle(media_reader, qtbot)
    drawn = rgb_pane.overlay.marks.landmarks_px
    np.testing.assert_array_equal(drawn, tracks["teacher"].landmarks[4])
    assert not rgb_pane.overlay.marks.is_aged


def test_landmarks_of_another_moment_are_marked_as_such_and_then_left_out(
    events_pane, document, view_state, media_reader, qtbot, make_recording, landmark_track
):
    track = landmark_track(Camera.EVENTS, np.arange(0, 400_000, 10_000))
    document.show(make_recording(), {"transferred": track})
    view_state.set_window_us(50_000)
    view_state.set_time_us(405_000)
    settle(media_reader, qtbot)
    assert events_pane.overlay.marks.is_aged
    assert plain(events_pane.header.hint) == "landmarks 15 ms earlier"
    view_state.set_time_us(500_000)
    settle(media_reader, qtbot)
    assert events_pane.overlay.marks is None


def test_truth_appears_with_its_layer_in_each_cameras_pixels(
    rgb_pane, events_pane, document, view_state, media_reader, qtbot, make_recording, tracks
):
    document.show(make_recording(), tracks)
    view_state.set_time_us(400_000)
    settle(media_reader, qtbot)
    assert events_pane.overlay.truth is None
    view_state.set_layer(Layer.TRUTH, True)
    known = tracks["truth_landmarks"].landmarks[40]
    np.testing.assert_allclose(events_pane.overlay.truth.landmarks_px, known)
    np.testing.assert_allclose(rgb_pane.overlay.truth.landmarks_px, known / 2, atol=1e-4)


def test_truth_is_drawn_where_nothing_was_found_yet(
    events_pane, document, view_state, media_reader, qtbot, make_recording, tracks
):
    document.show(make_recording(), {"truth_landmarks": tracks["truth_landmarks"]})
    view_state.set_time_us(400_000)
    settle(media_reader, qtbot)
    before = events_pane.picture.grab().toImage()
    view_state.set_layer(Layer.TRUTH, True)
    QApplication.processEvents()
    assert events_pane.picture.grab().toImage() != before


def test_new_tracks_are_drawn_without_another_picture(
    events_pane, document, view_state, media_reader, qtbot, make_recording, tracks
):
    document.show(make_recording())
    view_state.set_time_us(400_000)
    settle(media_reader, qtbot)
    assert events_pane.overlay.marks is None
    changed = tracks["transferred"]
    changed.state[:] = LandmarkState.CORRECTED
    document.show(document.recording, {"transferred": changed})
    settle(media_reader, qtbot)
    assert (events_pane.overlay.marks.state == LandmarkState.CORRECTED).all()


def test_the_palette_changes_at_once_and_the_representation_with_its_picture(
    events_pane, document, view_state, media_reader, qtbot, make_recording
):
    document.show(make_recording())
    view_state.set_time_us(500_000)
    settle(media_reader, qtbot)
    before = corner(events_pane)
    view_state.set_palette("light")
    assert corner(events_pane) != before
    light = events_pane.picture.image.copy()
    view_state.set_representation("time_surface")
    np.testing.assert_array_equal(events_pane.picture.image, light)
    settle(media_reader, qtbot)
    assert events_pane.picture.image.max() > 2


def corner(pane):
    """Return the colour of the picture's first pixel."""
    QApplication.processEvents()
    at = pane.picture.position_of(QPointF(0.5, 0.5)).toPoint()
    return pane.picture.grab().toImage().pixelColor(at).name()


def test_linked_panes_show_the_same_part_in_their_own_pixels(
    rgb_pane, events_pane, document, view_state, media_reader, qtbot, make_recording
):
    document.show(make_recording())
    view_state.set_time_us(500_000)
    settle(media_reader, qtbot)
    view_state.set_links_zoom(True)
    events_pane.picture.show_part(QRectF(20, 16, 24, 18))
    events_pane.picture.zoomed.emit()
    QApplication.processEvents()
    shown, linked = events_pane.picture.shown_px, rgb_pane.picture.shown_px
    assert linked.width() == pytest.approx(shown.width() / 2, rel=0.02)
    assert linked.center().x() == pytest.approx(shown.center().x() / 2, abs=0.3)
    assert not rgb_pane.picture.is_fitted
    events_pane.picture.fit()
    events_pane.picture.zoomed.emit()
    assert rgb_pane.picture.is_fitted


def test_panes_that_are_not_linked_zoom_by_themselves(
    rgb_pane, events_pane, document, view_state, media_reader, qtbot, make_recording
):
    document.show(make_recording())
    view_state.set_time_us(500_000)
    settle(media_reader, qtbot)
    events_pane.picture.show_part(QRectF(20, 16, 24, 18))
    events_pane.picture.zoomed.emit()
    assert rgb_pane.picture.is_fitted


def test_another_theme_repaints_every_part(rgb_pane):
    before = rgb_pane.grab().toImage()
    rgb_pane.set_theme(LIGHT)
    QApplication.processEvents()
    assert rgb_pane.grab().toImage() != before


def test_landmarks_of_a_data_set_are_drawn_in_their_own_scheme(
    rgb_pane, document, media_reader, make_recording, landmark_track, qtbot, move_pointer
):
    published = landmark_track(Camera.RGB, np.arange(10) * 100_000, scheme=WFLW98)
    document.show(make_recording(), {"published_landmarks": published})
    settle(media_reader, qtbot)
    assert rgb_pane.overlay.marks.landmarks_px.shape == (98, 2)
    place = rgb_pane.picture.position_of(QPointF(12.5, 5.5))
    move_pointer(rgb_pane.picture.viewport(), place)
    assert rgb_pane.overlay.hovered == PointTarget(97)
    assert not rgb_pane.grab().isNull()


def test_the_teachers_landmarks_come_before_those_of_a_data_set(
    rgb_pane, document, media_reader, make_recording, landmark_track, tracks, qtbot
):
    published = landmark_track(Camera.RGB, np.arange(10) * 100_000, scheme=WFLW98)
    document.show(make_recording(), {"published_landmarks": published, **tracks})
    settle(media_reader, qtbot)
    assert len(rgb_pane.overlay.marks.landmarks_px) == 68


def test_landmarks_are_shown_in_a_coarser_scheme_and_cannot_be_dragged_then(
    rgb_pane, document, media_reader, view_state, make_recording, landmark_track, qtbot
):
    finer = landmark_track(Camera.RGB, np.arange(10) * 100_000, scheme=WFLW98)
    document.show(make_recording(), {"teacher": finer})
    settle(media_reader, qtbot)
    place = Pointer(*finer.landmarks[0, 54].tolist(), rgb_pane.picture.scale_px)
    assert rgb_pane.layer.target_at(place) == PointTarget(54)
    for name, scheme in (("ibug68", IBUG68), ("five", FIVE)):
        view_state.set_shown_scheme(name)
        shown = rgb_pane.overlay.marks.landmarks_px
        np.testing.assert_allclose(shown, convert_landmarks(finer.landmarks[0], WFLW98, scheme))
        assert rgb_pane.layer.target_at(place) is None
        assert rgb_pane.header.hint == f"shown as {scheme.n_landmarks} points"
    view_state.set_shown_scheme("")
    assert len(rgb_pane.overlay.marks.landmarks_px) == 98
    assert rgb_pane.header.hint == ""


def test_what_cannot_be_shown_in_another_scheme_stays_as_it_is(
    rgb_pane, document, media_reader, view_state, make_recording, tracks, qtbot
):
    document.show(make_recording(), tracks)
    settle(media_reader, qtbot)
    view_state.set_shown_scheme("wflw98")
    assert len(rgb_pane.overlay.marks.landmarks_px) == 68
