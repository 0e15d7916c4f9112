"""ResNet18 frame by frame, then an LSTM over the clip."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from evface.models.au_resnet_lstm.config import ResNetLstmConfig
from evface.models.blocks.heads import ActionUnitOutputs, ClassHead, FrameHead, last_of, outputs
from evface.models.blocks.resnet import FrozenConvolutions
from evface.models.specs import InputSpec, TargetSpec


class ResNetLstm(nn.Module):
    """The class is read from the hidden state after the last frame, the rest frame by frame.

    References
    ----------
    Becattini et al., "Neuromorphic Facial Analysis with Cross-Modal Supervision", 2024, Sec. 6.1.
    Differs: pose and intensities are told beside the coefficients; padding is at the end and
    masked, where the paper puts frames of zeros first.
    """

    def __init__(self, config: ResNetLstmConfig, inputs: InputSpec, targets: TargetSpec) -> None:
        super().__init__()
        self._modality = inputs.modality
        self.frames = FrozenConvolutions(
            in_channels=inputs.channels,
            n_features=config.n_features,
            is_frozen=config.freezes_convolutions,
        )
        self.relu = nn.ReLU()
        self.lstm = nn.LSTM(config.n_features, config.n_hidden, config.n_layers, batch_first=True)
        self.frame_head = FrameHead(config.n_hidden, targets)
        self.class_head = ClassHead(config.n_hidden, targets)

    def forward(self, batch: Mapping[str, Tensor]) -> ActionUnitOutputs:
        """Return what is said of a batch of clips."""
        hidden, _ = self.lstm(self.relu(self.frames(batch[self._modality])))
        return outputs(
            self.class_head(last_of(hidden, batch["frame_mask"])), self.frame_head(hidden)
        )
