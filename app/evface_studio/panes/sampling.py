"""What a track says at a moment, and how old that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import FaceTrack
from evface.transfer.interpolation import find_neighbours, resample_face

# A sample is shown as it is up to 3/4 of the track's period away, marked as aged up to three
# periods, and not at all beyond: a picture must not look better labelled than it is.
_FRESH_PERIODS = 0.75
_AGED_PERIODS = 3.0
_LONGEST_US = 250_000
_DEFAULT_PERIOD_US = 33_333


class Sampled(Protocol):
    """A track, or one with what people said laid over it."""

    @property
    def times_us(self) -> NDArray[np.int64]:
        """Times on the sensor's clock, increasing, (n,) int64."""

    def index_at(self, t_us: int, *, tolerance_us: int) -> int | None:
        """Return the sample nearest to a time that says anything."""


@dataclass(frozen=True)
class Sample:
    """The sample of a track that is shown for a moment.

    Parameters
    ----------
    index
        Row of the track.
    age_us
        How far the sample lies before the moment; negative where it lies after.
    is_aged
        Whether it is too far off to pass for the moment's own.
    """

    index: int
    age_us: int
    is_aged: bool


class TrackSampler:
    """Looks up a track by time in O(log n).

    Parameters
    ----------
    track
        Its typical period is taken from its first samples.
    """

    def __init__(self, track: Sampled) -> None:
        self.track = track
        steps_us = np.diff(track.times_us[:1001])
        period_us = float(np.median(steps_us)) if len(steps_us) else _DEFAULT_PERIOD_US
        self.longest_gap_us = int(min(_AGED_PERIODS * period_us, _LONGEST_US))
        self._fresh_us = int(min(_FRESH_PERIODS * period_us, _LONGEST_US))

    def at(self, t_us: int) -> Sample | None:
        """Return the nearest sample, None where it is too far away or says nothing."""
        index = self.track.index_at(t_us, tolerance_us=self.longest_gap_us)
        if index is None:
            return None
        age_us = t_us - int(self.track.times_us[index])
        return Sample(index, age_us, abs(age_us) > self._fresh_us)


@dataclass(frozen=True, eq=False)
class FaceSample:
    """A face of a `FaceTrack` at a moment.

    Parameters
    ----------
    action_units : (n_components,) float32
    rotation : (3, 3) float32
        Camera from model.
    gap_us
        Distance between the two samples it lies between; 0 where it is a sample itself.
    """

    action_units: NDArray[np.float32]
    rotation: NDArray[np.float32]
    gap_us: int


def face_at(track: FaceTrack, t_us: int, *, longest_gap_us: int) -> FaceSample | None:
    """Interpolate a face between its neighbours in time, on the curves that labels take.

    Parameters
    ----------
    longest_gap_us
        Nothing is interpolated across gaps longer than this, nor across a sample without a face.
        Before the first and after the last sample, that sample is taken up to half as far away.

    Returns
    -------
    FaceSample or None
        None where there is no face.
    """
    if not len(track):
        return None
    first_us, last_us = track.times_us[[0, -1]].tolist()
    taken_us = min(max(t_us, first_us), last_us)
    if abs(taken_us - t_us) > longest_gap_us // 2:
        return None
    at_us = np.array([taken_us], np.int64)
    near = find_neighbours(track, at_us, longest_gap_us=longest_gap_us)
    if not near.valid[0] or near.bridged[0]:
        return None
    face = resample_face(track, at_us, near)
    gap_us = int(track.times_us[near.after[0]] - track.times_us[near.before[0]])
    return FaceSample(face.action_units[0], face.rotation[0], gap_us)
