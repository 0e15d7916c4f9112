"""Events and video, joined before the first layer, before time, or after everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor, nn

from evface.models.au_fusion.config import FusionConfig
from evface.models.blocks.heads import ActionUnitOutputs, outputs, split_per_frame
from evface.models.specs import InputSpec, TargetSpec


class FusionNetwork(nn.Module):
    """Tells action units from two pictures of each frame.

    A batch has ``events`` and ``rgb`` (b, t, channels, h, w) and may have ``rgb_ok`` (b,) bool:
    where that is False, or there is no ``rgb`` at all, the network does without.

    References
    ----------
    Cultrera et al., "Spatio-temporal Transformers for Action Unit Classification with Event
    Cameras", 2024: the three stages. Differs: what is missing is told to the network, numbers are
    told frame by frame, and the light network can be fused as well.
    """

    def __init__(self, config: FusionConfig, inputs: InputSpec, targets: TargetSpec) -> None:
        super().__init__()
        self.trunk, self._missing_rgb = config.trunk, config.missing_rgb
        self.fused = _STAGES[config.stage](config, inputs, targets)
        self._frozen = [branch for name in config.frozen for branch in self.branch(name)]
        for branch in self._frozen:
            branch.requires_grad_(False)

    def branch(self, name: str) -> list[nn.Module]:
        """Return the parts that see only ``"events"``, or only ``"rgb"``."""
        branches: nn.ModuleDict = getattr(self.fused, "branches", nn.ModuleDict())
        return [branches[name]] if name in branches else []

    def take_branch(self, name: str, trained: nn.Module) -> None:
        """Begin with a trained trunk that sees ``"events"``, or ``"rgb"``.

        Raises
        ------
        ValueError
            If there is no such branch, or the trunk is of another size.
        """
        found = self.branch(name)
        if not found:
            raise ValueError("channels that are joined early have no branches")
        part = trained if isinstance(self.fused, _Late) else trained.get_submodule("frames")
        try:
            found[0].load_state_dict(part.state_dict())
        except RuntimeError as error:
            raise ValueError(f"{name}: is of another size") from error

    def train(self, mode: bool = True) -> FusionNetwork:
        """Set the mode of what learns."""
        super().train(mode)
        for branch in self._frozen:
            branch.eval()
        return self

    def forward(self, batch: Mapping[str, Tensor]) -> ActionUnitOutputs:
        """Return what is said of a batch of clips."""
        events = batch["events"]
        rgb = batch.get("rgb")
        if rgb is None:
            rgb = torch.zeros_like(events)
            rgb_ok = torch.zeros(len(events), dtype=torch.bool, device=events.device)
        else:
            rgb_ok = batch.get(
                "rgb_ok", torch.ones(len(events), dtype=torch.bool, device=events.device)
            )
        if self.training and self._missing_rgb:
            rgb_ok = rgb_ok & (torch.rand(len(events), device=events.device) >= self._missing_rgb)
        told: ActionUnitOutputs = self.fused(events, rgb, rgb_ok, batch["frame_mask"])
        return told


class _Early(nn.Module):
    """The channels of both pictures are one picture's; a learned colour stands in for no video."""

    def __init__(self, config: FusionConfig, inputs: InputSpec, targets: TargetSpec) -> None:
        super().__init__()
        both = replace(inputs, channels=2 * inputs.channels)
        self.frames, self.clip = config.trunk_config().build_parts(both, targets)
        self.no_rgb = nn.Parameter(torch.full((inputs.channels, 1, 1), 0.5))

    def forward(
        self, events: Tensor, rgb: Tensor, rgb_ok: Tensor, frame_mask: Tensor
    ) -> ActionUnitOutputs:
        rgb = torch.where(rgb_ok[:, None, None, None, None], rgb, self.no_rgb)
        features = self.frames(torch.cat([events, rgb], dim=2))
        told: ActionUnitOutputs = self.clip(features, frame_mask)
        return told


class _Middle(nn.Module):
    """Features of both pictures become one feature of the frame, before time is looked at."""

    def __init__(self, config: FusionConfig, inputs: InputSpec, targets: TargetSpec) -> None:
        super().__init__()
        trunk = config.trunk_config()
        events, self.clip = trunk.build_parts(replace(inputs, modality="events"), targets)
        rgb, _ = trunk.build_parts(replace(inputs, modality="rgb"), targets)
        self.branches = nn.ModuleDict({"events": events, "rgb": rgb})
        self.no_rgb = nn.Parameter(torch.zeros(trunk.n_features))
        self.join = _mean_of_two(trunk.n_features)

    def forward(
        self, events: Tensor, rgb: Tensor, rgb_ok: Tensor, frame_mask: Tensor
    ) -> ActionUnitOutputs:
        of_rgb = torch.where(rgb_ok[:, None, None], self.branches["rgb"](rgb), self.no_rgb)
        joined = self.join(torch.cat([self.branches["events"](events), of_rgb], dim=-1))
        told: ActionUnitOutputs = self.clip(joined, frame_mask)
        return told


class _Late(nn.Module):
    """Two whole networks; without a video that of the events speaks for both."""

    def __init__(self, config: FusionConfig, inputs: InputSpec, targets: TargetSpec) -> None:
        super().__init__()
        trunk = config.trunk_config()
        self._targets = targets
        self.branches = nn.ModuleDict(
            {
                "events": trunk.build(replace(inputs, modality="events"), targets),
                "rgb": trunk.build(replace(inputs, modality="rgb"), targets),
            }
        )
        self.join_classes = _mean_of_two(targets.n_classes)
        self.join_frames = _mean_of_two(targets.n_per_frame)

    def forward(
        self, events: Tensor, rgb: Tensor, rgb_ok: Tensor, frame_mask: Tensor
    ) -> ActionUnitOutputs:
        of_events = self.branches["events"]({"events": events, "frame_mask": frame_mask})
        of_rgb = self.branches["rgb"]({"rgb": rgb, "frame_mask": frame_mask})
        classes, frames = (
            [one["class_logits"] for one in (of_events, of_rgb)],
            [_per_frame(one) for one in (of_events, of_rgb)],
        )
        classes[1] = torch.where(rgb_ok[:, None], classes[1], classes[0])
        frames[1] = torch.where(rgb_ok[:, None, None], frames[1], frames[0])
        return outputs(
            self.join_classes(torch.cat(classes, dim=-1)),
            split_per_frame(self.join_frames(torch.cat(frames, dim=-1)), self._targets),
        )


_STAGES: Mapping[str, type[_Early] | type[_Middle] | type[_Late]] = {
    "early": _Early,
    "middle": _Middle,
    "late": _Late,
}


def _per_frame(told: ActionUnitOutputs) -> Tensor:
    return torch.cat([told["coefficients"], told["pose"], told["intensity_logits"]], dim=-1)


def _mean_of_two(n: int) -> nn.Linear:
    """Return a layer that begins as the mean of two vectors of `n`."""
    layer = nn.Linear(2 * n, n)
    with torch.no_grad():
        layer.weight.copy_(torch.cat([torch.eye(n), torch.eye(n)], dim=1) / 2)
        layer.bias.zero_()
    return layer
