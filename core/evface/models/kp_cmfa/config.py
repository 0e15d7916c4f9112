"""Settings of cross-modal fusion attention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evface.models.kp_slpt.config import Backbone
from evface.models.specs import KeypointSpec

if TYPE_CHECKING:
    from evface.models.kp_cmfa.network import Cmfa


@dataclass(frozen=True)
class CmfaConfig:
    """As the paper has it, and what it takes to do without the RGB picture.

    Parameters
    ----------
    backbone
        Of both branches.
    n_features, n_across, guesses_first, begins_with_patches
        As in `SlptConfig`.
    can_do_without_rgb
        Whether learned tokens stand for an RGB picture that is missing, so that the same weights
        work on events alone.
    rgb_dropout
        How often, in training, the RGB picture is taken away.
    weighs_rgb
        Whether a dark or blurred RGB picture counts less.
    """

    name: ClassVar[str] = "kp_cmfa"

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
    can_do_without_rgb: bool = True
    rgb_dropout: float = 0.3
    weighs_rgb: bool = True

    def build(self, inputs: KeypointSpec) -> Cmfa:
        """Make the network, with fresh weights."""
        from evface.models.kp_cmfa.network import Cmfa

        return Cmfa(self, inputs)
