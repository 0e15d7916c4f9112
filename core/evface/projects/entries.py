"""What a project says of its recordings, tracks, edits and problems."""

from __future__ import annotations

from dataclasses import dataclass

from evface.annotations.edits import Edit
from evface.annotations.tracks import Source
from evface.events.filters.filter import Filter
from evface.geometry.clock import ClockSync
from evface.geometry.registration import Registration
from evface.projects.media import MediaEntry


@dataclass(frozen=True, eq=False)
class RecordingEntry:
    """A recording of a project: its media and how they fit together.

    Parameters
    ----------
    id
        Never changes.
    name
        For people; unique in the project.
    sync
        Maps the video's clock to the sensor's.
    event_from_rgb
        How the two pictures lie to one another.
    filters
        What its events pass, in this order.
    """

    id: str
    name: str
    events: MediaEntry
    video: MediaEntry | None
    sync: ClockSync
    event_from_rgb: Registration
    filters: tuple[Filter, ...] = ()

    @property
    def media(self) -> tuple[MediaEntry, ...]:
        """The events and, where there is one, the video."""
        return (self.events,) if self.video is None else (self.events, self.video)


@dataclass(frozen=True)
class TrackInfo:
    """What is known of a track without reading it.

    Parameters
    ----------
    role
        Which track of the recording, e.g. ``"teacher"``.
    kind
        Of `evface.annotations.tracks.TRACK_TYPES`.
    n
        Number of samples.
    updated_at
        ISO 8601 in UTC.
    """

    role: str
    kind: str
    n: int
    source: Source
    updated_at: str


@dataclass(frozen=True, eq=False)
class JournalEntry:
    """An edit that was made, and the one that takes it back if nothing else came after it."""

    id: int
    made_at: str
    author: str
    label: str
    edit: Edit
    inverse: Edit


@dataclass(frozen=True)
class Problem:
    """Something that is wrong with a project.

    Parameters
    ----------
    subject
        Name of the recording; empty for the project itself.
    text
        What is wrong; what to do. One line.
    """

    subject: str
    text: str
