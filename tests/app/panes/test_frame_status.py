import numpy as np
import pytest

from evface.annotations.corrections import Correction, Corrections, PlacedCorrection
from evface.annotations.labelled import LabelledTrack
from evface.annotations.tracks import Camera, LandmarkState
from evface_studio.panes.frame_status import status_of

AUTO, INTERPOLATED, CORRECTED, VERIFIED = LandmarkState


@pytest.fixture
def frame(landmark_track):
    def make(said, t_us=100_000):
        track = landmark_track(Camera.RGB, np.arange(5) * 100_000)
        corrections = Corrections(
            PlacedCorrection(at_us, landmark, Correction((1.0, 2.0), state, "A", "2026-01-01"))
            for (at_us, landmark), state in said.items()
        )
        return LabelledTrack(track, corrections).frame_at(t_us)

    return make


def test_a_frame_is_what_people_made_of_it(frame):
    assert status_of(frame({})) is AUTO
    assert status_of(frame({(100_000, 3): CORRECTED})) is CORRECTED
    assert status_of(frame({(100_000, 3): VERIFIED})) is CORRECTED
    assert status_of(frame({(100_000, i): VERIFIED for i in range(68)})) is VERIFIED
    assert status_of(frame({(0, 3): CORRECTED, (200_000, 3): CORRECTED})) is INTERPOLATED
    # Carried there by a machine, as by tracking.
    assert status_of(frame({(100_000, 3): INTERPOLATED})) is INTERPOLATED
