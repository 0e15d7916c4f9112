from types import SimpleNamespace

import numpy as np
import pytest

from evface.geometry.clock import ClockSync
from evface.geometry.registration import Registration
from evface.projects.recording import Recording
from evface_studio.alignment.frame_on import frame_on_at


@pytest.fixture
def recording(media):
    """Return 15 frames, 33.3 ms each, of which the first is taken 100 ms after the first event."""
    lone = Recording.from_files(media / "face.h5", media / "face.mp4")
    opened = Recording(
        lone.events,
        lone.video,
        sync=ClockSync(100_000),
        event_from_rgb=Registration(),
        name="face",
    )
    yield opened
    opened.close()


def test_within_the_video_a_frame_is_on_and_elsewhere_none(recording):
    times = (0, 80_000, 90_000, 100_000, 140_000, 566_700, 600_000, 640_000)
    assert [frame_on_at(recording, t_us) for t_us in times] == [None, None, 0, 0, 1, 14, 14, None]


def test_the_last_frame_is_on_when_the_recording_ends(recording):
    assert frame_on_at(recording, recording.duration_us) == 14


def test_a_picture_is_always_on_and_nothing_where_there_is_no_video():
    picture, nothing = (
        SimpleNamespace(video_times_us=np.array(times_us), video_index_at=lambda _t_us: 0)
        for times_us in ([100_000], [])
    )
    assert frame_on_at(picture, 400_000) == 0
    assert frame_on_at(nothing, 400_000) is None
