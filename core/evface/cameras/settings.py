"""The values of a camera's controls."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace

from evface.cameras.base import Control, Preset


class Settings:
    """Controls with their values; they stay while the camera is away. Safe for several threads.

    Parameters
    ----------
    name
        Of the camera, for messages.
    controls, presets
        As the camera has them.
    """

    def __init__(
        self, name: str, controls: tuple[Control, ...], presets: tuple[Preset, ...] = ()
    ) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._controls = {control.key: control for control in controls}
        self.presets = presets

    @property
    def controls(self) -> tuple[Control, ...]:
        """The controls with their values of now."""
        with self._lock:
            return tuple(self._controls.values())

    @property
    def values(self) -> dict[str, int]:
        """The values of now."""
        return {control.key: control.value for control in self.controls}

    def set(self, key: str, value: int) -> None:
        """Set a control.

        Raises
        ------
        ValueError
            If there is no such control, or the value is beyond its bounds.
        """
        with self._lock:
            control = self._controls.get(key)
            if control is None:
                raise ValueError(f"{self._name} has no control {key!r}")
            if not control.minimum <= value <= control.maximum:
                raise ValueError(
                    f"{key} must be {control.minimum} to {control.maximum}, got {value}"
                )
            self._controls[key] = replace(control, value=int(value))

    def apply(self, preset: Preset) -> None:
        """Set all controls: to the preset's values, and to their defaults where it has none.

        Raises
        ------
        ValueError
            If it names a control that there is not.
        """
        unknown = preset.values.keys() - self._controls.keys()
        if unknown:
            raise ValueError(f"{self._name} has no control {min(unknown)!r}")
        with self._lock:
            for key, control in self._controls.items():
                value = preset.values.get(key, control.default)
                value = min(max(value, control.minimum), control.maximum)
                self._controls[key] = replace(control, value=value)

    def limit(self, bounds: Mapping[str, tuple[int, int]]) -> None:
        """Take over the bounds that the camera itself states; those that make no sense are not."""
        with self._lock:
            for key, (minimum, maximum) in bounds.items():
                control = self._controls[key]
                if minimum <= control.default <= maximum and minimum < maximum:
                    self._controls[key] = replace(
                        control,
                        minimum=minimum,
                        maximum=maximum,
                        value=min(max(control.value, minimum), maximum),
                    )
