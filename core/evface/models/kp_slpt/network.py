"""Landmarks on one picture, coarse to fine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import torch
from torch import Tensor, nn

from evface.models.blocks.compact_backbone import CompactBackbone
from evface.models.blocks.first_guess import FirstGuess
from evface.models.blocks.hrnet import HrNet
from evface.models.blocks.landmark_decoder import LandmarkDecoder
from evface.models.blocks.patches import Boxes, PatchTokens
from evface.models.kp_slpt.config import Backbone, SlptConfig
from evface.models.specs import KeypointSpec

# Of the mean face before the trainer says where it is: in the middle.
_MIDDLE = 0.5


class KeypointOutputs(TypedDict):
    """Landmarks of a batch, 0 to 1 across the crop.

    ``stages`` (n_stages, n_layers, b, n, 2), each layer of each stage, for supervision;
    ``landmarks`` (b, n, 2), the last; ``guess`` (b, n, 2), where the first stage began, of networks
    that guess.
    """

    stages: Tensor
    landmarks: Tensor
    guess: NotRequired[Tensor]


class Slpt(nn.Module):
    """A patch about each landmark, from the mean face on, ever smaller.

    References
    ----------
    Xia et al., "Sparse Local Patch Transformer for Robust Face Alignment and Landmarks Inherent
    Relation Learning", CVPR 2022. Differs where the configuration says so.
    """

    mean_shape: Tensor

    def __init__(self, config: SlptConfig, inputs: KeypointSpec) -> None:
        super().__init__()
        self.modality, self._half_boxes = config.modality, config.half_boxes
        channels = inputs.channels if config.modality == "event" else 3
        self.backbone = make_backbone(config.backbone, channels, config.n_features)
        self.tokens = PatchTokens(config.n_features, config.n_token, n_across=config.n_across)
        self.guess = (
            FirstGuess(config.n_features, inputs.n_landmarks, side_px=inputs.side_px)
            if config.guesses_first
            else None
        )
        self.decoder = LandmarkDecoder(
            inputs.n_landmarks,
            config.n_token,
            n_layers=config.n_layers,
            n_heads=config.n_heads,
            n_feedforward=config.n_feedforward,
            dropout=config.dropout,
            is_fused=False,
            begins_with_patches=config.begins_with_patches,
        )
        self.register_buffer("mean_shape", torch.full((inputs.n_landmarks, 2), _MIDDLE))

    def forward(self, batch: Mapping[str, Tensor]) -> KeypointOutputs:
        """Return the landmarks of a batch."""
        pictures = batch[self.modality]
        features = self.backbone(pictures)
        shape = self.mean_shape.expand(pictures.shape[0], -1, -1)
        guess = None
        if self.guess is not None:
            shape = guess = shape + self.guess(self.guess.look(features))
        stages = []
        for half in self._half_boxes:
            boxes = Boxes(shape.detach(), half)
            placed = boxes.place(self.decoder(self.tokens(features, boxes)))
            stages.append(placed)
            shape = placed[-1]
        return keypoint_outputs(stages, guess)


def keypoint_outputs(stages: list[Tensor], guess: Tensor | None) -> KeypointOutputs:
    """Return what a network says, by its stages and its guess."""
    outputs = KeypointOutputs(stages=torch.stack(stages), landmarks=stages[-1][-1])
    if guess is not None:
        outputs["guess"] = guess
    return outputs


def make_backbone(kind: Backbone, in_channels: int, n_features: int) -> nn.Module:
    """Return what makes features of a quarter of a picture's size.

    Raises
    ------
    ValueError
        If there is no such backbone.
    """
    if kind == "hrnet":
        return HrNet(in_channels=in_channels, n_features=n_features)
    if kind == "compact":
        return CompactBackbone(in_channels=in_channels, n_features=n_features)
    raise ValueError(f"backbone must be 'hrnet' or 'compact', got {kind!r}")
