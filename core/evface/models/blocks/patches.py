"""Sparse local patches: a token for each landmark, from where it is thought to be."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class Boxes:
    """A square about each landmark, clipped to the picture.

    Parameters
    ----------
    centres : (b, n, 2) float
        0 to 1 across the picture. No gradient goes through them.
    half
        Half of a box's side, as a share of the picture's.
    """

    def __init__(self, centres: Tensor, half: float) -> None:
        self.low = (centres - half).clamp(0, 1)
        self.size = (centres + half).clamp(0, 1) - self.low

    def sample(self, features: Tensor, n_across: int) -> Tensor:
        """Return bilinear samples of each box, (b n, channels, n_across, n_across)."""
        n_clips, n_landmarks, _ = self.low.shape
        steps = torch.arange(n_across, device=features.device, dtype=features.dtype) + 0.5
        steps = steps / n_across
        # (b, n, n_across): x of the columns, y of the rows.
        x = self.low[..., :1] + self.size[..., :1] * steps
        y = self.low[..., 1:] + self.size[..., 1:] * steps
        grid = torch.stack(
            [
                x[:, :, None, :].expand(-1, -1, n_across, -1),
                y[:, :, :, None].expand(-1, -1, -1, n_across),
            ],
            dim=-1,
        )
        flat = grid.reshape(n_clips, n_landmarks * n_across, n_across, 2) * 2 - 1
        sampled = functional.grid_sample(
            features, flat, mode="bilinear", padding_mode="border", align_corners=False
        )
        n_channels = features.shape[1]
        sampled = sampled.view(n_clips, n_channels, n_landmarks, n_across, n_across)
        return sampled.permute(0, 2, 1, 3, 4).reshape(-1, n_channels, n_across, n_across)

    def place(self, offsets: Tensor) -> Tensor:
        """Return landmarks at offsets (..., b, n, 2) within the boxes, 0 to 1 the picture."""
        return self.low + self.size * offsets


class PatchTokens(nn.Module):
    """One convolution over a whole patch makes its token; the same at every stage.

    Parameters
    ----------
    n_across
        Samples along a patch's side.
    """

    def __init__(self, n_features: int, n_token: int, *, n_across: int = 7) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(n_features, n_token, n_across, bias=False)

    def forward(self, features: Tensor, boxes: Boxes) -> Tensor:
        """Return tokens (b, n, n_token)."""
        # As a product of matrices, which is much faster: there is one place for the kernel only.
        kernel = self.convolution.weight
        patches = boxes.sample(features, kernel.shape[-1])
        tokens = functional.linear(patches.flatten(1), kernel.flatten(1))
        return tokens.view(*boxes.low.shape[:2], -1)
