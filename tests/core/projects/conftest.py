from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from evface.annotations.tracks import Camera, LandmarkTrack, Source, SourceKind
from evface.events.events import Events
from evface.events.hdf5 import write_events_hdf5
from evface.projects.entries import RecordingEntry
from evface.projects.project import Project
from evface.video.writer import write_video


@pytest.fixture(scope="session")
def media_folder(tmp_path_factory) -> Path:
    """``ev.h5``, whose video began 400 us after its first event, and ``video.mp4``."""
    folder = tmp_path_factory.mktemp("media")
    t = np.arange(2000, dtype=np.int64) * 100 + 7_000
    zeros = np.zeros(len(t), np.uint16)
    events = Events(t, zeros, zeros, np.ones(len(t), bool))
    write_events_hdf5(folder / "ev.h5", [events], resolution=(64, 48), video_offset_us=7_400)
    frames = [np.full((48, 64, 3), 20 * k, np.uint8) for k in range(5)]
    write_video(folder / "video.mp4", frames, rate_hz=25)
    return folder


@pytest.fixture
def media(media_folder, tmp_path) -> Path:
    """A copy of the media to do with as one likes, beside where projects are made."""
    shutil.copytree(media_folder, tmp_path / "media")
    return tmp_path / "media"


@pytest.fixture
def project(tmp_path) -> Iterator[Project]:
    with Project.create(tmp_path / "p.evface") as made:
        yield made


@pytest.fixture
def entry(project, media) -> RecordingEntry:
    return project.add_recording(media / "ev.h5", media / "video.mp4")


@pytest.fixture
def landmark_track() -> Callable[..., LandmarkTrack]:
    def make(times_us=(0, 40_000, 80_000), *, seed=0, camera=Camera.EVENTS):
        n = len(times_us)
        random = np.random.default_rng(seed)
        return LandmarkTrack(
            times_us=np.array(times_us, np.int64),
            valid=np.ones(n, bool),
            source=Source(SourceKind.TRANSFERRED, "tester", "1"),
            landmarks=random.uniform(0, 60, (n, 68, 2)).astype(np.float32),
            confidence=np.ones(n, np.float32),
            state=np.zeros((n, 68), np.uint8),
            camera=camera,
        )

    return make


@pytest.fixture
def snapshot() -> Callable[[Path], dict[str, str]]:
    """Return what hashes all files below a folder."""

    def take(folder: Path) -> dict[str, str]:
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    return take
