"""Settings of the networks that see coefficients alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evface.models.specs import InputSpec, TargetSpec

if TYPE_CHECKING:
    from evface.models.au_coefficients.network import CoefficientLstm, CoefficientTransformer


@dataclass(frozen=True)
class CoefficientLstmConfig:
    """One layer of 256, as the paper has it."""

    name: ClassVar[str] = "au_coefficients_lstm"

    n_layers: int = 1
    n_hidden: int = 256

    def build(self, inputs: InputSpec, targets: TargetSpec) -> CoefficientLstm:
        """Make the network, with fresh weights."""
        from evface.models.au_coefficients.network import CoefficientLstm

        return CoefficientLstm(self, inputs, targets)


@dataclass(frozen=True)
class CoefficientTransformerConfig:
    """Two layers that encode, two that decode and two heads, as the paper has it."""

    name: ClassVar[str] = "au_coefficients_transformer"

    n_layers: int = 2
    n_heads: int = 2
    n_hidden: int = 128
    dropout: float = 0.1

    def build(self, inputs: InputSpec, targets: TargetSpec) -> CoefficientTransformer:
        """Make the network, with fresh weights."""
        from evface.models.au_coefficients.network import CoefficientTransformer

        return CoefficientTransformer(self, inputs, targets)
