"""What is known of the health of a recording."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from evface.events.findings import Findings


class Lamp(StrEnum):
    """How good a recording is, from the best to the worst."""

    GOOD = "good"
    LOOK = "look"
    BAD = "bad"


def severity(lamp: Lamp) -> int:
    """Return 0 for good, 2 for bad."""
    return list(Lamp).index(lamp)


class Fault(StrEnum):
    """What can be wrong with a recording."""

    EMPTY = "empty"
    CUT = "cut"
    DAMAGED = "damaged"
    OUTSIDE = "outside"
    RESTARTED = "restarted"
    JUMPED = "jumped"
    LATE = "late"
    SILENT = "silent"
    DROPPED = "dropped"
    SATURATED = "saturated"
    FLICKER = "flicker"
    HOT_PIXELS = "hot_pixels"
    ONE_SIDED = "one_sided"
    TRIGGERS = "triggers"


@dataclass(frozen=True)
class Reason:
    """Why a lamp is not green.

    Parameters
    ----------
    lamp
        What it makes of the recording.
    words, advice
        What was found, and what to do about it, for people.
    at_us
        Where to look, on the recording's clock; None where it is everywhere.
    """

    fault: Fault
    lamp: Lamp
    words: str
    advice: str
    at_us: int | None = None


@dataclass(frozen=True)
class Gap:
    """A stretch ``[start_us, stop_us)`` in which the whole sensor was suddenly silent."""

    start_us: int
    stop_us: int

    @property
    def length_us(self) -> int:
        """How long it is."""
        return self.stop_us - self.start_us


@dataclass(frozen=True)
class Gaps:
    """All gaps of a recording.

    Parameters
    ----------
    listed
        In order of time; of very many, all long ones and the first of the others.
    n_gaps, lost_us
        How many there are, and how long they are together.
    period_us
        How far they lie apart where they come regularly, else None.
    """

    listed: tuple[Gap, ...] = ()
    n_gaps: int = 0
    lost_us: int = 0
    period_us: int | None = None


@dataclass(frozen=True)
class Saturation:
    """Where events come no faster although there are more to be had.

    Parameters
    ----------
    limit_hz
        The rate that is not exceeded.
    held_us
        How long it was held altogether.
    first_us
        When it was first reached.
    """

    limit_hz: float
    held_us: int
    first_us: int


@dataclass(frozen=True)
class HotPixel:
    """A pixel that fires by itself, and its events among those that were read."""

    x: int
    y: int
    n_events: int


@dataclass(frozen=True)
class HotPixels:
    """All hot pixels of a recording.

    Parameters
    ----------
    busiest
        The busiest ones, the first the busiest.
    n_pixels
        How many there are.
    share
        Share of all events that they make, 0 to 1.
    """

    busiest: tuple[HotPixel, ...] = ()
    n_pixels: int = 0
    share: float = 0.0


@dataclass(frozen=True)
class Flicker:
    """Light that goes up and down with the mains.

    Parameters
    ----------
    rate_hz
        100 or 120.
    modulation
        By what share of the mean the rate of events swings, where it swings most; 1 is to zero.
    share
        Share of the picture that flickers, 0 to 1.
    place_px
        ``x0, y0, x1, y1`` of what flickers.
    harmonics_hz
        The multiples of `rate_hz` that stand out as well.
    """

    rate_hz: int
    modulation: float
    share: float
    place_px: tuple[int, int, int, int]
    harmonics_hz: tuple[int, ...] = ()


@dataclass(frozen=True)
class TriggerInput:
    """The edges at one input of the sensor.

    Parameters
    ----------
    n_rising, n_falling
        How many edges there are.
    period_us
        The usual time from a pulse to the next; NaN with fewer than two.
    n_missing
        Pulses that a regular rhythm would have and that are not there.
    missing_us
        Where the first is missing; None where none is.
    n_frames
        Frames of the video; None without one.
    frame_period_us
        The usual time from a frame to the next; NaN where it is not known.
    """

    channel: int
    n_rising: int
    n_falling: int
    period_us: float
    n_missing: int = 0
    missing_us: int | None = None
    n_frames: int | None = None
    frame_period_us: float = float("nan")

    @property
    def n_pulses(self) -> int:
        """Pulses; one whose beginning or end is not recorded counts as well."""
        return max(self.n_rising, self.n_falling)


@dataclass(frozen=True, eq=False)
class Facts:
    """What was measured of a recording.

    Parameters
    ----------
    resolution
        Sensor ``(width, height)``, px.
    n_events, duration_us
        Of the recording.
    share_read
        Share of the events that were looked at one by one, 0 to 1. Rates, gaps and saturation are
        always those of the whole recording.
    bin_us
        Length of the bins of `rates_hz` and `on_shares`.
    rates_hz : (n,) float64
        Events per second over time.
    on_shares : (n,) float64
        Share of on events over time, 0 to 1; NaN where hardly any were read.
    on_share
        Of all events that were read; NaN without any.
    n_segments
        Quarters of a second whose spectra were looked at for flicker.
    findings
        What the decoder found.
    """

    resolution: tuple[int, int]
    n_events: int
    duration_us: int
    share_read: float
    bin_us: int
    rates_hz: NDArray[np.float64]
    on_shares: NDArray[np.float64]
    on_share: float
    n_segments: int
    gaps: Gaps
    saturation: Saturation | None
    hot_pixels: HotPixels
    flicker: tuple[Flicker, ...]
    triggers: tuple[TriggerInput, ...]
    findings: Findings


@dataclass(frozen=True, eq=False)
class Health:
    """How good a recording is, and why.

    Parameters
    ----------
    reasons
        What is wrong, the worst first.
    notes
        What could not be judged, or not whole, one line each.
    """

    reasons: tuple[Reason, ...]
    notes: tuple[str, ...]
    facts: Facts

    @property
    def lamp(self) -> Lamp:
        """The worst of the reasons; good without any."""
        return max((reason.lamp for reason in self.reasons), key=severity, default=Lamp.GOOD)
