"""Clips of published data sets that a user has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import LandmarkTrack
from evface.datasets.dataset import Dataset
from evface.datasets.frames import read_picture
from evface.datasets.labels import EVENT_LANDMARKS
from evface.datasets.samples import FrameSequence, Sample
from evface.errors import DatasetError
from evface.events.events import Events
from evface.geometry.transforms import PlanarTransform
from evface.training_sets.clips import AU_CLASSES, Clip
from evface.training_sets.cutting import Cutting

# Pictures of events whose pixels say which polarity came last.
_FRAME = "frame"
# Colours nearer to the background than this are noise of the picture's own compression.
_LEAST_CONTRAST = 40


def has_pictures_only(dataset: Dataset, folder: Path) -> bool:
    """Return whether the first sample of a data set has pictures of events instead of events.

    Raises
    ------
    DatasetError
        If there is nothing of the data set in the folder.
    """
    return not next(dataset.iter_samples(folder)).is_recording


def iter_picture_clips(
    dataset: Dataset,
    folder: Path,
    *,
    cutting: Cutting | None = None,
    side_px: int = 256,
    skipped: Callable[[str], None] = lambda _problem: None,
) -> Iterator[Clip]:
    """Go through a data set that published pictures of events, as clips of keypoints.

    A pixel that shows a polarity becomes one event at the end of the picture's window, so that
    frames drawn of it look as they were published but for the counts; times within a window are
    lost. Pictures are stretched to one square size, as their labels were made.

    Parameters
    ----------
    side_px
        Of the square.
    skipped
        Told, in one line, of each sample that cannot be used.

    Raises
    ------
    DatasetError
        If there is nothing of the data set in the folder.
    """
    cutting = cutting or Cutting()
    for sample in dataset.iter_samples(folder):
        try:
            yield from _clips(sample, cutting, side_px)
        except DatasetError as error:
            skipped(str(error))


def events_of_picture(picture: NDArray[np.uint8], t_us: int) -> Events:
    """Return one event for each pixel of a picture of events that shows a polarity.

    Parameters
    ----------
    picture : (height, width, 3) uint8, RGB
        The most frequent colour is the background. Redder or, in grey pictures, brighter pixels
        are on; bluer or darker ones off.
    t_us
        Of all events.

    Returns
    -------
    Events
    """
    colours = picture.reshape(-1, 3).astype(np.int64)
    codes = colours @ [65536, 256, 1]
    values, counts = np.unique(codes, return_counts=True)
    most = int(values[int(np.argmax(counts))])
    background = np.array([most >> 16, (most >> 8) & 255, most & 255])
    apart = colours - background
    is_event = np.abs(apart).max(axis=1) >= _LEAST_CONTRAST
    warmth = apart[:, 0] - apart[:, 2]
    is_on = np.where(np.abs(warmth) >= _LEAST_CONTRAST, warmth > 0, apart.sum(axis=1) > 0)
    y, x = np.divmod(np.flatnonzero(is_event), picture.shape[1])
    return Events(
        np.full(len(x), t_us, np.int64), x.astype(np.uint16), y.astype(np.uint16), is_on[is_event]
    )


def _clips(sample: Sample, cutting: Cutting, side_px: int) -> Iterator[Clip]:
    pictures = sample.event_frames.get(_FRAME)
    if pictures is None:
        raise DatasetError(
            Path(sample.name),
            f"has no pictures of the kind {_FRAME!r}, of which events can be had again",
        )
    track = sample.read_tracks().get(EVENT_LANDMARKS)
    if not isinstance(track, LandmarkTrack):
        raise DatasetError(Path(sample.name), "has no landmarks on its pictures of events")
    rgb = sample.video if isinstance(sample.video, FrameSequence) else None
    for stretch in cutting.stretches(min(len(pictures), len(track))):
        yield _clip(sample, pictures, rgb, track, stretch, cutting, side_px)


def _clip(
    sample: Sample,
    pictures: FrameSequence,
    rgb: FrameSequence | None,
    track: LandmarkTrack,
    stretch: slice,
    cutting: Cutting,
    side_px: int,
) -> Clip:
    n = stretch.stop - stretch.start
    times_us = np.arange(1, n + 1, dtype=np.int64) * cutting.period_us
    size = (side_px, side_px)
    events, landmarks, shown = [], [], []
    for row, t_us in zip(range(stretch.start, stretch.stop), times_us.tolist(), strict=True):
        picture = read_picture(pictures.paths[row])
        scale = np.array(size) / [picture.shape[1], picture.shape[0]]
        stretched = cv2.resize(picture, size, interpolation=cv2.INTER_NEAREST)
        events.append(events_of_picture(stretched, t_us - 1))
        # The origin is the centre of the top left pixel, which moves when a picture is stretched.
        landmarks.append((track.landmarks[row] + 0.5) * scale - 0.5)
        if cutting.with_rgb and rgb is not None and row < len(rgb):
            seen = read_picture(rgb.paths[row])
            shown.append(cv2.resize(seen, size, interpolation=cv2.INTER_AREA))
    has_rgb = len(shown) == n
    return Clip(
        recording=sample.name,
        subject=sample.subject,
        start_us=int(pictures.times_us[stretch.start]),
        events=Events.concatenate(events),
        resolution=size,
        times_us=times_us,
        rgb=np.stack(shown) if has_rgb else None,
        event_from_rgb=PlanarTransform() if has_rgb and sample.shares_pixels else None,
        au_class=AU_CLASSES.index(sample.label) if sample.label in AU_CLASSES else -1,
        model="",
        coefficients=np.empty((n, 0), np.float32),
        pose=np.full((n, 4), np.nan, np.float32),
        intensity=np.full((n, len(AU_CLASSES)), np.nan, np.float32),
        landmarks=np.stack(landmarks).astype(np.float32),
        landmark_state=np.ascontiguousarray(track.state[stretch]),
        scheme=track.scheme,
        split=sample.split,
    )
