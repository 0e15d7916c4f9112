import numpy as np
import pytest

from evface.annotations.tracks import Camera, SourceKind
from evface.annotations.tracks_file import read_tracks
from evface.errors import EventFileError
from evface.events.sources import open_events
from evface.morphable.camera import HeadPose
from evface.morphable.model import load_open_head
from evface.simulation.drawing import Person, plan_shots
from evface.simulation.performance import Gesture, Performance
from evface.simulation.recordings import make_recording
from evface.video.reader import open_video

PERSON = Person(2, resolution=(96, 72), texture_width=384)
STILL = Performance(400_000, (), sway_deg=0.0, sway_mm=0.0)
BLINK = Performance(
    600_000, (Gesture(200_000, 75_000, 20_000, 150_000, {"AU45": 1.0}),), sway_deg=0, sway_mm=0
)


def make(folder, performance, **settings):
    return make_recording(
        folder, PERSON, performance, preset="clean", n_processes=0, seed=3, **settings
    )


@pytest.fixture(scope="module")
def blink(tmp_path_factory):
    return make(tmp_path_factory.mktemp("blink"), BLINK)


def test_a_still_face_gives_almost_no_events(tmp_path):
    made = make(tmp_path, STILL)
    try:
        n_events = open_events(made.events_path).n_events
    except EventFileError:
        n_events = 0
    assert n_events < 20


def test_a_blink_gives_events_around_the_eyes_while_it_lasts(blink):
    events = open_events(blink.events_path)
    truth = read_tracks(blink.truth_path)
    eyes = truth["truth_landmarks"].landmarks[0, 36:48]
    during = events.read(0, 300_000)
    assert len(during) > 100
    box = (
        (during.x > eyes[:, 0].min() - 4)
        & (during.x < eyes[:, 0].max() + 4)
        & (during.y > eyes[:, 1].min() - 6)
        & (during.y < eyes[:, 1].max() + 6)
    )
    assert box.mean() > 0.9
    # The clock starts at the first event, and the blink begins about then.
    assert abs(events.origin_us - 200_000) < 40_000
    assert events.duration_us < 300_000


def test_truth_lies_on_the_sensors_clock_and_says_what_was_drawn(blink):
    truth = read_tracks(blink.truth_path)
    landmarks, face, units = (
        truth[f"truth_{name}"] for name in ("landmarks", "face", "action_units")
    )
    assert landmarks.source.kind is SourceKind.TRUTH
    assert landmarks.camera is Camera.EVENTS
    assert (landmarks.times_us == face.times_us).all()
    assert (landmarks.times_us == units.times_us).all()
    assert landmarks.times_us[0] >= 0
    head = load_open_head()
    assert face.model == head.key
    points = head.shape(face.identity, face.action_units)[:, head.landmarks]
    camera = HeadPose(face.rotation, face.scale_px_per_mm, face.translation_px)
    np.testing.assert_allclose(camera.project(points), landmarks.landmarks, atol=0.01)
    names = units.name_list()
    assert len(names) == 24
    assert names[-6:] == ["AU51", "AU52", "AU53", "AU54", "AU55", "AU56"]
    closed = units.intensity[:, names.index("AU45")]
    offset_us = open_events(blink.events_path).origin_us
    peak_us = int(units.times_us[np.argmax(closed)]) + offset_us
    assert abs(peak_us - 285_000) < 15_000
    assert closed.max() > 0.7


def test_fast_motion_is_drawn_at_a_higher_rate():
    shots = plan_shots(Person(2).actor(), BLINK)
    times_us = np.concatenate([shot.motion.times_us for shot in shots])
    gaps = np.diff(times_us)
    assert gaps.min() > 0
    assert gaps.max() < 20_000
    fast = gaps[(times_us[:-1] > 220_000) & (times_us[:-1] < 260_000)]
    slow = gaps[times_us[:-1] > 480_000]
    assert fast.mean() < 0.5 * slow.mean()
    for index, shot in enumerate(shots):
        assert abs(index * 1e6 / 30 - shot.motion.times_us[shot.is_exposed]).min() <= 1


def test_the_video_has_the_same_picture_at_its_times(blink):
    video = open_video(blink.video_path)
    assert video.resolution == PERSON.resolution
    assert video.n_frames == 18
    np.testing.assert_allclose(np.diff(video.times_us), 33_333, atol=400)
    eyes = read_tracks(blink.truth_path)["truth_landmarks"].landmarks[0, 36:48]
    x0, y0 = eyes.min(axis=0).astype(int) - 1
    x1, y1 = eyes.max(axis=0).astype(int) + 2
    crop = np.s_[y0:y1, x0:x1]
    shut, before, after = (
        video.read(video.index_at(t))[crop].astype(int) for t in (290_000, 100_000, 580_000)
    )
    assert np.abs(shut - before).mean() > 3 * np.abs(after - before).mean()


def test_the_sync_of_video_and_events_is_stated(blink):
    assert open_events(blink.events_path).video_offset_us == 0


def test_the_same_seed_gives_the_same_files(blink, tmp_path):
    again = make(tmp_path, BLINK)
    for name in ("events_path", "truth_path", "video_path"):
        assert getattr(again, name).read_bytes() == getattr(blink, name).read_bytes(), name


def test_a_report_that_raises_stops_the_work_and_leaves_nothing_half_written(tmp_path):
    class Stopped(Exception):
        pass

    def report(fraction, _message):
        if fraction > 0.3:
            raise Stopped

    with pytest.raises(Stopped):
        make(tmp_path, BLINK, report=report)
    assert list(tmp_path.iterdir()) == []
