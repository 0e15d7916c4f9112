"""Networks by name: adding one touches its own folder and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, cast

if TYPE_CHECKING:  # Windows ask for names and tasks, and must not have PyTorch.
    from torch import nn

Task = Literal["action_units", "landmarks", "self_supervised"]


class ModelConfig(Protocol):
    """Settings of one network; a frozen dataclass of plain values.

    Its ``build`` makes the network, with fresh weights: of an `InputSpec` and a `TargetSpec` for
    action units, of a `KeypointSpec` for the others.
    """

    name: ClassVar[str]

    def build(self, *specs: Any) -> nn.Module:
        """Make the network, with fresh weights."""


# Name of the network to the module and the class of its settings.
_CONFIGS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "au_light": ("au_light", "LightConfig"),
        "au_resnet18_lstm": ("au_resnet_lstm", "ResNetLstmConfig"),
        "au_resnet18_transformer": ("au_resnet_transformer", "ResNetTransformerConfig"),
        "au_i3d": ("au_i3d", "I3dConfig"),
        "au_vit_spt_lsa": ("au_vit", "VitConfig"),
        "au_fusion": ("au_fusion", "FusionConfig"),
        "au_coefficients_lstm": ("au_coefficients", "CoefficientLstmConfig"),
        "au_coefficients_transformer": ("au_coefficients", "CoefficientTransformerConfig"),
        "kp_slpt": ("kp_slpt", "SlptConfig"),
        "kp_cmfa": ("kp_cmfa", "CmfaConfig"),
        "ssmer": ("ssmer", "SsmerConfig"),
    }
)


def model_names() -> tuple[str, ...]:
    """Return the names of all networks."""
    return tuple(_CONFIGS)


def task_of(name: str) -> Task:
    """Return what a network is for."""
    if name.startswith("au_"):
        return "action_units"
    return "landmarks" if name.startswith("kp_") else "self_supervised"


def model_config(name: str, settings: Mapping[str, Any] | None = None) -> ModelConfig:
    """Return the settings of a network: its defaults, and those named instead.

    Raises
    ------
    ValueError
        If there is no such network or no such setting.
    """
    if name not in _CONFIGS:
        raise ValueError(f"no network {name!r}; there are {', '.join(_CONFIGS)}")
    module, class_name = _CONFIGS[name]
    config_class = getattr(import_module(f"evface.models.{module}.config"), class_name)
    settings = dict(settings or {})
    known = {field.name for field in fields(config_class)}
    unknown = sorted(set(settings) - known)
    if unknown:
        raise ValueError(f"{name} has no setting {unknown[0]!r}; it has {', '.join(sorted(known))}")
    return cast("ModelConfig", config_class(**settings))


def settings_of(config: ModelConfig) -> dict[str, Any]:
    """Return the settings of a network as plain values."""
    return asdict(cast("Any", config))
