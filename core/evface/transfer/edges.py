"""Moving edges as both cameras see them: signed changes of light between instants.

An event sensor counts changes of the logarithm of light, so what it fired between two moments,
ups less downs, is what a video frame at the second moment differs by from one at the first,
however fast things moved in between. That holds pixel by pixel wherever the same point of the
face falls in both pictures, which is what registration looks for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from evface.errors import RecordingError
from evface.events.events import Events
from evface.events.sources import EventSource
from evface.geometry.transforms import PlanarTransform
from evface.video.reader import VideoSource

# Wider pictures are shrunk: a face's moving edges are blurred more than this anyway.
_WIDEST_PX = 640
# Between two instants, so that slow motion stands out from the video's noise.
_SHORTEST_INTERVAL_US = 45_000
# A pixel that fires more often than this in an interval flickers or is broken.
_MOST_COUNTED = 12
# Linear light of a coded grey value, near enough, and what a pixel senses in the dark.
_LIGHT = ((np.arange(256) / 255.0) ** 2.2).astype(np.float32)
_DARK = np.float32(0.02)
_LARGEST_CHANGE = np.float32(1.5)


@dataclass(frozen=True, eq=False)
class MovingEdges:
    """What changed between the starts and stops of some intervals, in both pictures.

    Parameters
    ----------
    start_us, stop_us : (n,) int64
        On the sensor's clock; the middles of the exposures of two video frames each.
    rgb : (n, height, width) float32
        Change of the logarithm of light. Shrunk by `rgb_shrink`.
    events : (n, height, width) float32
        Events on less events off. Shrunk by `events_shrink`.
    rgb_shrink, events_shrink
        Pixels of the camera per pixel here.
    """

    start_us: NDArray[np.int64]
    stop_us: NDArray[np.int64]
    rgb: NDArray[np.float32]
    events: NDArray[np.float32]
    rgb_shrink: float
    events_shrink: float

    def __len__(self) -> int:
        return len(self.start_us)

    def rows(self, chosen: NDArray[np.integer]) -> MovingEdges:
        """Return some of the intervals."""
        return replace(
            self,
            start_us=self.start_us[chosen],
            stop_us=self.stop_us[chosen],
            rgb=self.rgb[chosen],
            events=self.events[chosen],
        )

    def mirrored(self) -> tuple[MovingEdges, PlanarTransform]:
        """Exchange left and right of the events; also return the map of their pixels."""
        other = replace(self, events=np.ascontiguousarray(self.events[:, :, ::-1]))
        flip = np.diag([-1.0, 1.0, 1.0])
        flip[0, 2] = self.events.shape[2] * self.events_shrink - 1.0
        return other, PlanarTransform(flip)


def choose_intervals(
    times_us: NDArray[np.int64], usable: NDArray[np.bool_], source: EventSource, n_most: int
) -> NDArray[np.intp]:
    """Choose pairs of video frames between which much moves.

    Parameters
    ----------
    times_us : (n_frames,) int64
        Of the video's frames on the sensor's clock.
    usable : (n_frames,) bool
        Which frames may be taken.
    source
        The events.
    n_most
        How many pairs at most.

    Returns
    -------
    (n, 2) intp
        Frames, in order of time: those pairs with the most events, spread over the recording.

    Raises
    ------
    RecordingError
        If no two usable frames lie within the events.
    """
    inside = usable & (times_us >= 0) & (times_us < source.duration_us)
    frames = np.flatnonzero(inside)
    if len(frames) < 2:
        raise RecordingError(
            f"{source.path}: video and events do not overlap in time while a face is seen; "
            "check the files and the sync, see evface sync"
        )
    step_us = int(np.median(np.diff(times_us)))
    stride = max(1, round(_SHORTEST_INTERVAL_US / max(step_us, 1)))
    pairs = np.stack([np.arange(len(times_us) - stride), np.arange(stride, len(times_us))], 1)
    pairs = pairs[inside[pairs].all(axis=1)]
    if not len(pairs):
        raise RecordingError(
            f"{source.path}: the face is never seen for {_SHORTEST_INTERVAL_US // 1000} ms on end "
            "while events were recorded; check the video and the sync, see evface sync"
        )
    before = np.concatenate([[0], np.cumsum(source.rate(1_000))])
    first, last = (np.minimum(times_us[pairs[:, side]] // 1000, len(before) - 1) for side in (0, 1))
    counts = before[last] - before[first]
    # Two thirds by activity alone; the rest from moments spread evenly, so that no movement of
    # the recording goes unheard.
    by_count = np.argsort(-counts, kind="stable")
    n_active = min(len(pairs), n_most * 2 // 3)
    parts = np.array_split(np.arange(len(pairs)), max(1, min(n_most - n_active, len(pairs))))
    spread = [part[np.argmax(counts[part])] for part in parts if len(part)]
    chosen = np.unique(np.concatenate([by_count[:n_active], np.array(spread, np.intp)]))
    return np.asarray(pairs[chosen], np.intp)


def collect_moving_edges(
    video: VideoSource,
    source: EventSource,
    pairs: NDArray[np.intp],
    times_us: NDArray[np.int64],
) -> MovingEdges:
    """Read what changed between pairs of video frames.

    Parameters
    ----------
    pairs : (n, 2) intp
        From `choose_intervals`.
    times_us : (n_frames,) int64
        Of the video's frames on the sensor's clock.
    """
    rgb_shrink = max(1.0, video.resolution[0] / _WIDEST_PX)
    events_shrink = max(1, -(-source.resolution[0] // _WIDEST_PX))
    levels: dict[int, NDArray[np.float32]] = {}
    rgb, events = [], []
    for first, last in pairs.tolist():
        # Pairs come in order, so frames before the first are not needed again.
        levels = {frame: level for frame, level in levels.items() if frame >= first}
        for frame in (first, last):
            if frame not in levels:
                levels[frame] = light_of(video.read(frame), rgb_shrink)
        rgb.append(np.clip(levels[last] - levels[first], -_LARGEST_CHANGE, _LARGEST_CHANGE))
        fired = source.read(int(times_us[first]), int(times_us[last]))
        events.append(signed_counts(fired, source.resolution, events_shrink))
    return MovingEdges(
        times_us[pairs[:, 0]],
        times_us[pairs[:, 1]],
        np.stack(rgb),
        np.stack(events),
        rgb_shrink,
        float(events_shrink),
    )


def light_of(frame: NDArray[np.uint8], shrink: float) -> NDArray[np.float32]:
    """Return the logarithm of a frame's light, (height / shrink, width / shrink) float32."""
    grey = _LIGHT[cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)]
    if shrink > 1:
        size = (round(grey.shape[1] / shrink), round(grey.shape[0] / shrink))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return np.asarray(np.log(grey + _DARK), np.float32)


def signed_counts(events: Events, resolution: tuple[int, int], shrink: int) -> NDArray[np.float32]:
    """Count events on less events off, (height // shrink, width // shrink) float32."""
    width, height = resolution
    inside = (events.x < width) & (events.y < height)
    place = events.y[inside].astype(np.intp) * width + events.x[inside]
    sign = np.where(events.p[inside], 1.0, -1.0)
    counted = np.bincount(place, sign, width * height).reshape(height, width)
    counts = np.clip(counted, -_MOST_COUNTED, _MOST_COUNTED).astype(np.float32)
    rows, columns = height // shrink, width // shrink
    whole = counts[: rows * shrink, : columns * shrink]
    blocks = whole.reshape(rows, shrink, columns, shrink)
    return np.asarray(blocks.sum(axis=(1, 3)), np.float32)
