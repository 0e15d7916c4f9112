"""ResNet18, with the parameter names of the usual public weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from evface.models.blocks.normalising import PictureNorm


class ResNet18(nn.Module):
    """The convolutions and the last layer of a ResNet18.

    Parameters are named as in torchvision (``conv1.weight``, ``layer1.0.bn2.running_mean``), so
    that weights trained on ImageNet load; ``fc`` then has another size and is left out.

    Parameters
    ----------
    n_features
        Size of the last layer's output.

    References
    ----------
    He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, Table 1.
    """

    def __init__(self, *, in_channels: int = 3, n_features: int = 1024) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = _stage(64, 64, stride=1)
        self.layer2 = _stage(64, 128, stride=2)
        self.layer3 = _stage(128, 256, stride=2)
        self.layer4 = _stage(256, 512, stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(512, n_features)

    def convolve(self, pictures: Tensor) -> Tensor:
        """Return what the convolutions see, (n, 512), of pictures (n, channels, h, w)."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(pictures))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return torch.flatten(self.avgpool(x), 1)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return features (n, n_features) of pictures (n, channels, h, w)."""
        features: Tensor = self.fc(self.convolve(pictures))
        return features


class FrozenConvolutions(nn.Module):
    """A ResNet18 of which only the last layer learns, as the paper has it.

    The convolutions stay in evaluation mode: their running statistics are part of what is frozen.
    """

    def __init__(self, *, in_channels: int, n_features: int, is_frozen: bool) -> None:
        super().__init__()
        self.norm = PictureNorm(in_channels)
        self.resnet = ResNet18(in_channels=in_channels, n_features=n_features)
        self.is_frozen = is_frozen
        if is_frozen:
            for name, parameter in self.resnet.named_parameters():
                parameter.requires_grad = name.startswith("fc.")

    def train(self, mode: bool = True) -> FrozenConvolutions:
        """Set the mode of what learns."""
        super().train(mode)
        if self.is_frozen:
            self.resnet.eval()
        return self

    def convolve(self, pictures: Tensor) -> Tensor:
        """Return what the convolutions see, (n, 512), of pictures (n, channels, h, w)."""
        return self.resnet.convolve(self.norm(pictures))

    def forward(self, pictures: Tensor) -> Tensor:
        """Return features (b, t, n_features) of pictures (b, t, channels, h, w).

        Features of the convolutions, (b, t, 512), are taken as they are: they can be computed once
        where the convolutions are frozen.
        """
        if pictures.ndim == 3:
            features: Tensor = self.resnet.fc(pictures)
            return features
        flat = pictures.flatten(0, 1)
        if self.is_frozen:
            with torch.no_grad():
                convolved = self.convolve(flat)
        else:
            convolved = self.convolve(flat)
        features = self.resnet.fc(convolved)
        return features.view(*pictures.shape[:2], -1)


class _Block(nn.Module):
    def __init__(self, n_in: int, n_out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, n_out, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(n_out)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_out)
        self.downsample: nn.Module | None = None
        if stride != 1 or n_in != n_out:
            self.downsample = nn.Sequential(
                nn.Conv2d(n_in, n_out, 1, stride=stride, bias=False), nn.BatchNorm2d(n_out)
            )

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        result: Tensor = self.relu(self.bn2(self.conv2(x)) + shortcut)
        return result


def _stage(n_in: int, n_out: int, *, stride: int) -> nn.Sequential:
    return nn.Sequential(_Block(n_in, n_out, stride), _Block(n_out, n_out, 1))
