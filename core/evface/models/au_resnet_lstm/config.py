"""Settings of ResNet18 + LSTM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evface.models.specs import InputSpec, TargetSpec

if TYPE_CHECKING:
    from evface.models.au_resnet_lstm.network import ResNetLstm


@dataclass(frozen=True)
class ResNetLstmConfig:
    """As the paper has it: convolutions frozen, FC 1024, LSTM of 3 layers of 256."""

    name: ClassVar[str] = "au_resnet18_lstm"

    n_features: int = 1024
    n_layers: int = 3
    n_hidden: int = 256
    freezes_convolutions: bool = True

    def build(self, inputs: InputSpec, targets: TargetSpec) -> ResNetLstm:
        """Make the network, with fresh weights."""
        from evface.models.au_resnet_lstm.network import ResNetLstm

        return ResNetLstm(self, inputs, targets)
