"""Learning action units: a class a clip, coefficients, pose and intensities a frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from evface.models.checkpoints import NetworkInfo, temperature_of
from evface.models.registry import model_config, settings_of
from evface.models.specs import InputSpec, TargetSpec
from evface.training.au_metrics import ActionUnitMetrics, ActionUnitsTold
from evface.training.losses import action_unit_losses
from evface.training.settings import TrainingConfig
from evface.training.tasks import Told, require
from evface.training_sets.action_unit_items import ActionUnitItems
from evface.training_sets.clip_inputs import ClipInputs
from evface.training_sets.clips import AU_CLASSES, N_POSE
from evface.training_sets.file import TrainingSet
from evface.training_sets.inputs import SIGNS
from evface.training_sets.picture_cache import PictureCache, open_cache
from evface.training_sets.statistics import TargetStatistics, measure_targets
from evface.training_sets.torch_data import Items

_N_CHANNELS = 3
# Beside the training set.
_CACHE_SUFFIX = ".pictures"


class ActionUnitTask:
    """Action units of clips of one set."""

    metric = "loss"

    def __init__(
        self,
        config: TrainingConfig,
        training_set: TrainingSet,
        clips: list[int],
        *,
        known: NetworkInfo | None = None,
    ) -> None:
        about = training_set.about
        self._config, self._set, self._clips = config, training_set, clips
        data = config.data
        self._inputs = ClipInputs(
            representation=data.representation,
            window_us=data.window_us,
            side_px=data.side_px,
            n_frames=data.n_frames,
            uses_events=data.modality in ("events", "both"),
            uses_rgb=data.modality in ("rgb", "both"),
            crop=data.crop,
            face_margin=data.face_margin,
        )
        self._is_sequence = data.modality == "coefficients"
        self._model = about.model
        if known is None:
            entries = [training_set.index[index] for index in clips]
            self._check(entries)
            self._statistics = measure_targets(training_set, clips)
        else:
            self._statistics = TargetStatistics.from_json(known.statistics)
            k = len(self._statistics.coefficient_mean)
            require(
                about.n_model_coefficients in (0, k) and about.model in ("", known.model),
                f"{training_set.path}: has {about.n_model_coefficients} coefficients of "
                f"{about.model!r}, the network {k} of {known.model!r}; make the set with that "
                "model",
            )
            self._model = known.model
        self._k = len(self._statistics.coefficient_mean)
        self._temperature = 1.0 if known is None else temperature_of(known)

    def info(self) -> NetworkInfo:
        """Return what the network is and how it is fed."""
        data = self._config.data
        channels = self._k + N_POSE if self._is_sequence else _N_CHANNELS
        side_px = 0 if self._is_sequence else data.side_px
        signs, rest = SIGNS[data.representation]
        model = model_config(self._config.network, self._config.model)
        return NetworkInfo(
            network=self._config.network,
            settings=settings_of(model),
            inputs=asdict(InputSpec(data.modality, channels, side_px, data.n_frames, signs, rest)),
            targets=asdict(TargetSpec(n_coefficients=self._k)),
            feeding=asdict(self._inputs),
            statistics=self._statistics.to_json(),
            model=self._model,
        )

    def items(self, *, trains: bool) -> Items:
        """Return the clips as items."""
        augments = trains and not self._config.data.caches_features
        return ActionUnitItems(
            self._set,
            self._clips,
            self._inputs,
            self._statistics,
            augmentation=self._config.augmentation if augments else None,
            cache=self._cache() if self._config.data.caches_pictures else None,
            seed=self._config.seed,
        )

    def begin(self, network: nn.Module) -> None:
        """Do nothing: networks of action units know all that they must."""

    def losses(self, network: nn.Module, batch: dict[str, Tensor]) -> tuple[dict[str, Tensor], Any]:
        """Return the losses of a batch, and what the network told."""
        outputs = network(self._fed(batch))
        return action_unit_losses(outputs, batch, self._config.loss), outputs

    def told(self, outputs: Any, batch: Mapping[str, Tensor]) -> Told:
        """Return what the network told and what is true, a row a clip."""
        frames = batch["frame_mask"]
        told = {
            "scores": outputs["class_logits"] / self._temperature,
            "au_class": batch["au_class"],
            "coefficients": outputs["coefficients"],
            "true_coefficients": batch["coefficients"],
            "coefficients_mask": batch["coefficients_mask"] & frames,
            "pose": outputs["pose"],
            "true_pose": batch["pose"],
            "pose_mask": batch["pose_mask"] & frames,
            "intensity": torch.sigmoid(outputs["intensity_logits"]),
            "true_intensity": batch["intensity"],
            "intensity_mask": batch["intensity_mask"] & frames[..., None],
        }
        return {name: _numpy(value) for name, value in told.items()}

    def metrics(self, told: Told) -> ActionUnitMetrics:
        """Return the figures of all clips."""
        return ActionUnitMetrics(ActionUnitsTold(**told))

    def _fed(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        if not self._is_sequence:
            return batch
        return batch | {"sequence": torch.cat([batch["coefficients"], batch["pose"]], dim=-1)}

    def _cache(self) -> PictureCache:
        return open_cache(self._set, self._inputs, self._set.path.with_suffix(_CACHE_SUFFIX))

    def _check(self, entries: list[Any]) -> None:
        data, loss, path = self._config.data, self._config.loss, self._set.path
        has_class = any(entry.au_class >= 0 for entry in entries)
        has_coefficients = any(entry.n_coefficients for entry in entries)
        has_intensities = any(entry.n_intensities for entry in entries)
        require(
            (has_class and loss.classes)
            or (has_coefficients and (loss.coefficients or loss.pose))
            or (has_intensities and loss.intensity),
            f"{path}: holds no label that this configuration learns from: it wants classes of "
            "clips, coefficients or coded intensities of frames; process and code the recordings",
        )
        require(
            data.modality not in ("rgb", "both") or any(entry.has_rgb for entry in entries),
            f"{path}: holds no video; make the set with it, or set data.modality to events",
        )
        require(
            data.modality != "coefficients" or has_coefficients,
            f"{path}: holds no coefficients to learn from; process the recordings first",
        )
        counts = np.bincount(
            [entry.au_class + 1 for entry in entries], minlength=len(AU_CLASSES) + 1
        )
        require(
            not loss.classes or has_intensities or has_coefficients or (counts[1:] > 0).sum() > 1,
            f"{path}: all training clips show {AU_CLASSES[int(counts[1:].argmax())]}; there "
            "must be two action units at least to tell apart",
        )


def _numpy(value: Tensor) -> Any:
    value = value.detach()
    return (value.float() if value.is_floating_point() else value).cpu().numpy()
