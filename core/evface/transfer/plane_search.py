"""Where the face is in the event picture: a similarity that lays moving edges over one another."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from evface.geometry.transforms import PlanarTransform
from evface.transfer.edge_agreement import blurred
from evface.transfer.edges import MovingEdges

# The event picture is searched at this width, which leaves a face some tens of pixels.
_WIDTH_PX = 160
_BLUR_PX = 1.5
# The face's height is between these shares of the event picture's.
_LEAST_HEIGHT, _MOST_HEIGHT = 0.15, 1.5
_SCALE_STEP = 1.08
_ROLLS_DEG = (-12.0, -8.0, -4.0, 4.0, 8.0, 12.0)
# Intervals with the most events that take part: more cost time and change nothing.
_N_INTERVALS = 24
# Of the face's own changes this share must fall into the event picture.
_LEAST_INSIDE = 0.5
# Of all that moves in the event picture, about this share is not the face.
_REST = 0.1


@dataclass(frozen=True, eq=False)
class Plane:
    """A similarity found by its moving edges.

    Parameters
    ----------
    event_from_rgb
        Maps RGB pixels to event pixels. Mirrors where `is_mirrored`.
    correlation
        Of the signed changes under it, -1 to 1.
    is_mirrored
        Whether left and right are exchanged.
    """

    event_from_rgb: PlanarTransform
    correlation: float
    is_mirrored: bool


def find_plane(
    edges: MovingEdges, face_box_px: tuple[float, float, float, float]
) -> tuple[Plane, Plane]:
    """Search all places, scales and small rolls for the face's moving edges.

    Parameters
    ----------
    edges
        Not modified.
    face_box_px
        Left, top, right and bottom of the face in the RGB picture, over all intervals.

    Returns
    -------
    plain, mirrored
        The best similarity as it should be, and the best one with left and right exchanged.
    """
    energy = np.abs(edges.events).sum(axis=(1, 2))
    edges = edges.rows(np.sort(np.argsort(-energy)[:_N_INTERVALS]))
    height, width = edges.events.shape[1:]
    shrink = max(1.0, width / _WIDTH_PX)
    size = (max(1, round(width / shrink)), max(1, round(height / shrink)))
    small = [
        cv2.resize(blurred(picture, _BLUR_PX * shrink), size, interpolation=cv2.INTER_AREA)
        for picture in edges.events
    ]
    search = _Search(_even(np.stack(small)))
    template, corner_px = _cut_out(edges, face_box_px)
    scales = _scales(template.shape[1], size[1])
    plain = [search.place(template, scale, 0.0) for scale in scales]
    mirrored = [search.place(template[:, :, ::-1], scale, 0.0) for scale in scales]
    best, best_mirrored = max(plain), max(mirrored)
    rolls = [search.place(template, best.scale * k, r) for r in _ROLLS_DEG for k in (0.96, 1, 1.04)]
    best = max([best, *rolls])
    # From pixels of the RGB camera to those of the template and on to those of the event camera.
    into = _scaling(1 / edges.rgb_shrink, -corner_px)
    out = _scaling(shrink * edges.events_shrink, np.zeros(2))
    flip = np.array([[-1.0, 0.0, template.shape[2] - 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    return (
        Plane(PlanarTransform(out @ best.matrix @ into), best.correlation, False),
        Plane(
            PlanarTransform(out @ best_mirrored.matrix @ flip @ into),
            best_mirrored.correlation,
            True,
        ),
    )


@dataclass(frozen=True, eq=False)
class _Place:
    """Where a template fits best at one scale and roll; `matrix` maps its pixels."""

    correlation: float
    scale: float
    matrix: NDArray[np.float64]

    def __lt__(self, other: _Place) -> bool:
        return self.correlation < other.correlation


class _Search:
    """Correlates templates with pictures, all intervals at once, at every shift.

    Parameters
    ----------
    pictures : (n, height, width) float32
    """

    def __init__(self, pictures: NDArray[np.float32]) -> None:
        self._pictures = pictures
        self._transforms: dict[tuple[int, int], tuple[NDArray[np.complex64], ...]] = {}

    def place(self, template: NDArray[np.float32], scale: float, roll_deg: float) -> _Place:
        """Return the best shift of a template that is scaled and rolled."""
        turned, valid, matrix = _turn(template, scale, roll_deg)
        height, width = self._pictures.shape[1:]
        shape = (
            fft.next_fast_len(height + turned.shape[1], real=True),
            fft.next_fast_len(width + turned.shape[2], real=True),
        )
        if shape not in self._transforms:
            self._transforms[shape] = (
                fft.rfft2(self._pictures, shape),
                fft.rfft2((self._pictures**2).sum(axis=0), shape),
                fft.rfft2(np.ones((height, width), np.float32), shape),
            )
        pictures, power, ones = self._transforms[shape]

        def correlate(
            picture: NDArray[np.complex64], other: NDArray[np.complex64]
        ) -> NDArray[np.float32]:
            return np.asarray(fft.irfft2(picture * other.conj(), shape), np.float32)

        cross = fft.irfft2((pictures * fft.rfft2(turned, shape).conj()).sum(axis=0), shape)
        template_power = (turned**2).sum(axis=0)
        seen = correlate(ones, fft.rfft2(template_power, shape))
        fired = correlate(power, fft.rfft2(valid, shape))
        total = float(template_power.sum())
        allowed = seen > _LEAST_INSIDE * total
        # A face is most of what moves: a corner in which next to nothing does is none.
        heard = np.maximum(fired, 0.0) + _REST * float((self._pictures**2).sum())
        score = np.where(allowed, cross / np.sqrt(heard * np.maximum(seen, 1e-12)), -1.0)
        row, column = np.unravel_index(int(score.argmax()), shape)
        y = row - shape[0] if row > height else row
        x = column - shape[1] if column > width else column
        shift = np.eye(3)
        shift[:2, 2] = x, y
        return _Place(float(score[row, column]), scale, shift @ matrix)


def _turn(
    template: NDArray[np.float32], scale: float, roll_deg: float
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float64]]:
    """Scale and roll pictures; also return where they are known, and the map of their pixels."""
    _, height, width = template.shape
    turn = np.deg2rad(roll_deg)
    linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]]) - 0.5
    moved = corners @ linear.T
    low = np.floor(moved.min(axis=0))
    size = np.ceil(moved.max(axis=0) - low).astype(int) + 1
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    matrix[:2, 2] = -low
    blur_px = _BLUR_PX / scale

    def warp(picture: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(
            cv2.warpAffine(picture, matrix[:2], (int(size[0]), int(size[1]))), np.float32
        )

    turned = np.stack([warp(blurred(picture, blur_px)) for picture in template])
    return turned, warp(np.ones((height, width), np.float32)), matrix


def _cut_out(
    edges: MovingEdges, box_px: tuple[float, float, float, float]
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return the changes inside the face's box, and the box's corner in pixels there."""
    height, width = edges.rgb.shape[1:]
    left, top, right, bottom = (
        ((np.array(box_px) + 0.5) / edges.rgb_shrink - 0.5).round().astype(int)
    )
    left, right = max(left, 0), min(right + 1, width)
    top, bottom = max(top, 0), min(bottom + 1, height)
    cut = edges.rgb[:, top : max(bottom, top + 2), left : max(right, left + 2)]
    return _even(cut), np.array([left, top], np.float64)


def _even(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give all intervals about the same weight, however fast things moved."""
    strength = np.sqrt((pictures**2).mean(axis=(1, 2)))
    return np.asarray(
        pictures / (strength + 0.3 * strength.mean() + 1e-9)[:, None, None], np.float32
    )


def _scales(template_height: int, height: int) -> NDArray[np.float64]:
    low, high = _LEAST_HEIGHT * height / template_height, _MOST_HEIGHT * height / template_height
    n = 1 + int(np.ceil(np.log(high / low) / np.log(_SCALE_STEP)))
    return np.geomspace(low, high, n)


def _scaling(scale: float, offset_px: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the map of pixel centres to a picture `scale` times as large, then shifted."""
    matrix = np.diag([scale, scale, 1.0])
    matrix[:2, 2] = 0.5 * scale - 0.5 + offset_px
    return matrix
