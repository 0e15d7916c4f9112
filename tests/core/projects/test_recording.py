import numpy as np
import pytest

from evface.annotations.edits import SetFilters
from evface.errors import EventFileError, RecordingError, VideoFileError
from evface.events.filters.regions import Polarity
from evface.events.filters.thinning import Thinning
from evface.geometry.clock import ClockSync
from evface.projects.recording import Recording, open_recording


@pytest.fixture
def opened():
    recordings = []
    yield recordings.append
    for recording in recordings:
        recording.close()


def test_events_and_video_are_on_the_sensor_s_clock(entry, opened):
    recording = open_recording(entry)
    opened(recording)
    assert recording.entry is entry
    assert recording.name == "ev"
    assert recording.sync == ClockSync(400, 0.0, "simulated", 0.0)
    assert recording.video_times_us.tolist() == [400, 40_400, 80_400, 120_400, 160_400]
    assert recording.duration_us == max(
        recording.events.duration_us, 400 + recording.video.duration_us
    )
    assert len(recording.events.read(0, recording.duration_us)) == 2000


def test_the_frame_that_is_on_is_the_last_that_began(entry, opened):
    recording = open_recording(entry)
    opened(recording)
    times = [-50, 0, 400, 40_399, 40_400, 120_401, 10**9]
    assert [recording.video_index_at(t_us) for t_us in times] == [0, 0, 0, 0, 1, 3, 4]


def test_lone_media_open_without_a_project(media, opened):
    events = Recording.from_files(media / "ev.h5")
    opened(events)
    assert events.video is None
    assert events.entry is None
    assert events.duration_us == events.events.duration_us
    assert len(events.video_times_us) == 0
    with pytest.raises(ValueError, match="has no video"):
        events.video_index_at(0)
    both = Recording.from_files(media / "ev.h5", media / "video.mp4")
    opened(both)
    assert both.sync.offset_us == 400
    with pytest.raises(VideoFileError):
        Recording.from_files(media / "ev.h5", media / "ev.h5")


def test_filters_of_a_recording_stand_between_the_file_and_everyone_else(project, entry, opened):
    filters = (Polarity(keeps="on"), Thinning(kept_percent=1.0, is_on=False))
    project.apply(SetFilters(entry.id, filters))
    kept = project.recording(entry.id)
    assert kept.filters == filters
    recording = open_recording(kept)
    opened(recording)
    assert recording.filters == filters
    seen = recording.events.read(0, recording.duration_us)
    assert seen.p.all()
    whole = recording.unfiltered_events.read(0, recording.duration_us)
    assert (recording.events.n_events, len(whole)) == (whole.p.sum(), 2000)
    assert recording.events.duration_us == recording.unfiltered_events.duration_us
    project.undo()
    assert project.recording(entry.id).filters == ()
    project.apply(SetFilters(entry.id, filters[1:]))
    idle = open_recording(project.recording(entry.id))
    opened(idle)
    assert idle.events is idle.unfiltered_events
    assert project.check() == []


def test_missing_events_are_named(project, entry, media):
    (media / "ev.h5").unlink()
    (media / "video.mp4").unlink()
    entry = project.recording(entry.id)
    with pytest.raises(RecordingError, match=r"ev: .*ev\.h5 is missing; find what moved with"):
        open_recording(entry)
    with pytest.raises(RecordingError, match=r"ev\.h5, .*video\.mp4 are missing"):
        open_recording(entry, needs_video=True)


@pytest.mark.parametrize("content", [None, b"not a video"])
def test_a_video_that_cannot_be_shown_does_not_hide_the_events(entry, media, content, opened):
    (media / "video.mp4").unlink()
    if content:
        (media / "video.mp4").write_bytes(content)
    recording = open_recording(entry)
    opened(recording)
    assert recording.video is None
    assert "shown without its video" in recording.warnings[0]
    with pytest.raises((RecordingError, VideoFileError)):
        open_recording(entry, needs_video=True)


def test_a_recording_without_video_says_so_where_one_is_needed(project, media):
    entry = project.add_recording(media / "ev.h5")
    with pytest.raises(RecordingError, match="has no video; add the recording again"):
        open_recording(entry, needs_video=True)


def test_damaged_events_are_an_event_file_error(entry, media):
    (media / "ev.h5").write_bytes(b"\x89HDF\r\n\x1a\nnot really")
    with pytest.raises(EventFileError):
        open_recording(entry)


def test_the_sync_of_the_project_counts_for_its_recording(project, media, opened):
    sync = ClockSync(-1000, 0.0, "given")
    entry = project.add_recording(media / "ev.h5", media / "video.mp4", sync=sync)
    recording = open_recording(entry)
    opened(recording)
    np.testing.assert_array_equal(recording.video_times_us[:2], [-1000, 39_000])
