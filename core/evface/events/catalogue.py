"""Which representations of events there are, and what to say of them.

Apart from `evface.events.representations`, whose compiled loops take long to import.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Group(StrEnum):
    """What a representation tells of the events of a window."""

    EVENTS = "Events"
    AGE = "Age of events"
    SLICES = "Slices of time"


class Colouring(StrEnum):
    """What the values of an index image mean; 0 is always nothing."""

    # 1 off, 2 on.
    POLARITY = "polarity"
    # 16 * off + on, each up to 15.
    COUNTS = "counts"
    # 1 to 255: how many events.
    AMOUNT = "amount"
    # 1 to 127: how much more off than on; 129 to 255: how much more on.
    SUMS = "sums"
    # 1 to 127: how recent the last event is, an off one; 129 to 255: an on one.
    AGES = "ages"
    # 1 to 255: the bits of slices of time, the newest the highest.
    BITS = "bits"


@dataclass(frozen=True)
class Entry:
    """What to say of a representation.

    Parameters
    ----------
    title
        A short name for users.
    shows
        What is seen, in a line.
    group
        With which others it is listed.
    colouring
        What the values of its index image mean.
    fades
        Whether it takes a time constant, so that events fade across windows.
    """

    title: str
    shows: str
    group: Group
    colouring: Colouring
    fades: bool = False


CATALOGUE: Mapping[str, Entry] = {
    "metavision": Entry(
        "Metavision",
        "The last event of each pixel: on or off",
        Group.EVENTS,
        Colouring.POLARITY,
    ),
    "histogram": Entry(
        "Histogram",
        "How many on and off events each pixel has, up to 15",
        Group.EVENTS,
        Colouring.COUNTS,
    ),
    "histogram_clipped": Entry(
        "Clipped histogram",
        "As the histogram, scaled to the window: its busiest pixel in a hundred is full",
        Group.EVENTS,
        Colouring.COUNTS,
    ),
    "count": Entry(
        "Count",
        "How many events each pixel has, on and off together",
        Group.EVENTS,
        Colouring.AMOUNT,
    ),
    "polarity_sum": Entry(
        "On minus off",
        "How much brighter or darker each pixel became",
        Group.EVENTS,
        Colouring.SUMS,
    ),
    "time_surface": Entry(
        "Time surface",
        "How recent the last event of each pixel is; it fades fast, then slowly",
        Group.AGE,
        Colouring.AGES,
        fades=True,
    ),
    "time_surface_linear": Entry(
        "Linear surface",
        "How recent the last event of each pixel is; it fades evenly",
        Group.AGE,
        Colouring.AGES,
        fades=True,
    ),
    "leaky_sum": Entry(
        "Leaky sum",
        "On minus off events of each pixel, old ones counting less",
        Group.AGE,
        Colouring.SUMS,
        fades=True,
    ),
    "adaptive_surface": Entry(
        "Adaptive decay",
        "On minus off; events fade where others follow, so what is still stays (LADS)",
        Group.AGE,
        Colouring.SUMS,
    ),
    "tore": Entry(
        "TORE",
        "How recent the last event of each pixel is, in steps from 150 µs to the window",
        Group.AGE,
        Colouring.AGES,
    ),
    "voxel_grid": Entry(
        "Voxel grid",
        "On minus off in the newest of 5 slices of the window",
        Group.SLICES,
        Colouring.SUMS,
    ),
    "voxel_grid_polarity": Entry(
        "Voxels, on and off",
        "On and off events in the newest of 5 slices of the window",
        Group.SLICES,
        Colouring.COUNTS,
    ),
    "tbr": Entry(
        "Binary slices",
        "In which of 8 slices of the window each pixel has events (TBR)",
        Group.SLICES,
        Colouring.BITS,
    ),
}


def check_representation(representation: str) -> None:
    """Raise a ValueError unless there is such a representation."""
    if representation not in CATALOGUE:
        raise ValueError(
            f"representation must be one of {', '.join(CATALOGUE)}, got {representation!r}"
        )
