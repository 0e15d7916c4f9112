"""Pictures as the networks that others trained were shown them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

# Of red, green and blue, 0 to 1: those of torchvision's weights, and those of I3D's.
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
KINETICS_MEAN, KINETICS_STD = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)


class PictureNorm(nn.Module):
    """Takes a mean from pictures and divides by a spread; until told which it changes nothing.

    Parameters
    ----------
    channels
        Of a picture.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels, 1, 1))
        self.register_buffer("std", torch.ones(channels, 1, 1))

    def expect(self, mean: Sequence[float], std: Sequence[float]) -> None:
        """Show pictures as weights expect them.

        Channels that are not red, green and blue take the mean of the three.
        """
        for own, values in ((self.mean, mean), (self.std, std)):
            given = torch.tensor(values)
            if len(given) != len(own):
                given = given.mean().expand(len(own))
            own.copy_(given[:, None, None])

    def forward(self, pictures: Tensor) -> Tensor:
        """Return pictures (..., channels, h, w)."""
        return (pictures - self.mean) / self.std
