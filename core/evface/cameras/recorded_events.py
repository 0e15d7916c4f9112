"""What a recording holds, handed out in order and up to a time, again and again."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from evface.events.events import Events
from evface.events.triggers import Triggers

# Between the end of a recording and its next beginning.
PAUSE_US = 1000


class Piece(NamedTuple):
    """Some of a recording.

    `raw` is None where it has no bytes of a camera. `covers_us` tells up to when nothing more comes
    than what was handed out.
    """

    events: Events
    triggers: Triggers | None
    raw: bytes | None
    covers_us: int


class Jump(NamedTuple):
    """Some of a recording that was left out: how many events, and up to when."""

    n_events: int
    covers_us: int


class RecordedEvents(Protocol):
    """Hands out a recording piece by piece."""

    @property
    def start_us(self) -> int:
        """Time of the first event on the clock of the pieces."""

    @property
    def raw_header(self) -> bytes | None:
        """What a RAW file of the pieces must begin with."""

    def take(self, until_us: int) -> Piece | None:
        """Return what is next and before a time; bounded in size. None at the end."""

    def skip(self, until_us: int) -> Jump | None:
        """Leave out some of what is next and before a time, without decoding it.

        Called again it may leave out more; None where nothing more can be.
        """

    def rewind(self) -> int:
        """Begin again, and return when that is: the clock goes on."""

    def close(self) -> None:
        """Close the recording."""
