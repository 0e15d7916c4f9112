"""What is drawn of one face on one picture."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.annotations.boxes import derived_corners
from evface.landmarks.mappings import convert_landmarks
from evface.landmarks.schemes import LandmarkScheme

_NOTHING_HIDDEN = np.zeros(0, np.bool_)


@dataclass(frozen=True, eq=False)
class FaceMarks:
    """One face on one picture. Places have their origin at the centre of the top left pixel.

    Parameters
    ----------
    landmarks_px : (n_landmarks, 2) float
        NaN where missing.
    state : (n_landmarks,) uint8
        `LandmarkState` of each.
    is_aged
        Whether they belong to a moment too far from the picture's to pass for its own.
    occluded : (n_landmarks,) bool
        Whether something hides the point; nothing does where left out.
    box_px : (2, 2) float
        Upper left and lower right corner; that of the landmarks where left out, NaN where there
        are none.
    is_box_drawn
        Whether a person stands behind the box.
    """

    landmarks_px: NDArray[np.floating]
    state: NDArray[np.uint8]
    is_aged: bool = False
    occluded: NDArray[np.bool_] = field(default_factory=lambda: _NOTHING_HIDDEN)
    box_px: NDArray[np.floating] | None = None
    is_box_drawn: bool = False

    def __post_init__(self) -> None:
        if len(self.occluded) != len(self.landmarks_px):
            none = np.zeros(len(self.landmarks_px), np.bool_)
            object.__setattr__(self, "occluded", none)
        if self.box_px is None:
            object.__setattr__(self, "box_px", derived_corners(self.landmarks_px))

    def in_scheme(self, source: LandmarkScheme, target: LandmarkScheme) -> FaceMarks:
        """Return the face with the landmarks of a coarser scheme.

        A landmark that is made from several is as certain as they are together, and hidden where
        any of them is.
        """
        return replace(
            self,
            landmarks_px=convert_landmarks(self.landmarks_px, source, target),
            state=np.floor(_convert(self.state, source, target)).astype(np.uint8),
            occluded=np.asarray(_convert(self.occluded, source, target) > 0),
        )

    @property
    def corners_px(self) -> NDArray[np.floating]:
        """The box, (2, 2); NaN where there is none."""
        assert self.box_px is not None
        return self.box_px

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which landmarks are not missing, (n_landmarks,)."""
        known: NDArray[np.bool_] = np.isfinite(self.landmarks_px).all(axis=1)
        return known


def _convert(
    values: NDArray[Any], source: LandmarkScheme, target: LandmarkScheme
) -> NDArray[np.floating]:
    """Return the mean of a value over the landmarks that each landmark is made from."""
    pairs = np.repeat(values[:, None].astype(np.float64), 2, axis=1)
    return convert_landmarks(pairs, source, target)[:, 0]
