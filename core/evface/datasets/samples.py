"""One sample of a data set: where its media lie, whose it is, and what was published about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import Track


class Clock(StrEnum):
    """Which clock the published times are on."""

    VIDEO = "video"
    """Zero at the first frame of the video, or at the first picture."""
    EVENTS = "events"
    """The event sensor's."""


@dataclass(frozen=True, eq=False)
class FrameSequence:
    """Pictures of one camera in a folder, in order.

    Parameters
    ----------
    paths
        One picture a frame.
    times_us : (n,) int64
        Time of each since the first, increasing.
    is_timed
        Whether the times were published. If not they are nominal, a thirtieth of a second apart:
        they keep pictures and labels together and say nothing of the speed.

    Raises
    ------
    ValueError
        If there is not one time for each picture, or the times do not increase.
    """

    paths: tuple[Path, ...]
    times_us: NDArray[np.int64]
    is_timed: bool

    def __post_init__(self) -> None:
        if self.times_us.shape != (len(self.paths),) or not (np.diff(self.times_us) > 0).all():
            raise ValueError(f"expected {len(self.paths)} increasing times, got {self.times_us}")

    def __len__(self) -> int:
        return len(self.paths)


@dataclass(frozen=True)
class StillPicture:
    """A face in a lone picture. A small motion of the camera makes a video of it.

    Parameters
    ----------
    path
        The picture.
    box_px
        ``x0, y0, x1, y1`` of the face.
    """

    path: Path
    box_px: tuple[float, float, float, float]


@dataclass(frozen=True, eq=False, kw_only=True)
class Sample:
    """What a data set holds about one face for some time. Making one opens no media.

    Parameters
    ----------
    name
        Unique in the data set, with the same letters on every machine.
    subject
        Who it is, or what it was cut from where nobody says who: whatever must not lie on both
        sides of a split.
    split
        ``"train"``, ``"validation"`` or ``"test"``; empty where none was published.
    read_tracks
        Reads the published labels, by role, their times on `clock`. Raises a DatasetError where
        they are damaged.
    events
        The event file, None where there is none.
    is_simulated
        Whether events are to be simulated from the video. Never because an event file that was
        published is missing.
    video
        A video file, its frames in a folder, or a still picture; None where there is none.
    event_frames
        Pictures of events by the name of their representation, where the data set publishes such.
    label
        The class of the whole sample, such as ``"AU12"`` or ``"Happiness"``; may be empty.
    clock
        What the labels' times count from.
    video_start_us
        When the first frame was taken, on the clock of the events; None where nobody knows.
    counts_from_file
        Whether the clock of the events is zero where the event file begins, as for the tools that
        labels were made with, and not at the first event.
    shares_pixels
        Whether a pixel of the video and the same pixel of the events see the same place.
    attributes
        What else was published, in words.
    """

    name: str
    subject: str
    split: str
    read_tracks: Callable[[], dict[str, Track]]
    events: Path | None = None
    is_simulated: bool = False
    video: Path | FrameSequence | StillPicture | None = None
    event_frames: Mapping[str, FrameSequence] = field(default_factory=dict)
    label: str = ""
    clock: Clock = Clock.VIDEO
    video_start_us: int | None = None
    counts_from_file: bool = False
    shares_pixels: bool = False
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_timed_video(self) -> bool:
        """Whether there is a video whose frames have times, or a picture to make one of."""
        return self.video is not None and getattr(self.video, "is_timed", True)

    @property
    def is_recording(self) -> bool:
        """Whether it has events or can be given some, not only pictures of events."""
        return self.events is not None or self.is_simulated
