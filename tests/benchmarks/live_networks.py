"""Networks as live views take them, never trained: they take as long as trained ones."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import torch

from evface.landmarks.schemes import IBUG68
from evface.models.checkpoints import NetworkInfo, write_checkpoint
from evface.models.registry import model_config, settings_of
from evface.models.specs import InputSpec, KeypointSpec, TargetSpec
from evface.morphable.model import load_open_head
from evface.training.config import read_config
from evface.training_sets.clip_inputs import ClipInputs
from evface.training_sets.keypoint_items import FaceInputs


def write_networks(folder: Path) -> list[Path]:
    """Write checkpoints of the presets ``au_live`` and ``kp_slpt_events_compact``."""
    torch.manual_seed(0)
    return [_write_units(folder / "au_live"), _write_landmarks(folder / "landmarks")]


def _write_units(folder: Path) -> Path:
    preset = read_config("au_live")
    data = preset.data
    n = len(load_open_head().action_unit_basis)
    clip_inputs = ClipInputs(
        representation=data.representation,
        window_us=data.window_us,
        side_px=data.side_px,
        n_frames=data.n_frames,
        crop="face",
    )
    return _write(
        folder,
        NetworkInfo(
            preset.network,
            settings_of(model_config(preset.network, preset.model)),
            asdict(InputSpec("events", 3, data.side_px, data.n_frames)),
            asdict(TargetSpec(n_coefficients=n)),
            feeding=asdict(clip_inputs),
            statistics={
                "coefficient_mean": [0.0] * n,
                "coefficient_std": [1.0] * n,
                "pose_mean": [0.0] * 4,
                "pose_std": [1.0] * 4,
            },
            model=load_open_head().key,
        ),
    )


def _write_landmarks(folder: Path) -> Path:
    preset = read_config("kp_slpt_events_compact")
    data = preset.data
    face_inputs = FaceInputs(
        representation=data.representation,
        window_us=data.window_us,
        side_px=data.side_px,
        uses_rgb=False,
        margin=data.face_margin,
        scheme="ibug68",
    )
    info = NetworkInfo(
        preset.network,
        settings_of(model_config(preset.network, preset.model)),
        asdict(KeypointSpec(68, 3, data.side_px)),
        feeding=asdict(face_inputs),
        scheme="ibug68",
    )
    return _write(folder, info, mean_shape=_mean_shape())


def _mean_shape() -> torch.Tensor:
    """Return the open head's landmarks from the front, 0 to 1 across a square."""
    head = load_open_head()
    points = torch.from_numpy(head.mean_shape[head.landmarks][:, :2].copy())
    points[:, 1] *= -1 if points[8, 1] < points[27, 1] else 1
    low, high = points.amin(0), points.amax(0)
    assert len(points) == IBUG68.n_landmarks
    return 0.5 + (points - (low + high) / 2) / (high - low).max() / 1.2


def _write(folder: Path, info: NetworkInfo, mean_shape: torch.Tensor | None = None) -> Path:
    folder.mkdir()
    network = info.build()
    if mean_shape is not None:
        network.get_buffer("mean_shape").copy_(mean_shape)
    weights = {f"network.{key}": value for key, value in network.state_dict().items()}
    write_checkpoint(folder / "best.safetensors", info, weights)
    return folder
