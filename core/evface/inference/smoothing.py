"""Landmarks held still without knowing what comes: for the overlay, live as well."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import LandmarkTrack, Source

# A pause longer than this begins anew.
_LONGEST_GAP_US = 200_000


@dataclass(frozen=True)
class OneEuro:
    """Settings of a one-euro filter: a low-pass that opens with speed.

    It lags by ``1 / (2 pi cutoff)``: 80 ms at rest by default, 8 ms at two sizes a second. What
    moves is hardly late, what rests does not flicker.

    Parameters
    ----------
    least_cutoff_hz
        Of what rests.
    opening
        Hz more for each size a second.
    speed_cutoff_hz
        Of the speed itself.

    References
    ----------
    Casiez, Roussel and Vogel, "1 Euro Filter: A Simple Speed-based Low-pass Filter for Noisy Input
    in Interactive Systems", CHI 2012.
    """

    least_cutoff_hz: float = 2.0
    opening: float = 9.0
    speed_cutoff_hz: float = 2.0

    def __post_init__(self) -> None:
        if not (self.least_cutoff_hz > 0 and self.opening >= 0 and self.speed_cutoff_hz > 0):
            raise ValueError("cutoffs must be above 0 and the opening at least 0")

    def lag_us(self, speed: float = 0.0) -> int:
        """Return how late slow changes arrive, us.

        Parameters
        ----------
        speed
            In sizes a second.

        Examples
        --------
        >>> OneEuro(least_cutoff_hz=1.0).lag_us()
        159155
        """
        return round(1e6 / (2 * math.pi * (self.least_cutoff_hz + self.opening * speed)))


@dataclass
class Smoother:
    """A one-euro filter at work on values that arrive one after another.

    Parameters
    ----------
    size
        What counts as 1 of the values: the size of the face for landmarks in px.
    """

    settings: OneEuro = field(default_factory=OneEuro)
    size: float = 1.0
    _t_us: int | None = field(default=None, init=False)
    _values: NDArray[np.float64] | None = field(default=None, init=False)
    _seen: NDArray[np.float64] | None = field(default=None, init=False)
    _speed: NDArray[np.float64] | None = field(default=None, init=False)

    def reset(self) -> None:
        """Forget everything."""
        self._t_us = self._values = self._seen = self._speed = None

    def step(self, values: NDArray[np.floating], t_us: int) -> NDArray[np.float64]:
        """Return the values of a moment, smoothed.

        Parameters
        ----------
        values : (..., d) float
            Those of one point move together. NaN begins that point anew.
        t_us
            Later than that of the last step.

        Raises
        ------
        ValueError
            If it is not.
        """
        now = np.asarray(values, np.float64)
        before, seen, speed, t_before_us = self._values, self._seen, self._speed, self._t_us
        if t_before_us is not None and t_us <= t_before_us:
            raise ValueError(f"t_us must be above {t_before_us}, got {t_us}")
        self._t_us, self._seen = t_us, now
        is_new = t_before_us is None or t_us - t_before_us > _LONGEST_GAP_US
        if is_new or t_before_us is None or before is None or seen is None or speed is None:
            self._values, self._speed = now, np.zeros_like(now)
            return now.copy()
        step_s = (t_us - t_before_us) * 1e-6
        known = np.isfinite(before).all(axis=-1, keepdims=True)
        before = np.where(known, before, now)
        # NaN in what was seen is NaN in what was made of it.
        raw = np.where(known, (now - seen) / (step_s * self.size), 0.0)
        kept = np.where(known & np.isfinite(speed), speed, 0.0)
        speed = kept + _share(self.settings.speed_cutoff_hz, step_s) * (raw - kept)
        fast = np.linalg.norm(speed, axis=-1, keepdims=True)
        cutoff = self.settings.least_cutoff_hz + self.settings.opening * fast
        smoothed = before + _share(cutoff, step_s) * (now - before)
        self._values, self._speed = smoothed, speed
        return np.asarray(smoothed.copy(), np.float64)


def smooth_landmarks(track: LandmarkTrack, settings: OneEuro | None = None) -> LandmarkTrack:
    """Return a track as it is smoothed live, from past frames alone.

    Parameters
    ----------
    track
        Not modified. Frames without a face begin anew.

    Returns
    -------
    LandmarkTrack
        Its source says how late it is.
    """
    settings = settings or OneEuro()
    boxes = track.boxes_px()
    sizes = np.fmax(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    known = sizes[np.isfinite(sizes)]
    smoother = Smoother(settings, float(np.median(known)) if len(known) else 1.0)
    landmarks = np.array(track.landmarks, np.float32)
    for row, (t_us, points) in enumerate(zip(track.times_us.tolist(), landmarks, strict=True)):
        landmarks[row] = smoother.step(points, t_us)
    source = track.source
    said = {**source.settings, "smoothing": "one euro", "lag_at_rest_us": settings.lag_us()}
    return replace(
        track,
        landmarks=landmarks,
        source=Source(source.kind, source.name, source.version, said),
    )


def _share(cutoff_hz: NDArray[np.float64] | float, step_s: float) -> NDArray[np.float64]:
    """Return how far a low-pass goes towards a new value."""
    turn = 2 * math.pi * step_s * np.asarray(cutoff_hz)
    return np.asarray(turn / (1 + turn), np.float64)
