"""What lies under the pointer: a landmark, the handle of a part or of the face, a side of the box.

Nothing attracts the pointer: of all centres within reach the nearest one counts, and it is moved by
as much as the pointer is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from evface.landmarks.schemes import LandmarkScheme
from evface_studio.landmarks.face_marks import FaceMarks
from evface_studio.tools.face_parts import parts_of
from evface_studio.tools.tool import Pointer

# On the screen, in device-independent pixels.
REACH_PX = 12.0
_HANDLE_REACH_PX = 10.0
_SIDE_REACH_PX = 5.0
_CORNER_REACH_PX = 9.0
# How near the pointer must come for a handle to appear.
_SHOWS_HANDLE_PX = 44.0
_OFFSET_PX = 18.0
# Where the handle of a part lies beside it, in the picture: x right, y down.
_BESIDE = {"brow": (0, -1), "eye": (0, 1), "nose": (1, 0), "mouth": (0, 1), "jaw": (0, 1)}


@dataclass(frozen=True)
class PointTarget:
    """A landmark."""

    landmark: int


@dataclass(frozen=True)
class PartTarget:
    """The handle of a part of the face."""

    part: str


@dataclass(frozen=True)
class FaceTarget:
    """The handle of the whole face."""


@dataclass(frozen=True)
class SideTarget:
    """A side or a corner of the box: -1, 0 or 1 for left, neither, right and upper, neither, lower.

    Corners have both.
    """

    x: int
    y: int


Target = PointTarget | PartTarget | FaceTarget | SideTarget


@dataclass(frozen=True)
class Handle:
    """Something to grasp.

    Parameters
    ----------
    target
        What is moved by it.
    x_px, y_px
        Its centre in the picture.
    """

    target: PartTarget | FaceTarget
    x_px: float
    y_px: float


# Asked for many times of one face: by every movement of the pointer, on both pictures.
@lru_cache(maxsize=8)
def handles_of(marks: FaceMarks, scheme: LandmarkScheme, scale: float) -> tuple[Handle, ...]:
    """Return the handles of all parts of more than one landmark, and of the face.

    Parameters
    ----------
    scale
        Pixels of the screen per pixel of the picture: handles keep their distance on the screen.
    """
    made: list[Handle] = []
    known = marks.known
    offset = _OFFSET_PX / scale
    for part, landmarks in parts_of(scheme).items():
        points = marks.landmarks_px[[i for i in landmarks if i < len(known) and known[i]]]
        if len(points) < 2:
            continue
        low, high = points.min(axis=0), points.max(axis=0)
        beside = np.array(next((s for name, s in _BESIDE.items() if name in part), (0, -1)))
        x, y = ((low + high) / 2 + beside * ((high - low) / 2 + offset)).tolist()
        made.append(Handle(PartTarget(part), x, y))
    corners = marks.corners_px
    if np.isfinite(corners).all() and known.any():
        made.append(Handle(FaceTarget(), float(corners[:, 0].mean()), corners[0, 1] - offset))
    return tuple(made)


def visible_handles(
    handles: tuple[Handle, ...],
    marks: FaceMarks,
    scheme: LandmarkScheme,
    pointer: Pointer | None,
    selected: frozenset[int],
) -> tuple[Handle, ...]:
    """Return the handles to be shown: of the part nearest to the pointer, and of chosen parts."""
    parts, known = parts_of(scheme), marks.known
    nearest, least_px = None, _SHOWS_HANDLE_PX
    if pointer is not None:
        for handle in handles:
            away_px = _distance_px(pointer, handle.x_px, handle.y_px)
            if isinstance(handle.target, PartTarget):
                members = [i for i in parts[handle.target.part] if i < len(known) and known[i]]
                away_px = min(away_px, _least_px(marks.landmarks_px[members], pointer))
            elif side_under(marks, pointer, reach_px=_HANDLE_REACH_PX) is not None:
                # A part's handle that lies on the side goes before: it is the smaller thing.
                away_px = _HANDLE_REACH_PX
            if away_px < least_px:
                nearest, least_px = handle, away_px
    everything = frozenset(np.flatnonzero(known).tolist())

    def is_shown(handle: Handle) -> bool:
        if isinstance(handle.target, FaceTarget):
            members = everything
        else:
            members = everything.intersection(parts[handle.target.part])
        return handle is nearest or (bool(members) and members <= selected)

    return tuple(handle for handle in handles if is_shown(handle))


def pick(
    pointer: Pointer,
    marks: FaceMarks | None,
    handles: tuple[Handle, ...],
    *,
    has_points: bool = True,
    has_box: bool = True,
    nearer_than_px: float = float("inf"),
) -> Target | None:
    """Return what the pointer would grasp; None where nothing is within reach.

    Parameters
    ----------
    handles
        Those that are shown.
    has_points, has_box
        Whether these are shown.
    nearer_than_px
        How far away, on the screen, something else lies that the pointer could grasp.
    """
    if marks is None:
        return None
    target: Target | None = None
    if has_points:
        offset = (marks.landmarks_px - pointer.at_px) * pointer.scale
        away_px = np.hypot(offset[:, 0], offset[:, 1])
        least_px = min(REACH_PX, nearer_than_px)
        if np.isfinite(away_px).any() and np.nanmin(away_px) <= least_px:
            nearest = int(np.nanargmin(away_px))
            target, least_px = PointTarget(nearest), float(away_px[nearest])
        for handle in handles:
            to_handle_px = _distance_px(pointer, handle.x_px, handle.y_px)
            if to_handle_px <= _HANDLE_REACH_PX and to_handle_px < least_px:
                target, least_px = handle.target, to_handle_px
    if target is None and has_box and nearer_than_px > _SIDE_REACH_PX:
        target = side_under(marks, pointer)
    return target


def side_under(
    marks: FaceMarks, pointer: Pointer, *, reach_px: float = _SIDE_REACH_PX
) -> SideTarget | None:
    """Return the side or corner of the box within reach; None for none."""
    corners = marks.corners_px
    if not np.isfinite(corners).all():
        return None
    to_low, to_high = (corners - pointer.at_px) * pointer.scale
    corner_px = max(_CORNER_REACH_PX, reach_px)
    sides = []
    for axis in (0, 1):
        near_px = min((abs(to_low[axis]), -1), (abs(to_high[axis]), 1))
        sides.append(near_px[1] if near_px[0] <= corner_px else 0)
    x, y = sides
    if x and y:
        return SideTarget(x, y)
    is_beside = [to_low[axis] <= corner_px and to_high[axis] >= -corner_px for axis in (0, 1)]
    away_px = min(abs(to_low[0]), abs(to_high[0])) if x else min(abs(to_low[1]), abs(to_high[1]))
    if not (x or y) or not all(is_beside) or away_px > reach_px:
        return None
    return SideTarget(x, y)


def _distance_px(pointer: Pointer, x_px: float, y_px: float) -> float:
    return float(np.hypot(x_px - pointer.x_px, y_px - pointer.y_px)) * pointer.scale


def _least_px(points_px: NDArray[np.floating], pointer: Pointer) -> float:
    if not len(points_px):
        return float("inf")
    offset = points_px - pointer.at_px
    return float(np.hypot(offset[:, 0], offset[:, 1]).min()) * pointer.scale
