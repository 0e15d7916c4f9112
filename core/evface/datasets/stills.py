"""A second of video from a still face: the camera sways, turns and zooms a little before it.

A still picture gives no events. The motion is smooth, ends where it began, and differs from
picture to picture by its phase alone, so that every label can be carried along exactly.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import BoxTrack, LandmarkTrack, Track
from evface.datasets.frames import read_picture
from evface.datasets.samples import StillPicture
from evface.geometry.transforms import PlanarTransform
from evface.video.writer import write_video

# Of the square video.
_SIDE_PX = 256
# The face's box fills this share of it.
_FACE_SHARE = 0.6
_RATE_HZ = 30
_N_FRAMES = 31
# Amplitudes: share of the side, degrees, share of the size.
_SWAY = 0.04
_TURN_DEG = 3.0
_ZOOM = 0.02


@dataclass(frozen=True, eq=False)
class StillVideo:
    """How a still picture is moved.

    Parameters
    ----------
    times_us : (n_frames,) int64
        Of the video's frames.
    video_from_picture
        Maps the picture's pixels to those of each frame.
    """

    times_us: NDArray[np.int64]
    video_from_picture: tuple[PlanarTransform, ...]

    def carry(self, track: Track) -> Track:
        """Return the labels of the picture, one sample, as those of each frame.

        Raises
        ------
        ValueError
            If the track has no landmarks or boxes, or not just one sample.
        """
        if len(track) != 1:
            raise ValueError(f"expected the labels of one picture, got {len(track)} samples")
        n = len(self.times_us)
        valid = np.repeat(track.valid, n)
        if isinstance(track, LandmarkTrack):
            points = [move.apply(track.landmarks[0]) for move in self.video_from_picture]
            return replace(
                track,
                times_us=self.times_us,
                valid=valid,
                landmarks=np.array(points, np.float32),
                confidence=np.repeat(track.confidence, n),
                state=np.repeat(track.state, n, axis=0),
            )
        if isinstance(track, BoxTrack):
            x0, y0, x1, y1 = track.boxes_px[0]
            corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float64)
            moved = np.array([move.apply(corners) for move in self.video_from_picture])
            boxes = np.concatenate([moved.min(axis=1), moved.max(axis=1)], axis=1)
            return replace(
                track, times_us=self.times_us, valid=valid, boxes_px=boxes.astype(np.float32)
            )
        raise ValueError(f"labels of kind {track.kind!r} cannot be carried along")


def plan_still_video(still: StillPicture, name: str) -> StillVideo:
    """Return the motion before a picture.

    Parameters
    ----------
    name
        Decides the phases; the same name gives the same motion.
    """
    digest = hashlib.blake2b(name.encode(), digest_size=16).digest()
    phases = np.frombuffer(digest, np.uint32) / 2**32 * 2 * np.pi
    times_us = np.rint(np.arange(_N_FRAMES) * (1e6 / _RATE_HZ)).astype(np.int64)
    turns = 2 * np.pi * np.arange(_N_FRAMES) / (_N_FRAMES - 1)
    x0, y0, x1, y1 = still.box_px
    scale = _FACE_SHARE * _SIDE_PX / max(x1 - x0, y1 - y0, 1.0)
    face = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    middle = np.full(2, (_SIDE_PX - 1) / 2)
    moves = []
    for turn in turns:
        sway_x, sway_y, angle, zoom = np.sin(turn * np.array([1, 2, 1, 1]) + phases)
        radians = np.deg2rad(_TURN_DEG) * angle
        size = scale * (1 + _ZOOM * zoom)
        cosine, sine = size * np.cos(radians), size * np.sin(radians)
        linear = np.array([[cosine, -sine], [sine, cosine]])
        place = middle + _SWAY * _SIDE_PX * np.array([sway_x, sway_y / 2])
        moves.append(PlanarTransform.from_affine(linear, place - linear @ face))
    return StillVideo(times_us, tuple(moves))


def write_still_video(path: Path, still: StillPicture, plan: StillVideo) -> None:
    """Write the video of a still picture.

    Raises
    ------
    DatasetError
        If the picture cannot be read.
    VideoFileError
        If the video cannot be written.
    """
    picture = read_picture(still.path)
    shrunk, picture_from_shrunk = _shrink(picture, plan.video_from_picture[0])

    mean = cv2.mean(picture)

    def frames() -> Iterator[NDArray[np.uint8]]:
        for move in plan.video_from_picture:
            matrix = move.matrix @ picture_from_shrunk.matrix
            size = (_SIDE_PX, _SIDE_PX)
            # Beyond its borders lies its mean colour, so that only the border itself gives events:
            # mirrored it would show half a face more, drawn out it would be streaks.
            frame = cv2.warpAffine(shrunk, matrix[:2], size, borderValue=mean)
            yield np.asarray(frame, np.uint8)

    write_video(path, frames(), times_us=plan.times_us)


def _shrink(
    picture: NDArray[np.uint8], video_from_picture: PlanarTransform
) -> tuple[NDArray[np.uint8], PlanarTransform]:
    """Return a picture about as fine as the video, so that it does not flicker when it is moved.

    Returns
    -------
    shrunk
        The picture itself where it is no finer.
    picture_from_shrunk
    """
    scale = float(np.sqrt(np.linalg.det(video_from_picture.matrix[:2, :2])))
    height, width = picture.shape[:2]
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    if scale >= 1:
        return picture, PlanarTransform()
    shrunk = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    step = np.array([width, height]) / size
    # Both origins are centres of top left pixels, and the edges of the pictures agree.
    return np.asarray(shrunk, np.uint8), PlanarTransform.from_affine(np.diag(step), step / 2 - 0.5)
