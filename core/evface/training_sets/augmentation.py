"""What chance does to events before they become pictures, and to the place of the face."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.training_sets.placement import Jitter


@dataclass(frozen=True)
class Augmentation:
    """How strong each change is; all are 0 for none.

    Parameters
    ----------
    event_drop
        At most this share of the events is left out, evenly.
    noise_rate_hz
        At most so many events that mean nothing are added, a pixel and second.
    polarity_flip
        Probability that on and off are exchanged, as if contrast were.
    window_jitter
        Windows become at most this share longer or shorter.
    scale, rotation_deg, shift
        At most so much larger or smaller, turned either way, and moved, in shares of the square.
        Normal with half of that as standard deviation, cut there.
    mirror
        Probability that the clip is mirrored, where its labels can be.
    rgb_gain
        Contrast and brightness of the video change by at most this share.
    """

    event_drop: float = 0.3
    noise_rate_hz: float = 0.1
    polarity_flip: float = 0.0
    window_jitter: float = 0.2
    scale: float = 0.1
    rotation_deg: float = 8.0
    shift: float = 0.06
    mirror: float = 0.5
    rgb_gain: float = 0.2

    def __post_init__(self) -> None:
        for name in ("event_drop", "polarity_flip", "mirror"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be 0 to 1, got {getattr(self, name)}")
        for name in ("window_jitter", "scale", "rgb_gain"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must be 0 to below 1, got {getattr(self, name)}")
        for name in ("noise_rate_hz", "rotation_deg", "shift"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")

    def draw_jitter(self, random: np.random.Generator) -> Jitter:
        """Draw how the square is moved."""
        scale, angle, x, y = np.clip(random.normal(0.0, 0.5, 4), -1.0, 1.0).tolist()
        return Jitter(
            1.0 + self.scale * scale,
            math.radians(self.rotation_deg * angle),
            (self.shift * x, self.shift * y),
        )

    def draw_window_factor(self, random: np.random.Generator) -> float:
        """Draw how many times as long the windows become."""
        return 1.0 + self.window_jitter * random.uniform(-1.0, 1.0)

    def change_rgb(
        self, pictures: NDArray[np.uint8], random: np.random.Generator
    ) -> NDArray[np.uint8]:
        """Change contrast and brightness of a clip's pictures, all alike. Not modified."""
        contrast, brightness = self.rgb_gain * random.uniform(-1.0, 1.0, 2)
        if not self.rgb_gain:
            return pictures
        levels = np.arange(256) * (1 + contrast) + 255 * brightness / 2
        return np.asarray(np.rint(np.clip(levels, 0, 255)).astype(np.uint8)[pictures])

    def change_events(
        self,
        events: Events,
        random: np.random.Generator,
        *,
        resolution: tuple[int, int],
        stop_us: int,
    ) -> Events:
        """Drop some events, exchange polarities, and add some that mean nothing.

        Parameters
        ----------
        events
            From 0 to `stop_us`. Not modified.
        """
        events = drop_events(events, self.event_drop * random.uniform(), random)
        if random.uniform() < self.polarity_flip:
            events = Events(events.t, events.x, events.y, ~events.p)
        rate_hz = self.noise_rate_hz * random.uniform()
        return add_noise(events, rate_hz, random, resolution=resolution, stop_us=stop_us)


NO_AUGMENTATION = Augmentation(0, 0, 0, 0, 0, 0, 0, 0, 0)


def drop_events(events: Events, share: float, random: np.random.Generator) -> Events:
    """Leave out a share of the events, evenly, to the next 256th. `events` is not modified."""
    if share <= 0:
        return events
    drawn = np.frombuffer(random.bytes(len(events)), np.uint8)
    kept = np.flatnonzero(drawn >= round(256 * share))
    return Events(events.t[kept], events.x[kept], events.y[kept], events.p[kept])


def add_noise(
    events: Events,
    rate_hz: float,
    random: np.random.Generator,
    *,
    resolution: tuple[int, int],
    stop_us: int,
) -> Events:
    """Add events at random places and times in ``[0, stop_us)``. `events` is not modified.

    Parameters
    ----------
    rate_hz
        A pixel and second.
    """
    width, height = resolution
    n = int(random.poisson(rate_hz * width * height * stop_us * 1e-6)) if stop_us > 0 else 0
    if not n:
        return events
    t = np.sort(random.integers(0, stop_us, n))
    x = random.integers(0, width, n, dtype=np.uint16)
    y = random.integers(0, height, n, dtype=np.uint16)
    p = random.random(n) < 0.5
    place = np.searchsorted(events.t, t, side="right")
    return Events(
        np.insert(events.t, place, t),
        np.insert(events.x, place, x),
        np.insert(events.y, place, y),
        np.insert(events.p, place, p),
    )
