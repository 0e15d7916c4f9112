import numpy as np
import pytest

from evface.annotations.corrections import Correction, Corrections, PlacedCorrection
from evface.annotations.labelled import LabelledTrack
from evface.annotations.tracks import Camera, LandmarkState, LandmarkTrack, Source, SourceKind
from evface_studio.review.moment import corrections_near, part_to_show

N = 101


@pytest.fixture
def labelled():
    """Four corners of a square of 100 px that stands still, the last of them astray at 0.5 s."""

    def make(corrections=()):
        landmarks = np.tile(np.float32([[0, 0], [100, 0], [0, 100], [100, 100]]), (N, 1, 1))
        landmarks[50, 3] = (300, 100)
        track = LandmarkTrack(
            times_us=np.arange(N, dtype=np.int64) * 10_000,
            valid=np.ones(N, bool),
            source=Source(SourceKind.FIT, "tester"),
            landmarks=landmarks,
            confidence=np.full(N, np.nan, np.float32),
            state=np.zeros((N, 4), np.uint8),
            camera=Camera.EVENTS,
        )
        return LabelledTrack(track, Corrections(corrections))

    return make


def test_a_point_astray_is_shown_with_the_place_where_it_belongs(labelled):
    x0, y0, x1, y1 = part_to_show(labelled(), 500_000, (3,))
    assert x0 < 100 < 300 < x1
    assert y0 < 100 < y1
    assert x1 - x0 == pytest.approx(y1 - y0)


def test_a_point_in_its_place_is_shown_with_what_is_around_it(labelled):
    x0, _, x1, _ = part_to_show(labelled(), 200_000, (0,))
    assert x1 - x0 == pytest.approx(60)


def test_without_a_face_there_is_nothing_to_show(labelled):
    track = labelled()
    track.track.landmarks[:] = np.nan
    assert part_to_show(track, 500_000, (0, 1)) is None


def test_only_corrections_around_the_moment_mend_it(labelled):
    def said(t_us, state=LandmarkState.CORRECTED):
        return PlacedCorrection(t_us, 1, Correction((1.0, 2.0), state, "me", "2026"))

    verified = said(520_000, LandmarkState.VERIFIED)
    track = labelled([said(200_000), said(400_000), said(600_000), said(900_000), verified])
    assert set(corrections_near(track, 500_000)) == {(400_000, 1), (600_000, 1)}
