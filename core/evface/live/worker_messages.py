"""What the view and the process of its models tell one another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evface.geometry.registration import Registration

# Events that fit into the memory that both share, 13 bytes each; the newest are told.
MAX_EVENTS = 1 << 21
MAX_FRAME_BYTES = 1920 * 1080 * 3


@dataclass(frozen=True, eq=False)
class Job:
    """A picture that is to be looked at.

    Parameters
    ----------
    number, t_us, seen_s, epoch, resolution
        Of the picture, see `LivePicture`.
    n_events
        In the shared memory: those since the job before that still matter.
    frame_t_us
        Of the RGB picture in the shared memory; None if there is none, or the job before had it.
    frame_shape
        Its height and width.
    frame_step
        Every so manieth pixel of it was told, because it is too large.
    event_from_rgb
        How it lies on the events.
    """

    number: int
    t_us: int
    seen_s: float
    epoch: int
    resolution: tuple[int, int]
    n_events: int
    frame_t_us: int | None
    frame_shape: tuple[int, int]
    frame_step: int
    event_from_rgb: Registration


@dataclass(frozen=True)
class Ready:
    """The models are loaded.

    Parameters
    ----------
    problems
        Of those that are not: one line each, for the user.
    sees_events
        Whether any of them looks at events.
    sees_frames
        Whether any of them looks at RGB pictures.
    refused
        Networks that cannot be used, as they were chosen.
    """

    problems: tuple[str, ...]
    sees_events: bool
    sees_frames: bool
    refused: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Trouble:
    """Something went wrong; the process ends.

    Parameters
    ----------
    words
        One line.
    """

    words: str
