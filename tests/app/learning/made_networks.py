"""Writes networks that were never trained, in a process of its own: a window has no PyTorch."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import torch

from evface.landmarks.schemes import IBUG68
from evface.models.checkpoints import NetworkInfo, write_checkpoint
from evface.models.registry import model_config, settings_of
from evface.models.specs import InputSpec, KeypointSpec, TargetSpec
from evface.morphable.model import load_open_head
from evface.training_sets.clip_inputs import ClipInputs
from evface.training_sets.keypoint_items import FaceInputs

_HEAD = load_open_head()
_K = len(_HEAD.action_unit_basis)
_COMPACT = {"backbone": "compact", "n_token": 16, "n_layers": 2, "n_heads": 2, "n_feedforward": 32}


def _units() -> NetworkInfo:
    return NetworkInfo(
        "au_light",
        settings_of(model_config("au_light")),
        asdict(InputSpec("events", 3, 32, 6)),
        asdict(TargetSpec(n_coefficients=_K)),
        feeding=asdict(ClipInputs(side_px=32, n_frames=6, crop="face")),
        statistics={
            "coefficient_mean": [0.1] * _K,
            "coefficient_std": [0.5] * _K,
            "pose_mean": [0.1, 0.0, 0.0, -1.0],
            "pose_std": [0.2] * 4,
        },
        model=_HEAD.key,
    )


def _points() -> NetworkInfo:
    return NetworkInfo(
        "kp_slpt",
        settings_of(model_config("kp_slpt", _COMPACT)),
        asdict(KeypointSpec(IBUG68.n_landmarks, 3, 32)),
        feeding=asdict(FaceInputs(side_px=32, uses_rgb=False, scheme=IBUG68.name)),
        scheme=IBUG68.name,
    )


def main(folder: Path) -> None:
    """Write a network of landmarks and two of action units."""
    torch.manual_seed(0)
    points = _HEAD.mean_shape[_HEAD.landmarks][:, :2] * [1.0, -1.0]
    low, high = points.min(axis=0), points.max(axis=0)
    for name, info in (("points", _points()), ("units", _units()), ("others", _units())):
        network = info.build()
        if name == "points":
            mean = torch.tensor(0.15 + 0.7 * (points - low) / (high - low))
            network.get_buffer("mean_shape").copy_(mean)
        weights = {f"network.{key}": value for key, value in network.state_dict().items()}
        (folder / name).mkdir()
        write_checkpoint(folder / name / "best.safetensors", info, weights)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
