"""Settings of the spatio-temporal transformer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evface.models.specs import InputSpec, TargetSpec

if TYPE_CHECKING:
    from evface.models.au_vit.network import SpatioTemporalVit, VitClip, VitFrames


@dataclass(frozen=True)
class VitConfig:
    """As the extended paper's code has it, but for the order of frames, which it does not know.

    Parameters
    ----------
    knows_order
        Whether frames have positions in time.
    """

    name: ClassVar[str] = "au_vit_spt_lsa"

    patch_px: int = 16
    n_features: int = 64
    n_heads: int = 4
    n_per_head: int = 64
    n_feedforward: int = 32
    n_spatial_layers: int = 4
    n_temporal_layers: int = 4
    dropout: float = 0.1
    knows_order: bool = True

    def build(self, inputs: InputSpec, targets: TargetSpec) -> SpatioTemporalVit:
        """Make the network, with fresh weights."""
        from evface.models.au_vit.network import SpatioTemporalVit

        return SpatioTemporalVit(self, inputs, targets)

    def build_parts(self, inputs: InputSpec, targets: TargetSpec) -> tuple[VitFrames, VitClip]:
        """Make what sees each frame and what tells of the clip, with fresh weights."""
        from evface.models.au_vit.network import VitClip, VitFrames

        return VitFrames(self, inputs), VitClip(self, inputs, targets)
