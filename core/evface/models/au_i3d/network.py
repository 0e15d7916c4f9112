"""The clip as one block of space and time."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from evface.models.au_i3d.config import I3dConfig
from evface.models.blocks.heads import ActionUnitOutputs, ClassHead, outputs, split_per_frame
from evface.models.blocks.inception import N_FEATURES, InflatedInception
from evface.models.blocks.normalising import PictureNorm
from evface.models.specs import InputSpec, TargetSpec


class I3d(nn.Module):
    """Class and frames are read from the features of the whole clip.

    Frames of padding are as they were given: there is no mask inside a convolution over time.

    References
    ----------
    Becattini et al., "Neuromorphic Facial Analysis with Cross-Modal Supervision", 2024, Sec. 6.1.
    Differs: pose and intensities are told beside the coefficients of each frame.
    """

    def __init__(self, config: I3dConfig, inputs: InputSpec, targets: TargetSpec) -> None:
        super().__init__()
        self._modality, self._targets, self._n_frames = inputs.modality, targets, inputs.n_frames
        self.norm = PictureNorm(inputs.channels)
        self.inception = InflatedInception(inputs.channels)
        self.narrow = nn.Sequential(
            nn.Dropout(config.dropout), nn.Linear(N_FEATURES, config.n_features), nn.ReLU()
        )
        self.class_head = ClassHead(config.n_features, targets)
        self.frame_head = nn.Sequential(
            nn.Linear(config.n_features, 128),
            nn.ReLU(),
            nn.Linear(128, inputs.n_frames * targets.n_per_frame),
        )

    def forward(self, batch: Mapping[str, Tensor]) -> ActionUnitOutputs:
        """Return what is said of a batch of clips."""
        clips = batch[self._modality]
        features = self.narrow(self.inception(self.norm(clips).transpose(1, 2)))
        frames = self.frame_head(features).unflatten(1, (self._n_frames, -1))
        per_frame = split_per_frame(frames[:, : clips.shape[1]], self._targets)
        return outputs(self.class_head(features), per_frame)
