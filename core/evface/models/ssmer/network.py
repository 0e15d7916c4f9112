"""One encoder that must see the same face in every representation of an instant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from torch import Tensor, nn

from evface.models.kp_slpt.network import make_backbone
from evface.models.specs import KeypointSpec
from evface.models.ssmer.config import SsmerConfig


class SiameseOutputs(TypedDict):
    """Of each view by name: ``projections`` and ``predictions``, (b, n_features)."""

    projections: dict[str, Tensor]
    predictions: dict[str, Tensor]


class Ssmer(nn.Module):
    """Encoder, projector and predictor, shared by all representations.

    References
    ----------
    arXiv 2509.24968 (SSMER); Chen and He, "Exploring Simple Siamese Representation Learning",
    CVPR 2021, Fig. 1.
    """

    def __init__(self, config: SsmerConfig, inputs: KeypointSpec) -> None:
        super().__init__()
        self.representations = config.representations
        n = config.n_features
        self.backbone = make_backbone(config.backbone, inputs.channels, n)
        self.projector = nn.Sequential(
            nn.BatchNorm1d(n),
            nn.ReLU(inplace=True),
            nn.Linear(n, n, bias=False),
            nn.BatchNorm1d(n),
            nn.ReLU(inplace=True),
            nn.Linear(n, n),
            nn.BatchNorm1d(n, affine=False),
        )
        self.predictor = nn.Sequential(
            nn.Linear(n, config.n_bottleneck, bias=False),
            nn.BatchNorm1d(config.n_bottleneck),
            nn.ReLU(inplace=True),
            nn.Linear(config.n_bottleneck, n),
        )

    def forward(self, batch: Mapping[str, Tensor]) -> SiameseOutputs:
        """Project views (b, channels, side, side), by name, and predict one from another."""
        projections = {
            name: self.projector(self.backbone(views).mean(dim=(2, 3)))
            for name, views in batch.items()
        }
        predictions = {name: self.predictor(z) for name, z in projections.items()}
        return SiameseOutputs(projections=projections, predictions=predictions)


def backbone_weights(pretrained: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return what an aligner's backbone takes over: all but the last layers, as the paper has it.

    Parameters
    ----------
    pretrained
        State of an `Ssmer`.
    """
    prefix = "backbone."
    return {
        name.removeprefix(prefix): value
        for name, value in pretrained.items()
        if name.startswith(prefix) and not name.startswith(f"{prefix}head.")
    }
