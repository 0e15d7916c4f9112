import numpy as np
import pytest

from evface.annotations.tracks import Camera, LandmarkTrack, Source, SourceKind
from evface.geometry.registration import Registration
from evface.geometry.transforms import PlanarTransform
from evface.transfer.face_regions import face_regions

SIZES = {"video_resolution": (640, 480), "events_resolution": (320, 240)}
HALF = PlanarTransform(np.diag([0.5, 0.5, 1.0]))


@pytest.fixture
def teacher():
    """A face between 200, 100 and 300, 200 px; once it is far away, once missing."""
    corners = np.array([[200, 100], [300, 200]], np.float32)
    landmarks = np.repeat(np.resize(corners, (68, 2))[None], 100, axis=0)
    landmarks[5] += 300
    landmarks[6] = np.nan
    valid = np.ones(100, bool)
    valid[6] = False
    return LandmarkTrack(
        times_us=np.arange(100) * 33_333,
        valid=valid,
        source=Source(SourceKind.TEACHER, "tester"),
        landmarks=landmarks,
        confidence=np.ones(100, np.float32),
        state=np.zeros((100, 68), np.uint8),
        camera=Camera.RGB,
    )


def test_the_face_has_its_place_in_both_pictures(teacher):
    regions = face_regions(teacher, Registration(HALF, quality="good"), **SIZES)
    assert regions == ((170, 70, 330, 230), (85, 35, 165, 115))


def test_regions_end_with_the_picture(teacher):
    sizes = SIZES | {"events_resolution": (120, 80)}
    _, in_events = face_regions(teacher, Registration(HALF, quality="fair"), **sizes)
    assert in_events == (85, 35, 120, 80)


@pytest.mark.parametrize("quality", ["assumed", "bad"])
def test_nothing_is_cut_out_where_the_pictures_are_not_aligned(teacher, quality):
    assert face_regions(teacher, Registration(HALF, quality=quality), **SIZES) is None


def test_nothing_is_cut_out_where_there_is_no_face(teacher):
    aligned = Registration(HALF, quality="good")
    assert face_regions(None, aligned, **SIZES) is None
    beside = PlanarTransform(np.array([[1.0, 0, 900], [0, 1, 0], [0, 0, 1]]))
    assert face_regions(teacher, Registration(beside, quality="good"), **SIZES) is None
