from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from evface.annotations.tracks import Camera, LandmarkTrack, Source, SourceKind


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
