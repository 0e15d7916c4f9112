from types import SimpleNamespace

import numpy as np

from evface.annotations.corrections import Correction, Corrections, PlacedCorrection
from evface.annotations.labelled import LabelledTrack
from evface.annotations.tracks import Camera, LandmarkState
from evface.landmarks.schemes import IBUG68
from evface_studio.landmarks.face_marks import FaceMarks
from evface_studio.panes.hover_card import card_of, card_of_box, card_of_handle
from evface_studio.tools.targets import FaceTarget, Handle, PartTarget

MADE_AT = "2020-03-04T12:00:00+00:00"


def face_at(track, t_us, said=()):
    labelled = LabelledTrack(track, Corrections(said))
    frame = labelled.frame_at(t_us)
    marks = FaceMarks(frame.landmarks, frame.state, occluded=frame.occluded)
    return SimpleNamespace(
        marks=marks, frame=frame, labelled=labelled, scheme=IBUG68, box_frame=None
    )


def said_at(t_us, author="Anna", state=LandmarkState.CORRECTED, **fields):
    return PlacedCorrection(t_us, 30, Correction((5.0, 6.0), state, author, MADE_AT, **fields))


def plain(lines):
    return [line.replace("\u202f", " ") for line in lines]


def test_an_automatic_point_names_its_maker(landmark_track):
    face = face_at(landmark_track(Camera.RGB, np.arange(5) * 100_000), 100_000)
    card = card_of(face, 30)
    assert card.title == "nose tip · 30"
    assert card.lines == ("automatic", "teacher: test")
    assert card.automatic_px is None


def test_a_correction_says_who_when_and_by_what_means(landmark_track):
    track = landmark_track(Camera.RGB, np.arange(5) * 100_000)
    face = face_at(track, 100_000, [said_at(100_000, source="drag", is_occluded=True)])
    card = card_of(face, 30)
    assert card.lines == ("corrected, hidden", "by Anna, 4 Mar 2020", "drag")
    assert (card.x_px, card.y_px) == (5.0, 6.0)
    assert card.automatic_px == tuple(track.landmarks[1, 30].tolist())
    face = face_at(track, 100_000, [said_at(100_000, state=LandmarkState.VERIFIED)])
    assert card_of(face, 30).lines == ("verified", "by Anna, 4 Mar 2020")


def test_an_interpolated_point_names_the_keyframes_and_who_made_them(landmark_track):
    track = landmark_track(Camera.RGB, np.arange(5) * 100_000)
    face = face_at(track, 200_000, [said_at(100_000), said_at(300_000, "Berta")])
    assert plain(card_of(face, 30).lines) == [
        "interpolated",
        "between 0.100 000 s and 0.300 000 s",
        "corrected there by Anna and Berta",
    ]


def test_points_that_are_not_there_have_no_card(landmark_track):
    face = face_at(landmark_track(Camera.RGB, np.arange(5) * 100_000), 100_000)
    assert card_of(face, 68) is None
    face.marks = None
    assert card_of(face, 3) is None
    assert card_of_box(face) is None


def test_a_box_and_handles_say_what_they_are(landmark_track):
    face = face_at(landmark_track(Camera.RGB, np.arange(5) * 100_000), 100_000)
    assert card_of_box(face).lines == ("around the landmarks",)
    assert card_of_handle(Handle(PartTarget("left_eye"), 1, 2)).title == "left eye"
    assert "Ctrl" in card_of_handle(Handle(FaceTarget(), 1, 2)).lines[0]
