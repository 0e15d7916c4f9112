from __future__ import annotations

import subprocess
import sys
import threading

import av
import numpy as np
import pytest
from numbered import HEIGHT, WIDTH, number_of, write_numbered

from evface.errors import VideoFileError
from evface.video.reader import open_video

B_FRAMES = {"bf": "3", "g": "12", "crf": "20"}
KINDS = {
    "h264.mp4": {"options": B_FRAMES},
    "sound.mp4": {"options": B_FRAMES, "with_sound": True},
    "long_gop.mp4": {"options": {"bf": "3", "g": "250", "x264-params": "b-pyramid=normal"}},
    "open_gop.mkv": {"options": {"bf": "3", "g": "12", "x264-params": "open-gop=1"}},
    "fragments.mp4": {
        "options": B_FRAMES,
        "container_options": {"movflags": "frag_keyframe+empty_moov"},
    },
    "h264.ts": {"options": B_FRAMES},
    "h265.mp4": {"codec": "libx265", "options": {"x265-params": "log-level=none:keyint=12"}},
    "open_gop_h265.mp4": {
        "codec": "libx265",
        "options": {"x265-params": "log-level=none:keyint=12:open-gop=1:bframes=4"},
    },
    "vp8.webm": {"codec": "libvpx", "options": {"auto-alt-ref": "1", "lag-in-frames": "16"}},
    "vp9.webm": {"codec": "libvpx-vp9", "options": {"lag-in-frames": "8", "g": "20"}},
    "mjpeg.avi": {"codec": "mjpeg", "pixel_format": "yuvj420p"},
    "mpeg4.avi": {"codec": "mpeg4", "options": {"bf": "2", "g": "12", "b": "2000000"}},
    "mpeg2.mpg": {"codec": "mpeg2video", "options": {"bf": "2", "g": "12", "b": "2000000"}},
    "ffv1.mkv": {"codec": "ffv1"},
    "ten_bits.mp4": {"pixel_format": "yuv420p10le", "options": B_FRAMES},
    "gray.mkv": {"codec": "ffv1", "pixel_format": "gray"},
    "alpha.mov": {"codec": "prores_ks", "pixel_format": "yuva444p10le"},
    "palette.gif": {"codec": "gif", "pixel_format": "rgb8"},
    "rgb.mkv": {"codec": "ffv1", "pixel_format": "bgr0"},
}


@pytest.fixture(scope="module")
def numbered(tmp_path_factory):
    folder = tmp_path_factory.mktemp("videos")
    made = {}

    def make(name, **options):
        if name not in made:
            made[name] = write_numbered(folder / name, **(options or KINDS[name]))
        return made[name]

    return make


@pytest.mark.parametrize("name", KINDS)
def test_random_access_gives_the_frames_that_were_written(numbered, name):
    video = open_video(numbered(name))
    assert video.n_frames == 60
    assert video.resolution == (WIDTH, HEIGHT)
    order = np.random.default_rng(0).permutation(60)
    assert [number_of(video.read(int(index))) for index in order] == order.tolist()
    assert video.warnings == ()
    video.close()


@pytest.mark.parametrize("name", ["h264.mp4", "open_gop.mkv", "h264.ts", "mpeg2.mpg", "vp8.webm"])
def test_any_walk_gives_the_frames_that_were_written(numbered, name):
    video = open_video(numbered(name))
    back, skips, zigzag = range(59, -1, -1), range(0, 60, 7), (30, 29, 31, 28, 45, 44, 12, 11, 13)
    for index in (*back, *skips, *reversed(skips), *zigzag, 59, 0, 59):
        assert number_of(video.read(index)) == index


@pytest.mark.parametrize("name", KINDS)
def test_iterating_gives_every_frame_once_in_order(numbered, name):
    video = open_video(numbered(name))
    got = [(index, t_us, number_of(frame)) for index, t_us, frame in video.frames()]
    assert got == [(i, int(video.times_us[i]), i) for i in range(60)]


def test_frames_that_are_shown_from_hidden_ones_are_found(tmp_path, capfd):
    path = write_numbered(
        tmp_path / "av1.mp4", codec="libsvtav1", options={"preset": "12", "g": "20"}
    )
    capfd.readouterr()
    video = open_video(path)
    # The encoder may merge alike pictures, so what counts is what a plain reading gives.
    played = [number_of(frame) for _, _, frame in video.frames()]
    order = np.random.default_rng(0).permutation(60).tolist()
    assert [number_of(video.read(index)) for index in order] == [played[i] for i in order]
    assert np.mean(np.array(played) == np.arange(60)) > 0.9
    assert video.warnings == ()


def test_iterating_part_of_a_video_and_leaving_early_ends_the_thread(numbered):
    video = open_video(numbered("h264.mp4"))
    assert [index for index, _, _ in video.frames(13, 17)] == [13, 14, 15, 16]
    frames = video.frames(50, 1000)
    assert number_of(next(frames)[2]) == 50
    frames.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("video-read-ahead")]


