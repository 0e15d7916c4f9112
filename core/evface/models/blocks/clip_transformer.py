"""A transformer over the frames of a clip, with a token for the clip as a whole."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ClipTransformer(nn.Module):
    """Pre-LN encoder with a class token and, if wanted, learned positions in time.

    Parameters
    ----------
    n_features
        Of a frame, going in and coming out.
    n_frames
        The most frames of a clip.
    knows_order
        Whether positions are added; without them the frames are a set.
    """

    def __init__(
        self,
        n_features: int,
        n_frames: int,
        *,
        n_layers: int,
        n_heads: int,
        n_feedforward: int,
        dropout: float,
        knows_order: bool = True,
    ) -> None:
        super().__init__()
        self.class_token = nn.Parameter(torch.randn(1, 1, n_features) * 0.02)
        self.positions = (
            nn.Parameter(torch.randn(1, n_frames + 1, n_features) * 0.02) if knows_order else None
        )
        layer = nn.TransformerEncoderLayer(
            n_features,
            n_heads,
            n_feedforward,
            dropout,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.encoder = nn.TransformerEncoder(
            layer, n_layers, norm=nn.LayerNorm(n_features), enable_nested_tensor=False
        )

    def forward(self, frames: Tensor, frame_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return the clip (b, n_features) and its frames (b, t, n_features)."""
        n_clips, n_frames = frames.shape[:2]
        tokens = torch.cat([self.class_token.expand(n_clips, -1, -1), frames], dim=1)
        if self.positions is not None:
            tokens = tokens + self.positions[:, : n_frames + 1]
        # The class token is always there, so no row is all padding.
        padding = torch.cat([torch.zeros_like(frame_mask[:, :1]), ~frame_mask], dim=1)
        encoded = self.encoder(tokens, src_key_padding_mask=padding)
        return encoded[:, 0], encoded[:, 1:]
