"""How much moves, as either camera sees it: what the clocks of the two are compared by.

A pixel of the event sensor fires whenever the logarithm of its light has changed by a threshold
since it last fired. The same rule, applied to the pixels of successive video frames, foretells how
many events lie between two frames, and where. A plain sum of changes would not do: a sensor that
has just fired upwards must go down by a threshold before it fires again, so events come after the
change, by some milliseconds where motion is slow. Counting crossings has the same delay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from evface.events.sources import EventSource, iter_batches

GRID = (8, 6)
# The change of the logarithm of light that counts as one event. Sensors are set to 0.1 to 0.3; an
# error of 0.1 moves the clock by about 1.5 ms.
THRESHOLD = 0.2
# Pictures are made this wide: finer ones cost time, and show the noise of the video.
_WIDTH_PX = 160
# Linear light of a coded grey value, near enough, and what a pixel senses in the dark.
_LIGHT = ((np.arange(256) / 255.0) ** 2.2).astype(np.float32)
_DARK = np.float32(0.007)
# A camera that exposes longer or shorter brightens or darkens more than half of the picture by as
# much; how much differs with brightness where it clips.
_LEAST_EXPOSURE_CHANGE, _N_TONES = 0.01, 16
_BIN_US = 1_000
# Left, top, right, bottom, px.
Region = tuple[int, int, int, int]
# Beyond this length there is enough motion to do without a look at single events.
_LONGEST_DECODED_US = 300_000_000


@dataclass(frozen=True, eq=False)
class VideoMotion:
    """Threshold crossings between successive frames.

    Parameters
    ----------
    times_us : (n_frames,) int64
        On the video's clock. What is counted lies between the middles of two exposures, so a clock
        found from it maps these times to the middles of the exposures.
    crossings : (n_frames - 1, n_cells) float32, crossings
        In each cell of a `GRID` over the picture.
    """

    times_us: NDArray[np.int64]
    crossings: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class EventMotion:
    """Events since the start of the recording, by cell of the sensor.

    Parameters
    ----------
    before : (n_bins + 1, n_cells) int64, events
        Before each millisecond. One cell where single events were not looked at.
    """

    before: NDArray[np.int64]

    @property
    def duration_us(self) -> int:
        """Where the last millisecond ends."""
        return (len(self.before) - 1) * _BIN_US

    def between(self, times_us: NDArray[Any]) -> NDArray[np.float64]:
        """Count events between successive times.

        Parameters
        ----------
        times_us : (..., n) float
            On the sensor's clock. Nothing happens before and after the recording.

        Returns
        -------
        (..., n - 1, n_cells) float64, events
        """
        place = np.clip(np.asarray(times_us) / _BIN_US, 0, len(self.before) - 1)
        first = np.minimum(place.astype(np.intp), len(self.before) - 2)
        share = (place - first)[..., None]
        counts = self.before[first] * (1.0 - share) + self.before[first + 1] * share
        return np.diff(counts, axis=-2)

    def as_one(self) -> EventMotion:
        """Return the same for the whole sensor as a single cell."""
        return EventMotion(self.before.sum(axis=1, keepdims=True))


def measure_video_motion(
    frames: Iterable[tuple[int, int, NDArray[np.uint8]]],
    n_frames: int,
    *,
    region_px: Region | None = None,
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> VideoMotion:
    """Count, between video frames, what an event sensor in the video's place would fire.

    Parameters
    ----------
    frames
        Of a video in order: index, time in us, and (height, width, 3) uint8 picture.
    n_frames
        How many there are, for the report.
    region_px
        The part of the picture that counts, such as the face; all of it when None.
    report
        Told the progress, 0 to 1.
    """
    times_us: list[int] = []
    crossings: list[NDArray[np.float32]] = []
    before: NDArray[np.float32] | None = None
    for index, t_us, frame in frames:
        sensed = _sense(frame if region_px is None else _crop(frame, region_px))
        times_us.append(t_us)
        if before is None:
            level = sensed
        else:
            level = level + _exposure_change(before, sensed)
            fired = np.trunc((sensed - level) / THRESHOLD)
            level = level + fired * THRESHOLD
            crossings.append(_sum_cells(np.abs(fired)))
        before = sensed
        report((index + 1) / n_frames, f"Looking for motion, frame {index + 1}")
    counted = np.array(crossings, np.float32).reshape(-1, GRID[0] * GRID[1])
    return VideoMotion(np.array(times_us, np.int64), counted)


def measure_event_motion(
    source: EventSource,
    *,
    region_px: Region | None = None,
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> EventMotion:
    """Count events by millisecond and cell of a `GRID`; of long recordings all cells together.

    Parameters
    ----------
    region_px
        The part of the sensor that counts, such as the face; all of it when None, and of long
        recordings.
    report
        Told the progress, 0 to 1.
    """
    n_bins = -(-source.duration_us // _BIN_US)
    if source.duration_us > _LONGEST_DECODED_US:
        counts = source.rate(_BIN_US)[:, None]
    else:
        columns, rows = GRID
        left, top, right, bottom = region_px or (0, 0, *source.resolution)
        n_cells = rows * columns
        counts = np.zeros((n_bins, n_cells), np.int64)
        for events in iter_batches(source):
            x, y = events.x.astype(np.int64) - left, events.y.astype(np.int64) - top
            inside = (x >= 0) & (x < right - left) & (y >= 0) & (y < bottom - top)
            if not inside.any():
                continue
            x, y, t = x[inside], y[inside], events.t[inside]
            cell = y * rows // (bottom - top) * columns + x * columns // (right - left)
            first, last = int(t[0]) // _BIN_US, int(t[-1]) // _BIN_US + 1
            place = (t // _BIN_US - first) * n_cells + cell
            counts[first:last] += np.bincount(place, minlength=(last - first) * n_cells).reshape(
                -1, n_cells
            )
            report(last / n_bins, "Counting events")
    before = np.zeros((n_bins + 1, counts.shape[1]), np.int64)
    np.cumsum(counts, axis=0, out=before[1:])
    return EventMotion(before)


def _crop(frame: NDArray[np.uint8], region_px: Region) -> NDArray[np.uint8]:
    left, top, right, bottom = region_px
    return frame[top:bottom, left:right]


def _sense(frame: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return what pixels of a small sensor in the video's place sense."""
    light = _LIGHT[cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)]
    height, width = light.shape
    if width > _WIDTH_PX:
        size = (_WIDTH_PX, max(round(height * _WIDTH_PX / width), 1))
        light = np.asarray(cv2.resize(light, size, interpolation=cv2.INTER_AREA), np.float32)
    return np.asarray(np.log(light + _DARK), np.float32)


