"""HRNet-W18 with one module a stage: small, and fine in space to the end."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

_STEM = 64
_CHANNELS = (18, 36, 72, 144)
# All branches together, as they are joined at the end.
N_JOINED = sum(_CHANNELS)
_N_BLOCKS = 4
_EXPANSION = 4


class HrNet(nn.Module):
    """Four branches of 1/4 to 1/32 of the picture, joined at 1/4.

    Parameters are named as in the public HRNet (``stage3.0.branches.1.2.conv1.weight``).

    Parameters
    ----------
    n_features
        Channels of the result.

    References
    ----------
    Wang et al., "Deep High-Resolution Representation Learning for Visual Recognition", 2020.
    Stages of one module each as in the "lite" variant that arXiv 2509.24968 uses.
    """

    def __init__(self, *, in_channels: int = 3, n_features: int = 256) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, _STEM, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(_STEM)
        self.conv2 = nn.Conv2d(_STEM, _STEM, 3, stride=2, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(_STEM)
        self.layer1 = nn.Sequential(
            _Bottleneck(_STEM, _STEM),
            *(_Bottleneck(_STEM * _EXPANSION, _STEM) for _ in range(3)),
        )
        self.transition1 = _transition((_STEM * _EXPANSION,), _CHANNELS[:2])
        self.stage2 = nn.Sequential(_Module(_CHANNELS[:2]))
        self.transition2 = _transition(_CHANNELS[:2], _CHANNELS[:3])
        self.stage3 = nn.Sequential(_Module(_CHANNELS[:3]))
        self.transition3 = _transition(_CHANNELS[:3], _CHANNELS)
        self.stage4 = nn.Sequential(_Module(_CHANNELS))
        self.head = nn.Sequential(
            nn.Conv2d(N_JOINED, N_JOINED, 1),
            nn.BatchNorm2d(N_JOINED),
            nn.ReLU(inplace=True),
            nn.Conv2d(N_JOINED, n_features, 1),
        )

    def forward(self, pictures: Tensor) -> Tensor:
        """Return features (b, n_features, h/4, w/4) of pictures (b, channels, h, w)."""
        x = functional.relu(self.bn1(self.conv1(pictures)))
        x = self.layer1(functional.relu(self.bn2(self.conv2(x))))
        branches = self.stage2(_enter(self.transition1, [x]))
        branches = self.stage3(_enter(self.transition2, branches))
        branches = self.stage4(_enter(self.transition3, branches))
        size = branches[0].shape[-2:]
        joined = [branches[0]] + [_enlarged(branch, size) for branch in branches[1:]]
        features: Tensor = self.head(torch.cat(joined, dim=1))
        return features


class _Basic(nn.Module):
    def __init__(self, n: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(n, n, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(n)
        self.conv2 = nn.Conv2d(n, n, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(n)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.bn1(self.conv1(x)))
        return functional.relu(self.bn2(self.conv2(y)) + x)


class _Bottleneck(nn.Module):
    def __init__(self, n_in: int, n: int) -> None:
        super().__init__()
        n_out = n * _EXPANSION
        self.conv1 = nn.Conv2d(n_in, n, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(n)
        self.conv2 = nn.Conv2d(n, n, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(n)
        self.conv3 = nn.Conv2d(n, n_out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(n_out)
        self.downsample: nn.Module | None = None
        if n_in != n_out:
            self.downsample = nn.Sequential(
                nn.Conv2d(n_in, n_out, 1, bias=False), nn.BatchNorm2d(n_out)
            )

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        y = functional.relu(self.bn1(self.conv1(x)))
        y = functional.relu(self.bn2(self.conv2(y)))
        return functional.relu(self.bn3(self.conv3(y)) + shortcut)


class _Module(nn.Module):
    """Branches of their own, then each takes the sum of all, brought to its size."""

    def __init__(self, channels: tuple[int, ...]) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            nn.Sequential(*(_Basic(n) for _ in range(_N_BLOCKS))) for n in channels
        )
        self.fuse_layers = nn.ModuleList(
            nn.ModuleList(_fuse(channels, target, source) for source in range(len(channels)))
            for target in range(len(channels))
        )

    def forward(self, x: list[Tensor]) -> list[Tensor]:
        x = [branch(part) for branch, part in zip(self.branches, x, strict=True)]
        fused = []
        for target, layers in enumerate(self.fuse_layers):
            size = x[target].shape[-2:]
            assert isinstance(layers, nn.ModuleList)
            parts = [
                _enlarged(layer(part), size) if source > target else layer(part)
                for source, (layer, part) in enumerate(zip(layers, x, strict=True))
            ]
            fused.append(functional.relu(torch.stack(parts).sum(dim=0)))
        return fused


def _fuse(channels: tuple[int, ...], target: int, source: int) -> nn.Module:
    """Bring a branch to the channels of another, and to its size where that is smaller."""
    if source == target:
        return nn.Identity()
    n_out = channels[target]
    if source > target:
        return nn.Sequential(
            nn.Conv2d(channels[source], n_out, 1, bias=False), nn.BatchNorm2d(n_out)
        )
    steps: list[nn.Module] = []
    for step in range(target - source):
        is_last = step == target - source - 1
        n = n_out if is_last else channels[source]
        layers: list[nn.Module] = [
            nn.Conv2d(channels[source], n, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(n),
        ]
        steps.append(nn.Sequential(*layers, *([] if is_last else [nn.ReLU(inplace=True)])))
    return nn.Sequential(*steps)


def _transition(before: tuple[int, ...], after: tuple[int, ...]) -> nn.ModuleList:
    """Bring the branches of a stage to the channels of the next, which has one more."""
    layers: list[nn.Module] = []
    for index, n in enumerate(after):
        if index < len(before):
            is_same = before[index] == n
            layers.append(nn.Identity() if is_same else _convolution(before[index], n, stride=1))
        else:
            layers.append(nn.Sequential(_convolution(before[-1], n, stride=2)))
    return nn.ModuleList(layers)


def _enter(transition: nn.ModuleList, branches: list[Tensor]) -> list[Tensor]:
    return [
        layer(branches[min(index, len(branches) - 1)]) for index, layer in enumerate(transition)
    ]


def _convolution(n_in: int, n_out: int, *, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(n_out),
        nn.ReLU(inplace=True),
    )


def _enlarged(x: Tensor, size: torch.Size) -> Tensor:
    return functional.interpolate(x, size=tuple(size), mode="bilinear", align_corners=False)
