"""Edits are data: applying one changes the labels and returns the edit that takes it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from evface.annotations.corrections import Correction
from evface.annotations.labelled import LabelledFrame
from evface.annotations.segments import Segment
from evface.annotations.tracks import Track
from evface.events.filters.filter import Filter
from evface.geometry.clock import ClockSync
from evface.geometry.registration import Registration

if TYPE_CHECKING:  # It is made of edits itself.
    from evface.annotations.reviews import Review


@dataclass(frozen=True)
class StoredTrack:
    """A track that the store holds already, named by its content.

    Inverses carry this instead of the arrays, so that undoing costs nothing however long the
    recording is.

    Parameters
    ----------
    manifest
        Opaque to everyone but the store.
    """

    manifest: str


class LabelStore(Protocol):
    """Where the labels of a project's recordings are kept, for edits to change.

    Times are on the sensor's clock. Whatever the edit names that the store does not know raises
    `evface.errors.RecordingError`.
    """

    @property
    def author(self) -> str:
        """Who edits."""

    @property
    def now(self) -> str:
        """The time of the edit, ISO 8601 in UTC."""

    def track(self, recording_id: str, role: str) -> StoredTrack | None:
        """Return the track as a machine made it, None where there is none."""

    def set_track(self, recording_id: str, role: str, track: Track | StoredTrack | None) -> None:
        """Replace the track; None removes it. Corrections stay."""

    def shown(self, recording_id: str, role: str, t_us: int) -> LabelledFrame:
        """Return all landmarks at a time, as the corrections in view make them.

        Of what was changed in the same step, only what is at this very time counts: a step looks at
        what was seen before it.
        """

    def corrections(
        self, recording_id: str, role: str, t_us: int, author: str, landmarks: Iterable[int]
    ) -> dict[int, Correction]:
        """Return what one person said about some landmarks at a time."""

    def set_corrections(
        self,
        recording_id: str,
        role: str,
        t_us: int,
        author: str,
        corrections: Mapping[int, Correction | None],
    ) -> None:
        """Replace what one person said about landmarks; None forgets it. Others' words stay."""

    def interpolation_us(self, recording_id: str, role: str) -> int:
        """Return how far apart corrections are carried from one to the other; 0 for never."""

    def set_interpolation_us(self, recording_id: str, role: str, longest_gap_us: int) -> None:
        """Set how far apart corrections are carried from one to the other; 0 for never."""

    def segment(self, recording_id: str, segment_id: str) -> Segment | None:
        """Return a segment, None where there is none of that id."""

    def set_segment(self, recording_id: str, segment_id: str, segment: Segment | None) -> None:
        """Replace a segment; None removes it."""

    def video_class(self, recording_id: str, author: str) -> str | None:
        """Return the action unit that one person says the whole recording shows."""

    def set_video_class(self, recording_id: str, author: str, unit: str | None) -> None:
        """Replace what one person says that the whole recording shows; None takes it back."""

    def review(self, recording_id: str, role: str, t_us: int, author: str) -> Review | None:
        """Return what one person decided about a frame of the review queue."""

    def set_review(
        self, recording_id: str, role: str, t_us: int, author: str, review: Review | None
    ) -> None:
        """Replace what one person decided about a frame; None takes it back."""

    def sync(self, recording_id: str) -> ClockSync:
        """Return the map from the video's clock to the sensor's."""

    def set_sync(self, recording_id: str, sync: ClockSync) -> None:
        """Replace the map from the video's clock to the sensor's."""

    def event_from_rgb(self, recording_id: str) -> Registration:
        """Return how the two pictures lie to one another."""

    def set_event_from_rgb(self, recording_id: str, registration: Registration) -> None:
        """Replace how the two pictures lie to one another."""

    def filters(self, recording_id: str) -> tuple[Filter, ...]:
        """Return the filters that a recording's events pass, in their order."""

    def set_filters(self, recording_id: str, filters: tuple[Filter, ...]) -> None:
        """Replace the filters that a recording's events pass."""

    def name(self, recording_id: str) -> str:
        """Return what people call the recording."""

    def set_name(self, recording_id: str, name: str) -> None:
        """Rename the recording."""


class Edit(Protocol):
    """A change of labels. Immutable; it can be applied again after its inverse."""

    @property
    def label(self) -> str:
        """What the user is told, e.g. ``"Move landmark"``."""

    def apply(self, store: LabelStore) -> Edit:
        """Change the labels in `store`; return the edit that takes the change back."""


