"""iniVation's cameras at the USB, and what can be set about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evface.cameras.base import Control, Preset
from evface.cameras.usb_kind import OFF_WORDS, ON_WORDS, UsbKind, bias, region

# As the driver's own rules for udev have them.
_IDS = ("152a", "84[0-1]?")


def _configure_davis(driver: Any, values: Mapping[str, int]) -> Any:
    module = driver.inivation_davis346
    left, top = values["region_left"], values["region_top"]
    return module.Configuration(
        biases=module.Biases(
            **{name: values[name] for name in ("onbn", "offbn", "prbp", "refrbp")}
        ),
        region_of_interest=module.RegionOfInterest(
            left=left,
            top=top,
            width=min(values["region_width"], 346 - left),
            height=min(values["region_height"], 260 - top),
        ),
        activity_filter=module.ActivityFilter(
            mask_isolated_enable=bool(values["noise_filter"]),
        ),
        exposure_us=values["exposure_us"],
        frame_interval_us=values["frame_interval_us"],
    )


def _configure_dvxplorer(driver: Any, values: Mapping[str, int]) -> Any:
    module = driver.inivation_dvxplorer
    rates = tuple(module.ReadoutFramesPerSecond)
    return module.Configuration(
        biases=module.Biases(on=values["on"], off=values["off"]),
        readout_frames_per_second=rates[values["readout"]],
    )


DAVIS346 = UsbKind(
    "inivation-davis346",
    "iniVation DAVIS 346",
    "inivation_davis346",
    _IDS,
    (346, 260),
    gives_raw=False,
    controls=(
        bias("onbn", "Threshold for brighter", f"{ON_WORDS} Higher: fewer.", 0, 2047, 1564),
        bias("offbn", "Threshold for darker", f"{OFF_WORDS} Lower: fewer.", 0, 2047, 583),
        bias(
            "prbp",
            "Speed of the pixels",
            "How fast a pixel follows the light. Higher: faster, with more noise.",
            0,
            2047,
            575,
        ),
        bias(
            "refrbp",
            "Rest after an event",
            "How soon a pixel may send again. Higher: sooner.",
            0,
            2047,
            993,
        ),
        Control(
            "noise_filter",
            "Leave out lone events",
            "The camera leaves out events that have no neighbour in space and time.",
            0,
            1,
            1,
            1,
            group="Noise",
        ),
        Control(
            "exposure_us",
            "Exposure",
            "How long each grey picture gathers light. More: brighter and more blurred.",
            10,
            100_000,
            4000,
            4000,
            "us",
            "Pictures",
        ),
        Control(
            "frame_interval_us",
            "Time between pictures",
            "Less: more grey pictures a second.",
            20_000,
            1_000_000,
            40_000,
            40_000,
            "us",
            "Pictures",
        ),
        *region(346, 260),
    ),
    presets=(
        Preset("Factory", "As the maker set the camera."),
        Preset("Quiet", "Fewer events.", {"onbn": 1664, "offbn": 483}),
        Preset("Sensitive", "Faint motion shows.", {"onbn": 1464, "offbn": 683}),
    ),
    configure=_configure_davis,
)

DVXPLORER = UsbKind(
    "inivation-dvxplorer",
    "iniVation DVXplorer",
    "inivation_dvxplorer",
    _IDS,
    (640, 480),
    gives_raw=False,
    controls=(
        bias("on", "Threshold for brighter", f"{ON_WORDS} Higher: fewer.", 0, 15, 8),
        bias("off", "Threshold for darker", f"{OFF_WORDS} Higher: fewer.", 0, 15, 8),
        Control(
            "readout",
            "Read-out",
            "How often the sensor is read: 0 is 100 times a second, 3 is 1000, 10 is 15,000.",
            0,
            10,
            0,
            0,
            group="Rate",
        ),
    ),
    presets=(
        Preset("Factory", "As the maker set the camera."),
        Preset("Quiet", "Fewer events.", {"on": 11, "off": 11}),
        Preset("Sensitive", "Faint motion shows.", {"on": 5, "off": 5}),
    ),
    configure=_configure_dvxplorer,
)
