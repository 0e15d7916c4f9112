"""Landmarks on events that ask a trained RGB aligner's patches where they are."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from evface.models.blocks.first_guess import FirstGuess
from evface.models.blocks.landmark_decoder import LandmarkDecoder
from evface.models.blocks.patches import Boxes, PatchTokens
from evface.models.kp_cmfa.config import CmfaConfig
from evface.models.kp_slpt.network import (
    KeypointOutputs,
    Slpt,
    keypoint_outputs,
    make_backbone,
)
from evface.models.specs import KeypointSpec

# Mean and spread of the picture's light, and of its edges.
_N_QUALITY = 4


class Cmfa(nn.Module):
    """Two branches over the same boxes. The RGB branch is that of a trained aligner, and frozen.

    References
    ----------
    Kang et al., "Event-based Facial Keypoint Alignment via Cross-Modal Fusion Attention and
    Self-Supervised Multi-Event Representation Learning", arXiv 2509.24968, 2025. Differs: the
    frozen branch stays in evaluation mode, where the released code lets its statistics drift;
    learned tokens stand for a missing RGB picture; a gate weighs the RGB picture by its quality;
    small networks guess first. All additions can be switched off.
    """

    mean_shape: Tensor

    def __init__(self, config: CmfaConfig, inputs: KeypointSpec) -> None:
        super().__init__()
        self._half_boxes, self._rgb_dropout = config.half_boxes, config.rgb_dropout
        n_token, n_features, n_across = config.n_token, config.n_features, config.n_across
        self.rgb_backbone = make_backbone(config.backbone, 3, n_features)
        self.rgb_tokens = PatchTokens(n_features, n_token, n_across=n_across)
        self.guess = (
            _FusedGuess(
                n_features, inputs.n_landmarks, inputs.side_px, weighs_rgb=config.weighs_rgb
            )
            if config.guesses_first
            else None
        )
        self.rgb_structure = nn.Parameter(torch.zeros(1, inputs.n_landmarks, n_token))
        for parameter in self._frozen_parameters():
            parameter.requires_grad = False
        self.event_backbone = make_backbone(config.backbone, inputs.channels, n_features)
        self.event_tokens = PatchTokens(n_features, n_token, n_across=n_across)
        self.decoder = LandmarkDecoder(
            inputs.n_landmarks,
            n_token,
            n_layers=config.n_layers,
            n_heads=config.n_heads,
            n_feedforward=config.n_feedforward,
            dropout=config.dropout,
            is_fused=True,
            begins_with_patches=config.begins_with_patches,
        )
        self.null_tokens = (
            nn.Parameter(torch.randn(1, inputs.n_landmarks, n_token) * 0.02)
            if config.can_do_without_rgb
            else None
        )
        self.gate = _Gate(n_token) if config.weighs_rgb else None
        self.register_buffer("mean_shape", torch.full((inputs.n_landmarks, 2), 0.5))

    def take_rgb_branch(self, aligner: Slpt) -> None:
        """Take the RGB branch of an aligner that was trained on RGB pictures.

        Raises
        ------
        ValueError
            If it was trained on events, or is of another size.
        """
        if aligner.modality != "rgb":
            raise ValueError(f"the aligner must see 'rgb', got {aligner.modality!r}")
        if self.guess is not None and aligner.guess is None:
            raise ValueError("the aligner makes no first guess, and this network needs one")
        try:
            self.rgb_backbone.load_state_dict(aligner.backbone.state_dict())
            self.rgb_tokens.load_state_dict(aligner.tokens.state_dict())
            if self.guess is not None and aligner.guess is not None:
                self.guess.rgb.load_state_dict(aligner.guess.state_dict())
        except RuntimeError as error:
            raise ValueError("the aligner's backbone or its tokens are of another size") from error
        with torch.no_grad():
            self.rgb_structure.copy_(aligner.decoder.structure)
            self.mean_shape.copy_(aligner.mean_shape)

    def train(self, mode: bool = True) -> Cmfa:
        """Set the mode of what learns."""
        super().train(mode)
        self.rgb_backbone.eval()
        self.rgb_tokens.eval()
        if self.guess is not None:
            self.guess.rgb.eval()
        return self

    def forward(self, batch: Mapping[str, Tensor]) -> KeypointOutputs:
        """Return the landmarks of a batch.

        ``rgb`` and ``rgb_ok`` may be missing where the network can do without. In training the RGB
        picture is taken away now and then.

        Raises
        ------
        ValueError
            If there is no RGB picture and the network cannot do without.
        """
        events = batch["event"]
        event_features = self.event_backbone(events)
        has_rgb = self._has_rgb(batch)
        rgb = batch.get("rgb")
        rgb_features = None
        if rgb is not None:
            with torch.no_grad():
                rgb_features = self.rgb_backbone(rgb)
        shape = self.mean_shape.expand(events.shape[0], -1, -1)
        guess = None
        if self.guess is not None:
            shape = guess = shape + self.guess(event_features, rgb_features, rgb, has_rgb)
        stages = []
        for half in self._half_boxes:
            boxes = Boxes(shape.detach(), half)
            fused, gate = self._fused(rgb_features, rgb, boxes, has_rgb)
            offsets = self.decoder(
                self.event_tokens(event_features, boxes), fused, self.rgb_structure, gate
            )
            placed = boxes.place(offsets)
            stages.append(placed)
            shape = placed[-1]
        return keypoint_outputs(stages, guess)

    def _has_rgb(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Return for which clips the RGB picture counts, (b, 1, 1) bool."""
        events = batch["event"]
        n = events.shape[0]
        if "rgb" not in batch:
            has_rgb = torch.zeros(n, dtype=torch.bool, device=events.device)
        else:
            everywhere = torch.ones(n, dtype=torch.bool, device=events.device)
            has_rgb = batch.get("rgb_ok", everywhere)
        if self.null_tokens is None:
            if not bool(has_rgb.all()):
                raise ValueError("this network was trained to need an RGB picture with the events")
        elif self.training and self._rgb_dropout:
            has_rgb = has_rgb & (torch.rand(n, device=events.device) >= self._rgb_dropout)
        return has_rgb[:, None, None]

    def _fused(
        self, features: Tensor | None, rgb: Tensor | None, boxes: Boxes, has_rgb: Tensor
    ) -> tuple[Tensor, Tensor | None]:
        """Return the RGB branch's tokens, or those that stand for them, and how far they count."""
        n = has_rgb.shape[0]
        if features is None or rgb is None:
            assert self.null_tokens is not None
            return self.null_tokens.expand(n, -1, -1), None
        with torch.no_grad():
            tokens = self.rgb_tokens(features, boxes)
        gate = None
        if self.gate is not None:
            # Learned tokens always count.
            gate = torch.where(has_rgb, self.gate(tokens, rgb), torch.ones_like(tokens[:, :1, :1]))
        if self.null_tokens is not None:
            tokens = torch.where(has_rgb, tokens, self.null_tokens.expand(n, -1, -1))
        return tokens, gate

    def _frozen_parameters(self) -> list[nn.Parameter]:
        return [
            *self.rgb_backbone.parameters(),
            *self.rgb_tokens.parameters(),
            *(self.guess.rgb.parameters() if self.guess is not None else ()),
            self.rgb_structure,
        ]