@dataclass(frozen=True, eq=False)
class ReplaceTracks:
    """Replace tracks of a recording in one step, for example by the result of a job.

    Corrections made by people are kept apart and are not touched.

    Parameters
    ----------
    tracks
        By role; None removes the track.
    """

    recording_id: str
    tracks: Mapping[str, Track | StoredTrack | None]
    label: str = "Replace tracks"

    def apply(self, store: LabelStore) -> ReplaceTracks:
        """Replace the tracks; return the edit that puts the old ones back."""
        before = {role: store.track(self.recording_id, role) for role in self.tracks}
        for role, track in self.tracks.items():
            store.set_track(self.recording_id, role, track)
        return ReplaceTracks(self.recording_id, before, self.label)


@dataclass(frozen=True)
class SetSync:
    """Set the map from the video's clock to the sensor's.

    Corrections made on the video's pictures stay on their frames, those made on the events' stay
    at their times. Tracks are left as they are: whoever sets the sync derives those made from
    video frames anew, and replaces them in the same step by `Together`.
    """

    recording_id: str
    sync: ClockSync
    label: str = "Set sync"

    def apply(self, store: LabelStore) -> SetSync:
        """Set the sync; return the edit that sets the old one."""
        before = store.sync(self.recording_id)
        store.set_sync(self.recording_id, self.sync)
        return SetSync(self.recording_id, before, self.label)


@dataclass(frozen=True, eq=False)
class SetRegistration:
    """Set how the two pictures lie to one another.

    Tracks and corrections are left as they are: whoever sets it derives the transferred tracks
    anew, and replaces them in the same step by `Together`.
    """

    recording_id: str
    event_from_rgb: Registration
    label: str = "Set registration"

    def apply(self, store: LabelStore) -> SetRegistration:
        """Set the registration; return the edit that sets the old one."""
        before = store.event_from_rgb(self.recording_id)
        store.set_event_from_rgb(self.recording_id, self.event_from_rgb)
        return SetRegistration(self.recording_id, before, self.label)


@dataclass(frozen=True)
class SetFilters:
    """Set the filters that a recording's events pass before anyone sees them or learns of them.

    Labels are left as they are.
    """

    recording_id: str
    filters: tuple[Filter, ...]
    label: str = "Set filters"

    def apply(self, store: LabelStore) -> SetFilters:
        """Set the filters; return the edit that sets the old ones."""
        before = store.filters(self.recording_id)
        store.set_filters(self.recording_id, self.filters)
        return SetFilters(self.recording_id, before, self.label)


@dataclass(frozen=True)
class RenameRecording:
    """Give a recording another name."""

    recording_id: str
    name: str
    label: str = "Rename recording"

    def apply(self, store: LabelStore) -> RenameRecording:
        """Rename it; return the edit that gives the old name back."""
        before = store.name(self.recording_id)
        store.set_name(self.recording_id, self.name)
        return RenameRecording(self.recording_id, before, self.label)


@dataclass(frozen=True, eq=False)
class Together:
    """Several edits in one step: all of them or none."""

    edits: tuple[Edit, ...]
    label: str

    def apply(self, store: LabelStore) -> Together:
        """Apply the edits in order; return the one that takes them back in reverse."""
        inverses = [edit.apply(store) for edit in self.edits]
        return Together(tuple(reversed(inverses)), self.label)


@dataclass(frozen=True)
class Place:
    """What an edit changes first, for the view to go there."""

    recording_id: str | None
    t_us: int | None = None
    role: str | None = None
    unit: str | None = None


def place_of(edit: Edit, inverse: Edit | None = None) -> Place:
    """Return the place of an edit: of several in one step, that of the first which has a time.

    Parameters
    ----------
    inverse
        Says when it was where the edit does not, as one that removes a segment.
    """
    parts = edit.edits if isinstance(edit, Together) else (edit,)
    places = [
        Place(*(getattr(part, name, None) for name in ("recording_id", "t_us", "role", "unit")))
        if not isinstance(part, Together)
        else place_of(part)
        for part in parts
    ]
    place = next((p for p in places if p.t_us is not None), places[0] if places else Place(None))
    return place_of(inverse) if place.t_us is None and inverse is not None else place
