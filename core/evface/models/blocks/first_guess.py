"""Where landmarks lie at first sight, from the whole picture."""

from __future__ import annotations

from torch import Tensor, nn

_N_NEAR, _N_FAR = 64, 96
# Features of a quarter of the picture's size are halved twice.
_SHRINK = 16


class FirstGuess(nn.Module):
    """A few convolutions and a layer over all of what they see.

    Patches about the mean face show little of a face that is turned, or lies beside the middle of
    its square: they then begin where this says.

    Parameters
    ----------
    n_features
        Channels of the features, of a quarter of the picture's size.
    side_px
        Of the picture, a multiple of 16.
    n_hidden
        Numbers that say how the face lies.
    """

    def __init__(
        self, n_features: int, n_landmarks: int, *, side_px: int, n_hidden: int = 256
    ) -> None:
        super().__init__()
        self.n_hidden = n_hidden
        n_cells = (side_px // _SHRINK) ** 2
        self.look = nn.Sequential(
            nn.Conv2d(n_features, _N_NEAR, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(_N_NEAR),
            nn.ReLU(inplace=True),
            nn.Conv2d(_N_NEAR, _N_FAR, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(_N_FAR),
            nn.ReLU(inplace=True),
            nn.Flatten(),
            nn.Linear(_N_FAR * n_cells, n_hidden),
            nn.ReLU(),
        )
        self.place = nn.Linear(n_hidden, 2 * n_landmarks)
        # The mean face at first.
        nn.init.zeros_(self.place.bias)
        nn.init.normal_(self.place.weight, std=1e-3)

    def forward(self, hidden: Tensor) -> Tensor:
        """Return how far landmarks lie from the mean face, (b, n, 2), by what `look` saw."""
        offsets: Tensor = self.place(hidden)
        return offsets.view(hidden.shape[0], -1, 2)
