"""Pictures of events as networks are fed them: three channels, whatever the representation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.representations import histogram, metavision_frame, time_surface, voxel_grid

InputRepresentation = Literal["frame", "voxel", "time_surface"]
INPUT_REPRESENTATIONS: tuple[InputRepresentation, ...] = get_args(InputRepresentation)

# Counts above this look alike.
_MAX_COUNT = 5
_N_BINS = 3
_TAU_US = 15_000
# What is older has faded below half a step of 1/255.
MEMORY_US = 95_000

# What the channels are worth in on minus off, and what they sum up to where nothing happens.
SIGNS: Mapping[str, tuple[tuple[float, float, float], float]] = {
    "frame": ((1.0, -1.0, 0.0), 0.0),
    "voxel": ((1.0, 1.0, 1.0), 3 * 128 / 255),
    "time_surface": ((1.0, -1.0, 0.0), 0.0),
}

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
    window_us
        Above 0. Plays no part in a time surface.
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
    draw = {"frame": _draw_frame, "voxel": _draw_voxel, "time_surface": _draw_time_surface}
    for picture, stop_us in zip(pictures, stops_us.tolist(), strict=True):
        draw[representation](events, stop_us, window_us, resolution, picture)
    return pictures


def enlarged(pictures: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    """Return square pictures at a larger size, each pixel repeated: (..., side_px, side_px)."""
    own_px = pictures.shape[-1]
    if own_px == side_px:
        return pictures
    nearest = (np.arange(side_px) * own_px + own_px // 2) // side_px
    return np.ascontiguousarray(pictures[..., nearest[:, None], nearest])


def _draw_frame(
    events: Events,
    stop_us: int,
    window_us: int,
    resolution: tuple[int, int],
    picture: NDArray[np.uint8],
) -> None:
    shown = events.between(stop_us - window_us, stop_us)
    if not len(shown):
        picture[:] = 0
        return
    counts = histogram(shown, resolution)
    np.take(_COUNT_TABLE, counts[..., 1], out=picture[0])
    np.take(_COUNT_TABLE, counts[..., 0], out=picture[1])
    np.take(_LAST_TABLE, metavision_frame(shown, resolution), out=picture[2])


def _draw_voxel(
    events: Events,
    stop_us: int,
    window_us: int,
    resolution: tuple[int, int],
    picture: NDArray[np.uint8],
) -> None:
    shown = events.between(stop_us - window_us, stop_us)
    if not len(shown):
        picture[:] = 128
        return
    grid = voxel_grid(
        shown, resolution, n_bins=_N_BINS, start_us=stop_us - window_us, stop_us=stop_us
    )
    np.tanh(grid / 2, out=grid)
    # Nothing is 128 exactly, and on and off lie equally far from it.
    np.rint(128.0 + 127.0 * grid, out=grid)
    picture[:] = grid


def _draw_time_surface(
    events: Events,
    stop_us: int,
    window_us: int,  # noqa: ARG001
    resolution: tuple[int, int],
    picture: NDArray[np.uint8],
) -> None:
    shown = events.between(stop_us - MEMORY_US, stop_us)
    if not len(shown):
        picture[:] = 0
        return
    surface = time_surface(shown, resolution, now_us=stop_us, tau_us=_TAU_US)
    np.rint(surface * 255, out=surface)
    picture[0], picture[1] = surface[..., 1], surface[..., 0]
    np.maximum(picture[0], picture[1], out=picture[2])
