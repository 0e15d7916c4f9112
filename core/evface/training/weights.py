"""Weights that others trained, to begin with: ImageNet, Kinetics, SLPT, and our own."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from evface.errors import ModelFileError, TrainingError
from evface.models.au_fusion.network import FusionNetwork
from evface.models.au_i3d.network import I3d
from evface.models.blocks.normalising import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    KINETICS_MEAN,
    KINETICS_STD,
)
from evface.models.blocks.resnet import FrozenConvolutions
from evface.models.checkpoints import read_network
from evface.models.kp_cmfa.network import Cmfa
from evface.models.kp_slpt.network import Slpt
from evface.models.ssmer.network import backbone_weights
from evface.training.settings import WeightsConfig

# What public files put before the names.
_PREFIXES = ("module.", "state_dict.", "model.")
# The last layers of public networks tell other things than ours.
_LAST = ("fc.", "logits.")


def load_weights(network: nn.Module, config: WeightsConfig) -> list[str]:
    """Give a network the weights that the configuration names.

    Returns
    -------
    list[str]
        What was taken, one line each.

    Raises
    ------
    ModelFileError
        If a file cannot be read, holds code, or does not fit.
    TrainingError
        If the network has no such part.
    """
    said = []
    if config.network:
        other, info = read_network(Path(config.network))
        _fit(network, other.state_dict(), Path(config.network))
        said.append(f"Goes on from {config.network}, a {info.network}")
    if config.convolutions:
        said.append(_load_convolutions(network, Path(config.convolutions)))
    if config.event_backbone:
        said.append(_load_event_backbone(network, Path(config.event_backbone)))
    if isinstance(network, FusionNetwork):
        paths = {"events": config.events_branch, "rgb": config.rgb_branch}
        said += [_load_fused(network, kind, Path(path)) for kind, path in paths.items() if path]
    elif config.rgb_branch:
        said.append(_load_rgb_branch(network, Path(config.rgb_branch)))
    elif config.events_branch:
        raise TrainingError("weights.events_branch: only au_fusion has branches for events")
    return said


def read_public_weights(path: Path) -> dict[str, Tensor]:
    """Read weights that PyTorch or safetensors wrote; code in them is never run.

    Raises
    ------
    ModelFileError
        If it cannot be read, or holds more than weights.
    """
    try:
        if path.suffix == ".safetensors":
            return _named(load_file(str(path)))
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise ModelFileError(path, "is not there") from error
    except pickle.UnpicklingError as error:
        raise ModelFileError(
            path, "holds more than weights, perhaps code; evface reads files of weights alone"
        ) from error
    except (safetensors.SafetensorError, OSError, RuntimeError, ValueError, EOFError) as error:
        raise ModelFileError(path, f"holds no weights, or is damaged ({error})") from error
    return _named(content)


def _named(content: Any) -> dict[str, Tensor]:
    for key in ("state_dict", "model"):
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    if not isinstance(content, Mapping):
        return {}
    named = {}
    for name, value in content.items():
        if isinstance(value, Tensor):
            for prefix in _PREFIXES:
                name = str(name).removeprefix(prefix)
            named[str(name)] = value
    return named


def _load_convolutions(network: nn.Module, path: Path) -> str:
    frames = getattr(network, "frames", None)
    if isinstance(frames, FrozenConvolutions):
        part: nn.Module = frames.resnet
        frames.norm.expect(IMAGENET_MEAN, IMAGENET_STD)
    elif isinstance(network, I3d):
        part = network.inception
        network.norm.expect(KINETICS_MEAN, KINETICS_STD)
    else:
        raise TrainingError("weights.convolutions: this network has no public convolutions")
    own = part.state_dict()
    found = {
        name: value
        for name, value in read_public_weights(path).items()
        if not name.startswith(_LAST)
    }
    wanted = {name for name in own if not name.startswith(_LAST)}
    missing = sorted(name for name in wanted - found.keys() if "num_batches" not in name)
    if missing:
        raise ModelFileError(path, f"lacks {missing[0]}; it is of another network")
    taken = {name: found[name] for name in wanted & found.keys()}
    first = next(name for name in own if name in taken and taken[name].ndim >= 4)
    if taken[first].shape != own[first].shape:
        taken[first] = _with_channels(taken[first], own[first].shape[1])
    _fit(part, own | taken, path)
    return f"Convolutions of {path.name}"


def _with_channels(weight: Tensor, n: int) -> Tensor:
    """Return a first convolution that sees `n` channels, as strong as the one that saw others."""
    mean = weight.mean(dim=1, keepdim=True)
    return mean.expand(-1, n, *weight.shape[2:]) * (weight.shape[1] / n)


def _load_event_backbone(network: nn.Module, path: Path) -> str:
    part = getattr(network, "event_backbone", None) or getattr(network, "backbone", None)
    if part is None:
        raise TrainingError("weights.event_backbone: this network has no backbone for events")
    pretrained, info = read_network(path)
    if info.network != "ssmer":
        raise ModelFileError(path, f"is a {info.network}; an event backbone is of ssmer")
    taken = backbone_weights(pretrained.state_dict())
    _fit(part, part.state_dict() | taken, path)
    return f"Event backbone of {path.name}"


def _load_fused(network: FusionNetwork, kind: str, path: Path) -> str:
    trained, info = read_network(path)
    sees = info.inputs.get("modality")
    if (info.network, sees) != (network.trunk, kind):
        raise ModelFileError(
            path, f"is a {info.network} that sees {sees}; the branch is a {network.trunk} of {kind}"
        )
    try:
        network.take_branch(kind, trained)
    except ValueError as error:
        raise ModelFileError(path, str(error)) from error
    return f"Branch of {kind} of {path.name}"


def _load_rgb_branch(network: nn.Module, path: Path) -> str:
    if not isinstance(network, Cmfa):
        raise TrainingError("weights.rgb_branch: only kp_cmfa has an RGB branch")
    aligner, info = read_network(path)
    if not isinstance(aligner, Slpt):
        raise ModelFileError(path, f"is a {info.network}; an RGB branch is of kp_slpt")
    try:
        network.take_rgb_branch(aligner)
    except ValueError as error:
        raise ModelFileError(path, str(error)) from error
    return f"RGB branch of {path.name}"


def _fit(part: nn.Module, state: Mapping[str, Tensor], path: Path) -> None:
    try:
        part.load_state_dict(state)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1].strip()
        raise ModelFileError(path, f"does not fit ({reason})") from error
