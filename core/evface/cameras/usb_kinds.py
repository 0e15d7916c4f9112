"""The USB cameras that evface knows, and what can be set about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evface.cameras.base import Control, Preset

# As the driver's own rules for udev have them.
_PROPHESEE_IDS = ("04b4|31f7", "00f[4-5]|000[3-4]")
_INIVATION_IDS = ("152a", "84[0-1]?")
# The driver counts events in periods of at most so long.
_RATE_PERIOD_US = 200
_MOST_MEV_PER_S = 200


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


def _bias(key: str, name: str, words: str, least: int, most: int, default: int) -> Control:
    return Control(key, name, words, least, most, default, default)


def _region(width: int, height: int) -> tuple[Control, ...]:
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
_ON_WORDS = "How much brighter a pixel must become before it sends an event."
_OFF_WORDS = "How much darker a pixel must become before it sends an event."


def _masks(driver: Any, values: Mapping[str, int], resolution: tuple[int, int]) -> dict[str, Any]:
    """Return the settings that keep the pixels outside the region quiet."""
    left, top = values["region_left"], values["region_top"]
    width = min(values["region_width"], resolution[0] - left)
    height = min(values["region_height"], resolution[1] - top)
    if (width, height) == resolution:
        return {}
    mask = driver.RowColumnMask(width=resolution[0], height=resolution[1], set=True)
    mask.clear_rectangle(x=left, y=top, width=width, height=height)
    return {"x_mask": mask.x_mask(), "y_mask": mask.y_mask(), "mask_intersection_only": False}


def _rate_limiter(module: Any, values: Mapping[str, int]) -> Any:
    if not values["rate_cap"]:
        return None
    return module.RateLimiter(
        reference_period_us=_RATE_PERIOD_US,
        maximum_events_per_period=values["rate_cap"] * _RATE_PERIOD_US,
    )


def _configure_prophesee(
    name: str, biases: tuple[str, ...]
) -> Callable[[Any, Mapping[str, int]], Any]:
    def configure(driver: Any, values: Mapping[str, int]) -> Any:
        module = getattr(driver, name)
        return module.Configuration(
            biases=module.Biases(**{name: values[name] for name in biases}),
            rate_limiter=_rate_limiter(module, values),
            **_masks(driver, values, (1280, 720)),
        )

    return configure


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


_EVK4 = UsbKind(
    "prophesee-evk4",
    "Prophesee EVK4",
    "prophesee_evk4",
    _PROPHESEE_IDS,
    (1280, 720),
    gives_raw=True,
    # Offsets from what the factory set; the bounds are those of the sensor's manual.
    controls=(
        _bias("diff_on", "Threshold for brighter", f"{_ON_WORDS} Higher: fewer.", -85, 140, 0),
        _bias("diff_off", "Threshold for darker", f"{_OFF_WORDS} Higher: fewer.", -35, 190, 0),
        _bias(
            "fo",
            "Speed of the pixels",
            "How fast a pixel follows the light. Higher: faster, with more noise.",
            -35,
            55,
            0,
        ),
        _bias(
            "hpf",
            "Ignore slow changes",
            "Changes slower than this are left out. Higher: less noise, and slow motion fades.",
            0,
            120,
            0,
        ),
        _bias(
            "refr",
            "Rest after an event",
            "How soon a pixel may send again. Higher: sooner, so more events.",
            -20,
            235,
            0,
        ),
        *_region(1280, 720),
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
    configure=_configure_prophesee("prophesee_evk4", ("diff_on", "diff_off", "fo", "hpf", "refr")),
)

_EVK3_HD = UsbKind(
    "prophesee-evk3-hd",
    "Prophesee EVK3 HD",
    "prophesee_evk3_hd",
    _PROPHESEE_IDS,
    (1280, 720),
    gives_raw=True,
    # Values of registers: 80 is the level in the middle, from which thresholds go either way.
    controls=(
        _bias("diff_on", "Threshold for brighter", f"{_ON_WORDS} Higher: fewer.", 81, 255, 115),
        _bias("diff_off", "Threshold for darker", f"{_OFF_WORDS} Lower: fewer.", 0, 79, 52),
        _bias(
            "fo_p",
            "Speed of the pixels",
            "How fast a pixel follows the light. It changes flicker and noise.",
            0,
            255,
            74,
        ),
        _bias("hpf", "Ignore slow changes", "Changes slower than this are left out.", 0, 255, 0),
        _bias("refr", "Rest after an event", "How soon a pixel may send again.", 0, 255, 68),
        *_region(1280, 720),
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
    configure=_configure_prophesee(
        "prophesee_evk3_hd", ("diff_on", "diff_off", "fo_p", "hpf", "refr")
    ),
)

_DAVIS346 = UsbKind(
    "inivation-davis346",
    "iniVation DAVIS 346",
    "inivation_davis346",
    _INIVATION_IDS,
    (346, 260),
    gives_raw=False,
    controls=(
        _bias("onbn", "Threshold for brighter", f"{_ON_WORDS} Higher: fewer.", 0, 2047, 1564),
        _bias("offbn", "Threshold for darker", f"{_OFF_WORDS} Lower: fewer.", 0, 2047, 583),
        _bias(
            "prbp",
            "Speed of the pixels",
            "How fast a pixel follows the light. Higher: faster, with more noise.",
            0,
            2047,
            575,
        ),
        _bias(
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
        *_region(346, 260),
    ),
    presets=(
        Preset("Factory", "As the maker set the camera."),
        Preset("Quiet", "Fewer events.", {"onbn": 1664, "offbn": 483}),
        Preset("Sensitive", "Faint motion shows.", {"onbn": 1464, "offbn": 683}),
    ),
    configure=_configure_davis,
)

_DVXPLORER = UsbKind(
    "inivation-dvxplorer",
    "iniVation DVXplorer",
    "inivation_dvxplorer",
    _INIVATION_IDS,
    (640, 480),
    gives_raw=False,
    controls=(
        _bias("on", "Threshold for brighter", f"{_ON_WORDS} Higher: fewer.", 0, 15, 8),
        _bias("off", "Threshold for darker", f"{_OFF_WORDS} Higher: fewer.", 0, 15, 8),
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

USB_KINDS = {kind.name: kind for kind in (_EVK4, _EVK3_HD, _DAVIS346, _DVXPLORER)}
