"""A backbone for processors: a quarter of the picture's size after a few convolutions."""

from __future__ import annotations

from torch import Tensor, nn


class CompactBackbone(nn.Module):
    """Two strided convolutions, two levels below, and what they see added back.

    Parameters
    ----------
    n_features
        Channels of the result.
    width
        Channels of what comes before the last layer, ``head``.
    """

    def __init__(self, *, in_channels: int = 3, n_features: int = 64, width: int = 64) -> None:
        super().__init__()
        n = width * 3 // 4
        self.stem = nn.Sequential(
            *_convolution(in_channels, n // 2, 5, stride=2), *_convolution(n // 2, n, 3, stride=2)
        )
        self.near = nn.Sequential(*_convolution(n, width, 3))
        self.far = nn.Sequential(
            *_convolution(n, width, 3, stride=2), *_convolution(width, width, 3)
        )
        self.farthest = nn.Sequential(
            *_convolution(width, width, 3, stride=2),
            *_convolution(width, width, 3),
            nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
        )
        self.enlarge = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
        self.head = nn.Conv2d(width, n_features, 1)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return features (b, n_features, h/4, w/4) of pictures whose sides are multiples of 16."""
        x = self.stem(pictures)
        far = self.far(x)
        features: Tensor = self.head(self.near(x) + self.enlarge(far + self.farthest(far)))
        return features


def _convolution(n_in: int, n_out: int, kernel: int, *, stride: int = 1) -> list[nn.Module]:
    return [
        nn.Conv2d(n_in, n_out, kernel, stride=stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(n_out),
        nn.ReLU(inplace=True),
    ]
