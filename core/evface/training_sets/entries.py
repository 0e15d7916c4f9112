"""What a training set says of its clips without their being read.

The file is HDF5:

- attributes ``format``, ``version``, and ``about``, JSON: what holds for all clips;
- ``index``, JSON packed into bytes: an entry a clip;
- ``clips/000000`` and so on: ``t`` (us, from the clip's start), ``x``, ``y``, ``p`` of the events,
  ``times_us`` and the labels as in `evface.training_sets.clips.Clip`, each a single chunk with a
  checksum; ``rgb``, the video's pictures as JPEG one after another, cut by ``rgb_ends``; and
  ``event_from_rgb``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evface.errors import FileError

FORMAT = "evface training set"
VERSION = 1
EVENT_ARRAYS = {"t": np.uint32, "x": np.uint16, "y": np.uint16, "p": np.uint8}


@dataclass(frozen=True)
class ClipEntry:
    """What is known of a clip without reading it.

    Parameters
    ----------
    recording, subject, condition, split, au_class, start_us, filters
        As in the clip.
    duration_us
        From the start to the last moment.
    n_events, n_frames
        How many.
    n_states
        Landmarks by `evface.annotations.tracks.LandmarkState`; those missing are not counted.
    n_coefficients, n_intensities, n_landmarks
        Frames with any of these labels.
    has_rgb
        Whether there are pictures of the video.
    is_registered
        Whether it is known how they lie on the events.
    digest
        Of all that the clip holds.
    """

    recording: str
    subject: str
    condition: str
    split: str
    au_class: int
    start_us: int
    duration_us: int
    n_events: int
    n_frames: int
    n_states: tuple[int, int, int, int]
    n_coefficients: int
    n_intensities: int
    n_landmarks: int
    has_rgb: bool
    is_registered: bool
    digest: str
    filters: tuple[str, ...] = ()


@dataclass(frozen=True)
class About:
    """What holds for all clips of a set.

    Parameters
    ----------
    resolution
        Of the sensor, ``(width, height)``.
    model
        Key of the morphable model of the coefficients; empty without any.
    n_model_coefficients
        Their number; 0 without any.
    scheme, n_landmarks
        Of the landmarks; none where no clip has any.
    sources
        Where the clips were taken from, one line each.
    label_filter
        Which labels were taken, by name of the rule.
    made_with
        Version of evface.
    """

    resolution: tuple[int, int]
    model: str
    n_model_coefficients: int
    scheme: str
    n_landmarks: int
    sources: tuple[str, ...]
    label_filter: Mapping[str, str | int | float | bool]
    made_with: str


def reason_of(error: BaseException) -> str:
    """Return what h5py says, without the details of the library."""
    if isinstance(error, FileError):
        return error.problem
    said = str(error).partition(" (")[0].partition("\n")[0].strip("'\"")
    return said.replace("synchronously ", "") or type(error).__name__
