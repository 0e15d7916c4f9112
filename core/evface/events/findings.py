"""What a decoder found wrong with a file although it can be read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Findings:
    """Counts of what a source left out or mended; all are zero for a sound file.

    Each source fills what its format lets it know. `EventSource.warnings` says the same in words
    for the user; the health of a recording judges by these counts.

    Parameters
    ----------
    n_outside
        Events that were left out because they lie outside the sensor.
    n_damaged_words
        Words or records that make no sense and were left out.
    n_late, max_late_us
        Events that were written after later ones, and by how much at most. They have the time of
        the event before them.
    n_restarts
        How often the clock jumped back and no end of its counter explains it. What follows is
        placed after a gap.
    n_wraps
        How often the clock's counter ended and began again, which is usual and was undone.
    n_cut_bytes
        Bytes at the end that were left out: half a word of a file that was cut off, or what
        follows after damage that reaches to the end.
    cut_at_us
        Where the recording ends because of that, on its clock; None where nothing was left out.
    n_motion
        What the camera's motion sensor (IMU) wrote beside the events: samples, or packets of them.
        They are left out, which is no fault of the file.
    """

    n_outside: int = 0
    n_damaged_words: int = 0
    n_late: int = 0
    max_late_us: int = 0
    n_restarts: int = 0
    n_wraps: int = 0
    n_cut_bytes: int = 0
    cut_at_us: int | None = None
    n_motion: int = 0
