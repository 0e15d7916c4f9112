"""Prophesee's cameras at the USB, and what can be set about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from evface.cameras.base import Control, Preset
from evface.cameras.usb_kind import OFF_WORDS, ON_WORDS, UsbKind, bias, region

# As the driver's own rules for udev have them.
_IDS = ("04b4|31f7", "00f[4-5]|000[3-4]")
_RESOLUTION = (1280, 720)
# The driver counts events in periods of at most so long.
_RATE_PERIOD_US = 200
_MOST_MEV_PER_S = 200
_RATE_CAP = Control(
    "rate_cap",
    "Most events",
    "Beyond this rate the camera leaves out events at random. 0: no limit.",
    0,
    _MOST_MEV_PER_S,
    0,
    0,
    "Mev/s",
    "Rate",
)


def _masks(driver: Any, values: Mapping[str, int]) -> dict[str, Any]:
    """Return the settings that keep the pixels outside the region quiet."""
    left, top = values["region_left"], values["region_top"]
    width = min(values["region_width"], _RESOLUTION[0] - left)
    height = min(values["region_height"], _RESOLUTION[1] - top)
    if (width, height) == _RESOLUTION:
        return {}
    mask = driver.RowColumnMask(width=_RESOLUTION[0], height=_RESOLUTION[1], set=True)
    mask.clear_rectangle(x=left, y=top, width=width, height=height)
    return {"x_mask": mask.x_mask(), "y_mask": mask.y_mask(), "mask_intersection_only": False}


def _rate_limiter(module: Any, values: Mapping[str, int]) -> Any:
    if not values["rate_cap"]:
        return None
    return module.RateLimiter(
        reference_period_us=_RATE_PERIOD_US,
        maximum_events_per_period=values["rate_cap"] * _RATE_PERIOD_US,
    )


def _configure(name: str, biases: tuple[str, ...]) -> Callable[[Any, Mapping[str, int]], Any]:
    def configure(driver: Any, values: Mapping[str, int]) -> Any:
        module = getattr(driver, name)
        return module.Configuration(
            biases=module.Biases(**{name: values[name] for name in biases}),
            rate_limiter=_rate_limiter(module, values),
            **_masks(driver, values),
        )

    return configure


EVK4 = UsbKind(
    "prophesee-evk4",
    "Prophesee EVK4",
    "prophesee_evk4",
    _IDS,
    _RESOLUTION,
    gives_raw=True,
    # Offsets from what the factory set; the bounds are those of the sensor's manual.
    controls=(
        bias("diff_on", "Threshold for brighter", f"{ON_WORDS} Higher: fewer.", -85, 140, 0),
        bias("diff_off", "Threshold for darker", f"{OFF_WORDS} Higher: fewer.", -35, 190, 0),
        bias(
            "fo",
            "Speed of the pixels",
            "How fast a pixel follows the light. Higher: faster, with more noise.",
            -35,
            55,
            0,
        ),
        bias(
            "hpf",
            "Ignore slow changes",
            "Changes slower than this are left out. Higher: less noise, and slow motion fades.",
            0,
            120,
            0,
        ),
        bias(
            "refr",
            "Rest after an event",
            "How soon a pixel may send again. Higher: sooner, so more events.",
            -20,
            235,
            0,
        ),
        *region(*_RESOLUTION),
        _RATE_CAP,
    ),
    presets=(
        Preset("Factory", "As the maker set the camera."),
        Preset(
            "Quiet",
            "Fewer events and less noise; small motion fades.",
            {"diff_on": 40, "diff_off": 40},
        ),
        Preset(
            "Sensitive", "Faint motion shows, with more noise.", {"diff_on": -20, "diff_off": -20}
        ),
        Preset(
            "Flickering lights",
            "For lamps that flicker, and screens.",
            {"diff_on": 20, "diff_off": 20, "fo": -25, "hpf": 40},
        ),
        Preset("Slow computer", "Never more than 10 million events a second.", {"rate_cap": 10}),
    ),
    configure=_configure("prophesee_evk4", ("diff_on", "diff_off", "fo", "hpf", "refr")),
)

EVK3_HD = UsbKind(
    "prophesee-evk3-hd",
    "Prophesee EVK3 HD",
    "prophesee_evk3_hd",
    _IDS,
    _RESOLUTION,
    gives_raw=True,
    # Values of registers: 80 is the level in the middle, from which thresholds go either way.
    controls=(
        bias("diff_on", "Threshold for brighter", f"{ON_WORDS} Higher: fewer.", 81, 255, 115),
        bias("diff_off", "Threshold for darker", f"{OFF_WORDS} Lower: fewer.", 0, 79, 52),
        bias(
            "fo_p",
            "Speed of the pixels",
            "How fast a pixel follows the light. It changes flicker and noise.",
            0,
            255,
            74,
        ),
        bias("hpf", "Ignore slow changes", "Changes slower than this are left out.", 0, 255, 0),
        bias("refr", "Rest after an event", "How soon a pixel may send again.", 0, 255, 68),
        *region(*_RESOLUTION),
        _RATE_CAP,
    ),
    presets=(
        Preset("Factory", "As the maker set the camera."),
        Preset(
            "Quiet",
            "Fewer events and less noise; small motion fades.",
            {"diff_on": 130, "diff_off": 40},
        ),
        Preset(
            "Sensitive", "Faint motion shows, with more noise.", {"diff_on": 105, "diff_off": 60}
        ),
        Preset("Slow computer", "Never more than 10 million events a second.", {"rate_cap": 10}),
    ),
    configure=_configure("prophesee_evk3_hd", ("diff_on", "diff_off", "fo_p", "hpf", "refr")),
)
