"""What cameras have in common about which nothing can be set, and which see events alone."""

from __future__ import annotations

from abc import ABC, abstractmethod

from evface.cameras.base import CameraInfo, Control, FrameCamera, Preset


class NothingToSet(ABC):
    """The part of `Camera` about controls and pictures, for those that have neither."""

    @property
    @abstractmethod
    def info(self) -> CameraInfo:
        """Which camera it is."""

    @property
    def controls(self) -> tuple[Control, ...]:
        """None."""
        return ()

    @property
    def presets(self) -> tuple[Preset, ...]:
        """None."""
        return ()

    @property
    def frame_camera(self) -> FrameCamera | None:
        """None."""
        return None

    def set(self, key: str, value: int) -> None:
        """Raise a ValueError: there are no controls."""
        raise ValueError(f"{self.info.name} has no control {key!r} to be set to {value}")

    def apply(self, preset: Preset) -> None:
        """Raise a ValueError: there are no presets."""
        raise ValueError(f"{self.info.name} has no preset {preset.name!r}")
