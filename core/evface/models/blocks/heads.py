"""What all networks of action units end in: a class a clip, and numbers a frame."""

from __future__ import annotations

from typing import TypedDict

import torch
from torch import Tensor, nn

from evface.models.specs import TargetSpec


class ActionUnitOutputs(TypedDict):
    """What a network says of a batch of clips.

    ``class_logits`` (b, n_classes); of each frame ``coefficients`` (b, t, n_coefficients), z-scored
    as in training, ``pose`` (b, t, n_pose) and ``intensity_logits`` (b, t, n_units), whose sigmoid
    is the intensity, 0 to 1.
    """

    class_logits: Tensor
    coefficients: Tensor
    pose: Tensor
    intensity_logits: Tensor


class ClassHead(nn.Module):
    """FC 128, FC n_classes, with a ReLU between (Becattini et al. 2024, Sec. 6.1)."""

    def __init__(self, n_features: int, targets: TargetSpec, *, dropout: float = 0.0) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(n_features, 128),
            nn.ReLU(),
            nn.Dropout(dropout / 2),
            nn.Linear(128, targets.n_classes),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return logits (b, n_classes) of features (b, n_features)."""
        logits: Tensor = self.layers(features)
        return logits


class FrameHead(nn.Module):
    """FC 128, then all that is told of a frame.

    The paper's head gives 32 coefficients a frame; ours gives pose and intensities beside them.
    """

    def __init__(self, n_features: int, targets: TargetSpec) -> None:
        super().__init__()
        self._targets = targets
        self.layers = nn.Sequential(
            nn.Linear(n_features, 128), nn.ReLU(), nn.Linear(128, targets.n_per_frame)
        )

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return coefficients, pose and intensity logits of features (b, t, n_features)."""
        return split_per_frame(self.layers(features), self._targets)


def split_per_frame(values: Tensor, targets: TargetSpec) -> tuple[Tensor, Tensor, Tensor]:
    """Split (b, t, n_per_frame) into coefficients, pose and intensity logits."""
    sizes = [targets.n_coefficients, targets.n_pose, targets.n_units]
    coefficients, pose, intensity = torch.split(values, sizes, dim=-1)
    return coefficients, pose, intensity


def outputs(class_logits: Tensor, per_frame: tuple[Tensor, Tensor, Tensor]) -> ActionUnitOutputs:
    """Put the parts together."""
    coefficients, pose, intensity = per_frame
    return ActionUnitOutputs(
        class_logits=class_logits,
        coefficients=coefficients,
        pose=pose,
        intensity_logits=intensity,
    )


def last_of(features: Tensor, frame_mask: Tensor) -> Tensor:
    """Return the features (b, n) of each clip's last frame that is no padding.

    Parameters
    ----------
    features : (b, t, n) float
    frame_mask : (b, t) bool
        False for padding, which is at the end.
    """
    last = frame_mask.sum(dim=1).clamp(min=1) - 1
    index = last[:, None, None].expand(-1, 1, features.shape[-1])
    return features.gather(1, index)[:, 0]


def pooled(features: Tensor, frame_mask: Tensor) -> Tensor:
    """Return mean and maximum over a clip's frames, (b, 2 n), padding left out."""
    mask = frame_mask[..., None]
    n_frames = mask.sum(dim=1).clamp(min=1)
    mean = (features * mask).sum(dim=1) / n_frames
    low = torch.finfo(features.dtype).min
    highest = features.masked_fill(~mask, low).amax(dim=1)
    return torch.cat([mean, highest], dim=-1)
