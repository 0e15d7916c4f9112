"""Checks for labels that cannot be right: swapped, crossed, collapsed, outside."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from evface.review.face_parts import FaceParts
from evface.review.face_size import extent
from evface.review.measures import Frames, Limits, Measure, Scale
from evface.review.reasons import ReasonKind

# All but the last are shares of the face's size. What clean tracks reach: 0.0 (swapped), 0.012
# (crossed), 0.10 (outside), 0.03 (lopsided). Twelve directions see 97 % of a distance.
_SWAPPED = Limits(0.05, 0.05)
_CROSSED = Limits(0.02, 0.06)
_OUTSIDE_FACE = Limits(0.18, 0.18)
_OUTSIDE_PICTURE = Limits(0.02, 0.02)
_LOPSIDED = Limits(0.07, 0.16)
_WHOLE_SQUEEZED = Limits(2.0, 2.0)
_PART_SQUEEZED = Limits(0.0, np.inf, times=4.0, percentile=50.0)
_N_AXES = 6


def label_checks(parts: FaceParts, resolution: tuple[int, int] | None) -> tuple[Measure, ...]:
    """Return the checks that a scheme has the points for.

    Parameters
    ----------
    resolution
        ``(width, height)`` of the picture; None leaves out the check that needs it.
    """
    kinds = ReasonKind
    points = tuple((i,) for i in range(parts.scheme.n_landmarks))
    whole = tuple(range(parts.scheme.n_landmarks))
    regions = [region for region in parts.regions if len(region) > 1]
    sides = [
        np.concatenate([parts.right[pairs], parts.left[pairs]]) for _, pairs in parts.pair_groups
    ]
    checks = [
        Measure(Scale(kinds.COLLAPSED, (whole,), _WHOLE_SQUEEZED, is_relative=True), _squeezed),
        Measure(
            Scale(kinds.COLLAPSED, _columns(regions), _PART_SQUEEZED, is_relative=True),
            partial(_squeezed_parts, regions),
        ),
        Measure(Scale(kinds.SWAPPED, _columns(sides), _SWAPPED), _swapped),
    ]
    if parts.chains:
        columns = _columns([*parts.lips, *_steps(parts)])
        checks.append(Measure(Scale(kinds.CROSSED_LIPS, columns, _CROSSED), _crossed_lips))
    if len(parts.lids):
        columns = _columns(parts.lids)
        checks.append(Measure(Scale(kinds.CROSSED_EYELIDS, columns, _CROSSED), _crossed_lids))
    if len(parts.jaw):
        pairs = _columns(np.stack([parts.right, parts.left], axis=1))
        checks.append(Measure(Scale(kinds.OUTSIDE_FACE, points, _OUTSIDE_FACE), _outside_face))
        checks.append(Measure(Scale(kinds.LOPSIDED, pairs, _LOPSIDED), _lopsided))
    if resolution is not None:
        scale = Scale(kinds.OUTSIDE_PICTURE, points, _OUTSIDE_PICTURE)
        checks.append(Measure(scale, _outside_picture))
    return tuple(checks)


def _columns(groups: Iterable[NDArray[np.int64]]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(group.tolist()) for group in groups)


def _squeezed(frames: Frames) -> NDArray[np.floating]:
    with np.errstate(divide="ignore"):
        return (frames.size_px / extent(frames.x, frames.y))[:, None]


def _squeezed_parts(regions: list[NDArray[np.int64]], frames: Frames) -> NDArray[np.floating]:
    extents = [extent(frames.x[:, region], frames.y[:, region]) for region in regions]
    # A face that collapsed as a whole is told as such.
    whole = extent(frames.x, frames.y)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        size_px = np.minimum(whole, frames.size_column_px)
        return np.where(whole > 0, size_px / np.stack(extents, axis=1), np.nan)


def _swapped(frames: Frames) -> NDArray[np.floating]:
    behind = -_to_the_left(frames, frames.parts.right, frames.parts.left)
    groups = [behind[:, pairs].mean(axis=1) for _, pairs in frames.parts.pair_groups]
    return np.stack(groups, axis=1)


def _crossed_lips(frames: Frames) -> NDArray[np.floating]:
    steps = _steps(frames.parts)
    back = -_to_the_left(frames, steps[:, 0], steps[:, 1])
    return np.concatenate([_crossed(frames, frames.parts.lips), back], axis=1)


def _crossed_lids(frames: Frames) -> NDArray[np.floating]:
    return _crossed(frames, frames.parts.lids)


def _crossed(frames: Frames, facing: NDArray[np.int64]) -> NDArray[np.floating]:
    """Return how far the upper of each pair lies below the lower one, over the face's size."""
    upper, lower = facing.T
    left_x, left_y = frames.left
    x, y = (along[:, upper] - along[:, lower] for along in (frames.x, frames.y))
    # Down is a quarter turn from the left.
    return (y * left_x - x * left_y) / frames.size_column_px


