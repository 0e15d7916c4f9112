"""Settings of the networks that see events and video."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from evface.models.au_light.config import LightConfig
from evface.models.au_vit.config import VitConfig
from evface.models.specs import InputSpec, TargetSpec

if TYPE_CHECKING:
    from torch import nn

    from evface.models.au_fusion.network import FusionNetwork

Stage = Literal["early", "middle", "late"]
_TRUNKS: Mapping[str, type[LightConfig] | type[VitConfig]] = {
    LightConfig.name: LightConfig,
    VitConfig.name: VitConfig,
}


class TrunkConfig(Protocol):
    """Settings of a network that comes in two parts."""

    @property
    def n_features(self) -> int:
        """Features of a frame, which go from one part to the other."""

    def build(self, inputs: InputSpec, targets: TargetSpec) -> nn.Module:
        """Make the whole network."""

    def build_parts(self, inputs: InputSpec, targets: TargetSpec) -> tuple[nn.Module, nn.Module]:
        """Make what sees each frame, and what tells of the clip."""


@dataclass(frozen=True)
class FusionConfig:
    """Where events and video come together, as the extended paper compares it.

    Parameters
    ----------
    stage
        ``"early"``: the channels of both pictures are one picture's. ``"middle"``: the features of
        each frame are joined before anything looks at time. ``"late"``: two whole networks are
        joined by what they tell.
    trunk, trunk_settings
        The network that is fused, ``"au_light"`` or ``"au_vit_spt_lsa"``, and those of its settings
        that are not its defaults.
    missing_rgb
        Share of the clips whose video is withheld in training, so that the network can do without
        it; where it is 0 there must always be a video.
    frozen
        Which branches do not learn, ``"events"`` or ``"rgb"`` or both: they were trained before.

    Raises
    ------
    ValueError
        If something named here does not exist, or has no branches to freeze.
    """

    name: ClassVar[str] = "au_fusion"

    stage: Stage = "middle"
    trunk: str = LightConfig.name
    trunk_settings: Mapping[str, Any] = field(default_factory=dict)
    missing_rgb: float = 0.3
    frozen: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.stage not in ("early", "middle", "late"):
            raise ValueError(f"stage must be early, middle or late, got {self.stage!r}")
        if self.trunk not in _TRUNKS:
            raise ValueError(f"trunk must be {' or '.join(_TRUNKS)}, got {self.trunk!r}")
        if not 0 <= self.missing_rgb < 1:
            raise ValueError(f"missing_rgb must be 0 to below 1, got {self.missing_rgb}")
        unknown = set(self.frozen) - {"events", "rgb"}
        if unknown:
            raise ValueError(f"frozen must be of events and rgb, got {sorted(unknown)[0]!r}")
        if self.frozen and self.stage == "early":
            raise ValueError("frozen: channels that are joined early have no branches")

    def trunk_config(self) -> TrunkConfig:
        """Return the settings of the network that is fused.

        Raises
        ------
        ValueError
            If it has no such setting.
        """
        settings: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in self.trunk_settings.items()
        }
        try:
            return _TRUNKS[self.trunk](**settings)
        except TypeError as error:
            raise ValueError(f"trunk_settings: {error}") from error

    def build(self, inputs: InputSpec, targets: TargetSpec) -> FusionNetwork:
        """Make the network, with fresh weights."""
        from evface.models.au_fusion.network import FusionNetwork

        return FusionNetwork(self, inputs, targets)
