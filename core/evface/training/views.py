"""Learning without labels, from several representations of the same instants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from evface.models.checkpoints import NetworkInfo
from evface.models.registry import model_config, settings_of
from evface.models.specs import KeypointSpec
from evface.models.ssmer.config import SsmerConfig
from evface.training.self_supervised import siamese_losses
from evface.training.settings import TrainingConfig
from evface.training.tasks import Told, require
from evface.training_sets.file import TrainingSet
from evface.training_sets.inputs import INPUT_REPRESENTATIONS, InputRepresentation
from evface.training_sets.torch_data import Items
from evface.training_sets.view_items import ViewInputs, ViewItems

_N_CHANNELS = 3


class ViewMetrics:
    """Figures of instants."""

    def __init__(self, told: Told) -> None:
        self._loss, self._spread = told["loss"], told["spread"]

    def __len__(self) -> int:
        return len(self._loss)

    def figures(self, rows: NDArray[np.intp] | None = None) -> dict[str, float]:
        """Return ``spread`` of some instants, 1 for features spread evenly and 0 collapsed."""
        rows = np.arange(len(self)) if rows is None else rows
        return {"spread": float(self._spread[rows].mean())}


class ViewTask:
    """Views of instants of clips of one set."""

    metric = "loss"

    def __init__(self, config: TrainingConfig, training_set: TrainingSet, clips: list[int]) -> None:
        self._config, self._set, self._clips = config, training_set, clips
        data = config.data
        model = model_config(config.network, config.model)
        require(isinstance(model, SsmerConfig), f"{config.network} is no network without labels")
        assert isinstance(model, SsmerConfig)
        self._model = model
        unknown = set(model.representations) - set(INPUT_REPRESENTATIONS)
        require(
            model.representations and not unknown,
            f"model.representations: must be of {', '.join(INPUT_REPRESENTATIONS)}",
        )
        # A single representation is compared with itself, seen twice.
        names = model.representations * (2 if len(model.representations) == 1 else 1)
        self._names = [f"{number}_{name}" for number, name in enumerate(names)]
        self._inputs = ViewInputs(
            representations=cast("tuple[InputRepresentation, ...]", names),
            window_us=data.window_us,
            side_px=data.side_px,
            margin=data.face_margin,
            changes=config.augmentation,
        )

    def info(self) -> NetworkInfo:
        """Return what the network is and how it is fed."""
        return NetworkInfo(
            network=self._config.network,
            settings=settings_of(self._model),
            inputs=asdict(KeypointSpec(0, _N_CHANNELS, self._config.data.side_px)),
            feeding=asdict(self._inputs),
        )

    def items(self, *, trains: bool) -> Items:  # noqa: ARG002
        """Return instants as items; validation needs chance as training does."""
        return ViewItems(
            self._set,
            self._clips,
            self._inputs,
            instants_per_clip=self._config.data.per_clip,
            seed=self._config.seed,
        )

    def begin(self, network: nn.Module) -> None:
        """Do nothing: there is nothing to know of the data."""

    def losses(self, network: nn.Module, batch: dict[str, Tensor]) -> tuple[dict[str, Tensor], Any]:
        """Return the losses of a batch, and what the network told."""
        views = batch["views"]
        outputs = network({name: views[:, k] for k, name in enumerate(self._names)})
        losses = siamese_losses(outputs["projections"], outputs["predictions"])
        return losses, losses

    def told(self, outputs: Any, batch: Mapping[str, Tensor]) -> Told:
        """Return loss and spread of the batch for each of its instants."""
        n = len(batch["views"])
        return {name: np.full(n, float(outputs[name])) for name in ("loss", "spread")}

    def metrics(self, told: Told) -> ViewMetrics:
        """Return the figures of all instants."""
        return ViewMetrics(told)
