"""A trained network, and how what it says is signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from evface.annotations.tracks import JsonValue, Source, SourceKind
from evface.errors import ModelFileError
from evface.models.checkpoints import NetworkInfo, read_network, temperature_of
from evface.models.digests import digest_of
from evface.models.registry import task_of
from evface.training_sets.clip_inputs import ClipInputs
from evface.training_sets.keypoint_items import FaceInputs
from evface.training_sets.statistics import TargetStatistics

_Inputs = TypeVar("_Inputs", ClipInputs, FaceInputs)


@dataclass(frozen=True, eq=False)
class Trained:
    """A network ready for use.

    Parameters
    ----------
    network
        In evaluation mode.
    digest
        Of the checkpoint's content: the version of everything it says.
    path
        Of the checkpoint.
    """

    network: nn.Module
    info: NetworkInfo
    digest: str
    path: Path

    @property
    def is_of_units(self) -> bool:
        """Whether it tells action units; else it places landmarks."""
        return task_of(self.info.network) == "action_units"

    @property
    def modality(self) -> str:
        """What it is fed: events, rgb or coefficients."""
        said = self.info.inputs if self.is_of_units else self.info.settings
        return str(said.get("modality", "events"))

    @property
    def temperature(self) -> float:
        """What its logits of classes are divided by, so that they are probabilities."""
        return temperature_of(self.info)

    def clip_inputs(self) -> ClipInputs:
        """Return how clips become pictures for it; raise ModelFileError if that is unknown."""
        return self._fed_by(ClipInputs)

    def face_inputs(self) -> FaceInputs:
        """Return how faces are cut out for it; raise ModelFileError if that is unknown."""
        return self._fed_by(FaceInputs)

    def statistics(self) -> TargetStatistics:
        """Return what its z-scores stand for; raise ModelFileError if that is unknown."""
        try:
            return TargetStatistics.from_json(self.info.statistics)
        except ValueError as error:
            raise ModelFileError(self.path, f"does not say what it tells ({error})") from error

    def say(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return what it says of a batch; pictures may be uint8."""
        fed = {
            name: value.to(torch.float32).div(255) if value.dtype == torch.uint8 else value
            for name, value in batch.items()
        }
        with torch.inference_mode():
            said: dict[str, Tensor] = self.network(fed)
        return said

    def sign(self, settings: Mapping[str, JsonValue]) -> Source:
        """Return the source of a track of what it says."""
        return Source(
            SourceKind.MODEL,
            self.info.network,
            self.digest,
            # A training calls its network best.safetensors; its folder says which one it is.
            {"checkpoint": f"{self.path.parent.name}/{self.path.name}", **settings},
        )

    def _fed_by(self, kind: type[_Inputs]) -> _Inputs:
        try:
            return kind(**self.info.feeding)
        except TypeError as error:
            raise ModelFileError(
                self.path, "says nothing this version knows of how it is fed; train it again"
            ) from error


def open_trained(path: Path) -> Trained:
    """Read a checkpoint for use.

    Raises
    ------
    ModelFileError
        If it cannot be used, or tells neither action units nor landmarks.
    """
    network, info = read_network(path)
    if task_of(info.network) == "self_supervised":
        raise ModelFileError(
            path, f"is {info.network}, which predicts nothing; begin a network of landmarks with it"
        )
    if not all(bool(weights.isfinite().all()) for weights in network.parameters()):
        raise ModelFileError(
            path, "holds weights that are no numbers; train it again, with a lower optimiser.rate"
        )
    return Trained(network, info, digest_of(path), path)
