"""What the decoders of formats that are read from the start have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.errors import EventFileError
from evface.events.triggers import Triggers


@dataclass(frozen=True, eq=False)
class Piece:
    """Events as a file states them: not yet checked, in whatever order.

    Parameters
    ----------
    t : (n,) int64, us
        On the file's own clock.
    x, y : (n,) int32, px
        The origin is the top left pixel. May lie outside the sensor.
    p : (n,) bool
        True where the pixel became brighter.
    fraction
        How much of the file has been read, 0 to 1.
    """

    t: NDArray[np.int64]
    x: NDArray[np.int32]
    y: NDArray[np.int32]
    p: NDArray[np.bool_]
    fraction: float

    def __len__(self) -> int:
        return len(self.t)

    @classmethod
    def join(cls, pieces: Sequence[Piece]) -> Piece:
        """Join pieces that follow one another; at least one."""
        if len(pieces) == 1:
            return pieces[0]
        return cls(
            np.concatenate([piece.t for piece in pieces]),
            np.concatenate([piece.x for piece in pieces]),
            np.concatenate([piece.y for piece in pieces]),
            np.concatenate([piece.p for piece in pieces]),
            pieces[-1].fraction,
        )


def gather(pieces: Iterable[Piece], n_events: int = 1 << 18) -> Iterator[Piece]:
    """Join small pieces until they hold so many events: each costs as much as some thousand."""
    waiting: list[Piece] = []
    for piece in pieces:
        waiting.append(piece)
        if sum(map(len, waiting)) >= n_events:
            yield Piece.join(waiting)
            waiting = []
    if waiting:
        yield Piece.join(waiting)


@dataclass(frozen=True, eq=False)
class FrameIndex:
    """Where the pictures of a file lie that holds them beside its events.

    Parameters
    ----------
    times_us : (n,) int64
        The middle of each exposure on the file's own clock, increasing.
    places : (n,) int64, bytes
        Where each picture begins in the file.
    resolution
        Picture ``(width, height)``, px.
    """

    times_us: NDArray[np.int64]
    places: NDArray[np.int64]
    resolution: tuple[int, int]

    def __len__(self) -> int:
        return len(self.times_us)


class Decoder(ABC):
    """Reads an event file once, from its beginning to its end, in pieces of bounded size.

    The constructor reads the head. Counts, warnings, triggers and frames are complete when
    `pieces` has ended.

    Parameters
    ----------
    path
        The file. Opened for reading only.
    """

    format = ""
    """Name of the format as users know it."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        # None where the file does not state its sensor.
        self.resolution: tuple[int, int] | None = None
        self.metadata: dict[str, str] = {}
        self.warnings: list[str] = []
        self.n_damaged = 0
        self.n_wraps = 0
        self.n_cut_bytes = 0
        self.n_motion = 0

    @abstractmethod
    def pieces(self) -> Iterator[Piece]:
        """Decode the file; ends at its end or where nothing more can be read.

        Raises
        ------
        EventFileError
            If it is of another kind than its head says.
        """

    def triggers(self) -> Triggers:
        """Return the triggers found, on the file's own clock."""
        return Triggers.empty()

    def frames(self) -> FrameIndex | None:
        """Return where pictures lie; None where the file holds none."""
        return None

    def fail(self, problem: str) -> EventFileError:
        """Return an error about this file."""
        return EventFileError(self.path, problem)
