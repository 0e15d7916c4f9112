"""Recordings cut into clips: which moments, and the events and pictures of each stretch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.geometry.transforms import PlanarTransform
from evface.projects.recording import Recording
from evface.training_sets.clips import LEAD_US, PERIOD_US
from evface.video.reader import VideoSource

# A recording that is this much longer than a clip is kept whole.
_WHOLE = 1.5


@dataclass(frozen=True)
class Cutting:
    """How recordings are cut.

    Parameters
    ----------
    n_frames
        Moments of a clip. Recordings up to half as long again stay whole.
    stride
        Moments from one clip of a longer recording to the next.
    period_us
        From one moment to the next.
    with_rgb
        Whether the video's pictures are kept.
    rgb_px
        Longest side of the pictures; larger ones are made smaller.
    """

    n_frames: int = 50
    stride: int = 50
    period_us: int = PERIOD_US
    with_rgb: bool = True
    rgb_px: int = 640

    def __post_init__(self) -> None:
        for name in ("n_frames", "stride", "period_us", "rgb_px"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")

    def moments(self, duration_us: int) -> NDArray[np.int64]:
        """Return the moments of a recording, the ends of windows of one period, (n,) int64."""
        return np.arange(1, duration_us // self.period_us + 1, dtype=np.int64) * self.period_us

    def snapped(
        self, times_us: NDArray[np.int64], keyframes_us: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return moments moved onto the keyframes near them, so that what people said is exact.

        Each keyframe draws the nearest moment, each moment goes to its nearest keyframe.
        """
        snapped = times_us.copy()
        if not len(times_us):
            return snapped
        nearest = np.rint(keyframes_us / self.period_us).astype(np.int64) - 1
        away_us = np.abs(keyframes_us - (nearest + 1) * self.period_us)
        # The nearest one is written last. From the middle between two moments none is drawn.
        for key in np.argsort(-away_us, kind="stable"):
            if 0 <= nearest[key] < len(times_us) and 2 * away_us[key] < self.period_us:
                snapped[nearest[key]] = keyframes_us[key]
        return snapped

    def stretches(self, n_moments: int) -> Iterator[slice]:
        """Go through the clips of a recording of so many moments. The last one ends where it does.

        Yields
        ------
        slice
            Of the moments.
        """
        if n_moments <= _WHOLE * self.n_frames:
            if n_moments:
                yield slice(0, n_moments)
            return
        starts = [*range(0, n_moments - self.n_frames, self.stride), n_moments - self.n_frames]
        for start in starts:
            yield slice(start, start + self.n_frames)

    def busiest(self, recording: Recording, times_us: NDArray[np.int64]) -> slice:
        """Return the stretch of a long recording with most events, as long as one kept whole."""
        longest = int(_WHOLE * self.n_frames)
        if len(times_us) <= longest:
            return slice(0, len(times_us))
        per_ms = np.concatenate([[0], np.cumsum(recording.events.rate(1000))])
        at = np.clip(np.concatenate([[0], times_us]) // 1000, 0, len(per_ms) - 1)
        passed = per_ms[at]
        start = int(np.argmax(passed[longest:] - passed[:-longest]))
        return slice(start, start + longest)


@dataclass(frozen=True, eq=False)
class Footage:
    """What the media show in a stretch.

    Parameters
    ----------
    start_us
        On the recording's clock.
    times_us : (t,) int64
        Moments, from `start_us`.
    events
        From `start_us`.
    rgb : (t, height, width, 3) uint8 or None
        What the video showed at each moment.
    event_from_rgb
        None without video, or where nobody knows how it lies.
    """

    start_us: int
    times_us: NDArray[np.int64]
    events: Events
    rgb: NDArray[np.uint8] | None
    event_from_rgb: PlanarTransform | None


def read_footage(recording: Recording, times_us: NDArray[np.int64], cutting: Cutting) -> Footage:
    """Read what a recording shows up to and at some moments.

    Parameters
    ----------
    times_us : (t,) int64
        On the recording's clock, at least one, increasing.

    Raises
    ------
    EventFileError, VideoFileError
        If the media cannot be read.
    """
    start_us = max(0, int(times_us[0]) - cutting.period_us - LEAD_US)
    found = recording.events.read(start_us, int(times_us[-1]))
    events = Events(found.t - start_us, found.x, found.y, found.p)
    rgb, onto_events = None, None
    if cutting.with_rgb and recording.video is not None:
        rgb, shrink = _read_pictures(recording, recording.video, times_us, cutting.rgb_px)
        registration = recording.event_from_rgb
        if registration.quality != "assumed":
            own = np.array(
                [[shrink, 0, (shrink - 1) / 2], [0, shrink, (shrink - 1) / 2], [0, 0, 1.0]]
            )
            onto_events = PlanarTransform(registration.planar.matrix @ own)
    return Footage(start_us, times_us - start_us, events, rgb, onto_events)


def _read_pictures(
    recording: Recording, video: VideoSource, times_us: NDArray[np.int64], longest_px: int
) -> tuple[NDArray[np.uint8], float]:
    """Return the picture shown at each moment, and how many pixels of the video make one of it."""
    numbers = [recording.video_index_at(int(t_us)) for t_us in times_us]
    width, height = video.resolution
    shrink = max(1.0, max(width, height) / longest_px)
    size = (max(1, round(width / shrink)), max(1, round(height / shrink)))
    read: dict[int, NDArray[np.uint8]] = {}
    for number, _, picture in video.frames(min(numbers), max(numbers) + 1):
        if number in numbers:
            read[number] = (
                picture
                if shrink == 1.0
                else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
            )
    return np.stack([read[number] for number in numbers]), shrink
