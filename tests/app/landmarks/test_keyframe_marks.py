import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.annotations.corrections import Correction, Corrections, PlacedCorrection
from evface.annotations.landmark_edits import MoveLandmarks, VerifyLandmarks
from evface.annotations.tracks import LandmarkState
from evface_studio.landmarks.keyframe_marks import keyframe_states
from evface_studio.look.theme import DARK, LIGHT

said = st.dictionaries(
    st.tuples(st.integers(0, 5), st.integers(0, 4)),
    st.sampled_from(list(LandmarkState)[1:]),
    max_size=20,
)


@given(said)
def test_a_time_is_what_people_made_of_it(said):
    corrections = Corrections(
        PlacedCorrection(t_us, landmark, Correction((0.0, 0.0), state, "A", "2026-01-01"))
        for (t_us, landmark), state in said.items()
    )
    times_us, states = keyframe_states(corrections)
    np.testing.assert_array_equal(times_us, corrections.times_us)
    for t_us, state in zip(times_us.tolist(), states.tolist(), strict=True):
        there = [one for (at_us, _), one in said.items() if at_us == t_us]
        if all(one == LandmarkState.VERIFIED for one in there):
            assert state == LandmarkState.VERIFIED
        else:
            assert state == min(max(there), LandmarkState.CORRECTED)


@pytest.fixture
def opened(qtbot, window, open_in, face_project):
    open_in(window, face_project)
    qtbot.waitUntil(lambda: not window.document.is_busy)
    return window


def test_the_timeline_marks_each_keyframe_by_its_state(qtbot, opened):
    document, strip = opened.document, opened.workspace.timeline.keyframe_strip
    assert not strip.isVisible()
    face = opened.landmarks.face
    rid = document.recording_id
    document.edit(MoveLandmarks(rid, face.role, 33_333, {3: (1.0, 2.0)}, "drag"))
    document.edit(VerifyLandmarks(rid, face.role, 66_666, (3, 4)))

    def times(one):
        return {k.colour: k.times_us.tolist() for k in strip.keyframes}[one]

    theme = DARK
    qtbot.waitUntil(lambda: strip.isVisible() and len(times(theme.landmark_verified)) == 1)
    assert times(theme.landmark_corrected) == [33_333]
    assert times(theme.landmark_verified) == [66_666]
    opened.set_theme(LIGHT)
    assert {one.colour for one in strip.keyframes} >= {LIGHT.landmark_corrected}
    document.undo()
    document.undo()
    qtbot.waitUntil(lambda: not strip.isVisible())
