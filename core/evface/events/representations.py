"""Event images: what the panes show and what the models are fed."""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.palettes import (
    MAX_SHOWN_COUNT,
    N_SURFACE_LEVELS,
    Palette,
    check_representation,
    lookup_table,
)

T = TypeVar("T", bound=np.generic)

# A time surface shown for a window decays to 5 % across it.
SURFACE_DECAYS_PER_WINDOW = 3


def metavision_frame(
    events: Events, resolution: tuple[int, int], *, out: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    """Show the last polarity of each pixel, as Metavision's event frames do.

    Parameters
    ----------
    events
        Sorted by ``t``. May be empty. Not modified. Those outside the sensor are left out.
    resolution
        Sensor ``(width, height)``, px.
    out : (height, width) uint8, C order
        Overwritten and returned where given.

    Returns
    -------
    (height, width) uint8
        0 where there is no event, 1 where the last one is off, 2 where it is on.

    Raises
    ------
    ValueError
        If the resolution is not positive, or `out` has another shape or dtype.

    References
    ----------
    Prophesee OpenEB 5, ``PeriodicFrameGenerationAlgorithm``: a frame at ``ts`` shows the events
    in ``[ts - accumulation, ts)``, so pass those.
    """
    image = _prepare(out, _shape(resolution), np.uint8)
    _fill_last_polarity(events.x, events.y, events.p, image)
    return image


def histogram(
    events: Events, resolution: tuple[int, int], *, out: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    """Count the events of each pixel and polarity, at most 255.

    Parameters
    ----------
    events
        May be empty. Not modified. Those outside the sensor are left out.
    resolution
        Sensor ``(width, height)``, px.
    out : (height, width, 2) uint8, C order
        Overwritten and returned where given.

    Returns
    -------
    (height, width, 2) uint8, events
        Off in channel 0, on in channel 1; 255 stands for 255 or more.

    Raises
    ------
    ValueError
        If the resolution is not positive, or `out` has another shape or dtype.
    """
    image = _prepare(out, (*_shape(resolution), 2), np.uint8)
    _fill_histogram(events.x, events.y, events.p, image)
    return image


def time_surface(
    events: Events,
    resolution: tuple[int, int],
    *,
    now_us: int,
    tau_us: float,
    out: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    r"""Show how recent the last event of each pixel and polarity is.

    .. math:: S(x, y, p) = \exp(-(t_{now} - t_{last}(x, y, p)) / \tau)

    Parameters
    ----------
    events
        Sorted by ``t``. May be empty. Not modified. Those outside the sensor or later than
        `now_us` are left out.
    resolution
        Sensor ``(width, height)``, px.
    now_us
        The moment that is shown, on the clock of `events`.
    tau_us
        Time in which the surface decays to 1/e. Above 0.
    out : (height, width, 2) float32, C order
        Overwritten and returned where given.

    Returns
    -------
    (height, width, 2) float32, 0 to 1
        Off in channel 0, on in channel 1; 0 where there is no event.

    Raises
    ------
    ValueError
        If `tau_us` or the resolution is not positive, or `out` has another shape or dtype.

    References
    ----------
    Lagorce et al., "HOTS: A Hierarchy of Event-Based Time-Surfaces for Pattern Recognition",
    TPAMI 2017. Differs: the surface of the whole sensor at a given moment, not of a
    neighbourhood at each event.
    """
    if not tau_us > 0:
        raise ValueError(f"tau_us must be above 0, got {tau_us}")
    image = _prepare(out, (*_shape(resolution), 2), np.float32)
    _fill_time_surface(events.t, events.x, events.y, events.p, now_us, 1.0 / tau_us, image)
    return image


def voxel_grid(
    events: Events,
    resolution: tuple[int, int],
    *,
    n_bins: int,
    start_us: int | None = None,
    stop_us: int | None = None,
    out: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    r"""Spread signed events over time bins with a linear kernel.

    .. math:: V(x, y, b) = \sum_i p_i \max(0, 1 - |b - b_i|), \quad
              b_i = (n_{bins} - 1)(t_i - t_0) / (t_1 - t_0)

    Parameters
    ----------
    events
        Sorted by ``t``. May be empty. Not modified. ``p`` counts as +1 (on) or -1 (off). Those
        outside the sensor, before `start_us` or after `stop_us` are left out.
    resolution
        Sensor ``(width, height)``, px.
    n_bins
        At least 2.
    start_us, stop_us
        On which the first and the last bin sit; the first and the last event where None.
    out : (n_bins, height, width) float32, C order
        Overwritten and returned where given.

    Returns
    -------
    (n_bins, height, width) float32, events
        Sums to the number of on events minus the number of off events.

    Raises
    ------
    ValueError
        If `n_bins` is below 2, the resolution is not positive, `stop_us` lies before `start_us`,
        or `out` has another shape or dtype.

    References
    ----------
    Zhu et al., "Unsupervised Event-based Learning of Optical Flow, Depth and Egomotion", CVPR
    2019, Sec. 3.1. Differs: no bilinear kernel in x and y.
    """
    if n_bins < 2:
        raise ValueError(f"n_bins must be at least 2, got {n_bins}")
    image = _prepare(out, (n_bins, *_shape(resolution)), np.float32)
    first_us = (int(events.t[0]) if len(events) else 0) if start_us is None else start_us
    last_us = (int(events.t[-1]) if len(events) else first_us) if stop_us is None else stop_us
    if last_us < first_us:
        raise ValueError(f"stop_us must not lie before start_us, got {first_us} to {last_us}")
    _fill_voxel_grid(events.t, events.x, events.y, events.p, first_us, last_us, image)
    return image


def index_image(
    events: Events,
    representation: str,
    *,
    resolution: tuple[int, int],
    window_us: int,
    stop_us: int,
    out: NDArray[np.uint8] | None = None,
) -> NDArray[np.uint8]:
    """Draw a window of events as an 8-bit image to be shown through `lookup_table`.

    Parameters
    ----------
    events
        Sorted by ``t``. May be empty and may reach beyond the window. Not modified.
    representation
        ``"metavision"``; ``"histogram"``; or ``"time_surface"``, which decays by 1/e in a third
        of the window.
    resolution
        Sensor ``(width, height)``, px.
    window_us, stop_us
        The events in ``[stop_us - window_us, stop_us)`` are shown. `window_us` is above 0.
    out : (height, width) uint8, C order
        Overwritten and returned where given.

    Returns
    -------
    (height, width) uint8
        ``metavision``: as `metavision_frame`. ``histogram``: 16 n_off + n_on, each at most 15.
        ``time_surface``: 0 without events, else the channel of the last event at 127 levels:
        1 to 127 for off, 129 to 255 for on.

    Raises
    ------
    ValueError
        If there is no such representation, or a size is not positive.
    """
    check_representation(representation)
    if window_us <= 0:
        raise ValueError(f"window_us must be above 0, got {window_us}")
    image = _prepare(out, _shape(resolution), np.uint8)
    shown = events.between(stop_us - window_us, stop_us)
    if representation == "metavision":
        _fill_last_polarity(shown.x, shown.y, shown.p, image)
    elif representation == "histogram":
        _fill_count_index(shown.x, shown.y, shown.p, image)
    else:
        rate = SURFACE_DECAYS_PER_WINDOW / window_us
        _fill_surface_index(shown.t, shown.x, shown.y, shown.p, stop_us, rate, image)
    return image


def render_representation(
    events: Events,
    representation: str,
    palette: Palette | str = Palette.DARK,
    *,
    resolution: tuple[int, int],
    window_us: int,
    stop_us: int,
) -> NDArray[np.uint8]:
    """Draw a window of events in colour: `index_image` through `lookup_table`.

    Returns
    -------
    (height, width, 3) uint8, RGB
    """
    image = index_image(
        events, representation, resolution=resolution, window_us=window_us, stop_us=stop_us
    )
    return lookup_table(representation, palette)[image]


def _shape(resolution: tuple[int, int]) -> tuple[int, int]:
    width, height = resolution
    if width <= 0 or height <= 0:
        raise ValueError(f"resolution must be positive, got {width} x {height}")
    return height, width


def _prepare(out: NDArray[T] | None, shape: tuple[int, ...], dtype: type[T]) -> NDArray[T]:
    if out is None:
        return np.empty(shape, dtype)
    if out.shape != shape or out.dtype != dtype or not out.flags.c_contiguous:
        raise ValueError(
            f"out must be {shape} {np.dtype(dtype)} in C order, got {out.shape} {out.dtype}"
        )
    return out


# The kernels write through a flat index because numba then drops the bounds' arithmetic.
@njit(cache=True, nogil=True)
def _fill_last_polarity(x, y, p, image):  # type: ignore[no-untyped-def]
    height, width = image.shape
    flat = image.reshape(-1)
    flat[:] = 0
    for i in range(x.size):
        if x[i] < width and y[i] < height:
            flat[np.uint32(y[i]) * np.uint32(width) + x[i]] = 1 + p[i]


@njit(cache=True, nogil=True)
def _fill_histogram(x, y, p, image):  # type: ignore[no-untyped-def]
    height, width, _ = image.shape
    flat = image.reshape(-1)
    flat[:] = 0
    for i in range(x.size):
        if x[i] < width and y[i] < height:
            k = (np.uint32(y[i]) * np.uint32(width) + x[i]) * np.uint32(2) + np.uint32(p[i])
            count = flat[k]
            flat[k] = count + (count < 255)


@njit(cache=True, nogil=True)
def _fill_time_surface(t, x, y, p, now_us, rate, image):  # type: ignore[no-untyped-def]
    height, width, _ = image.shape
    flat = image.reshape(-1)
    flat[:] = 0
    value, value_t = np.float32(1), now_us
    for i in range(x.size):
        if t[i] > now_us:
            break
        if x[i] < width and y[i] < height:
            if t[i] != value_t:
                value_t = t[i]
                value = np.float32(math.exp((value_t - now_us) * rate))
            flat[(np.uint32(y[i]) * np.uint32(width) + x[i]) * np.uint32(2) + np.uint32(p[i])] = (
                value
            )


@njit(cache=True, nogil=True)
def _fill_voxel_grid(t, x, y, p, start_us, stop_us, image):  # type: ignore[no-untyped-def]
    n_bins, height, width = image.shape
    n_pixels = np.uint32(height) * np.uint32(width)
    flat = image.reshape(-1)
    flat[:] = 0
    bins_per_us = (n_bins - 1) / max(stop_us - start_us, 1)
    for i in range(x.size):
        if t[i] < start_us or t[i] > stop_us or x[i] >= width or y[i] >= height:
            continue
        place = (t[i] - start_us) * bins_per_us
        before = min(int(place), n_bins - 2)
        share = np.float32(place - before)
        sign = np.float32(1) if p[i] else np.float32(-1)
        k = np.uint32(before) * n_pixels + np.uint32(y[i]) * np.uint32(width) + x[i]
        flat[k] += sign * (np.float32(1) - share)
        flat[k + n_pixels] += sign * share


@njit(cache=True, nogil=True)
def _fill_count_index(x, y, p, image):  # type: ignore[no-untyped-def]
    height, width = image.shape
    flat = image.reshape(-1)
    flat[:] = 0
    for i in range(x.size):
        if x[i] < width and y[i] < height:
            k = np.uint32(y[i]) * np.uint32(width) + x[i]
            counts = flat[k]
            shift = 0 if p[i] else 4
            flat[k] = counts + ((((counts >> shift) & 15) < MAX_SHOWN_COUNT) << shift)


@njit(cache=True, nogil=True)
def _fill_surface_index(t, x, y, p, now_us, rate, image):  # type: ignore[no-untyped-def]
    height, width = image.shape
    flat = image.reshape(-1)
    flat[:] = 0
    level, level_t = N_SURFACE_LEVELS, now_us
    for i in range(x.size):
        if x[i] < width and y[i] < height:
            if t[i] != level_t:
                level_t = t[i]
                level = math.ceil(math.exp((level_t - now_us) * rate) * N_SURFACE_LEVELS)
            flat[np.uint32(y[i]) * np.uint32(width) + x[i]] = level + 128 * p[i]
