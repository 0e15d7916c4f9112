"""What a teacher is: something that finds landmarks on RGB frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Detection:
    """One face on one frame.

    Parameters
    ----------
    landmarks : (68, 3) float32
        x and y in px, origin at the centre of the top left pixel, iBUG 68 order; z in px, larger
        is nearer to the camera, relative to the face's centre.
    confidence
        0 to 1.
    blendshapes : (n_blendshapes,) float32, 0 to 1, or None
        Scores in the order of the teacher's `blendshape_names`, where it gives any.
    n_faces
        How many faces the frame showed; the largest was taken.
    """

    landmarks: NDArray[np.float32]
    confidence: float
    blendshapes: NDArray[np.float32] | None = None
    n_faces: int = 1


class Teacher(Protocol):
    """Finds the largest face of each frame. Frames are given in the order of time."""

    @property
    def name(self) -> str:
        """Short name, e.g. ``"mediapipe"``."""

    @property
    def version(self) -> str:
        """Version of the package and of its weights."""

    @property
    def blendshape_names(self) -> tuple[str, ...]:
        """Names of the scores; empty where it gives none."""

    def detect(self, frame: NDArray[np.uint8], t_us: int) -> Detection | None:
        """Find the face on an RGB frame, (height, width, 3) uint8; None where there is none.

        `t_us` increases from call to call.
        """

    def close(self) -> None:
        """Free the networks."""
