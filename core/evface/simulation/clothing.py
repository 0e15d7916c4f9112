"""A plain shirt below the neck of a head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.morphable.topology import border_loops

_N_ANGLES = 96
# The trunk, an ellipse rounded towards a box, mm from its axis.
_HALF_WIDTH_MM, _HALF_DEPTH_MM = 205.0, 108.0
_SHOULDER_DROP_MM, _HEM_MM = 62.0, 330.0
_COLLAR_RISE_MM, _COLLAR_MM = 5.0, 2.4


@dataclass(frozen=True, eq=False)
class Shirt:
    """A mesh of cloth in the head's axes, for a head that faces the camera.

    Parameters
    ----------
    vertices : (n_vertices, 3) float32, mm
    triangles : (n_triangles, 3) int32
    """

    vertices: NDArray[np.float32]
    triangles: NDArray[np.int32]


def neck_rim(triangles: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the vertices of the skin's border at the neck, in order."""
    return border_loops(triangles)[0]


def make_shirt(rim_mm: NDArray[np.floating]) -> Shirt:
    """Hang a shirt with a round collar around a neck.

    Parameters
    ----------
    rim_mm : (n, 3) float, mm
        The border of the neck.
    """
    axis = rim_mm.mean(axis=0)
    angles = np.linspace(-np.pi, np.pi, _N_ANGLES, endpoint=False)
    around = np.arctan2(rim_mm[:, 0] - axis[0], rim_mm[:, 2] - axis[2])
    order = np.argsort(around)
    radius = np.interp(
        angles,
        around[order],
        np.hypot(rim_mm[:, 0] - axis[0], rim_mm[:, 2] - axis[2])[order],
        period=2 * np.pi,
    )
    height = np.interp(angles, around[order], rim_mm[order, 1], period=2 * np.pi)
    height = _smoothed(height)
    direction = np.stack([np.sin(angles), np.zeros_like(angles), np.cos(angles)], axis=1)
    power = 2.6
    trunk = (
        (np.abs(direction[:, 0]) / _HALF_WIDTH_MM) ** power
        + (np.abs(direction[:, 2]) / _HALF_DEPTH_MM) ** power
    ) ** (-1.0 / power)
    rings: list[NDArray[np.float64]] = []

    def add(distance: NDArray[np.floating], level: NDArray[np.floating]) -> None:
        ring = axis + direction * distance[:, None]
        ring[:, 1] = level
        rings.append(ring)

    top = height + _COLLAR_RISE_MM
    add(radius + 1.0, top - 16.0)
    # The collar, a round band.
    for turn in np.radians([180.0, 150.0, 110.0, 70.0, 30.0, 0.0]):
        middle = radius + 1.5 + _COLLAR_MM
        add(middle + _COLLAR_MM * np.cos(turn), top + _COLLAR_MM * np.sin(turn))
    add(radius + 1.5 + 2 * _COLLAR_MM, top - 13.0)
    add(radius + 2.4 + 2 * _COLLAR_MM, top - 15.0)
    # Over the shoulders, first along the neck's slope, then round and down.
    start = radius + 4.0 + 2 * _COLLAR_MM
    level = axis[1] + 0.25 * (height - axis[1]) - _SHOULDER_DROP_MM
    for share in np.linspace(0.06, 1.0, 14):
        distance = start + (trunk - start) * np.sin(share * np.pi / 2) ** 1.15
        fall = 1.0 - np.sqrt(np.clip(1.0 - share**2.2, 0.0, 1.0))
        add(distance, (top - 16.0) * (1 - share) + level * share - 45.0 * fall)
    for drop in np.linspace(0.15, 1.0, 6):
        add(trunk * (1.0 - 0.06 * drop), level - 45.0 - _HEM_MM * drop)
    vertices = np.concatenate(rings)
    return Shirt(vertices.astype(np.float32), _tube(len(rings), _N_ANGLES))


def _smoothed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return periodic values without their fine detail."""
    spectrum = np.fft.rfft(values)
    spectrum[4:] = 0
    return np.fft.irfft(spectrum, len(values))


def _tube(n_rings: int, n_around: int) -> NDArray[np.int32]:
    """Join rings, each above the next, to triangles that face outwards."""
    ring, place = np.mgrid[: n_rings - 1, :n_around]
    following = (place + 1) % n_around
    a, b = ring * n_around + place, ring * n_around + following
    c, d = a + n_around, b + n_around
    corners = np.stack([a, c, d, a, d, b], axis=-1)
    return corners.reshape(-1, 3).astype(np.int32)
