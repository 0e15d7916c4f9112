import json

import cv2
import numpy as np
import pytest

from evface.annotations.edits import ReplaceTracks, SetSync
from evface.annotations.landmark_edits import MoveLandmarks
from evface.annotations.tracks import Camera, LandmarkTrack, Source, SourceKind
from evface.cli.main import main
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.geometry.clock import ClockSync
from evface.projects.project import Project
from evface.simulation.events import PRESETS, EventSimulator
from evface.video.writer import write_video

SIZE = (96, 72)
VIDEO_BEGINS_US = 412_000
DURATION_US = 6_000_000


class Block:
    """A bright block before a grey wall that darts about."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        starts_s = np.cumsum(rng.uniform(0.15, 0.9, 60))
        self._knots_s = np.stack([starts_s, starts_s + rng.uniform(0.06, 0.2, 60)], axis=1).ravel()
        self._places = np.repeat(rng.uniform(8, 64, (61, 2)), 2, axis=0)[1:-1] * [1, 0.6]

    def light(self, t_us):
        x, y = (np.interp(t_us * 1e-6, self._knots_s, place) for place in self._places.T)
        picture = np.full((SIZE[1], SIZE[0]), 0.1, np.float32)
        corner = np.array([[x, y], [x + 18, y], [x + 18, y + 14], [x, y + 14]])
        cv2.fillConvexPoly(
            picture, np.rint(corner * 16).astype(np.int32), 0.8, cv2.LINE_AA, shift=4
        )
        return picture


def record(folder, seed):
    """Write ``events.h5`` and ``video.mp4`` of a block; the video begins later than the events."""
    block = Block(seed)
    folder.mkdir()
    simulator = EventSimulator(SIZE, PRESETS["clean"], 0)
    events = [simulator.step(block.light(t), t) for t in range(0, DURATION_US, 4000)]
    write_events_hdf5(folder / "events.h5", events, resolution=SIZE)
    frames = []
    for t in range(VIDEO_BEGINS_US, DURATION_US - 300_000, 40_000):
        # sRGB is about the root of light.
        grey = np.rint(255 * block.light(t) ** (1 / 2.2)).astype(np.uint8)
        frames.append(np.repeat(grey[..., None], 3, axis=2))
    write_video(folder / "video.mp4", frames, rate_hz=25)
    origin_us = next(int(batch.t[0]) for batch in events if len(batch))
    return VIDEO_BEGINS_US - origin_us


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    folder = tmp_path_factory.mktemp("media")
    return folder, [record(folder / name, seed) for seed, name in enumerate(("a", "b"))]


@pytest.fixture
def evface(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def project(media, tmp_path):
    """A recording that fits, and one whose video is of another scene."""
    folder, _ = media
    with Project.create(tmp_path / "p.evface") as made:
        made.add_recording(folder / "a" / "events.h5", folder / "a" / "video.mp4", name="right")
        made.add_recording(folder / "a" / "events.h5", folder / "b" / "video.mp4", name="swapped")
    return tmp_path / "p.evface"


def sync_of(project, name):
    with Project.open(project, read_only=True) as opened:
        return opened.find_recording(name).sync


def test_the_clock_is_found_and_set(project, media, evface):
    code, out, err = evface("sync", project, "--recording", "right", "--json")
    assert (code, err) == (0, "")
    (found,) = json.loads(out)["found"]
    assert (found["recording"], found["quality"], found["is_applied"]) == ("right", "good", True)
    assert abs(found["sync"]["offset_us"] - media[1][0]) < 4000
    assert len(found["parts"]) >= 2
    assert sync_of(project, "right").method == "correlation"
    assert sync_of(project, "right").offset_us == found["sync"]["offset_us"]


def test_a_dry_run_changes_nothing_and_draws(project, evface, tmp_path):
    before = sync_of(project, "right")
    arguments = ("--recording", "right", "--dry-run", "--plot", tmp_path / "p.png")
    code, out, _ = evface("sync", project, *arguments)
    assert code == 0
    assert out.startswith("right: video begins ")
    assert "; not set" in out
    assert sync_of(project, "right") == before
    assert cv2.imread(str(tmp_path / "p.png")).shape[0] > 700


def test_a_swapped_video_is_an_error_and_the_others_are_done_all_the_same(project, evface):
    before = sync_of(project, "swapped")
    code, out, err = evface("sync", project)
    assert code == 1
    assert "error: swapped: no clock that can be trusted was found" in err
    assert "right: video begins" in out
    assert sync_of(project, "swapped") == before
    assert sync_of(project, "right").method == "correlation"


def landmarks(times_us, camera):
    n = len(times_us)
    return LandmarkTrack(
        times_us=np.array(times_us, np.int64),
        valid=np.ones(n, bool),
        source=Source(SourceKind.TEACHER, "tester"),
        landmarks=np.full((n, 68, 2), 20, np.float32),
        confidence=np.ones(n, np.float32),
        state=np.zeros((n, 68), np.uint8),
        camera=camera,
    )


def test_labels_move_with_the_clock_in_one_step_that_can_be_undone(project, evface):
    with Project.open(project) as opened:
        entry = opened.find_recording("right")
        times_us = entry.sync.to_sensor_us(np.arange(5) * 40_000)
        opened.apply(ReplaceTracks(entry.id, {"teacher": landmarks(times_us, Camera.RGB)}))
        opened.apply(MoveLandmarks(entry.id, "teacher", int(times_us[2]), {7: (3.0, 4.0)}))
        n_edits = len(opened.journal())
    assert evface("sync", project, "--recording", "right", "--mark", "1:1.5")[0] == 0
    with Project.open(project) as opened:
        moved = opened.read_track(entry.id, "teacher")
        np.testing.assert_array_equal(moved.times_us, np.arange(5) * 40_000 + 500_000)
        # The correction is still on its frame.
        np.testing.assert_allclose(moved.landmarks[2, 7], (3.0, 4.0))
        journal = opened.journal()
        assert len(journal) == n_edits + 1
        opened.apply(journal[-1].inverse)
        np.testing.assert_array_equal(opened.read_track(entry.id, "teacher").times_us, times_us)
        assert opened.find_recording("right").sync == entry.sync


def test_a_clock_that_is_known_exactly_is_replaced_only_by_name(project, evface):
    exact = ClockSync(12_345, 0.0, "simulated", 0.0)
    with Project.open(project) as opened:
        for entry in opened.recordings():
            opened.apply(SetSync(entry.id, exact))
    code, out, _ = evface("sync", project)
    assert code == 0
    assert out.count("known exactly") == 2
    assert sync_of(project, "right") == exact
    assert evface("sync", project, "--recording", "right")[0] == 0
    assert sync_of(project, "right").method == "correlation"


def test_marks_come_from_a_file_too(project, evface, tmp_path):
    marks = tmp_path / "marks.csv"
    marks.write_text("video_s,event_s\n1.0,1.25 # blink\n\n3.5,3.75\n")
    code, out, _ = evface("sync", project, "--recording", "right", "--marks", marks, "--json")
    assert code == 0
    assert json.loads(out)["found"][0]["sync"]["offset_us"] == 250_000
    marks.write_text("1.0,1.25\nblink at 3\n")
    code, _, err = evface("sync", project, "--recording", "right", "--marks", marks)
    assert code == 1
    assert "marks.csv: line 2 is not VIDEO_S,EVENT_S" in err


def test_marks_that_contradict_change_nothing(project, evface):
    arguments = ("--recording", "right", "--mark", "1:1", "--mark", "2:2.9")
    code, _, err = evface("sync", project, *arguments)
    assert code == 1
    assert "same moment" in err
    assert sync_of(project, "right").method == "assumed"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--mark", "1:2"),
        ("--plot", "p.png"),
        ("--recording", "right", "--mark", "one:two"),
        ("--recording", "right", "--mark", "1:nan"),
        ("--recording", "right", "--mark", "1:1e300"),
        ("--recording", "right", "--method", "marks"),
        ("--recording", "right", "--method", "correlation", "--mark", "1:2"),
    ],
)
def test_usage_errors_exit_with_2(project, evface, arguments):
    assert evface("sync", project, *arguments)[0] == 2


def test_recordings_of_events_alone_are_passed_over_unless_asked_for(media, evface, tmp_path):
    path = tmp_path / "mixed.evface"
    with Project.create(path) as made:
        made.add_recording(media[0] / "b" / "events.h5", name="alone")
        made.add_recording(media[0] / "b" / "events.h5", media[0] / "b" / "video.mp4", name="both")
    code, out, _ = evface("sync", path, "--mark", "1:1.2", "--mark", "2:2.2", "--dry-run")
    assert (code, "alone" in out) == (0, False)
    assert evface("sync", path, "--recording", "alone")[0] == 1


def test_what_is_missing_is_one_clear_error(project, media, evface, tmp_path):
    code, _, err = evface("sync", project, "--recording", "right", "--method", "triggers")
    assert (code, "holds no triggers" in err) == (1, True)
    assert evface("sync", project, "--recording", "nobody")[0] == 1
    with Project.create(tmp_path / "q.evface") as made:
        made.add_recording(media[0] / "b" / "events.h5", name="alone")
    code, _, err = evface("sync", tmp_path / "q.evface")
    assert (code, "has no video" in err) == (1, True)
