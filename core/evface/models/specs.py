"""What a network is fed, and what it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Modality = Literal["events", "rgb", "both", "coefficients"]


@dataclass(frozen=True)
class InputSpec:
    """One clip as a network is fed it.

    Parameters
    ----------
    modality
        Which pictures, or the coefficients themselves. ``"both"`` is events and video.
    channels
        Of one picture; the number of coefficients where there is no picture.
    side_px
        Pictures are square; 0 for coefficients.
    n_frames
        The most frames of a clip. Shorter clips are padded and masked.
    signs, rest
        Of events: times these the channels sum up to on minus off, and to `rest` where nothing
        happens.
    """

    modality: Modality = "events"
    channels: int = 3
    side_px: int = 96
    n_frames: int = 50
    signs: tuple[float, ...] = (1.0, -1.0, 0.0)
    rest: float = 0.0


@dataclass(frozen=True)
class TargetSpec:
    """What every network of action units says of a clip.

    Parameters
    ----------
    n_classes
        Action units that a clip may show, one a clip.
    n_coefficients
        Coefficients of the morphable model, a frame.
    n_pose
        Yaw, pitch, roll and log scale, a frame: head motions leave no trace in the coefficients.
    n_units
        Action units whose intensity is told frame by frame.
    """

    n_classes: int = 24
    n_coefficients: int = 32
    n_pose: int = 4
    n_units: int = 24

    @property
    def n_per_frame(self) -> int:
        """Numbers told of each frame."""
        return self.n_coefficients + self.n_pose + self.n_units


@dataclass(frozen=True)
class KeypointSpec:
    """What a network of landmarks is fed, and what it is asked for.

    Parameters
    ----------
    n_landmarks
        Of the scheme: 98, 68 or 5.
    channels
        Of the event picture; the RGB picture has three.
    side_px
        Both are square crops about the face.
    """

    n_landmarks: int = 98
    channels: int = 3
    side_px: int = 256
