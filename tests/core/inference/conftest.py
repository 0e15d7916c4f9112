"""Small recordings, and networks that were never trained: what they say is no matter here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from evface.annotations.tracks import Camera, FaceTrack, LandmarkTrack, Source, SourceKind
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.geometry.registration import Registration
from evface.geometry.transforms import PlanarTransform
from evface.inference.trained import Trained, open_trained
from evface.models.checkpoints import NetworkInfo, write_checkpoint
from evface.models.registry import model_config, settings_of, task_of
from evface.models.specs import InputSpec, KeypointSpec, TargetSpec
from evface.morphable.camera import FRONTAL
from evface.morphable.model import load_open_head
from evface.projects.recording import Recording
from evface.training_sets.clip_inputs import ClipInputs
from evface.training_sets.keypoint_items import FaceInputs
from evface.video.writer import write_video

SIZE = (64, 48)
DURATION_US = 400_000
HEAD = load_open_head()
K = len(HEAD.action_unit_basis)
COMPACT = {"backbone": "compact", "n_token": 16, "n_layers": 2, "n_heads": 2, "n_feedforward": 32}
# Of five points, 0 to 1 across the square; its middle is the square's.
MEAN_FACE = [[0.2, 0.2], [0.8, 0.2], [0.5, 0.5], [0.3, 0.8], [0.7, 0.8]]
STATISTICS = {
    "coefficient_mean": [0.1] * K,
    "coefficient_std": [0.5] * K,
    "pose_mean": [0.1, 0.0, 0.0, -1.0],
    "pose_std": [0.2] * 4,
}


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def make_events(seed: int = 0, n: int = 8000, *, stop_us: int = DURATION_US) -> Events:
    random = np.random.default_rng(seed)
    return Events(
        np.sort(np.append(random.integers(0, stop_us, n - 1), stop_us - 1)),
        random.integers(0, SIZE[0], n).astype(np.uint16),
        random.integers(0, SIZE[1], n).astype(np.uint16),
        random.random(n) < 0.5,
    )


@pytest.fixture
def open_media(tmp_path: Path) -> Iterator[Callable[..., Recording]]:
    """Return a function that makes a recording, with a video where its registration is given."""
    opened: list[Recording] = []

    def make(quality: str | None = None, *, picture: int | None = None) -> Recording:
        path = tmp_path / "events.h5"
        if not path.exists():
            write_events_hdf5(path, [make_events()], resolution=SIZE)
        video = None
        if quality is not None:
            video = tmp_path / "video.mp4"
            random = np.random.default_rng(1)
            shown = random.integers(0, 255, (13, 64, 80, 3), dtype=np.uint8)
            if picture is not None:
                shown[:] = picture
            write_video(video, shown, rate_hz=30.0)
        recording = Recording.from_files(path, video)
        if quality is not None:
            recording.event_from_rgb = Registration(
                PlanarTransform.from_affine(0.75 * np.eye(2), [1.0, 2.0]),
                quality=quality,  # type: ignore[arg-type]
            )
        opened.append(recording)
        return recording

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def make_trained(tmp_path: Path) -> Callable[..., Trained]:
    """Return a function that writes a checkpoint of a fresh network and opens it."""

    def make(
        name: str,
        *,
        feeding: dict[str, Any] | None = None,
        modality: str = "events",
        **settings: Any,
    ) -> Trained:
        path = tmp_path / f"{name}-{len(list(tmp_path.glob('*.safetensors')))}.safetensors"
        small = COMPACT if name.startswith("kp_") else {}
        config = model_config(name, {**small, **settings})
        if task_of(name) == "action_units":
            is_sequence = name.startswith("au_coefficients")
            spec = (
                InputSpec("coefficients", K + 4, 0, 6)
                if is_sequence
                else InputSpec(modality, 3, 32, 6)  # type: ignore[arg-type]
            )
            clip_inputs = ClipInputs(
                side_px=32, n_frames=6, crop="face", uses_events=modality != "rgb",
                uses_rgb=modality in ("rgb", "both"),
            )  # fmt: skip
            info = NetworkInfo(
                name,
                settings_of(config),
                asdict(spec),
                asdict(TargetSpec(n_coefficients=K)),
                feeding=asdict(clip_inputs) | (feeding or {}),
                statistics=STATISTICS,
                model=HEAD.key,
            )
        else:
            face_inputs = FaceInputs(
                side_px=32, uses_rgb=name == "kp_cmfa" or settings.get("modality") == "rgb",
                scheme="five",
            )  # fmt: skip
            info = NetworkInfo(
                name,
                settings_of(config),
                asdict(KeypointSpec(5, 3, 32)),
                feeding=asdict(face_inputs) | (feeding or {}),
                scheme="five",
            )
        network = info.build()
        if name.startswith("kp_"):
            network.get_buffer("mean_shape").copy_(torch.tensor(MEAN_FACE))
        weights = {f"network.{key}": value for key, value in network.state_dict().items()}
        write_checkpoint(path, info, weights)
        return open_trained(path)

    return make


def landmark_track(*, gap: tuple[int, int] = (0, 0)) -> LandmarkTrack:
    """Make a face that drifts to the right, and is away during the gap."""
    times_us = np.arange(0, DURATION_US, 10_000, dtype=np.int64)
    at_rest = np.array([[24, 20], [36, 20], [30, 26], [26, 32], [34, 32]], np.float32)
    drift = np.linspace(0, 4, len(times_us), dtype=np.float32)
    points = at_rest + np.stack([drift, 0 * drift], axis=-1)[:, None]
    valid = (times_us < gap[0]) | (times_us >= gap[1])
    points[~valid] = np.nan
    return LandmarkTrack(
        times_us=times_us,
        valid=valid,
        source=Source(SourceKind.TRANSFERRED, "made up"),
        landmarks=points,
        confidence=np.where(valid, 1, np.nan).astype(np.float32),
        state=np.zeros(points.shape[:2], np.uint8),
        camera=Camera.EVENTS,
        scheme="five",
    )


def face_track(model: str = HEAD.key) -> FaceTrack:
    """Make a fitted face on the video's picture, that never moves."""
    times_us = np.arange(0, DURATION_US, 33_333, dtype=np.int64)
    n = len(times_us)
    return FaceTrack(
        times_us=times_us,
        valid=np.ones(n, bool),
        source=Source(SourceKind.FIT, "made up"),
        identity=np.linspace(-1, 1, len(HEAD.identity_basis), dtype=np.float32),
        action_units=np.zeros((n, K), np.float32),
        rotation=np.tile(FRONTAL.astype(np.float32), (n, 1, 1)),
        scale_px_per_mm=np.full(n, 0.3, np.float32),
        translation_px=np.tile(np.array([40, 30], np.float32), (n, 1)),
        residual_px=np.zeros(n, np.float32),
        camera=Camera.RGB,
        model=model,
    )
