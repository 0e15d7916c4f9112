"""Moments that people type to go there: a time, or a number of a video frame."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface_studio.wording import format_count, format_time, parse_time

_FRAME = re.compile(r"(?:frame\s*|f\s*|#\s*)(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Moment:
    """A moment of the recording shown, or why there is none."""

    words: str
    t_us: int | None
    problem: str = ""


def read_moments(
    text: str, duration_us: int, frame_times_us: NDArray[np.int64] | None
) -> tuple[Moment, ...]:
    """Return what a typed text may mean as a moment; nothing where it is neither time nor frame.

    Parameters
    ----------
    text
        For example ``1.25``, ``250 ms``, ``2:05`` or ``frame 120``. A bare whole number may be
        either seconds or a frame: both are returned.
    duration_us
        Length of the recording, 0 without one.
    frame_times_us : (n,) int64, us
        Times of the video's frames, the first one numbered 0; None without a video.
    """
    text = text.strip()
    frame = _FRAME.fullmatch(text)
    if frame is not None:
        return (_frame(int(frame[1]), duration_us, frame_times_us),)
    t_us = parse_time(text)
    if t_us is None:
        return ()
    moments = [_time(t_us, duration_us)]
    if text.isdigit() and frame_times_us is not None:
        moments.append(_frame(int(text), duration_us, frame_times_us))
    # What exists before what does not.
    return tuple(sorted(moments, key=lambda moment: bool(moment.problem)))


def _time(t_us: int, duration_us: int) -> Moment:
    words = f"Go to {format_time(t_us)}"
    if not duration_us:
        return Moment(words, None, "Open a recording first.")
    if t_us > duration_us:
        return Moment(words, None, f"The recording ends at {format_time(duration_us)}.")
    return Moment(words, t_us)


def _frame(number: int, duration_us: int, frame_times_us: NDArray[np.int64] | None) -> Moment:
    words = f"Go to frame {format_count(number)}"
    if not duration_us:
        return Moment(words, None, "Open a recording first.")
    if frame_times_us is None or not len(frame_times_us):
        return Moment(words, None, "The recording has no video.")
    if number >= len(frame_times_us):
        return Moment(words, None, f"The last frame is {format_count(len(frame_times_us) - 1)}.")
    # The video may begin before the events; time does not.
    return Moment(words, max(int(frame_times_us[number]), 0))
