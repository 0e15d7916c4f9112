"""Pictures of a video packed for a training set, and laid onto the events."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from evface.geometry.transforms import PlanarTransform

_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 95]


def encode_pictures(
    pictures: NDArray[np.uint8],
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Pack RGB pictures as JPEG of high quality, one after another.

    Parameters
    ----------
    pictures : (t, height, width, 3) uint8

    Returns
    -------
    (n,) uint8, (t,) int64
        The bytes, and where each picture ends in them.
    """
    packed = [
        cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), _JPEG)[1].ravel()
        for picture in pictures
    ]
    ends = np.cumsum([len(part) for part in packed], dtype=np.int64)
    return np.concatenate(packed) if packed else np.empty(0, np.uint8), ends


def decode_pictures(
    packed: NDArray[np.uint8], ends: NDArray[np.int64], rows: Iterable[int]
) -> NDArray[np.uint8]:
    """Unpack some of the pictures that `encode_pictures` packed, (n, height, width, 3) uint8.

    Raises
    ------
    ValueError
        If one is damaged.
    """
    starts = np.concatenate([[0], ends[:-1]])
    pictures = []
    for row in rows:
        found = cv2.imdecode(packed[starts[row] : ends[row]], cv2.IMREAD_COLOR)
        if found is None:
            raise ValueError(f"picture {row} cannot be unpacked")
        pictures.append(cv2.cvtColor(found, cv2.COLOR_BGR2RGB))
    return np.stack(pictures)


def warp_picture(
    picture: NDArray[np.uint8], target_from_picture: PlanarTransform, side_px: int
) -> NDArray[np.uint8]:
    """Lay a picture onto a square, bilinear, black where it shows nothing.

    Parameters
    ----------
    picture : (height, width, 3) uint8
    target_from_picture
        Maps its pixels to those of the square.

    Returns
    -------
    (side_px, side_px, 3) uint8
    """
    scale = float(np.sqrt(abs(np.linalg.det(target_from_picture.matrix[:2, :2]))))
    matrix = target_from_picture.matrix
    # Pixels that fall together are averaged first, or fine texture would flicker.
    shrink = int(1 / scale) if scale < 1 else 1
    if shrink > 1:
        height, width = picture.shape[:2]
        size = (max(1, width // shrink), max(1, height // shrink))
        picture = cv2.resize(
            picture[: size[1] * shrink, : size[0] * shrink], size, interpolation=cv2.INTER_AREA
        )
        # The centre of the top left pixel is the origin in both.
        middle = (shrink - 1) / 2
        matrix = matrix @ np.array([[shrink, 0, middle], [0, shrink, middle], [0, 0, 1.0]])
    warped: NDArray[np.uint8] = cv2.warpPerspective(picture, matrix, (side_px, side_px))
    return warped
