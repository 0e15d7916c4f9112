"""Settings of ResNet18 + transformer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evface.models.specs import InputSpec, TargetSpec

if TYPE_CHECKING:
    from evface.models.au_resnet_transformer.network import ResNetTransformer


@dataclass(frozen=True)
class ResNetTransformerConfig:
    """Convolutions frozen and FC 1024 as the paper has it, which is silent on the transformer."""

    name: ClassVar[str] = "au_resnet18_transformer"

    n_features: int = 1024
    n_layers: int = 4
    n_heads: int = 4
    n_hidden: int = 256
    dropout: float = 0.1
    freezes_convolutions: bool = True

    def build(self, inputs: InputSpec, targets: TargetSpec) -> ResNetTransformer:
        """Make the network, with fresh weights."""
        from evface.models.au_resnet_transformer.network import ResNetTransformer

        return ResNetTransformer(self, inputs, targets)
