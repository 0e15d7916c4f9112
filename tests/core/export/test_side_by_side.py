import numpy as np
import pytest

from evface.annotations.tracks import (
    Camera,
    FaceTrack,
    LandmarkTrack,
    Source,
    SourceKind,
)
from evface.errors import RecordingError, VideoFileError
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.export.side_by_side import write_side_by_side
from evface.morphable.camera import FRONTAL
from evface.morphable.model import load_open_head
from evface.projects.recording import Recording
from evface.video.reader import open_video
from evface.video.writer import write_video

MODEL = load_open_head()
N_FRAMES, RATE_HZ = 6, 30.0
GREEN = (20, 200, 20)


@pytest.fixture
def recording(tmp_path):
    """Green pictures, and an on event at every pixel of the left half every millisecond."""
    picture = np.full((120, 160, 3), GREEN, np.uint8)
    write_video(tmp_path / "video.mp4", [picture] * N_FRAMES, rate_hz=RATE_HZ)
    y, x = (axis.ravel().astype(np.uint16) for axis in np.mgrid[:120, :80])
    t = np.repeat(np.arange(0, 200_000, 1000), len(x))
    events = Events(t, np.tile(x, 200), np.tile(y, 200), np.ones(len(t), bool))
    write_events_hdf5(tmp_path / "events.h5", [events], resolution=(160, 120), video_offset_us=0)
    opened = Recording.from_files(tmp_path / "events.h5", tmp_path / "video.mp4")
    yield opened
    opened.close()


def make_tracks():
    times_us = (np.arange(N_FRAMES) * 1e6 / RATE_HZ).astype(np.int64)
    every = np.ones(N_FRAMES, bool)
    source = Source(SourceKind.FIT, "test")
    n_components = len(MODEL.action_unit_basis)
    face = FaceTrack(
        times_us=times_us,
        valid=every,
        source=source,
        identity=np.zeros(len(MODEL.identity_basis), np.float32),
        action_units=np.zeros((N_FRAMES, n_components), np.float32),
        rotation=np.tile(FRONTAL.astype(np.float32), (N_FRAMES, 1, 1)),
        scale_px_per_mm=np.ones(N_FRAMES, np.float32),
        translation_px=np.zeros((N_FRAMES, 2), np.float32),
        residual_px=np.zeros(N_FRAMES, np.float32),
        camera=Camera.RGB,
        model=MODEL.key,
    )
    landmarks = LandmarkTrack(
        times_us=times_us,
        valid=every,
        source=source,
        landmarks=np.full((N_FRAMES, 68, 2), 60.0, np.float32),
        confidence=np.ones(N_FRAMES, np.float32),
        state=np.zeros((N_FRAMES, 68), np.uint8),
        camera=Camera.RGB,
    )
    return {"teacher": landmarks, "face": face}


def test_rgb_events_and_mesh_stand_side_by_side(recording, tmp_path):
    n = write_side_by_side(tmp_path / "out.mp4", recording, make_tracks(), MODEL, rate_hz=RATE_HZ)
    video = open_video(tmp_path / "out.mp4")
    assert video.n_frames == n == 7  # the recording ends a moment after the sixth step
    picture = video.read(3).astype(int)
    # Panels of 640, 640 and 384 pixels' width with gaps of 8.
    assert picture.shape == (480, 640 + 8 + 640 + 8 + 384, 3)
    assert np.abs(picture[400, 100] - GREEN).max() < 16
    assert picture[240, 648 + 100].min() > 230  # on events are white
    assert picture[240, 648 + 500].max() < 90  # where there are none, the dark ground
    assert picture[240, 1296 + 192].min() > 80  # a light head in the middle
    assert picture[10, 1296 + 10].max() < 50
    around_landmarks = picture[225:260, 225:260]
    assert (around_landmarks[..., 2] > 150).any()  # blue points, nowhere else in the green
    video.close()


def test_without_tracks_the_media_alone_are_shown(recording, tmp_path):
    write_side_by_side(tmp_path / "out.mp4", recording, {}, MODEL, stop_us=40_000)
    video = open_video(tmp_path / "out.mp4")
    assert video.n_frames == 2
    assert video.resolution == (640 + 8 + 640, 480)
    video.close()


def test_an_empty_recording_is_one_clear_line(tmp_path):
    write_events_hdf5(tmp_path / "empty.h5", [], resolution=(8, 8))
    recording = Recording.from_files(tmp_path / "empty.h5")
    with pytest.raises(RecordingError, match="empty"):
        write_side_by_side(tmp_path / "out.mp4", recording, {}, MODEL)
    recording.close()
    assert not (tmp_path / "out.mp4").exists()


def test_a_folder_that_is_not_there_is_one_clear_line(recording, tmp_path):
    with pytest.raises(VideoFileError, match=r"none.*out\.mp4"):
        write_side_by_side(tmp_path / "none" / "out.mp4", recording, {}, MODEL)
