"""Pictures of events as networks are fed them: three channels, whatever the representation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.representations.adaptive import LocallyAdaptiveSurface
from evface.events.representations.counting import Histogram, MetavisionFrame
from evface.events.representations.slices import VoxelGrid
from evface.events.representations.surfaces import TimeSurface

InputRepresentation = Literal["frame", "voxel", "time_surface", "adaptive"]
INPUT_REPRESENTATIONS: tuple[InputRepresentation, ...] = get_args(InputRepresentation)

# Counts above this look alike.
_MAX_COUNT = 5
_COUNTS, _LAST = Histogram(), MetavisionFrame()
_VOXELS = VoxelGrid(n_bins=3)
_SURFACE = TimeSurface(tau_us=15_000)
# What is older has faded below half a step of 1/255.
MEMORY_US = _SURFACE.lookback_us
# From fast to slow decay.
_ADAPTIVE = tuple(LocallyAdaptiveSurface(fade_count=count) for count in (0.8, 3.2, 12.8))

# What the channels are worth in on minus off, and what they sum up to where nothing happens.
SIGNS: Mapping[str, tuple[tuple[float, float, float], float]] = {
    "frame": ((1.0, -1.0, 0.0), 0.0),
    "voxel": ((1.0, 1.0, 1.0), 3 * 128 / 255),
    "time_surface": ((1.0, -1.0, 0.0), 0.0),
    "adaptive": ((1.0, 1.0, 1.0), 3 * 128 / 255),
}
# The level of a channel where nothing happens.
BACKGROUNDS: Mapping[str, int] = {"frame": 0, "voxel": 128, "time_surface": 0, "adaptive": 128}

_COUNT_TABLE = (np.minimum(np.arange(256), _MAX_COUNT) * (255 // _MAX_COUNT)).astype(np.uint8)
_LAST_TABLE = np.array([0, 128, 255], np.uint8)


def event_pictures(
    events: Events,
    stops_us: NDArray[np.int64],
    *,
    representation: InputRepresentation,
    window_us: int,
    resolution: tuple[int, int],
) -> NDArray[np.uint8]:
    """Draw the window of events that ends at each of some moments.

    Parameters
    ----------
    events
        Sorted by ``t``. May be empty. Not modified.
    stops_us : (t,) int64
        The events in ``[stop - window_us, stop)`` are shown.
    representation
        ``"frame"``: counts of on and off up to 5, and the last polarity (0 none, 0.5 off, 1 on).
        ``"voxel"``: three signed bins V as ``0.5 + 0.5 tanh(V / 2)``.
        ``"time_surface"``: of on and of off, decaying to 1/e in 15 ms, and the larger of the two;
        it remembers what came before the window, so that a still face fades slowly.
        ``"adaptive"``: three locally adaptive surfaces A, from fast to slow decay, as
        ``0.5 + 0.5 tanh(A / 2)``; they remember as long as the time surface does.
    window_us
        Above 0. Plays no part in surfaces.
    resolution
        ``(width, height)`` of the pictures, px.

    Returns
    -------
    (t, 3, height, width) uint8
        255 stands for 1.

    Raises
    ------
    ValueError
        If there is no such representation, or the window is not above 0.
    """
    if representation not in INPUT_REPRESENTATIONS:
        raise ValueError(
            f"representation must be one of {', '.join(INPUT_REPRESENTATIONS)}, "
            f"got {representation!r}"
        )
    if window_us <= 0:
        raise ValueError(f"window_us must be above 0, got {window_us}")
    width, height = resolution
    pictures = np.empty((len(stops_us), 3, height, width), np.uint8)
    draw, _ = _DRAWN[representation]
    span_us = reach_us(representation, window_us)
    for picture, stop_us in zip(pictures, stops_us.tolist(), strict=True):
        start_us = stop_us - span_us
        shown = events.between(start_us, stop_us)
        if len(shown):
            draw(shown, start_us, stop_us, resolution, picture)
        else:
            picture[:] = BACKGROUNDS[representation]
    return pictures


def reach_us(representation: InputRepresentation, window_us: int) -> int:
    """Return how long before a moment events play a part in the picture of its window."""
    _, span_us = _DRAWN[representation]
    return span_us or window_us


def enlarged(pictures: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    """Return square pictures at a larger size, each pixel repeated: (..., side_px, side_px)."""
    own_px = pictures.shape[-1]
    if own_px == side_px:
        return pictures
    nearest = (np.arange(side_px) * own_px + own_px // 2) // side_px
    return np.ascontiguousarray(pictures[..., nearest[:, None], nearest])


def _draw_frame(
    shown: Events,
    start_us: int,
    stop_us: int,
    resolution: tuple[int, int],
    picture: NDArray[np.uint8],
) -> None:
    counts = _COUNTS.compute(shown, resolution, start_us=start_us, stop_us=stop_us)
    last = _LAST.compute(shown, resolution, start_us=start_us, stop_us=stop_us)
    np.take(_COUNT_TABLE, counts[..., 1], out=picture[0])
    np.take(_COUNT_TABLE, counts[..., 0], out=picture[1])
    np.take(_LAST_TABLE, last, out=picture[2])


def _draw_voxel(
    shown: Events,
    start_us: int,
    stop_us: int,
    resolution: tuple[int, int],
    picture: NDArray[np.uint8],
) -> None:
    grid = _VOXELS.compute(shown, resolution, start_us=start_us, stop_us=stop_us)
    _lay_signed(grid, picture)


def _draw_time_surface(
    shown: Events,
    start_us: int,
    stop_us: int,
    resolution: tuple[int, int],
    picture: NDArray[np.uint8],
) -> None:
    surface = _SURFACE.compute(shown, resolution, start_us=start_us, stop_us=stop_us)
    np.rint(surface * 255, out=surface)
    picture[0], picture[1] = surface[..., 1], surface[..., 0]
    np.maximum(picture[0], picture[1], out=picture[2])


def _draw_adaptive(
    shown: Events,
    start_us: int,
    stop_us: int,
    resolution: tuple[int, int],
    picture: NDArray[np.uint8],
) -> None:
    for channel, surface in zip(picture, _ADAPTIVE, strict=True):
        sums = surface.compute(shown, resolution, start_us=start_us, stop_us=stop_us)
        _lay_signed(sums, channel)


def _lay_signed(sums: NDArray[np.float32], picture: NDArray[np.uint8]) -> None:
    """Write sums as levels: nothing is 128 exactly, and on and off lie equally far from it."""
    np.tanh(sums / 2, out=sums)
    np.rint(128.0 + 127.0 * sums, out=sums)
    picture[:] = sums


_Draw = Callable[[Events, int, int, tuple[int, int], NDArray[np.uint8]], None]
# With the stretch before a moment that is drawn, 0 for the window.
_DRAWN: Mapping[str, tuple[_Draw, int]] = {
    "frame": (_draw_frame, 0),
    "voxel": (_draw_voxel, 0),
    "time_surface": (_draw_time_surface, MEMORY_US),
    "adaptive": (_draw_adaptive, MEMORY_US),
}
