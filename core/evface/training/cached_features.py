"""Features of frozen convolutions, computed once and kept on disk."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from evface.errors import TrainingError
from evface.files import replacing
from evface.models.blocks.resnet import FrozenConvolutions
from evface.training.settings import TrainingConfig
from evface.training_sets.action_unit_items import ActionUnitItems
from evface.training_sets.torch_data import Items

# Beside the training set.
_SUFFIX = ".features"
_N_AT_ONCE = 16
# What reading a damaged .npy raises.
_DAMAGE = (OSError, ValueError, EOFError)


def with_features(items: Items, network: nn.Module, config: TrainingConfig) -> Items:
    """Return items with features in place of pictures, where the configuration asks for it.

    Raises
    ------
    TrainingError
        If the network has no frozen convolutions.
    """
    if not config.data.caches_features:
        return items
    frames = getattr(network, "frames", None)
    if not isinstance(frames, FrozenConvolutions) or not frames.is_frozen:
        raise TrainingError(
            "data.caches_features: this network has no frozen convolutions; set it to false"
        )
    assert isinstance(items, ActionUnitItems)
    return _FeatureItems(items, frames, config.data.modality)


class _FeatureItems:
    def __init__(self, items: ActionUnitItems, frames: FrozenConvolutions, modality: str) -> None:
        self._items, self._frames, self._modality = items, frames, modality
        without = replace(items.inputs, uses_events=False, uses_rgb=False)
        self._targets = ActionUnitItems(items.training_set, items.clips, without, items.statistics)
        path = items.training_set.path
        self._folder = path.with_suffix(_SUFFIX) / _key(items, frames, modality)
        self._folder.mkdir(parents=True, exist_ok=True)
        # Convolved here, once, and not by the threads that make batches.
        for position in range(len(items)):
            if self._read(items.clips[position]) is None:
                self._convolve(position)

    def __len__(self) -> int:
        return len(self._items)

    def item(self, epoch: int, position: int) -> dict[str, NDArray[Any]]:
        """Return an item whose pictures are features, (n_frames, 512) float32."""
        index = self._items.clips[position]
        features = self._read(index)
        if features is None:
            raise TrainingError(f"{self._path(index)}: features are gone; train again")
        return {**self._targets.item(epoch, position), self._modality: features}

    def _path(self, index: int) -> Path:
        return self._folder / f"{index:06}.npy"

    def _read(self, index: int) -> NDArray[np.float32] | None:
        try:
            found: NDArray[np.float32] = np.load(self._path(index))
        except _DAMAGE:
            return None
        return found if found.shape == (self._items.inputs.n_frames, 512) else None

    @torch.no_grad()
    def _convolve(self, position: int) -> None:
        frames = self._frames.eval()
        device = next(frames.parameters()).device
        pictures = torch.from_numpy(self._items.item(0, position)[self._modality])
        parts = [
            frames.convolve(part.to(device).float() / 255).cpu()
            for part in torch.split(pictures, _N_AT_ONCE)
        ]
        with (
            replacing(self._path(self._items.clips[position])) as temporary,
            temporary.open("wb") as file,
        ):
            np.save(file, torch.cat(parts).numpy())


def _key(items: ActionUnitItems, frames: FrozenConvolutions, modality: str) -> str:
    """Return a name that no other weights, data or way to draw have."""
    digest = hashlib.blake2b(digest_size=12)
    said = asdict(items.inputs) | {"modality": modality}
    digest.update(json.dumps(said, sort_keys=True).encode())
    digest.update(items.training_set.content_hash.encode())
    for name, value in frames.state_dict().items():
        if not name.startswith("resnet.fc."):
            digest.update(name.encode())
            digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
