import numpy as np
import pytest

from evface.annotations.copying import copy_edit, neighbouring_keyframe
from evface.annotations.corrections import Correction, Corrections, PlacedCorrection
from evface.annotations.labelled import LabelledTrack
from evface.annotations.landmark_edits import MoveLandmarks, OccludeLandmarks
from evface.annotations.tracks import LandmarkState

MADE_AT = "2026-01-01T00:00:00+00:00"


def said(x, y, state=LandmarkState.CORRECTED, *, is_occluded=False):
    return Correction((x, y), state, "ann", MADE_AT, "drag", is_occluded)


@pytest.fixture
def labelled(landmark_track):
    placed = [
        PlacedCorrection(10_000, 0, said(50.0, 60.0, LandmarkState.VERIFIED)),
        PlacedCorrection(10_000, 3, said(1.5, 2.5, is_occluded=True)),
        PlacedCorrection(20_000, 0, said(7.0, 7.0, LandmarkState.INTERPOLATED)),
        PlacedCorrection(40_000, 2, said(9.0, 9.0)),
    ]
    return LabelledTrack(landmark_track(range(0, 60_000, 10_000)), Corrections(placed))


def test_keyframes_are_where_a_person_said_something(labelled):
    assert neighbouring_keyframe(labelled, 30_000, "previous") == 10_000
    assert neighbouring_keyframe(labelled, 10_000, "next") == 40_000
    assert neighbouring_keyframe(labelled, 10_000, "previous") is None
    assert neighbouring_keyframe(labelled, 40_000, "next") is None


def test_copied_landmarks_keep_their_distance_from_the_automatic_ones(labelled):
    edit = copy_edit("r", "transferred", labelled, 10_000, 50_000)
    moves, hides = edit.edits
    assert isinstance(moves, MoveLandmarks)
    assert (moves.t_us, moves.role, set(moves.xy_px)) == (50_000, "transferred", {0, 3})
    automatic = labelled.track.landmarks
    for landmark, place in ((0, (50.0, 60.0)), (3, (1.5, 2.5))):
        offset = np.subtract(place, automatic[1, landmark])
        np.testing.assert_allclose(
            moves.xy_px[landmark], automatic[5, landmark] + offset, rtol=1e-5
        )
    assert moves.state is LandmarkState.CORRECTED
    assert moves.source == "copied from 0.010 s"
    assert hides == OccludeLandmarks("r", "transferred", 50_000, (3,), True)
    assert edit.label == "Copy corrections"


def test_places_can_be_copied_as_they_are_and_some_landmarks_only(labelled):
    edit = copy_edit("r", "transferred", labelled, 10_000, 50_000, landmarks=(0,), as_offsets=False)
    (moves,) = edit.edits
    assert moves.xy_px == {0: (50.0, 60.0)}


def test_where_the_automatic_track_says_nothing_places_are_kept(labelled):
    (moves, _) = copy_edit("r", "transferred", labelled, 10_000, 900_000).edits
    assert moves.xy_px == {0: (50.0, 60.0), 3: (1.5, 2.5)}


def test_what_a_machine_had_carried_stays_a_machine_s_word(labelled):
    (moves,) = copy_edit("r", "transferred", labelled, 20_000, 30_000).edits
    assert moves.state is LandmarkState.INTERPOLATED


def test_a_hidden_landmark_that_was_seen_there_is_shown_again(labelled):
    changed = labelled.with_changes({50_000: {0: said(1.0, 1.0, is_occluded=True)}})
    edit = copy_edit("r", "transferred", changed, 10_000, 50_000, landmarks=(0,))
    assert edit.edits[1] == OccludeLandmarks("r", "transferred", 50_000, (0,), False)


def test_nothing_to_copy_is_said(labelled):
    with pytest.raises(ValueError, match="nothing to copy"):
        copy_edit("r", "transferred", labelled, 30_000, 50_000)


def test_what_a_machine_carried_becomes_nobodys_word(landmark_track):
    carried = said(7.0, 7.0, LandmarkState.INTERPOLATED, is_occluded=True)
    placed = [PlacedCorrection(10_000, 0, carried)]
    labelled = LabelledTrack(landmark_track(range(0, 60_000, 10_000)), Corrections(placed))
    (moves,) = copy_edit("r", "transferred", labelled, 10_000, 50_000).edits
    assert moves.state is LandmarkState.INTERPOLATED
