"""Patches of each frame attend to one another, then the frames do."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from evface.models.au_vit.config import VitConfig
from evface.models.blocks.heads import ActionUnitOutputs, FrameHead, outputs
from evface.models.specs import InputSpec, TargetSpec


class SpatioTemporalVit(nn.Module):
    """Shifted patches, attention that looks away from itself, and a transformer over the frames.

    References
    ----------
    Cultrera et al., "Spatio-temporal Transformers for Action Unit Classification with Event
    Cameras", 2024; Lee et al., "Vision Transformer for Small-Size Datasets", 2021, Sec. 3.
    Differs: frames have positions in time unless told otherwise; numbers are told frame by frame.
    """

    def __init__(self, config: VitConfig, inputs: InputSpec, targets: TargetSpec) -> None:
        super().__init__()
        self._modality = inputs.modality
        self.frames, self.clip = config.build_parts(inputs, targets)

    def forward(self, batch: Mapping[str, Tensor]) -> ActionUnitOutputs:
        """Return what is said of a batch of clips."""
        told: ActionUnitOutputs = self.clip(self.frames(batch[self._modality]), batch["frame_mask"])
        return told


class VitFrames(nn.Module):
    """Patches of a frame attend to one another; a token of the frame's gathers what they say."""

    def __init__(self, config: VitConfig, inputs: InputSpec) -> None:
        super().__init__()
        if inputs.side_px % config.patch_px:
            raise ValueError(
                f"side_px must be a multiple of {config.patch_px}, got {inputs.side_px}"
            )
        n_patches = (inputs.side_px // config.patch_px) ** 2
        self.patches = ShiftedPatches(inputs.channels, config.patch_px, config.n_features)
        self.class_token = nn.Parameter(torch.randn(1, 1, config.n_features) * 0.02)
        self.positions = nn.Parameter(torch.randn(1, n_patches + 1, config.n_features) * 0.02)
        self.layers = _layers(config, config.n_spatial_layers, is_local=True)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return features (b, t, n_features) of pictures (b, t, channels, h, w)."""
        patches = self.patches(pictures.flatten(0, 1))
        tokens = torch.cat([self.class_token.expand(patches.shape[0], -1, -1), patches], dim=1)
        tokens = tokens + self.positions
        for layer in self.layers:
            tokens = layer(tokens, None)
        return tokens[:, 0].view(*pictures.shape[:2], -1)


class VitClip(nn.Module):
    """Frames attend to one another; a token of the clip's gathers what they say."""

    def __init__(self, config: VitConfig, inputs: InputSpec, targets: TargetSpec) -> None:
        super().__init__()
        n_features = config.n_features
        self.clip_token = nn.Parameter(torch.randn(1, 1, n_features) * 0.02)
        self.times = (
            nn.Parameter(torch.randn(1, inputs.n_frames, n_features) * 0.02)
            if config.knows_order
            else None
        )
        self.layers = _layers(config, config.n_temporal_layers, is_local=False)
        self.class_head = nn.Sequential(
            nn.LayerNorm(n_features), nn.Linear(n_features, targets.n_classes)
        )
        self.frame_head = FrameHead(n_features, targets)

    def forward(self, features: Tensor, frame_mask: Tensor) -> ActionUnitOutputs:
        """Return what is said of clips of features (b, t, n_features)."""
        n_clips, n_frames = features.shape[:2]
        if self.times is not None:
            features = features + self.times[:, :n_frames]
        tokens = torch.cat([self.clip_token.expand(n_clips, -1, -1), features], dim=1)
        is_token = torch.cat([torch.ones_like(frame_mask[:, :1]), frame_mask], dim=1)
        for layer in self.layers:
            tokens = layer(tokens, is_token)
        return outputs(self.class_head(tokens[:, 0]), self.frame_head(tokens[:, 1:]))


class ShiftedPatches(nn.Module):
    """Cut a picture, and the same moved by a pixel to four sides, into patches, one token each."""

    def __init__(self, in_channels: int, patch_px: int, n_features: int) -> None:
        super().__init__()
        self._patch_px = patch_px
        n_values = 5 * in_channels * patch_px**2
        self.embed = nn.Sequential(nn.LayerNorm(n_values), nn.Linear(n_values, n_features))

    def forward(self, pictures: Tensor) -> Tensor:
        """Return tokens (n, n_patches, n_features) of pictures (n, channels, h, w)."""
        sides = ((1, -1, 0, 0), (-1, 1, 0, 0), (0, 0, 1, -1), (0, 0, -1, 1))
        moved = [functional.pad(pictures, side) for side in sides]
        stacked = torch.cat([pictures, *moved], dim=1)
        patches = functional.unfold(stacked, self._patch_px, stride=self._patch_px)
        tokens: Tensor = self.embed(patches.transpose(1, 2))
        return tokens


class _Attention(nn.Module):
    """Attention between tokens; a local one has a learned temperature and never sees itself."""

    def __init__(self, config: VitConfig, *, is_local: bool) -> None:
        super().__init__()
        n_inner = config.n_heads * config.n_per_head
        self._n_heads, self._is_local = config.n_heads, is_local
        start = math.log(config.n_per_head**-0.5)
        self.log_scale = nn.Parameter(torch.tensor(start), requires_grad=is_local)
        self.norm = nn.LayerNorm(config.n_features)
        self.to_qkv = nn.Linear(config.n_features, 3 * n_inner, bias=False)
        self.to_out = nn.Sequential(
            nn.Linear(n_inner, config.n_features), nn.Dropout(config.dropout)
        )
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, tokens: Tensor, is_token: Tensor | None) -> Tensor:
        n, n_tokens, _ = tokens.shape
        qkv = self.to_qkv(self.norm(tokens)).view(n, n_tokens, 3, self._n_heads, -1)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        scores = query @ key.transpose(-1, -2) * self.log_scale.exp()
        low = torch.finfo(scores.dtype).min
        if self._is_local:
            place = torch.arange(n_tokens, device=tokens.device)
            itself = place[:, None] == place
            scores = scores.masked_fill(itself, low)
        if is_token is not None:
            scores = scores.masked_fill(~is_token[:, None, None, :], low)
        mixed = self.dropout(scores.softmax(dim=-1)) @ value
        result: Tensor = self.to_out(mixed.transpose(1, 2).flatten(2))
        return result


class _Layer(nn.Module):
    def __init__(self, config: VitConfig, *, is_local: bool) -> None:
        super().__init__()
        self.attention = _Attention(config, is_local=is_local)
        self.feedforward = nn.Sequential(
            nn.LayerNorm(config.n_features),
            nn.Linear(config.n_features, config.n_feedforward),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.n_feedforward, config.n_features),
            nn.Dropout(config.dropout),
        )

    def forward(self, tokens: Tensor, is_token: Tensor | None) -> Tensor:
        tokens = tokens + self.attention(tokens, is_token)
        result: Tensor = tokens + self.feedforward(tokens)
        return result


def _layers(config: VitConfig, n_layers: int, *, is_local: bool) -> nn.ModuleList:
    return nn.ModuleList(_Layer(config, is_local=is_local) for _ in range(n_layers))
