"""A recording of a known face in events, video and tracks, small enough to be made anew."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from evface.annotations.tracks import Camera, FaceTrack, LandmarkTrack, Source, SourceKind
from evface.errors import EventFileError, VideoFileError
from evface.events.events import Events
from evface.geometry.registration import Registration
from evface.geometry.transforms import PlanarTransform
from evface.landmarks.schemes import IBUG68
from evface.morphable.camera import FRONTAL
from evface.morphable.model import load_open_head
from evface_studio.look.theme import DARK
from evface_studio.media import MediaReader
from evface_studio.view_state import ViewState

DURATION_US = 1_000_000
FRAME_US = 100_000


class EventSource:
    """10,000 events a second all over a 64x48 sensor; none in the last 100 ms."""

    resolution = (64, 48)
    duration_us = DURATION_US
    is_complete = True

    def __init__(self) -> None:
        generator = np.random.default_rng(5)
        n = 9_000
        t = np.sort(generator.integers(0, DURATION_US - FRAME_US, n))
        x = generator.integers(0, 64, n, dtype=np.uint16)
        y = generator.integers(0, 48, n, dtype=np.uint16)
        self.events = Events(t, x, y, generator.random(n) < 0.5)
        self.n_events = n
        self.is_damaged = False

    def rate(self, bin_us):
        return np.bincount(self.events.t // bin_us).astype(np.int64)

    def read(self, start_us, stop_us):
        if self.is_damaged:
            raise EventFileError("a.raw", "breaks off")
        return self.events.between(start_us, stop_us)


class Video:
    """Ten frames of 32x24, each as bright as its index says."""

    resolution = (32, 24)
    n_frames = 10
    is_damaged = False

    def read(self, index):
        if self.is_damaged:
            raise VideoFileError("a.mp4", "breaks off")
        return np.full((24, 32, 3), 10 * index, np.uint8)


def _make_recording(*, has_video=True, video_begins_us=0):
    """Return a recording whose RGB pixels are twice as large as those of events."""
    times_us = video_begins_us + np.arange(10, dtype=np.int64) * FRAME_US

    def video_index_at(t_us):
        return max(int(np.searchsorted(times_us, t_us, side="right")) - 1, 0)

    events = EventSource()
    return SimpleNamespace(
        events=events,
        unfiltered_events=events,
        video=Video() if has_video else None,
        duration_us=DURATION_US,
        video_times_us=times_us if has_video else times_us[:0],
        video_index_at=video_index_at,
        event_from_rgb=Registration(PlanarTransform(np.diag([2.0, 2.0, 1.0]))),
    )


def _landmark_track(camera, times_us, *, kind=SourceKind.TEACHER, shift_px=0.0, scheme=IBUG68):
    """Return points on a grid, 17 a row, that moves right by a pixel a sample."""
    n, n_landmarks = len(times_us), scheme.n_landmarks
    grid = np.stack(np.divmod(np.arange(n_landmarks), 17)[::-1], axis=-1)
    landmarks = grid + shift_px + np.arange(n)[:, None, None] * [1.0, 0.0]
    return LandmarkTrack(
        times_us=np.asarray(times_us, np.int64),
        valid=np.ones(n, np.bool_),
        source=Source(kind, "test"),
        landmarks=landmarks.astype(np.float32),
        confidence=np.ones(n, np.float32),
        state=np.zeros((n, n_landmarks), np.uint8),
        camera=camera,
        scheme=scheme.name,
    )


def _face_track(times_us, *, valid=None, strength=0.0, model=None):
    """Return a face seen from the front whose first component goes from 0 to `strength`."""
    head = load_open_head()
    n = len(times_us)
    action_units = np.zeros((n, len(head.action_unit_basis)), np.float32)
    action_units[:, 0] = np.linspace(0, strength, n)
    return FaceTrack(
        times_us=np.asarray(times_us, np.int64),
        valid=np.ones(n, np.bool_) if valid is None else np.asarray(valid),
        source=Source(SourceKind.FIT, "test"),
        identity=np.zeros(len(head.identity_basis), np.float32),
        action_units=action_units,
        rotation=np.tile(FRONTAL.astype(np.float32), (n, 1, 1)),
        scale_px_per_mm=np.ones(n, np.float32),
        translation_px=np.zeros((n, 2), np.float32),
        residual_px=np.zeros(n, np.float32),
        camera=Camera.RGB,
        model=head.key if model is None else model,
    )


@pytest.fixture
def theme():
    return DARK


@pytest.fixture
def view_state():
    state = ViewState()
    state.set_duration_us(DURATION_US)
    return state


@pytest.fixture
def media_reader(document, view_state, qtbot):
    del qtbot
    reader = MediaReader(document, view_state)
    yield reader
    reader.close()


@pytest.fixture
def make_recording():
    return _make_recording


@pytest.fixture
def landmark_track():
    return _landmark_track


@pytest.fixture
def face_track():
    return _face_track
