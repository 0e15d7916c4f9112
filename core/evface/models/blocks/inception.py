"""Inflated Inception (I3D), with the parameter names of the usual public weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

# Of each Inception module: channels going in, and out of its six convolutions.
_MIXED = {
    "Mixed_3b": (192, (64, 96, 128, 16, 32, 32)),
    "Mixed_3c": (256, (128, 128, 192, 32, 96, 64)),
    "Mixed_4b": (480, (192, 96, 208, 16, 48, 64)),
    "Mixed_4c": (512, (160, 112, 224, 24, 64, 64)),
    "Mixed_4d": (512, (128, 128, 256, 24, 64, 64)),
    "Mixed_4e": (512, (112, 144, 288, 32, 64, 64)),
    "Mixed_4f": (528, (256, 160, 320, 32, 128, 128)),
    "Mixed_5b": (832, (256, 160, 320, 32, 128, 128)),
    "Mixed_5c": (832, (384, 192, 384, 48, 128, 128)),
}
N_FEATURES = 1024


class InflatedInception(nn.Module):
    """The convolutions of I3D, averaged over space and time.

    Parameters are named as in the PyTorch weights for Kinetics (``Mixed_3b.b1a.conv3d.weight``);
    their ``logits`` are left out.

    References
    ----------
    Carreira and Zisserman, "Quo Vadis, Action Recognition?", CVPR 2017, Fig. 3.
    """

    def __init__(self, in_channels: int = 3) -> None:
        super().__init__()
        self.Conv3d_1a_7x7 = _Unit3d(in_channels, 64, 7, stride=2)
        self.Conv3d_2b_1x1 = _Unit3d(64, 64, 1)
        self.Conv3d_2c_3x3 = _Unit3d(64, 192, 3)
        for name, (n_in, n_outs) in _MIXED.items():
            self.add_module(name, _Mixed(n_in, n_outs))

    def forward(self, clips: Tensor) -> Tensor:
        """Return features (b, 1024) of clips (b, channels, t, h, w)."""
        x = _max_pool(self.Conv3d_1a_7x7(clips), (1, 3, 3), (1, 2, 2))
        x = self.Conv3d_2c_3x3(self.Conv3d_2b_1x1(x))
        x = _max_pool(x, (1, 3, 3), (1, 2, 2))
        for name in _MIXED:
            if name == "Mixed_4b":
                x = _max_pool(x, (3, 3, 3), (2, 2, 2))
            elif name == "Mixed_5b":
                x = _max_pool(x, (2, 2, 2), (2, 2, 2))
            x = self.get_submodule(name)(x)
        return torch.flatten(functional.adaptive_avg_pool3d(x, 1), 1)


class _Unit3d(nn.Module):
    """Convolution, normalisation, ReLU; padded as TensorFlow's "same" has it."""

    def __init__(self, n_in: int, n_out: int, kernel: int, *, stride: int = 1) -> None:
        super().__init__()
        self._kernel, self._stride = (kernel,) * 3, (stride,) * 3
        self.conv3d = nn.Conv3d(n_in, n_out, kernel, stride=stride, bias=False)
        self.bn = nn.BatchNorm3d(n_out, eps=1e-3, momentum=0.01)

    def forward(self, x: Tensor) -> Tensor:
        padded = functional.pad(x, _same_padding(x, self._kernel, self._stride))
        return functional.relu(self.bn(self.conv3d(padded)))


class _Mixed(nn.Module):
    def __init__(self, n_in: int, n_outs: tuple[int, ...]) -> None:
        super().__init__()
        self.b0 = _Unit3d(n_in, n_outs[0], 1)
        self.b1a = _Unit3d(n_in, n_outs[1], 1)
        self.b1b = _Unit3d(n_outs[1], n_outs[2], 3)
        self.b2a = _Unit3d(n_in, n_outs[3], 1)
        self.b2b = _Unit3d(n_outs[3], n_outs[4], 3)
        self.b3b = _Unit3d(n_in, n_outs[5], 1)

    def forward(self, x: Tensor) -> Tensor:
        pooled = _max_pool(x, (3, 3, 3), (1, 1, 1))
        branches = (
            self.b0(x),
            self.b1b(self.b1a(x)),
            self.b2b(self.b2a(x)),
            self.b3b(pooled),
        )
        return torch.cat(branches, dim=1)


def _max_pool(x: Tensor, kernel: tuple[int, int, int], stride: tuple[int, int, int]) -> Tensor:
    # Padding with zeros is right: what is pooled comes from a ReLU.
    return functional.max_pool3d(
        functional.pad(x, _same_padding(x, kernel, stride)), kernel, stride
    )


def _same_padding(x: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...]) -> tuple[int, ...]:
    """Return the padding of the last axis first, as `functional.pad` wants it."""
    padding: list[int] = []
    for size, k, s in zip(x.shape[:1:-1], kernel[::-1], stride[::-1], strict=True):
        total = max(k - s if size % s == 0 else k - size % s, 0)
        padding += [total // 2, total - total // 2]
    return tuple(padding)
