"""What a kind of USB camera is, and controls that several kinds have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evface.cameras.base import Control, Preset

ON_WORDS = "How much brighter a pixel must become before it sends an event."
OFF_WORDS = "How much darker a pixel must become before it sends an event."


@dataclass(frozen=True)
class UsbKind:
    """A kind of USB camera.

    Parameters
    ----------
    key
        How its cameras' keys begin.
    name
        As the driver calls it, and users.
    module
        Part of the driver with its configuration.
    usb_ids
        Vendors and products that its cameras state at the USB, each as udev matches them.
    resolution
        Sensor ``(width, height)``, px.
    gives_raw
        Whether its bytes are EVT3, as in RAW files.
    controls
        With their values at first; the camera itself may state other bounds for its biases.
    presets
        The first has the defaults.
    configure
        Makes the driver's configuration from the driver and the values of all controls.
    """

    key: str
    name: str
    module: str
    usb_ids: tuple[str, str]
    resolution: tuple[int, int]
    gives_raw: bool
    controls: tuple[Control, ...]
    presets: tuple[Preset, ...]
    configure: Callable[[Any, Mapping[str, int]], Any]


def bias(key: str, name: str, words: str, least: int, most: int, default: int) -> Control:
    """Return a bias."""
    return Control(key, name, words, least, most, default, default)


def region(width: int, height: int) -> tuple[Control, ...]:
    """Return the edges of the region that sends events."""
    words = (
        "Only pixels inside the region send events; what lies outside is not recorded either. "
        "Smaller: fewer events."
    )
    return tuple(
        Control(key, name, words, least, most, default, default, "px", "Region")
        for key, name, least, most, default in (
            ("region_left", "Left edge", 0, width - 1, 0),
            ("region_top", "Upper edge", 0, height - 1, 0),
            ("region_width", "Width", 1, width, width),
            ("region_height", "Height", 1, height, height),
        )
    )
