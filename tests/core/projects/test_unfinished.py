"""A recorder writes on after the project knew its files, and then fails before it says so."""

import pytest

from evface.annotations.edits import ReplaceTracks, SetSync
from evface.events.formats.raw_writer import RawEventWriter
from evface.events.sources import open_events
from evface.geometry.clock import ClockSync
from evface.projects.project import Project
from evface.projects.recorded_sync import write_recorded_sync

EARLY, LATE = ClockSync(5_000, 0.0, "arrival", 900.0), ClockSync(4_000, 2.0, "arrival", 300.0)


@pytest.fixture
def events(media):
    """Return a RAW file beside the video, so that it can go on."""
    source = open_events(media / "ev.h5")
    with RawEventWriter(media / "ev.raw", resolution=source.resolution) as writer:
        writer.append(source.read(0, source.duration_us))
    source.close()
    return media / "ev.raw"


def _go_on(*paths):
    for path in paths:
        with path.open("ab") as file:
            file.write(bytes(4_000))


def test_media_that_grew_are_whole_and_are_taken_as_they_are(project, events, media):
    video = media / "video.mp4"
    before = project.add_recording(events, video, sync=EARLY)
    project.close()
    _go_on(events, video)
    write_recorded_sync(events, video, LATE)

    with Project.open(project.path, read_only=True) as opened:
        assert opened.check() == []
        assert opened.recording(before.id).events.n_bytes == before.events.n_bytes
    with Project.open(project.path) as opened:
        after = opened.recording(before.id)
        assert [medium.n_bytes for medium in after.media] == [
            path.stat().st_size for path in (events, video)
        ]
        assert after.events.fingerprint != before.events.fingerprint
        assert after.sync == LATE
        assert opened.check() == []
        assert not opened.changed_outside()
        n_edits = opened.count_edits()
    with Project.open(project.path) as opened:
        assert opened.count_edits() == n_edits


def test_pictures_that_came_after_the_project_knew_of_the_events_are_found(project, events, media):
    entry = project.add_recording(events)
    project.close()
    _go_on(events)
    write_recorded_sync(events, media / "video.mp4", LATE)
    with Project.open(project.path) as opened:
        found = opened.recording(entry.id)
        assert found.video.path == media / "video.mp4"
        assert found.sync == LATE


def test_what_somebody_set_or_derived_keeps_its_sync(
    project, events, media, landmark_track, tmp_path
):
    video = media / "video.mp4"
    entry = project.add_recording(events, video, sync=EARLY)
    marked = ClockSync(7_000, 0.0, "marks", 100.0)
    project.apply(SetSync(entry.id, marked))
    with Project.create(tmp_path / "derived.evface") as derived:
        other = derived.add_recording(events, video, sync=EARLY)
        derived.apply(ReplaceTracks(other.id, {"transferred": landmark_track()}))
    project.close()
    _go_on(events)
    write_recorded_sync(events, video, LATE)
    with Project.open(project.path) as opened:
        assert opened.recording(entry.id).sync == marked
    with Project.open(derived.path) as opened:
        assert opened.recording(other.id).sync == EARLY
        assert opened.check() == []


def test_media_that_became_others_are_not_taken(project, events, media):
    entry = project.add_recording(events, media / "video.mp4")
    project.close()
    content = events.read_bytes()
    events.write_bytes(content[:-400] + bytes(4_000))
    with Project.open(project.path) as opened:
        assert opened.recording(entry.id).events == entry.events
        (problem,) = opened.check()
        assert "was changed since it was added" in problem.text


def test_a_project_opens_while_its_media_cannot_be_finished(project, events, media):
    entry = project.add_recording(events, media / "video.mp4", sync=EARLY)
    project.close()
    _go_on(events)
    (media / "video.mp4").unlink()
    with Project.open(project.path) as opened:
        assert opened.recording(entry.id).sync == EARLY
        (problem,) = opened.check()
        assert "video.mp4 is missing" in problem.text
