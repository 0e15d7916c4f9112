"""What is previewed stays until the labels have it, whatever comes in between."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evface.annotations.corrections import Correction, Corrections, PlacedCorrection
from evface.annotations.labelled import LabelledTrack
from evface.annotations.tracks import Camera, LandmarkState, LandmarkTrack, Source, SourceKind
from evface_studio.landmarks.edited_face import EditedFace
from evface_studio.landmarks.previewed_track import PreviewedTrack

TIMES_US = np.arange(5) * 100_000
places = st.tuples(st.floats(-100, 100, width=32), st.floats(-100, 100, width=32))


def track():
    return LandmarkTrack(
        times_us=TIMES_US,
        valid=np.ones(5, bool),
        source=Source(SourceKind.TEACHER, "test"),
        landmarks=np.zeros((5, 68, 2), np.float32),
        confidence=np.ones(5, np.float32),
        state=np.zeros((5, 68), np.uint8),
        camera=Camera.EVENTS,
    )


TRACK = track()


def labelled(*said):
    return LabelledTrack(
        TRACK,
        Corrections(
            PlacedCorrection(t_us, i, Correction(place, LandmarkState.CORRECTED, "A", "2026-01-01"))
            for t_us, i, place in said
        ),
    )


@pytest.fixture
def layer():
    made = PreviewedTrack()
    made.set_track("transferred", labelled())
    made.show_at(100_000)
    return made


def shown(layer, landmark):
    landmarks, state, _ = layer.shown()
    return tuple(landmarks[landmark].tolist()), LandmarkState(int(state[landmark]))


def test_what_is_held_is_shown_and_dropping_it_shows_the_labels(layer):
    layer.hold({3: (4.0, 5.0)})
    assert shown(layer, 3) == ((4.0, 5.0), LandmarkState.CORRECTED)
    layer.drop()
    assert shown(layer, 3) == ((0.0, 0.0), LandmarkState.AUTO)


def test_what_was_sent_is_shown_until_the_labels_have_it(layer):
    layer.hold({3: (4.0, 5.0)})
    layer.send(100_000)
    assert shown(layer, 3)[0] == (4.0, 5.0)
    # Something else arrives first.
    layer.set_track("transferred", labelled((0, 7, (1.0, 1.0))))
    assert shown(layer, 3)[0] == (4.0, 5.0)
    layer.set_track("transferred", labelled((100_000, 3, (4.0, 5.0))))
    assert shown(layer, 3)[0] == (4.0, 5.0)
    # From now on it is the labels that are shown, as by undo.
    layer.set_track("transferred", labelled())
    assert shown(layer, 3)[0] == (0.0, 0.0)


def test_what_was_sent_belongs_to_its_own_moment(layer):
    layer.hold({3: (4.0, 5.0)})
    layer.send(100_000)
    layer.show_at(200_000)
    assert shown(layer, 3)[0] == (0.0, 0.0)
    layer.show_at(100_000)
    assert shown(layer, 3)[0] == (4.0, 5.0)


def test_while_something_is_held_the_frame_stays(layer):
    layer.hold({3: (4.0, 5.0)})
    layer.show_at(200_000)
    assert layer.frame.t_us == 100_000
    layer.drop()
    assert layer.frame.t_us == 200_000


def test_what_fails_is_forgotten(layer):
    layer.hold({3: (4.0, 5.0)})
    layer.send(100_000)
    assert layer.forget_sent()
    assert shown(layer, 3)[0] == (0.0, 0.0)
    assert not layer.forget_sent()


def test_of_what_is_sent_it_is_told_what_a_machine_took_along(layer):
    layer.hold({3: (4.0, 5.0), 4: (6.0, 7.0)}, frozenset({4}))
    assert shown(layer, 4)[1] is LandmarkState.INTERPOLATED
    assert layer.send(100_000) == ({3: (4.0, 5.0)}, {4: (6.0, 7.0)})
    assert shown(layer, 4) == ((6.0, 7.0), LandmarkState.INTERPOLATED)


def test_without_a_track_only_what_is_held_is_shown():
    layer = PreviewedTrack()
    layer.show_at(100_000)
    assert layer.shown(2) is None
    layer.hold({0: (1.0, 2.0), 1: (3.0, 4.0)})
    landmarks, state, occluded = layer.shown(2)
    assert landmarks.tolist() == [[1, 2], [3, 4]]
    assert (state == LandmarkState.CORRECTED).all()
    assert not occluded.any()


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(TIMES_US.tolist()), st.integers(0, 67), places), max_size=8),
    st.sampled_from(TIMES_US.tolist()),
)
def test_once_all_arrived_the_labels_alone_are_shown(drags, look_us):
    layer = PreviewedTrack()
    layer.set_track("transferred", labelled())
    made = {}
    for t_us, landmark, place in drags:
        layer.show_at(t_us)
        layer.hold({landmark: place})
        layer.send(t_us)
        made[t_us, landmark] = place
    said = [(t_us, landmark, place) for (t_us, landmark), place in made.items()]
    layer.show_at(look_us)
    before = layer.shown()[0]
    arrived = labelled(*said)
    layer.set_track("transferred", arrived)
    # Not of interpolation: that appears once the labels say so.
    own = [landmark for t_us, landmark in made if t_us == look_us]
    np.testing.assert_allclose(layer.shown()[0][own], before[own])
    layer.forget_sent()
    wanted = arrived.frame_at(look_us)
    np.testing.assert_array_equal(layer.shown()[0], wanted.landmarks)
    np.testing.assert_array_equal(layer.shown()[1], wanted.state)


def test_a_track_of_the_other_camera_is_not_changed_here(document, qtbot):
    del qtbot
    face = EditedFace(Camera.RGB, ("teacher", "transferred"), document)
    document.show(None, {"transferred": TRACK})
    assert face.role is None
    assert face.why_not().startswith("This recording belongs to no project")


def test_a_box_of_the_landmarks_follows_them_and_a_drawn_one_does_not(document, qtbot):
    del qtbot
    face = EditedFace(Camera.EVENTS, ("transferred",), document)
    document.show(None, {"transferred": TRACK})
    face.show_at(100_000)
    face.preview({3: (50.0, 20.0)})
    assert face.marks.corners_px[1].tolist() == pytest.approx([54.0, 24.0])
    face.preview(box_px=np.array([[30.0, 40.0], [10.0, 20.0]]))
    assert face.marks.corners_px.tolist() == [[10, 20], [30, 40]]
    assert face.marks.is_box_drawn
    face.revert()
    assert not face.marks.is_box_drawn