class _FusedGuess(nn.Module):
    """A first guess from events, and from what an RGB aligner saw at first sight."""

    def __init__(
        self, n_features: int, n_landmarks: int, side_px: int, *, weighs_rgb: bool
    ) -> None:
        super().__init__()
        self.event = FirstGuess(n_features, n_landmarks, side_px=side_px)
        self.rgb = FirstGuess(n_features, n_landmarks, side_px=side_px)
        n_hidden = self.event.n_hidden
        self.join = nn.Linear(n_hidden, n_hidden, bias=False)
        self.gate = _Gate(n_hidden) if weighs_rgb else None

    def forward(
        self,
        event_features: Tensor,
        rgb_features: Tensor | None,
        rgb: Tensor | None,
        has_rgb: Tensor,
    ) -> Tensor:
        hidden = self.event.look(event_features)
        if rgb_features is not None and rgb is not None:
            with torch.no_grad():
                seen = self.rgb.look(rgb_features)
            joined = self.join(seen)
            if self.gate is not None:
                joined = joined * self.gate(seen[:, None], rgb)[:, 0]
            hidden = hidden + torch.where(has_rgb[:, 0], joined, 0.0)
        offsets: Tensor = self.event(hidden)
        return offsets


class _Gate(nn.Module):
    """How far an RGB picture is to be trusted, from its tokens, its light and its edges."""

    def __init__(self, n_token: int) -> None:
        super().__init__()
        last = nn.Linear(32, 1)
        # Trusted to begin with.
        nn.init.constant_(last.bias, 2.0)
        self.layers = nn.Sequential(nn.Linear(n_token + _N_QUALITY, 32), nn.ReLU(), last)

    def forward(self, tokens: Tensor, rgb: Tensor) -> Tensor:
        light = rgb.mean(dim=1)
        across = (light[:, :, 1:] - light[:, :, :-1]).abs()
        down = (light[:, 1:] - light[:, :-1]).abs()
        quality = torch.stack(
            [
                light.mean(dim=(1, 2)),
                light.flatten(1).std(dim=1),
                across.mean(dim=(1, 2)),
                down.mean(dim=(1, 2)),
            ],
            dim=1,
        )
        seen = torch.cat([tokens.abs().mean(dim=1), quality], dim=1)
        return torch.sigmoid(self.layers(seen))[:, :, None]
