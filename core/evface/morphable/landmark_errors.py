"""How landmarks from a teacher depart from the head model's own definition of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Typical errors of a landmark where nothing was calibrated, mm: across and along the line of
# sight. The outline of the face is the least certain.
_ACROSS_MM, _ALONG_MM = 1.5, 4.5
_OUTLINE = slice(0, 17)
_OUTLINE_TIMES = 2.0


@dataclass(frozen=True, eq=False)
class LandmarkErrors:
    """The constant bias of each landmark and the covariance of what remains.

    All are in the head model's axes. They stay the same for all faces of one teacher.

    Parameters
    ----------
    bias_mm : (68, 3) float64
        Teacher's landmark minus the model's.
    identity_mm2 : (204, 204) float64
        Covariance of the errors that stay with a person: how well one face can be known.
    expression_mm2 : (204, 204) float64
        Covariance of the errors that vary from frame to frame of one person.
    outline_slide
        How far the landmarks of the outline slide when the head turns, see `OutlineSlide`.
    """

    bias_mm: NDArray[np.float64]
    identity_mm2: NDArray[np.float64]
    expression_mm2: NDArray[np.float64]
    outline_slide: float = 0.0

    def __post_init__(self) -> None:
        for name, shape in (
            ("bias_mm", (68, 3)),
            ("identity_mm2", (204, 204)),
            ("expression_mm2", (204, 204)),
        ):
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} must be {shape}, got {getattr(self, name).shape}")

    @classmethod
    def uncalibrated(cls) -> LandmarkErrors:
        """Return independent errors of typical size and no bias."""
        deviation = np.tile([_ACROSS_MM, _ACROSS_MM, _ALONG_MM], (68, 1))
        deviation[_OUTLINE] *= _OUTLINE_TIMES
        covariance = np.diag(deviation.ravel() ** 2)
        return cls(np.zeros((68, 3)), covariance, covariance)