def _to_the_left(
    frames: Frames, start: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.floating]:
    """Return how far points lie to the subject's left of others, over the face's size."""
    left_x, left_y = frames.left
    x, y = (along[:, end] - along[:, start] for along in (frames.x, frames.y))
    return (x * left_x + y * left_y) / frames.size_column_px


def _steps(parts: FaceParts) -> NDArray[np.int64]:
    """Return the neighbours along each lip, from the subject's right to the left."""
    return np.concatenate([np.stack([one[:-1], one[1:]], axis=1) for one in parts.chains])


def _outside_face(frames: Frames) -> NDArray[np.floating]:
    """Return how far points lie beyond all others in some direction; none of the own region count.

    The outline encloses all else, so each of its points is compared with all others instead. A part
    of the face that goes astray with all its points is found like a single point.
    """
    beyond: NDArray[np.float32] = np.zeros(frames.x.shape, np.float32)
    for angle in np.arange(_N_AXES) * np.pi / _N_AXES:
        along = np.float32(np.cos(angle)) * frames.x + np.float32(np.sin(angle)) * frames.y
        for one in (along, -along):
            _add_beyond(beyond, one, frames)
    return beyond / frames.size_column_px


def _add_beyond(beyond: NDArray[np.float32], along: NDArray[np.float32], frames: Frames) -> None:
    """Raise `beyond` to what one direction says, where that exceeds the threshold."""
    jaw = frames.parts.jaw
    others = frames.parts.bodies
    tops = np.stack([np.fmax.reduce(along[:, region], axis=1) for region in others], axis=1)
    tops = np.nan_to_num(tops, nan=-np.inf)
    top = tops.argmax(axis=1)
    of_others = np.sort(tops, axis=1)[:, -2:]
    of_jaw = np.sort(np.nan_to_num(along[:, jaw], nan=-np.inf), axis=1)[:, -2:]
    is_jaw = of_jaw[:, 1] > of_others[:, 1]
    highest = np.maximum(of_jaw[:, 1], of_others[:, 1])
    next_highest = np.where(
        is_jaw,
        np.maximum(of_jaw[:, 0], of_others[:, 1]),
        np.maximum(of_jaw[:, 1], of_others[:, 0]),
    )
    is_beyond = highest > next_highest + _OUTSIDE_FACE.low * frames.size_px
    for row in np.flatnonzero(is_beyond).tolist():
        region = jaw if is_jaw[row] else others[top[row]]
        excess = along[row, region] - next_highest[row]
        beyond[row, region] = np.fmax(beyond[row, region], excess)


def _outside_picture(frames: Frames) -> NDArray[np.floating]:
    assert frames.resolution is not None
    width, height = frames.resolution
    # Pixels reach half a pixel beyond their centres.
    beyond = np.maximum(
        np.maximum(-0.5 - frames.x, frames.x - (width - 0.5)),
        np.maximum(-0.5 - frames.y, frames.y - (height - 0.5)),
    )
    return np.maximum(beyond, 0.0) / frames.size_column_px


def _lopsided(frames: Frames) -> NDArray[np.floating]:
    """Return how far mirror pairs are from lying along one direction, over the face's size.

    Points and their mirror images lie on lines across the head, which are parallel and stay so in
    a picture taken from far, however the head is turned. How far they are from it is the
    component across their common direction.
    """
    x, y = (
        along[:, frames.parts.left] - along[:, frames.parts.right] for along in (frames.x, frames.y)
    )
    common_x, common_y = x.sum(axis=1, keepdims=True), y.sum(axis=1, keepdims=True)
    length = np.hypot(common_x, common_y)
    length[length == 0] = np.nan
    return np.abs(y * common_x - x * common_y) / (length * frames.size_column_px)
