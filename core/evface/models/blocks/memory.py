"""What was seen before, fading: events sum up to what changed since."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

# A picture's 1 is five events at a pixel; sums of more than eight events look alike.
_SCALE = 5.0 / 8.0


class FadingMemory(nn.Module):
    r"""Sums over the frames of a clip that fade at several speeds, as further channels.

    A single frame of events shows what moves; what has become of it is in the sum of all before, as
    the sum of all changes of brightness is the change of brightness since. With :math:`m` for on
    minus off of a frame:

    .. math:: s_t = d\,s_{t-1} + m_t, \quad \text{told as } \max(-1, \min(1, 5 s_t / 8))

    Nothing of it is learnt.

    Parameters
    ----------
    signs
        Of each channel in on minus off.
    rest
        What channels times signs sum up to where nothing happens.
    decays
        What is left of a sum after a frame, one for each sum, above 0 and below 1.
    """

    decays: Tensor

    def __init__(self, signs: Sequence[float], rest: float, decays: Sequence[float]) -> None:
        super().__init__()
        if not all(0 < decay < 1 for decay in decays):
            raise ValueError(f"memory must be above 0 and below 1, got {decays}")
        self._signs, self._rest = tuple(signs), rest
        self.n_channels = len(signs) + len(decays)
        self.register_buffer("decays", torch.tensor(decays), persistent=False)

    @torch.no_grad()
    def forward(self, pictures: Tensor) -> Tensor:
        """Return pictures (b, t, n_channels, h, w) of pictures (b, t, channels, h, w)."""
        if not len(self.decays):
            return pictures
        changes = self._changes(pictures)
        place = torch.arange(pictures.shape[1], device=pictures.device)
        ago = (place[:, None] - place).to(changes.dtype)
        # What is left, at each frame, of each frame's changes, (t, n, t).
        left = self.decays[:, None] ** ago.clamp(min=0)[:, None] * (ago >= 0)[:, None]
        sums = (_SCALE * left).flatten(0, 1) @ changes.flatten(2)
        n_clips, n_frames, _, *size = pictures.shape
        return _joined(pictures, sums.view(n_clips, n_frames, -1, *size))

    @torch.no_grad()
    def step(self, picture: Tensor, sums: Tensor | None) -> tuple[Tensor, Tensor]:
        """Take one more frame (b, 1, channels, h, w).

        Returns
        -------
        tuple
            (b, 1, n_channels, h, w), and the sums after it, (b, n, h, w).
        """
        changes = self._changes(picture)
        if sums is None:
            sums = torch.zeros_like(changes).expand(-1, len(self.decays), -1, -1)
        sums = sums * self.decays[:, None, None] + changes
        return _joined(picture, _SCALE * sums[:, None]), sums

    def _changes(self, pictures: Tensor) -> Tensor:
        changes = torch.full_like(pictures[:, :, 0], -self._rest)
        for channel, sign in enumerate(self._signs):
            if sign:
                changes = changes.add(pictures[:, :, channel], alpha=sign)
        return changes


def _joined(pictures: Tensor, sums: Tensor) -> Tensor:
    # Of a matrix product there may be fewer digits than there are of the pictures.
    return torch.cat([pictures.to(sums.dtype), sums.clamp(-1.0, 1.0)], dim=2)
