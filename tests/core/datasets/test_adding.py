import hashlib

import numpy as np
import pytest

from evface.annotations.tracks import Camera
from evface.datasets.adding import add_dataset, add_sample
from evface.datasets.esie import E_SIE
from evface.datasets.facemorphic import FACEMORPHIC
from evface.datasets.fes import FES
from evface.datasets.manifest import MANIFEST
from evface.datasets.nefer import NEFER
from evface.datasets.sample_media import Simulation, media_folder
from evface.datasets.wflw import WFLW
from evface.datasets.wflw_v import WFLW_V
from evface.errors import DatasetError, RecordingError
from evface.events.sources import open_events
from evface.projects.project import Project
from evface.video.reader import open_video

CLEAN = Simulation("clean")


@pytest.fixture
def project(tmp_path):
    with Project.create(tmp_path / "faces.evface") as made:
        yield made


def first(dataset, folder):
    return next(dataset.iter_samples(folder))


def digests(folder):
    return {
        path: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_video_gets_simulated_events_and_its_labels_on_both_cameras(project, wflw_v):
    before = digests(wflw_v)
    sample = first(WFLW_V, wflw_v)
    entry = add_sample(project, "wflw-v", sample, simulation=CLEAN)
    assert digests(wflw_v) == before
    assert entry.name == "wflw-v/-3rDiJYQ6CQ"
    assert entry.video.path == wflw_v / "videos" / "-3rDiJYQ6CQ.mp4"
    assert entry.events.path.is_relative_to(media_folder(project.path) / "wflw-v")
    assert entry.sync.method == "simulated"
    # The sensor's clock begins with the first event, after the video's first frame.
    assert entry.sync.offset_us < 0
    published = sample.read_tracks()["published_landmarks"]
    for role, camera in (
        ("published_landmarks", Camera.RGB),
        ("published_landmarks_events", Camera.EVENTS),
    ):
        track = project.read_track(entry.id, role)
        assert track.camera == camera
        np.testing.assert_array_equal(track.landmarks, published.landmarks)
        np.testing.assert_array_equal(track.times_us, entry.sync.to_sensor_us(published.times_us))
    settings = dict(track.source.settings)
    assert (str(track.source.kind), track.source.name) == ("published", "wflw-v")
    assert settings["subject"] == "-3rDiJYQ6CQ"
    assert (settings["split"], settings["difficulty"]) == (sample.split, "easy")
    assert set(project.tracks(entry.id)) == {
        f"published_{what}{end}" for what in ("landmarks", "boxes") for end in ("", "_events")
    }


def test_a_still_face_becomes_a_moving_one_with_events(project, wflw):
    entry = add_sample(project, "wflw", first(WFLW, wflw), simulation=CLEAN)
    video, events = open_video(entry.video.path), open_events(entry.events.path)
    assert (video.resolution, video.n_frames) == (events.resolution, 31)
    landmarks = project.read_track(entry.id, "published_landmarks_events")
    np.testing.assert_array_equal(landmarks.times_us, entry.sync.to_sensor_us(video.times_us))
    # The point on the spot: half of the events lie near it, all the time.
    seen = events.read(0, events.duration_us)
    nearest = np.searchsorted(landmarks.times_us, seen.t).clip(0, 30)
    apart = np.stack([seen.x, seen.y], axis=1) - landmarks.landmarks[nearest, 54]
    assert len(seen) > 1000
    assert np.median(np.linalg.norm(apart, axis=1)) < 25
    np.testing.assert_allclose(apart.mean(axis=0), 0, atol=3)
    video.close()
    events.close()


def test_frames_in_a_folder_become_a_video_at_their_times(project, facemorphic):
    before = digests(facemorphic)
    samples = {sample.label: sample for sample in FACEMORPHIC.iter_samples(facemorphic)}
    entry = add_sample(project, "facemorphic", samples["AU12"])
    # Indexes of RAW files may lie beside them; what was there is as it was.
    assert {path: digests(facemorphic)[path] for path in before} == before
    assert entry.name == "facemorphic/anna/AU_12/1 AU12"
    video = open_video(entry.video.path)
    np.testing.assert_array_equal(video.times_us, np.arange(11) * 40_000)
    video.close()
    # The first frame is 40 ms after the file's beginning, the first event 8 us.
    assert (entry.sync.offset_us, entry.sync.method) == (40_000 - 8, "published")
    track = project.read_track(entry.id, "published_action_units")
    present_us = track.times_us[track.intensity[:, 0] == 1]
    np.testing.assert_array_equal(present_us, 39_992 + np.array([2, 3, 4]) * 40_000)
    reading = add_sample(project, "facemorphic", samples["reading"])
    assert reading.video is None
    assert project.tracks(reading.id) == {}


def test_labels_that_count_from_the_files_beginning_are_counted_from_its_first_event(project, fes):
    samples = {sample.subject: sample for sample in FES.iter_samples(fes)}
    entry = add_sample(project, "fes", samples["lab/20211123_1"])
    track = project.read_track(entry.id, "published_landmarks_events")
    # The file begins at 832 us, its first event is at 850 us.
    np.testing.assert_array_equal(track.times_us, [100_000 - 18])
    assert track.scheme == "five"


def test_frames_without_times_are_left_out(project, nefer):
    entry = add_sample(project, "nefer", first(NEFER, nefer))
    assert entry.name == "nefer/user_01/user01_a Fear"
    assert entry.video is None


def test_pictures_of_events_alone_are_no_recording(project, esie):
    with pytest.raises(DatasetError, match=r"u1/a: has pictures of events, but no events"):
        add_sample(project, "e-sie", first(E_SIE, esie))
    with pytest.raises(DatasetError, match=r"esie: has pictures of events, but no events"):
        add_dataset(project, E_SIE, esie)
    assert project.recordings() == []


def test_a_folder_is_added_piece_by_piece(project, nefer):
    fractions = []

    def report(fraction, _message):
        fractions.append(fraction)

    one = add_dataset(project, NEFER, nefer, limit=1, report=report)
    assert (one.added, one.n_there) == (("nefer/user_01/user01_a Fear",), 0)
    rest = add_dataset(project, NEFER, nefer, report=report)
    assert (len(rest.added), rest.n_there) == (2, 1)
    assert 0 <= min(fractions) <= max(fractions) <= 1
    again = add_dataset(project, NEFER, nefer)
    assert (again.added, again.n_there, again.errors) == ((), 3, ())
    validation = add_dataset(project, NEFER, nefer, split="validation")
    assert (validation.added, validation.n_there) == ((), 1)


def test_samples_with_pictures_only_are_counted_among_others(project, nefer):
    (nefer / "event_videos" / "raw" / "user_01" / "user01_b.raw").unlink()
    addition = add_dataset(project, NEFER, nefer)
    assert (len(addition.added), addition.n_pictures, addition.errors) == (2, 1, ())


def test_what_is_broken_off_is_not_there(project, wflw):
    def stop(fraction, _message):
        if fraction > 0.3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        add_dataset(project, WFLW, wflw, simulation=CLEAN, report=stop)
    assert project.recordings() == []
    assert not list(media_folder(project.path).rglob("*.h5"))
    assert not list(media_folder(project.path).rglob(".*"))


def test_what_was_made_once_is_used_again(project, wflw):
    sample = first(WFLW, wflw)
    entry = add_sample(project, "wflw", sample, simulation=CLEAN)
    made = {path: path.stat().st_mtime_ns for path in media_folder(project.path).rglob("*.*")}
    assert len(made) == 2
    with pytest.raises(RecordingError):
        add_sample(project, "wflw", sample, simulation=CLEAN)
    assert {path: path.stat().st_mtime_ns for path in made} == made
    other = add_sample(project, "again", sample, simulation=Simulation("clean", seed=1))
    assert other.events.path != entry.events.path


def test_damaged_labels_leave_the_project_as_it_was(project, wflw_v):
    np.save(wflw_v / "landmarks" / "-3rDiJYQ6CQ.npy", np.zeros((4, 5)))
    with pytest.raises(DatasetError):
        add_sample(project, "wflw-v", first(WFLW_V, wflw_v))
    assert project.recordings() == []
    assert not media_folder(project.path).exists()


def test_a_frame_of_another_size_is_named(project, manifest, write_spot):
    folder = manifest("name,video,frame_times", "a,v,25")
    for k in range(3):
        write_spot(folder / "v" / f"{k}.png", size=(64 + 2 * (k == 1), 48))
    with pytest.raises(DatasetError, match=r"1.png: is 66x48 px, unlike the first"):
        add_sample(project, "manifest", first(MANIFEST, folder))
    (folder / "v" / "1.png").write_bytes(b"no picture")
    with pytest.raises(DatasetError, match=r"1.png: is no picture"):
        add_sample(project, "manifest", first(MANIFEST, folder))
    assert not list(media_folder(project.path).rglob("*.*"))
