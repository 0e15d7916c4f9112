"""Edits are data: applying one changes the labels and returns the edit that takes it back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from evface.annotations.corrections import Correction
from evface.annotations.tracks import LandmarkState, Track
from evface.geometry.clock import ClockSync
from evface.geometry.registration import Registration


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

    def shown_landmark(
        self, recording_id: str, role: str, t_us: int, landmark: int
    ) -> tuple[float, float] | None:
        """Return where a landmark is at a time that the track holds, corrections included, px."""

    def correction(
        self, recording_id: str, role: str, t_us: int, landmark: int
    ) -> Correction | None:
        """Return what a person said about a landmark, None where nobody did."""

    def set_correction(
        self, recording_id: str, role: str, t_us: int, landmark: int, correction: Correction | None
    ) -> None:
        """Replace what a person said about a landmark; None forgets it."""

    def sync(self, recording_id: str) -> ClockSync:
        """Return the map from the video's clock to the sensor's."""

    def set_sync(self, recording_id: str, sync: ClockSync) -> None:
        """Replace the map from the video's clock to the sensor's."""

    def event_from_rgb(self, recording_id: str) -> Registration:
        """Return how the two pictures lie to one another."""

    def set_event_from_rgb(self, recording_id: str, registration: Registration) -> None:
        """Replace how the two pictures lie to one another."""

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
class MoveLandmark:
    """Say where a landmark is at one time.

    Parameters
    ----------
    role
        Which landmark track.
    t_us
        Sensor time of the picture on which the landmark was moved.
    xy_px
        Origin at the centre of the top left pixel.
    """

    recording_id: str
    role: str
    t_us: int
    landmark: int
    xy_px: tuple[float, float]
    label: str = "Move landmark"

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, self.xy_px)):
            raise ValueError(f"xy_px must be finite, got {self.xy_px}")

    def apply(self, store: LabelStore) -> SetCorrections:
        """Move the landmark; return the edit that restores what was said of it before."""
        x, y = self.xy_px
        correction = Correction(
            (float(x), float(y)), LandmarkState.CORRECTED, store.author, store.now
        )
        corrections = {self.landmark: correction}
        return SetCorrections(
            self.recording_id, self.role, self.t_us, corrections, self.label
        ).apply(store)


@dataclass(frozen=True)
class VerifyLandmarks:
    """Say that landmarks are where they are shown at one time. They stay there from then on.

    Landmarks that are missing at that time are passed over.
    """

    recording_id: str
    role: str
    t_us: int
    landmarks: tuple[int, ...]
    label: str = "Verify landmarks"

    def apply(self, store: LabelStore) -> SetCorrections:
        """Verify the landmarks; return the edit that restores what was said of them before."""
        corrections: dict[int, Correction | None] = {}
        for landmark in self.landmarks:
            xy_px = store.shown_landmark(self.recording_id, self.role, self.t_us, landmark)
            if xy_px is not None:
                corrections[landmark] = Correction(
                    xy_px, LandmarkState.VERIFIED, store.author, store.now
                )
        return SetCorrections(
            self.recording_id, self.role, self.t_us, corrections, self.label
        ).apply(store)


@dataclass(frozen=True)
class SetCorrections:
    """Set, or forget, what people said about landmarks at one time.

    Parameters
    ----------
    corrections
        By landmark; None forgets it.
    """

    recording_id: str
    role: str
    t_us: int
    corrections: Mapping[int, Correction | None]
    label: str = "Correct landmarks"

    def apply(self, store: LabelStore) -> SetCorrections:
        """Set the corrections; return the edit that restores the old ones."""
        place = (self.recording_id, self.role, self.t_us)
        before = {landmark: store.correction(*place, landmark) for landmark in self.corrections}
        for landmark, correction in self.corrections.items():
            store.set_correction(*place, landmark, correction)
        return SetCorrections(*place, before, self.label)


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
