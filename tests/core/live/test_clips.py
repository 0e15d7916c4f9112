import av
import cv2
import numpy as np
import pytest

from evface.cameras.base import Frame
from evface.errors import RecordingError
from evface.events.representations.counting import MetavisionFrame
from evface.geometry.registration import Registration
from evface.live.clips import begin_clip, begin_snapshot, write_clip, write_snapshot
from evface.live.drawing import View
from evface.live.history import History, HistorySettings
from evface.live.picture import FaceMoment, Overlay, Placed
from evface.live.replay import Replay
from evface.morphable.camera import FRONTAL
from evface.morphable.model import load_open_head

SIZE = (64, 48)
# The picture's height, and widths of RGB, events and mesh with gaps between them.
SHAPE = (480, 640 + 8 + 640 + 8 + 384)


@pytest.fixture
def replay(make_events):
    """Half a second of events, grey pictures and one face."""
    head = load_open_head()
    history = History(HistorySettings())
    history.reset(SIZE)
    history.add_events(make_events(1_000_000, 1_500_000, 1e5, SIZE))
    points = np.random.default_rng(0).uniform(10, 40, (68, 2)).astype(np.float32)
    face = FaceMoment(
        head.key,
        np.zeros(len(head.identity_basis), np.float32),
        np.zeros(len(head.action_unit_basis), np.float32),
        FRONTAL.astype(np.float32),
        0.1,
        np.array([32.0, 24.0], np.float32),
        0.9,
    )
    for k in range(15):
        t_us = 1_000_000 + k * 33_333
        history.add_frame(t_us, Frame(np.full((48, 64, 3), 90, np.uint8), t_us, 0.0))
        history.add_overlay(
            Overlay(
                number=k,
                t_us=t_us + 1_000,
                seen_s=0.0,
                landmarks={"teacher": Placed(points, 0.9, "ibug68", t_us)},
                rgb_landmarks=points,
                frame_t_us=t_us,
                face=face,
            )
        )
    view = View(MetavisionFrame(), 20_000)
    return Replay(history.moments(), "Camera", view, Registration())


def test_a_clip_shows_rgb_events_and_mesh_side_by_side(replay, tmp_path):
    write_clip(tmp_path / "clip.mp4", replay)
    with av.open(str(tmp_path / "clip.mp4")) as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(pictures) == 15
    assert pictures[0].shape == (*SHAPE, 3)


def test_a_clip_in_slow_motion_has_more_pictures(replay, tmp_path):
    write_clip(tmp_path / "clip.mp4", replay, speed=0.25)
    with av.open(str(tmp_path / "clip.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) in (60, 61)


def test_a_snapshot_shows_the_last_moment_that_models_looked_at(replay, tmp_path):
    write_snapshot(tmp_path / "shot.png", replay)
    picture = cv2.imread(str(tmp_path / "shot.png"))
    assert picture.shape == (*SHAPE, 3)
    rgb, events, mesh = picture[:, :640], picture[:, 648:1288], picture[:, 1296:]
    # Landmarks are drawn in light blue over the grey of RGB, and over events; the mesh is grey.
    for part in (rgb, events):
        assert (np.abs(part.astype(int) - (242, 204, 86)).max(axis=-1) < 12).any()
    assert len(np.unique(mesh)) > 20


def test_processes_of_their_own_write_the_same_or_say_what_is_wrong(replay, tmp_path):
    write_snapshot(tmp_path / "here.png", replay)
    assert begin_snapshot(tmp_path / "aside.png", replay).result(60) == ""
    same = cv2.imread(str(tmp_path / "here.png")) == cv2.imread(str(tmp_path / "aside.png"))
    assert same.all()
    problem = begin_clip(tmp_path / "none" / "clip.mp4", replay).result(60)
    assert "cannot be written" in problem


def test_nothing_seen_is_no_clip(tmp_path):
    history = History(HistorySettings())
    history.reset(SIZE)
    empty = Replay(history.moments(), "Camera", View(MetavisionFrame()), Registration())
    with pytest.raises(RecordingError, match="nothing to show"):
        write_clip(tmp_path / "clip.mp4", empty)
    with pytest.raises(RecordingError, match="nothing to show"):
        write_snapshot(tmp_path / "shot.png", empty)


def test_overlays_lie_on_the_pictures_next_to_them(replay):
    picture = replay.picture_at(1_100_000)
    assert abs(picture.overlay.t_us - picture.t_us) <= 20_000
    assert not picture.is_overlay_late
    assert picture.frame_t_us <= picture.t_us
    late = replay.part(1_000_000, 1_100_000).picture_at(1_300_000)
    assert late.overlay_age_us == 1_300_000 - late.overlay.t_us > 0


def test_tracks_are_on_the_clock_of_the_replayed_recording(replay):
    tracks = replay.tracks()
    recording = replay.recording()
    assert set(tracks) == {"teacher", "transferred", "face"}
    assert tracks["teacher"].times_us.tolist() == recording.video_times_us.tolist()
    assert recording.events.n_events == 50_000