def _exposure_change(
    before: NDArray[np.float32], after: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return by how much the camera's exposure changed what each pixel says, (height, width).

    What changes all pixels of like brightness alike is the camera, not the scene.
    """
    change = after - before
    if abs(float(np.median(change))) < _LEAST_EXPOSURE_CHANGE:
        return np.zeros_like(before)
    edges = np.quantile(before, np.linspace(0, 1, _N_TONES + 1))
    tone = np.clip(np.searchsorted(edges, before, side="right") - 1, 0, _N_TONES - 1)
    known = [k for k in range(_N_TONES) if (tone == k).any()]
    tones = [float(np.median(before[tone == k])) for k in known]
    changes = [float(np.median(change[tone == k])) for k in known]
    return np.interp(before, tones, changes).astype(np.float32)


def _sum_cells(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum a picture over the cells of `GRID`, (n_cells,)."""
    (columns, rows), (height, width) = GRID, values.shape
    # A picture smaller than the grid leaves cells empty.
    in_row = np.arange(rows)[:, None] == np.arange(height) * rows // height
    in_column = np.arange(width)[:, None] * columns // width == np.arange(columns)
    cells = in_row.astype(np.float32) @ values @ in_column.astype(np.float32)
    return np.asarray(cells.reshape(-1), np.float32)
