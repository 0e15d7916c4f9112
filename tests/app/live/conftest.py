"""A recording that plays as a camera, and the live view's own window."""

import numpy as np
import pytest

from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.video.writer import write_video
from evface_studio.document import Document
from evface_studio.live.choice import LiveChoice
from evface_studio.live.listing import RecordingList
from evface_studio.live.live_window import LiveWindow
from evface_studio.settings import Settings

PATIENCE_MS = 20_000


class RecordingsHere(RecordingList):
    def __init__(self, document, folder):
        super().__init__(document)
        self.folder_here = folder / "kept"

    @property
    def folder(self):
        return self.folder_here


@pytest.fixture
def replayed(tmp_path):
    """Return an event file and its video."""
    generator = np.random.default_rng(2)
    n, duration_us = 60_000, 1_000_000
    t = np.sort(generator.integers(0, duration_us, n))
    x = generator.integers(0, 160, n, dtype=np.uint16)
    y = generator.integers(0, 120, n, dtype=np.uint16)
    events = Events(t, x, y, generator.random(n) < 0.5)
    write_events_hdf5(tmp_path / "face.h5", [events], resolution=(160, 120), video_offset_us=0)
    frames = (np.full((120, 160, 3), 16 * index, np.uint8) for index in range(15))
    write_video(tmp_path / "face.mp4", frames, rate_hz=30.0)
    return tmp_path / "face.h5", tmp_path / "face.mp4"


@pytest.fixture
def choice(replayed):
    events, video = replayed
    return LiveChoice(f"replay:{events}?loop=1", f"video:{video}")


@pytest.fixture
def window(qtbot, tmp_path):
    document = Document()
    window = LiveWindow(Settings(tmp_path / "studio.ini"), RecordingsHere(document, tmp_path))
    window.side.models.teacher.setCurrentIndex(window.side.models.teacher.findData(""))
    qtbot.addWidget(window)
    yield window
    window.shut_down()
    document.shut_down()
