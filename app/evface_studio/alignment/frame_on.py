"""Which of the video's frames is on at a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evface.projects.recording import Recording


def frame_on_at(recording: Recording, t_us: int) -> int | None:
    """Return the index of the frame that is on at a time; None before and after the video.

    Half the time between two frames is allowed for on either side: a frame's time may be that of
    the middle of its exposure, and the end of a recording is rounded.
    """
    times_us = recording.video_times_us
    if not len(times_us):
        return None
    first_us, last_us = int(times_us[0]), int(times_us[-1])
    period_us = (last_us - first_us) // max(len(times_us) - 1, 1)
    # A single frame is a picture, which is on as long as anything is.
    is_on = first_us - period_us // 2 <= t_us <= last_us + 3 * period_us // 2
    return recording.video_index_at(t_us) if is_on or len(times_us) == 1 else None
