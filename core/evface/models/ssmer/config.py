"""Settings of self-supervised multi-event-representation learning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evface.models.kp_slpt.config import Backbone
from evface.models.specs import KeypointSpec

if TYPE_CHECKING:
    from evface.models.ssmer.network import Ssmer


@dataclass(frozen=True)
class SsmerConfig:
    """As the paper has it.

    Parameters
    ----------
    n_features, n_bottleneck
        Of what is compared, and of the predictor's middle; 512 and 128 suit small sets.
    representations
        Of one instant: all pairs are compared. With a single one, two views of it are.
    """

    name: ClassVar[str] = "ssmer"

    backbone: Backbone = "hrnet"
    n_features: int = 2048
    n_bottleneck: int = 512
    representations: tuple[str, ...] = ("frame", "voxel", "time_surface")

    def build(self, inputs: KeypointSpec) -> Ssmer:
        """Make the network, with fresh weights."""
        from evface.models.ssmer.network import Ssmer

        return Ssmer(self, inputs)
