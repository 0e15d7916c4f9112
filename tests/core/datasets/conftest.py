"""Tiny look-alikes of the published data sets."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from evface.video.writer import write_video

SIZE = (64, 48)


def write_events(path: Path, times_us: Sequence[int]) -> Path:
    """Write events of one pixel as RAW EVT2."""
    words = []
    for t in times_us:
        words += [8 << 28 | t >> 6, 1 << 28 | (t & 63) << 22 | 5 << 11 | 7]
    path.parent.mkdir(parents=True, exist_ok=True)
    header = b"% evt 2.0\n% format EVT2;height=48;width=64\n% end\n"
    path.write_bytes(header + np.array(words, "<u4").tobytes())
    return path


def write_picture(path: Path, *, size: tuple[int, int] = SIZE, spot: Sequence[int] = ()) -> Path:
    """Write a dark picture, with one bright soft spot where asked."""
    picture = np.full((size[1], size[0], 3), 40, np.uint8)
    if len(spot):
        y, x = np.mgrid[: size[1], : size[0]]
        apart = np.hypot(x - spot[0], y - spot[1]) / (size[0] / 40)
        picture += (190 * np.exp(-(apart**2) / 2)).astype(np.uint8)[..., None]
    path.parent.mkdir(parents=True, exist_ok=True)
    suffix = ".png" if path.suffix == ".png" else ".jpg"
    path.write_bytes(cv2.imencode(suffix, picture)[1].tobytes())
    return path


def write_text(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def points_98(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(10, 40, (98, 2)).round(3)


def in_words(*arrays: np.ndarray | Sequence[float]) -> str:
    return " ".join(f"{number:g}" for array in arrays for number in np.ravel(array))


@pytest.fixture
def write_spot() -> Callable[..., Path]:
    return write_picture


@pytest.fixture
def facemorphic(tmp_path) -> Path:
    """Two people: one clip with all there is, one reading without annotation."""
    root = tmp_path / "facemorphic"
    clip = root / "recordings" / "anna" / "AU_12"
    write_events(clip / "event_1.raw", [5_000, 60_000, 200_000])
    for k in range(11):
        name = f"frame_{k}_23:59:{59.95 + 0.04 * k:09.6f}.jpg"
        if 59.95 + 0.04 * k >= 60:
            name = f"frame_{k}_00:00:{0.04 * k - 0.05:09.6f}.jpg"
        write_picture(clip / "frames_1" / name)
    for k in range(2):
        write_picture(clip / "event_frames_1" / f"frame_{k}.png")
    write_text(clip / "event_frames_1" / "annotation.json", json.dumps({"start": 2, "end": 5}))
    write_events(root / "recordings" / "berta" / "AU_READING" / "event_1.raw", [0, 10_000])
    return root


@pytest.fixture
def esie(tmp_path) -> Path:
    """Two pictures of one clip; the nose is at (30, 20) and (31, 20)."""
    root = tmp_path / "esie"
    for k in range(2):
        points = [30 + k, 20, 25, 30, 35, 30, 22, 12, 38, 13]
        write_text(root / "label" / "u1" / "a" / f"{k + 9}.txt", in_words(points, [20, 5, 40, 40]))
        for kind in ("rgb", "frame", "voxel"):
            write_picture(root / kind / "u1" / "a" / f"{k + 9}.png")
    return root


@pytest.fixture
def celebv(tmp_path) -> Path:
    """One clip, whose RGB pictures are 64x48 px and whose event pictures are 128x96."""
    root = tmp_path / "celebv"
    lines = [f"{in_words(points_98(k) * 8)} {name}.png" for k, name in enumerate(("7", "31"))]
    write_text(root / "ecelebv_gt_frame_max" / "abcde_0.txt", "\n".join(lines))
    split = {"train": ["abcde_0"], "validation": [], "test": ["other_1"]}
    write_text(root / "train_val_test_split_multilabel_mod.json", json.dumps(split))
    for name in ("7", "31"):
        write_picture(root / "rgb_frame_max" / "abcde_0" / f"{name}.png")
        write_picture(root / "frame" / "abcde_0" / f"{name}.png", size=(128, 96))
    return root


@pytest.fixture
def wflw_v(tmp_path) -> Path:
    """One easy video of four frames."""
    root = tmp_path / "wflw_v"
    (root / "landmarks").mkdir(parents=True)
    (root / "bboxes").mkdir()
    (root / "videos").mkdir()
    frames = []
    for k in range(4):
        frame = np.full((SIZE[1], SIZE[0], 3), 40, np.uint8)
        frame[10:30, 10 + 5 * k : 25 + 5 * k] = 220
        frames.append(frame)
    write_video(root / "videos" / "-3rDiJYQ6CQ.mp4", frames, rate_hz=25)
    np.save(root / "landmarks" / "-3rDiJYQ6CQ.npy", np.stack([points_98(k) for k in range(4)]))
    np.save(root / "bboxes" / "-3rDiJYQ6CQ.npy", np.tile([1.0, 2, 30, 40, 0.9], (4, 1)))
    write_text(root / "easy_video_IDs.txt", "-3rDiJYQ6CQ\n")
    return root


@pytest.fixture
def wflw(tmp_path) -> Path:
    """One face to learn from and one to test on; point 54 lies on a bright spot at (100, 60)."""
    root = tmp_path / "wflw"
    points = points_98()
    points[54] = 100, 60
    for split, name in (("train", "0--Parade/a b.jpg"), ("test", "1--Handshaking/c.jpg")):
        write_picture(root / "WFLW_images" / name, size=(160, 120), spot=(100, 60))
        line = f"{in_words(points, [60, 30, 120, 90])} 0 1 0 0 0 1 {name}"
        lists = root / "WFLW_annotations" / "list_98pt_rect_attr_train_test"
        write_text(lists / f"list_98pt_rect_attr_{split}.txt", f"{line}\n")
    return root


@pytest.fixture
def nefer(tmp_path) -> Path:
    """Two clips of one person in training, one of another in validation."""
    root = tmp_path / "nefer"
    clips = {
        "train": [
            ("user_01", "user01_a", "GOPR1", "Fear"),
            ("user_01", "user01_b", "GOPR2", "Anger"),
        ],
        "validation": [("user_03", "user03_c", "GOPR3", "Happiness")],
    }
    for split, rows in clips.items():
        tables: dict[str, list[str]] = {"event": [], "event_subjective": [], "gopro": []}
        for user, name, gopro, emotion in rows:
            raw = root / "event_videos" / "raw" / user / f"{name}.raw"
            write_events(raw, [0, 40_000 + len(list(raw.parent.glob("*"))) + len(split)])
            for k in range(2):
                write_picture(
                    root / "event_videos" / "tbr" / user / f"{name}_cd" / f"frame_0{k}.png"
                )
                write_picture(root / "rgb_videos" / user / gopro / f"frame_0{k}.png")
                path = f"../event_frame_NEW/{user}/{name}_cd/frame_0{k}.png"
                tables["event"].append(f"{user},{name}_cd,{path},{emotion}")
                tables["event_subjective"].append(f"{user},{name}_cd,{path},None")
                tables["gopro"].append(f"{user},{gopro},../gopro/{gopro}/frame_0{k}.png,{emotion}")
        for kind, lines in tables.items():
            folder = "reported_emotions" if "subjective" in kind else "expected_emotions"
            write_text(root / "annotations" / folder / f"{split}_{kind}.csv", "\n".join(lines))
    return root


_XML = """<?xml version="1.0"?>
<annotations>
 <track id="0" label="face">
  <box frame="0" outside="0" xtl="10" ytl="12" xbr="30" ybr="40" occluded="0"/>
  <box frame="3" outside="0" xtl="11" ytl="12" xbr="31" ybr="40" occluded="0"/>
  <box frame="4" outside="1" xtl="11" ytl="12" xbr="31" ybr="40" occluded="0"/>
 </track>
 <track id="1" label="points">
  <points frame="3" outside="0" points="14.5,20;24,20;19,26;15,32;23,33"/>
 </track>
