"""ResNet18 frame by frame, then a transformer over the clip."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from evface.models.au_resnet_transformer.config import ResNetTransformerConfig
from evface.models.blocks.clip_transformer import ClipTransformer
from evface.models.blocks.heads import ActionUnitOutputs, ClassHead, FrameHead, outputs
from evface.models.blocks.resnet import FrozenConvolutions
from evface.models.specs import InputSpec, TargetSpec


class ResNetTransformer(nn.Module):
    """The class is read from the class token, the rest from the frames.

    References
    ----------
    Becattini et al., "Neuromorphic Facial Analysis with Cross-Modal Supervision", 2024, Sec. 6.1.
    Depth, heads and width are ours, as the paper states none.
    """

    def __init__(
        self, config: ResNetTransformerConfig, inputs: InputSpec, targets: TargetSpec
    ) -> None:
        super().__init__()
        self._modality = inputs.modality
        self.frames = FrozenConvolutions(
            in_channels=inputs.channels,
            n_features=config.n_features,
            is_frozen=config.freezes_convolutions,
        )
        self.narrow = nn.Sequential(nn.ReLU(), nn.Linear(config.n_features, config.n_hidden))
        self.transformer = ClipTransformer(
            config.n_hidden,
            inputs.n_frames,
            n_layers=config.n_layers,
            n_heads=config.n_heads,
            n_feedforward=4 * config.n_hidden,
            dropout=config.dropout,
        )
        self.frame_head = FrameHead(config.n_hidden, targets)
        self.class_head = ClassHead(config.n_hidden, targets)

    def forward(self, batch: Mapping[str, Tensor]) -> ActionUnitOutputs:
        """Return what is said of a batch of clips."""
        features = self.narrow(self.frames(batch[self._modality]))
        clip, frames = self.transformer(features, batch["frame_mask"])
        return outputs(self.class_head(clip), self.frame_head(frames))
