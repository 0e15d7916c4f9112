"""Settings of the sparse local patch transformer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from evface.models.specs import KeypointSpec

if TYPE_CHECKING:
    from evface.models.kp_slpt.network import Slpt

Backbone = Literal["hrnet", "compact"]


@dataclass(frozen=True)
class SlptConfig:
    """One modality alone: the RGB branch of CMFA, and what CMFA is compared with.

    Parameters
    ----------
    modality
        Which picture it sees.
    n_features
        Channels of the backbone's result.
    n_across
        Samples along a patch's side.
    half_boxes
        Half of the boxes' sides at each stage, as shares of the crop.
    guesses_first
        Whether the boxes of the first stage lie where the whole picture says, not on the mean face.
    begins_with_patches
        Whether a landmark begins with what its own patch shows, not with nothing. Both are ours:
        they learn in minutes what the paper's way takes days for.
    """

    name: ClassVar[str] = "kp_slpt"

    modality: Literal["event", "rgb"] = "event"
    backbone: Backbone = "hrnet"
    n_features: int = 256
    n_token: int = 256
    n_across: int = 7
    n_layers: int = 6
    n_heads: int = 8
    n_feedforward: int = 1024
    dropout: float = 0.1
    half_boxes: tuple[float, ...] = (8 / 64, 4 / 64, 2 / 64)
    guesses_first: bool = False
    begins_with_patches: bool = False

    def build(self, inputs: KeypointSpec) -> Slpt:
        """Make the network, with fresh weights."""
        from evface.models.kp_slpt.network import Slpt

        return Slpt(self, inputs)
