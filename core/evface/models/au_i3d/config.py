"""Settings of I3D."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evface.models.specs import InputSpec, TargetSpec

if TYPE_CHECKING:
    from evface.models.au_i3d.network import I3d


@dataclass(frozen=True)
class I3dConfig:
    """One branch that ends in 256 features, as the paper has it."""

    name: ClassVar[str] = "au_i3d"

    n_features: int = 256
    dropout: float = 0.0

    def build(self, inputs: InputSpec, targets: TargetSpec) -> I3d:
        """Make the network, with fresh weights."""
        from evface.models.au_i3d.network import I3d

        return I3d(self, inputs, targets)