def test_times_are_those_of_the_packets_with_a_variable_rate(tmp_path):
    steps = np.random.default_rng(1).integers(5, 90, 40)
    times_ms = (5000 + np.cumsum(steps)).tolist()
    for name in ("vfr.mkv", "vfr.mp4"):
        video = open_video(write_numbered(tmp_path / name, 40, times_ms=times_ms, options=B_FRAMES))
        truth_us = (np.array(times_ms) - times_ms[0]) * 1000
        # The MP4 muxer's clock ticks 1/16000 s.
        assert np.abs(video.times_us - truth_us).max() <= (0 if name.endswith("mkv") else 32)
        assert video.times_us[0] == 0
        assert [number_of(video.read(i)) for i in (39, 0, 20)] == [39, 0, 20]
        assert video.rate_hz == pytest.approx(39 / (truth_us[-1] / 1e6), rel=1e-3)


def test_times_are_exact_where_the_rate_is_no_whole_number_of_microseconds(shared_data):
    video = open_video(shared_data("video/face_cry_to_laugh_640x360_24fps.mp4"))
    assert video.resolution == (640, 360)
    truth = [(2 * i * 1001 * 1_000_000 + 24000) // (2 * 24000) for i in range(472)]
    assert video.times_us.tolist() == truth
    assert video.duration_us == round(472 * 1001 / 24000 * 1e6)
    assert video.rate_hz == pytest.approx(24000 / 1001)


def test_a_lone_frame_is_a_video(tmp_path):
    video = open_video(write_numbered(tmp_path / "one.mp4", 1))
    assert (video.n_frames, video.times_us.tolist()) == (1, [0])
    assert number_of(video.read(0)) == 0
    assert video.duration_us == 40_000
    assert video.rate_hz == pytest.approx(25.0)


def test_a_stream_without_times_is_counted_and_said_so(tmp_path):
    video = open_video(write_numbered(tmp_path / "bare.h264", options=B_FRAMES))
    assert video.n_frames == 60
    assert [number_of(video.read(i)) for i in (40, 3, 59, 58, 0)] == [40, 3, 59, 58, 0]
    assert video.times_us[:3].tolist() == [0, 40_000, 80_000]
    assert video.warnings == ("holds no times; its frames are taken as 25 a second",)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_rotation_in_the_header_is_undone(tmp_path, rotation):
    path = write_numbered(tmp_path / "phone.mp4", 3, options=B_FRAMES, rotation=rotation)
    video = open_video(path)
    picture = video.read(2)
    assert video.resolution == ((WIDTH, HEIGHT) if rotation == 180 else (HEIGHT, WIDTH))
    assert picture.shape == (video.resolution[1], video.resolution[0], 3)
    assert number_of(np.rot90(picture, -rotation // 90)) == 2
    assert picture.flags.c_contiguous


def test_a_picture_belongs_to_the_caller(numbered):
    for name in ("h264.mp4", "rgb.mkv"):
        video = open_video(numbered(name))
        video.read(5)[:] = 0
        assert number_of(video.read(5)) == 5


def test_several_threads_read_the_same_video(numbered):
    video = open_video(numbered("h264.mp4"))
    wrong = []

    def read(seed):
        for index in np.random.default_rng(seed).integers(0, 60, 40).tolist():
            if number_of(video.read(index)) != index:
                wrong.append(index)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    assert [number_of(frame) for _, _, frame in video.frames()] == list(range(60))
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "extra"),
    [
        ("h264.mp4", {"container_options": {"movflags": "faststart"}}),
        ("frag.mp4", {"container_options": {"movflags": "frag_keyframe+empty_moov"}}),
        ("cut.mkv", {}),
        ("cut.ts", {}),
        ("cut.avi", {"codec": "mjpeg", "pixel_format": "yuvj420p", "options": {}}),
    ],
)
def test_frames_before_a_break_are_kept_and_the_break_is_said(tmp_path, name, extra):
    path = write_numbered(tmp_path / name, **{"options": B_FRAMES, **extra})
    with av.open(str(path)) as container:
        places = [packet.pos for packet in container.demux(video=0) if packet.size]
    # In the middle of a packet.
    path.write_bytes(path.read_bytes()[: (places[40] + places[41]) // 2])
    video = open_video(path)
    assert 30 < video.n_frames <= 41
    numbers = [number_of(frame) for _, _, frame in video.frames()]
    # The very last picture before the cut may be broken itself where the file cannot tell.
    assert numbers[:-1] == list(range(video.n_frames - 1))
    if name not in ("cut.ts", "frag.mp4"):
        assert numbers[-1] == video.n_frames - 1
        assert "breaks off after" in video.warnings[0]


def test_a_recording_that_begins_between_keyframes_starts_at_the_first(tmp_path):
    path = write_numbered(tmp_path / "tuned_in.ts", options=B_FRAMES)
    with av.open(str(path)) as container:
        places = [packet.pos for packet in container.demux(video=0) if packet.size]
    path.write_bytes(path.read_bytes()[places[5] :])
    video = open_video(path)
    numbers = [number_of(frame) for _, _, frame in video.frames()]
    first = numbers[0]
    assert 5 < first <= 12
    assert numbers == list(range(first, 60))
    assert video.times_us[0] == 0
    assert [number_of(video.read(i)) for i in (30, 0)] == [first + 30, first]
    assert "before the first whole one" in video.warnings[0]


def test_a_damaged_stretch_shows_its_neighbours_and_is_said(tmp_path):
    path = write_numbered(tmp_path / "hole.avi", codec="mjpeg", pixel_format="yuvj420p")
    with av.open(str(path)) as container:
        places = [packet.pos for packet in container.demux(video=0) if packet.size]
    data = bytearray(path.read_bytes())
    data[places[30] + 8 : places[31] - 16] = bytes(places[31] - places[30] - 24)
    path.write_bytes(bytes(data))
    video = open_video(path)
    numbers = [number_of(frame) for _, _, frame in video.frames()]
    assert numbers[:30] == list(range(30))
    assert numbers[31:] == list(range(31, 60))
    assert numbers[30] in (29, 31)
    assert video.warnings == ("frame 30 damaged; the nearest whole frame is shown instead",)


@pytest.mark.parametrize("name", ["damaged.mp4", "damaged.mkv", "damaged.ts", "damaged.h264"])
def test_damaged_bytes_give_frames_or_one_clear_line(tmp_path, name):
    path = write_numbered(tmp_path / name, 30, options=B_FRAMES)
    whole = path.read_bytes()
    n_read, refusals = 0, []
    for seed in range(25):
        random = np.random.default_rng(seed)
        data = bytearray(whole)
        for place in random.integers(0, len(data), random.integers(1, 20)):
            data[place] = random.integers(256)
        path.write_bytes(bytes(data[: random.integers(len(data) // 2, len(data) + 1)]))
        try:
            video = open_video(path)
            assert (np.diff(video.times_us) > 0).all()
            assert sum(1 for _ in video.frames()) == video.n_frames
            video.read(video.n_frames // 2)
            video.close()
            n_read += 1
        except VideoFileError as error:
            refusals.append(str(error))
    assert n_read > 0
    assert not any("\n" in refusal for refusal in refusals)


def test_a_jump_of_the_time_is_said(tmp_path):
    times_ms = [*range(0, 800, 40), *range(60_800, 61_600, 40)]
    video = open_video(write_numbered(tmp_path / "jump.mkv", 40, times_ms=times_ms))
    assert video.warnings == ("the time jumps by 60 s after frame 19",)
    assert video.n_frames == 40


def test_what_is_no_video_is_told_in_one_line(tmp_path):
    sound = tmp_path / "sound.m4a"
    with av.open(str(sound), "w") as container:
        stream = container.add_stream("aac", rate=8000, layout="mono")
        for start in range(5):
            samples = np.zeros((1, 1024), np.float32)
            frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 8000, start * 1024
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    whole = write_numbered(tmp_path / "whole.mp4").read_bytes()
    files = {
        "empty.mp4": b"",
        "text.mp4": b"not a video at all\n" * 50,
        "noise.avi": np.random.default_rng(0).bytes(5000),
        "no_index.mp4": whole[: len(whole) // 2],
        "list.m3u8": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "list.ffconcat": b"ffconcat version 1.0\nfile whole.mp4\n",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    expected = {
        "missing.mp4": "no such file",
        "": "is a folder",
        "sound.m4a": "sound but no pictures",
        **dict.fromkeys(files, "not a video that can be read"),
    }
    for name, words in expected.items():
        with pytest.raises(VideoFileError, match=words) as caught:
            open_video(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_an_event_recording_is_no_video(shared_data):
    for name in ("evt3_640x480_2s.raw", "davis346_170ms.aedat4", "atis_1s.es"):
        with pytest.raises(VideoFileError, match="not a video"):
            open_video(shared_data(f"events/{name}"))


def test_a_name_that_looks_like_an_address_is_only_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_numbered(tmp_path / "plain.mp4", 2).rename("tcp:x%03d?a=b#c.mp4")
    assert open_video("tcp:x%03d?a=b#c.mp4").n_frames == 2


def test_reading_outside_or_after_closing_is_an_error(numbered):
    video = open_video(numbered("h264.mp4"))
    for index in (-1, 60):
        with pytest.raises(IndexError, match=r"\[0, 60\)"):
            video.read(index)
    video.close()
    with pytest.raises(ValueError, match="is closed"):
        video.read(0)
    with pytest.raises(ValueError, match="is closed"):
        next(video.frames())


def test_the_reader_loads_neither_qt_nor_opencv():
    code = (
        "import sys, evface.video.reader, evface.video.writer;"
        "assert not {'cv2', 'PySide6', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
