"""Action units from sequences of coefficients: how much of a face they hold, events or not."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from evface.models.au_coefficients.config import (
    CoefficientLstmConfig,
    CoefficientTransformerConfig,
)
from evface.models.blocks.heads import ActionUnitOutputs, ClassHead, FrameHead, last_of, outputs
from evface.models.specs import InputSpec, TargetSpec


class CoefficientLstm(nn.Module):
    """An LSTM over the coefficients and the pose of a clip.

    References
    ----------
    Becattini et al., "Neuromorphic Facial Analysis with Cross-Modal Supervision", 2024, Tab. 2.
    """

    def __init__(
        self, config: CoefficientLstmConfig, inputs: InputSpec, targets: TargetSpec
    ) -> None:
        super().__init__()
        self.lstm = nn.LSTM(inputs.channels, config.n_hidden, config.n_layers, batch_first=True)
        self.frame_head = FrameHead(config.n_hidden, targets)
        self.class_head = ClassHead(config.n_hidden, targets)

    def forward(self, batch: Mapping[str, Tensor]) -> ActionUnitOutputs:
        """Return what is said of a batch of sequences, (b, t, channels)."""
        hidden, _ = self.lstm(batch["sequence"])
        return outputs(
            self.class_head(last_of(hidden, batch["frame_mask"])), self.frame_head(hidden)
        )


class CoefficientTransformer(nn.Module):
    """An encoder over the sequence and a decoder of one query, which asks for the class.

    References
    ----------
    Becattini et al., "Neuromorphic Facial Analysis with Cross-Modal Supervision", 2024, Tab. 2.
    The width and the query are ours, as the paper states neither.
    """

    def __init__(
        self, config: CoefficientTransformerConfig, inputs: InputSpec, targets: TargetSpec
    ) -> None:
        super().__init__()
        n_hidden = config.n_hidden
        self.widen = nn.Linear(inputs.channels, n_hidden)
        self.positions = nn.Parameter(torch.randn(1, inputs.n_frames, n_hidden) * 0.02)
        self.query = nn.Parameter(torch.randn(1, 1, n_hidden) * 0.02)
        shape = (n_hidden, config.n_heads, 4 * n_hidden, config.dropout)
        self.encoder = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(*shape, batch_first=True, norm_first=True),
            config.n_layers,
            enable_nested_tensor=False,
        )
        self.decoder = nn.TransformerDecoder(
            nn.TransformerDecoderLayer(*shape, batch_first=True, norm_first=True), config.n_layers
        )
        self.frame_head = FrameHead(n_hidden, targets)
        self.class_head = ClassHead(n_hidden, targets)

    def forward(self, batch: Mapping[str, Tensor]) -> ActionUnitOutputs:
        """Return what is said of a batch of sequences, (b, t, channels)."""
        sequence, padding = batch["sequence"], ~batch["frame_mask"]
        tokens = self.widen(sequence) + self.positions[:, : sequence.shape[1]]
        frames = self.encoder(tokens, src_key_padding_mask=padding)
        query = self.query.expand(sequence.shape[0], -1, -1)
        asked = self.decoder(query, frames, memory_key_padding_mask=padding)
        return outputs(self.class_head(asked[:, 0]), self.frame_head(frames))
