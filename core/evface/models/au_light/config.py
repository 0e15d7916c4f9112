"""Settings of the light network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evface.models.specs import InputSpec, TargetSpec

if TYPE_CHECKING:
    from evface.models.au_light.network import LightClip, LightFrames, LightNetwork


@dataclass(frozen=True)
class LightConfig:
    """Sizes that two processor cores train in minutes and run live.

    Parameters
    ----------
    memory
        What is left of sums of events after a frame, see `FadingMemory`. Where a video is all that
        is seen there are none: its pictures show what events only add up to.
    looks_ahead
        Whether a frame is told from what follows it, too. Live it cannot be.
    """

    name: ClassVar[str] = "au_light"

    memory: tuple[float, ...] = (0.7, 0.92, 0.98)
    n_channels: tuple[int, ...] = (32, 64, 96, 128)
    n_features: int = 160
    n_hidden: int = 128
    looks_ahead: bool = True
    dropout: float = 0.3

    def build(self, inputs: InputSpec, targets: TargetSpec) -> LightNetwork:
        """Make the network, with fresh weights."""
        from evface.models.au_light.network import LightNetwork

        return LightNetwork(self, inputs, targets)

    def build_parts(self, inputs: InputSpec, targets: TargetSpec) -> tuple[LightFrames, LightClip]:
        """Make what sees each frame and what tells of the clip, with fresh weights."""
        from evface.models.au_light.network import LightClip, LightFrames

        return LightFrames(self, inputs), LightClip(self, targets)
