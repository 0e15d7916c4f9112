"""Learning landmarks: where they lie on a face that is cut out of events, and of video."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from evface.annotations.tracks import LandmarkState
from evface.landmarks.schemes import SCHEMES
from evface.models.checkpoints import NetworkInfo
from evface.models.registry import model_config, settings_of
from evface.models.specs import KeypointSpec
from evface.training.keypoint_metrics import LandmarkMetrics, LandmarksTold
from evface.training.losses import landmark_losses
from evface.training.settings import TrainingConfig
from evface.training.tasks import Told, require
from evface.training_sets.file import TrainingSet
from evface.training_sets.keypoint_items import FaceAugmentation, FaceInputs, KeypointItems
from evface.training_sets.torch_data import Items

_N_CHANNELS = 3
# Faces that the mean face is made of.
_N_MEAN = 200
# What a first guess counts beside the stages, which count 1 together.
_GUESS_SHARE = 0.5


class LandmarkTask:
    """Landmarks of moments of clips of one set."""

    metric = "nme"

    def __init__(
        self,
        config: TrainingConfig,
        training_set: TrainingSet,
        clips: list[int],
        *,
        known: NetworkInfo | None = None,
    ) -> None:
        data = config.data
        require(
            data.scheme in SCHEMES,
            f"data.scheme: there is no {data.scheme!r}; there are {', '.join(SCHEMES)}",
        )
        require(known is None or known.scheme == data.scheme, "the network places other landmarks")
        require(
            not data.uses_rgb or any(training_set.index[i].has_rgb for i in clips),
            f"{training_set.path}: holds no video; make the set with it, or set data.uses_rgb to "
            "false",
        )
        require(
            not data.uses_rgb or any(training_set.index[i].is_registered for i in clips),
            f"{training_set.path}: nobody knows how its video lies on the events; register the "
            "recordings' videos and make the set again, or set data.uses_rgb to false",
        )
        self._config, self._set, self._clips = config, training_set, clips
        # To cut by instead of the set's own, as `KeypointItems` takes them.
        self.boxes: dict[int, NDArray[np.float32]] | None = None
        if config.model.get("modality") == "rgb":
            # What cannot be laid onto the square shows nothing.
            self._clips = [i for i in clips if training_set.index[i].is_registered]
        self._inputs = FaceInputs(
            representation=data.representation,
            window_us=data.window_us,
            side_px=data.side_px,
            uses_rgb=data.uses_rgb,
            margin=data.face_margin,
            scheme=data.scheme,
        )

    def info(self) -> NetworkInfo:
        """Return what the network is and how it is fed."""
        data = self._config.data
        model = model_config(self._config.network, self._config.model)
        spec = KeypointSpec(SCHEMES[data.scheme].n_landmarks, _N_CHANNELS, data.side_px)
        return NetworkInfo(
            network=self._config.network,
            settings=settings_of(model),
            inputs=asdict(spec),
            feeding=asdict(self._inputs),
            scheme=data.scheme,
        )

    def items(self, *, trains: bool) -> Items:
        """Return moments as items."""
        data = self._config.data
        augmentation = FaceAugmentation(
            events=self._config.augmentation,
            occlusion=data.occlusion,
            grey=data.grey,
            far=data.far,
        )
        return KeypointItems(
            self._set,
            self._clips,
            self._inputs,
            moments_per_clip=data.per_clip,
            augmentation=augmentation if trains else None,
            least_state=LandmarkState[data.least_state.upper()],
            boxes=self.boxes,
            seed=self._config.seed,
        )

    def begin(self, network: nn.Module) -> None:
        """Tell a network the mean face, from which it begins."""
        items = self.items(trains=False)
        chosen = np.unique(np.linspace(0, len(items) - 1, min(_N_MEAN, len(items))).astype(int))
        faces = [items.item(0, int(position)) for position in chosen]
        points = np.stack([face["landmarks"] for face in faces]).astype(np.float64)
        mask = np.stack([face["landmark_mask"] for face in faces])[..., None]
        n = mask.sum(axis=0)
        mean = np.where(n > 0, (points * mask).sum(axis=0) / np.maximum(n, 1), 0.5)
        with torch.no_grad():
            network.get_buffer("mean_shape").copy_(torch.from_numpy(mean))

    def losses(self, network: nn.Module, batch: dict[str, Tensor]) -> tuple[dict[str, Tensor], Any]:
        """Return the losses of a batch, and what the network told."""
        outputs = network(batch)
        losses = landmark_losses(outputs["stages"], batch, self._config.loss.stages)
        if "guess" in outputs:
            guessed = landmark_losses(outputs["guess"][None, None], batch, (1.0,))
            losses["loss"] = losses["loss"] + _GUESS_SHARE * guessed["loss"]
        return losses, outputs

    def told(self, outputs: Any, batch: Mapping[str, Tensor]) -> Told:
        """Return what the network told and what is true, a row a moment."""
        told = {
            "landmarks": outputs["landmarks"].float(),
            "true_landmarks": batch["landmarks"],
            "mask": batch["landmark_mask"],
            "norm": batch["norm"],
            "to_picture": batch["to_picture"],
            "clip": batch["clip_index"],
            "row": batch["row"],
        }
        return {name: value.detach().cpu().numpy() for name, value in told.items()}

    def metrics(self, told: Told) -> LandmarkMetrics:
        """Return the figures of all moments."""
        return LandmarkMetrics(LandmarksTold(**told), SCHEMES[self._config.data.scheme].regions)
