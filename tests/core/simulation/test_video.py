from __future__ import annotations

import hashlib
import subprocess
import sys
from fractions import Fraction

import av
import h5py
import numpy as np
import pytest

from evface.errors import EventFileError, VideoFileError
from evface.events.sources import open_events
from evface.simulation.events import PRESETS
from evface.simulation.video import simulate_video
from evface.video.reader import open_video
from evface.video.writer import write_video

SIZE = (96, 64)


def moving_square(x_px):
    """A soft bright square on a soft dark background, RGB."""
    y, x = np.mgrid[: SIZE[1], : SIZE[0]].astype(float)
    inside = 1 / (1 + np.exp(np.maximum(np.abs(x - x_px), np.abs(y - 32)) - 10))
    level = 60 + 20 * np.sin(x / 5) + (190 - 60) * inside
    return np.repeat(level.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    path = tmp_path_factory.mktemp("simulated") / "square.mp4"
    write_video(path, [moving_square(25 + 3 * k) for k in range(16)], rate_hz=25)
    return path


def digest(path):
    with h5py.File(path) as file:
        data = [file["events"][name][()].tobytes() for name in "xypt"]
    return hashlib.sha256(b"".join(data)).hexdigest()


def read(path):
    source = open_events(path)
    events = source.read(0, source.duration_us)
    source.close()
    return events, source


@pytest.mark.parametrize("preset", PRESETS)
def test_a_seed_gives_the_same_bytes(video, tmp_path, preset):
    for name, seed in (("a", 4), ("b", 4), ("c", 5)):
        simulate_video(video, tmp_path / f"{name}.h5", preset=preset, seed=seed)
    same, again, other = (digest(tmp_path / f"{name}.h5") for name in "abc")
    assert same == again
    assert same != other


def test_the_file_says_what_it_is_and_when_the_video_began(video, tmp_path):
    out = tmp_path / "events.h5"
    summary = simulate_video(video, out, preset="clean", seed=9)
    events, source = read(out)
    assert source.resolution == SIZE
    assert len(events) == source.n_events == summary.n_events > 1000
    assert summary.n_frames == 16
    # Three pixels a frame want at least three steps each.
    assert 3 * 15 <= summary.n_steps <= 6 * 15
    assert source.metadata["preset"] == "clean"
    assert source.metadata["seed"] == "9"
    assert source.metadata["video"] == "square.mp4"
    assert '"threshold_on": 0.2' in source.metadata["parameters"]
    with h5py.File(out) as file:
        assert file.attrs["video_offset_us"] == 0
    # On the video's clock all events lie between its first and last frame.
    t_us = events.t + source.origin_us
    assert t_us[0] >= 0
    assert t_us[-1] <= open_video(video).times_us[-1]


def test_events_follow_the_edges_of_what_moves_at_any_moment(video, tmp_path):
    simulate_video(video, tmp_path / "events.h5", preset="clean")
    events, source = read(tmp_path / "events.h5")
    t_us = events.t + source.origin_us
    for start_us in range(100_000, 480_000, 7_000):
        now = (t_us >= start_us) & (t_us < start_us + 7_000)
        middle = 25 + 3 * (start_us + 3_500) / 40_000
        on, off = events.x[now & events.p], events.x[now & ~events.p]
        # The front edge brightens, the rear edge darkens; neither has a ghost a frame away.
        assert np.median(on) == pytest.approx(middle + 10, abs=2.0)
        assert np.median(off) == pytest.approx(middle - 10, abs=2.0)
        assert (np.abs(on - (middle + 10.0)) < 6).mean() > 0.88
        assert (np.abs(off - (middle - 10.0)) < 6).mean() > 0.88


def test_a_still_video_is_silent_when_clean(tmp_path):
    write_video(tmp_path / "still.mp4", [moving_square(40)] * 10, rate_hz=25)
    summary = simulate_video(tmp_path / "still.mp4", tmp_path / "still.h5", preset="clean")
    assert summary.n_events < 20
    assert summary.n_steps == 9
    assert read(tmp_path / "still.h5")[1].resolution == SIZE


def test_progress_goes_from_nothing_to_all(video, tmp_path):
    said = []
    simulate_video(
        video, tmp_path / "out.h5", report=lambda share, text: said.append((share, text))
    )
    shares = [share for share, _ in said]
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.1
    assert shares[-1] == 1.0
    assert "events" in said[-1][1]


def test_uneven_frame_times_are_kept(tmp_path):
    path = tmp_path / "uneven.mkv"
    times_ms = [0, 40, 41, 200, 201, 1300]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for k, t_ms in enumerate(times_ms):
            frame = av.VideoFrame.from_ndarray(moving_square(25 + 4 * k), format="rgb24")
            frame.pts, frame.time_base = t_ms, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    simulate_video(path, tmp_path / "out.h5", preset="clean")
    events, source = read(tmp_path / "out.h5")
    t_us = events.t + source.origin_us
    within_a_millisecond = (t_us > 200_000) & (t_us <= 201_000)
    assert within_a_millisecond.sum() > 100
    assert t_us[-1] > 1_000_000


def test_bad_input_leaves_nothing(video, tmp_path):
    write_video(tmp_path / "one.mp4", [moving_square(30)], rate_hz=25)
    (tmp_path / "noise.mp4").write_bytes(b"no video" * 100)
    out = tmp_path / "out" / "events.h5"
    out.parent.mkdir()
    for name, words in (
        ("missing.mp4", "no such file"),
        ("noise.mp4", "not a video"),
        ("one.mp4", "one frame only"),
    ):
        with pytest.raises(VideoFileError, match=words):
            simulate_video(tmp_path / name, out)
    with pytest.raises(EventFileError, match="cannot be written"):
        simulate_video(video, tmp_path / "no" / "folder.h5")
    before = video.read_bytes()
    with pytest.raises(EventFileError, match="the video itself"):
        simulate_video(video, video)
    assert video.read_bytes() == before
    with pytest.raises(ValueError, match="clean, noisy, v2e"):
        simulate_video(video, out, preset="nice")
    assert list(out.parent.iterdir()) == []


def test_an_interrupt_leaves_no_half_file(video, tmp_path):
    def interrupt(share, _text):
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_video(video, tmp_path / "out.h5", report=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_in_one_line_and_leaves_no_half_file(video, tmp_path):
    pytest.importorskip("resource")
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from evface.errors import EventFileError\n"
        "from evface.simulation.video import simulate_video\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))\n"
        "try: simulate_video(Path(sys.argv[1]), Path(sys.argv[2]), preset='noisy')\n"
        "except EventFileError as error: print(error)"
    )
    out = tmp_path / "events.h5"
    run = subprocess.run(
        [sys.executable, "-c", code, video, out], capture_output=True, text=True, check=True
    )
    assert run.stdout.count("\n") == 1
    assert "cannot be written" in run.stdout
    assert run.stderr == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_real_face_is_simulated(shared_data, tmp_path):
    path = shared_data("video/face_cry_to_laugh_640x360_24fps.mp4")
    short = tmp_path / "short.mp4"
    whole = open_video(path)
    write_video(short, (frame for _, _, frame in whole.frames(200, 212)), rate_hz=24)
    summary = simulate_video(short, tmp_path / "face.h5", preset="clean")
    events, _ = read(tmp_path / "face.h5")
    assert 50_000 < summary.n_events < 2_000_000
    # She is in the right part of the picture; the wall on the left stays silent.
    assert (events.x < 100).mean() < 0.005
