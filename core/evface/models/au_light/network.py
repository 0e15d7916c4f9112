"""A few convolutions a frame, a recurrent layer over the clip."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from evface.models.au_light.config import LightConfig
from evface.models.blocks.heads import ActionUnitOutputs, ClassHead, FrameHead, outputs, pooled
from evface.models.blocks.memory import FadingMemory
from evface.models.specs import InputSpec, TargetSpec

# Sums over the events so far, and the hidden state of the recurrent layer.
LightState = tuple[Tensor, Tensor]


class LightNetwork(nn.Module):
    """Our own network, for processors and for live use.

    Without `looks_ahead` frames can be fed one by one, see `step`.
    """

    def __init__(self, config: LightConfig, inputs: InputSpec, targets: TargetSpec) -> None:
        super().__init__()
        self._modality, self._looks_ahead = inputs.modality, config.looks_ahead
        self.frames, self.clip = config.build_parts(inputs, targets)

    def forward(self, batch: Mapping[str, Tensor]) -> ActionUnitOutputs:
        """Return what is said of a batch of clips."""
        told: ActionUnitOutputs = self.clip(self.frames(batch[self._modality]), batch["frame_mask"])
        return told

    def step(
        self, picture: Tensor, state: LightState | None
    ) -> tuple[tuple[Tensor, Tensor, Tensor], LightState]:
        """Take one more frame of a stream.

        Parameters
        ----------
        picture : (b, channels, h, w)
        state
            As the last step gave it; None at the beginning.

        Returns
        -------
        tuple
            Coefficients, pose and intensity logits of the frame, each (b, n); and the new state.

        Raises
        ------
        ValueError
            If the network looks ahead.
        """
        if self._looks_ahead:
            raise ValueError("a network that looks ahead cannot be fed frame by frame")
        sums, hidden = state or (None, None)
        features, sums = self.frames.step(picture[:, None], sums)
        told, hidden = self.clip.step(features, hidden)
        return told, (sums, hidden)


class LightFrames(nn.Module):
    """A few convolutions a frame, and on what the frames before it summed up to."""

    def __init__(self, config: LightConfig, inputs: InputSpec) -> None:
        super().__init__()
        decays = () if inputs.modality == "rgb" else config.memory
        others = (0.0,) * (inputs.channels - len(inputs.signs))
        signs = (*inputs.signs, *others)[: inputs.channels]
        self.memory = FadingMemory(signs, inputs.rest, decays)
        first, *rest = config.n_channels
        # Few channels and many places: large steps cost little here, and all that follows less.
        layers: list[nn.Module] = [*_convolution(self.memory.n_channels, first, kernel=6, stride=4)]
        for n_in, n_out in zip(config.n_channels, rest, strict=False):
            stride = 2 if n_out != config.n_channels[-1] else 1
            layers += _convolution(n_in, n_out, stride=stride)
        self.layers = nn.Sequential(*layers, nn.AdaptiveMaxPool2d(3), nn.Flatten())
        self.narrow = nn.Sequential(
            nn.Dropout(config.dropout),
            nn.Linear(9 * config.n_channels[-1], config.n_features),
            nn.ReLU(),
        )

    def forward(self, pictures: Tensor) -> Tensor:
        """Return features (b, t, n_features) of pictures (b, t, channels, h, w)."""
        return self._see(self.memory(pictures))

    def step(self, picture: Tensor, sums: Tensor | None) -> tuple[Tensor, Tensor]:
        """Take one more frame (b, 1, channels, h, w); return its features and the sums after it."""
        remembered, sums = self.memory.step(picture, sums)
        return self._see(remembered), sums

    def _see(self, pictures: Tensor) -> Tensor:
        features: Tensor = self.narrow(self.layers(pictures.flatten(0, 1)))
        return features.view(*pictures.shape[:2], -1)


class LightClip(nn.Module):
    """A recurrent layer over the clip.

    A frame is told from its own features and from the state of the clip around it; the class from
    mean and maximum of that state and of what is told of the frames.
    """

    def __init__(self, config: LightConfig, targets: TargetSpec) -> None:
        super().__init__()
        self._looks_ahead = config.looks_ahead
        self.gru = nn.GRU(
            config.n_features,
            config.n_hidden,
            batch_first=True,
            bidirectional=config.looks_ahead,
        )
        n_state = config.n_hidden * (2 if config.looks_ahead else 1)
        self.frame_head = FrameHead(n_state + config.n_features, targets)
        self.class_head = ClassHead(
            2 * (n_state + targets.n_per_frame), targets, dropout=config.dropout
        )

    def forward(self, features: Tensor, frame_mask: Tensor) -> ActionUnitOutputs:
        """Return what is said of clips of features (b, t, n_features)."""
        features = features * frame_mask[..., None]
        state = self._run(features, frame_mask)
        per_frame = self.frame_head(torch.cat([state, features], dim=-1))
        coefficients, pose, intensity = per_frame
        seen = torch.cat([state, coefficients, pose, intensity.sigmoid()], dim=-1)
        return outputs(self.class_head(pooled(seen, frame_mask)), per_frame)

    def step(
        self, features: Tensor, state: Tensor | None
    ) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor]:
        """Take features (b, 1, n_features) of one more frame; see `LightNetwork.step`."""
        hidden, state = self.gru(features, state)
        told = self.frame_head(torch.cat([hidden, features], dim=-1))
        return (told[0][:, 0], told[1][:, 0], told[2][:, 0]), state

    def _run(self, features: Tensor, frame_mask: Tensor) -> Tensor:
        if bool(frame_mask.all()) or not self._looks_ahead:
            hidden: Tensor = self.gru(features)[0]
            return hidden
        # Backwards, the padding would come first.
        lengths = frame_mask.sum(dim=1).clamp(min=1).cpu()
        packed = nn.utils.rnn.pack_padded_sequence(
            features, lengths, batch_first=True, enforce_sorted=False
        )
        hidden, _ = nn.utils.rnn.pad_packed_sequence(
            self.gru(packed)[0], batch_first=True, total_length=features.shape[1]
        )
        return hidden


def _convolution(n_in: int, n_out: int, *, kernel: int = 3, stride: int) -> list[nn.Module]:
    return [
        nn.Conv2d(n_in, n_out, kernel, stride, padding=(kernel - 1) // 2, bias=False),
        nn.BatchNorm2d(n_out),
        nn.ReLU(inplace=True),
    ]