</annotations>
"""


@pytest.fixture
def fes(tmp_path) -> Path:
    """One recording of the laboratory with XML, one in the wild with a table."""
    root = tmp_path / "fes"
    write_events(root / "lab" / "20211123_1" / "20211123_1_19.raw", [850, 150_000])
    write_text(root / "lab" / "xml" / "20211123_1" / "19" / "annotations.xml", _XML)
    write_events(root / "wild" / "03_11.raw", [0, 50_000])
    rows = [
        "33333\t0\tBB_CREATE\t0\t10\t12\t20\t30\t1\t2\t3\t4\t5\t6\t7\t8\t9\t10\t1",
        "33333\t4\tBB_CREATE\t0\t40\t12\t20\t30\t1\t2\t3\t4\t5\t6\t7\t8\t9\t10\t1",
    ]
    write_text(root / "train" / "03_11.txt", "\n".join(rows))
    return root


@pytest.fixture
def manifest(tmp_path) -> Callable[..., Path]:
    """Write a manifest of one folder; return the folder."""

    def write(*lines: str) -> Path:
        folder = tmp_path / "mine"
        write_text(folder / "manifest.csv", "\n".join(lines) + "\n")
        return folder

    return write


@pytest.fixture
def split_findings() -> Callable[..., tuple[list, list[str]]]:
    """Scan a folder; return its samples and what is missing in words."""

    def scan(dataset, folder):
        findings = dataset.find(folder)
        samples = list(dataset.iter_samples(folder)) if findings.n_samples else []
        return samples, [str(line) for line in findings.missing]

    return scan
