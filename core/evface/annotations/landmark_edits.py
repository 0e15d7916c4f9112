"""Edits of landmarks: where they are, whether they are seen, and what lies between keyframes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from evface.annotations.corrections import Correction
from evface.annotations.edits import LabelStore
from evface.annotations.labelled import LabelledFrame
from evface.annotations.tracks import LandmarkState


@dataclass(frozen=True)
class MoveLandmarks:
    """Say where landmarks are at one time.

    Parameters
    ----------
    role
        Which landmark track, or which box: see `evface.annotations.boxes`.
    t_us
        Sensor time of the frame on which they were moved.
    xy_px
        By landmark. The origin is the centre of the top left pixel.
    source
        By what means, e.g. ``"drag"``.
    state
        `LandmarkState.INTERPOLATED` where a machine carried a correction to this time.
    """

    recording_id: str
    role: str
    t_us: int
    xy_px: Mapping[int, tuple[float, float]]
    source: str = "person"
    state: LandmarkState = LandmarkState.CORRECTED
    label: str = "Move landmark"

    def __post_init__(self) -> None:
        for place in self.xy_px.values():
            if not all(map(math.isfinite, place)):
                raise ValueError(f"xy_px must be finite, got {place}")

    def apply(self, store: LabelStore) -> SetCorrections:
        """Move the landmarks; return the edit that restores what was said of them before."""
        occluded = store.shown(self.recording_id, self.role, self.t_us).occluded
        corrections = {
            landmark: Correction(
                (float(x), float(y)),
                self.state,
                store.author,
                store.now,
                self.source,
                bool(landmark < len(occluded) and occluded[landmark]),
            )
            for landmark, (x, y) in self.xy_px.items()
        }
        return _set_corrections(self, store, corrections)


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
        shown = store.shown(self.recording_id, self.role, self.t_us)
        return _say_of_shown(self, store, shown, LandmarkState.VERIFIED, None)


@dataclass(frozen=True)
class OccludeLandmarks:
    """Say whether something hides landmarks at one time. They stay where they are shown.

    Landmarks that are missing at that time are passed over.
    """

    recording_id: str
    role: str
    t_us: int
    landmarks: tuple[int, ...]
    is_occluded: bool
    label: str = "Hide landmarks"

    def apply(self, store: LabelStore) -> SetCorrections:
        """Hide or show the landmarks; return the edit that restores what was said before."""
        shown = store.shown(self.recording_id, self.role, self.t_us)
        return _say_of_shown(self, store, shown, LandmarkState.CORRECTED, self.is_occluded)


@dataclass(frozen=True)
class SetCorrections:
    """Set, or forget, what one person said about landmarks at one time.

    Parameters
    ----------
    corrections
        By landmark; None forgets it, and what the machine says counts again.
    author
        Whose words are set; those of who makes the edit where it is empty.
    """

    recording_id: str
    role: str
    t_us: int
    corrections: Mapping[int, Correction | None]
    label: str = "Correct landmarks"
    author: str = ""

    def apply(self, store: LabelStore) -> SetCorrections:
        """Set the corrections; return the edit that restores the old ones."""
        author = self.author or store.author
        place = (self.recording_id, self.role, self.t_us)
        said = store.corrections(*place, author, self.corrections)
        before = {landmark: said.get(landmark) for landmark in self.corrections}
        store.set_corrections(*place, author, self.corrections)
        return SetCorrections(*place, before, self.label, author)


@dataclass(frozen=True)
class SetInterpolation:
    """Set how far apart corrections of a track are carried from one to the other; 0 for never."""

    recording_id: str
    role: str
    longest_gap_us: int
    label: str = "Set interpolation"

    def apply(self, store: LabelStore) -> SetInterpolation:
        """Set it; return the edit that restores the old value."""
        before = store.interpolation_us(self.recording_id, self.role)
        store.set_interpolation_us(self.recording_id, self.role, self.longest_gap_us)
        return SetInterpolation(self.recording_id, self.role, before, self.label)


def _set_corrections(
    edit: MoveLandmarks | VerifyLandmarks | OccludeLandmarks,
    store: LabelStore,
    corrections: Mapping[int, Correction | None],
) -> SetCorrections:
    place = (edit.recording_id, edit.role, edit.t_us)
    return SetCorrections(*place, corrections, edit.label).apply(store)


def _say_of_shown(
    edit: VerifyLandmarks | OccludeLandmarks,
    store: LabelStore,
    shown: LabelledFrame,
    state: LandmarkState,
    is_occluded: bool | None,
) -> SetCorrections:
    corrections: dict[int, Correction | None] = {}
    for landmark in edit.landmarks:
        if not 0 <= landmark < len(shown.landmarks):
            raise ValueError(
                f"landmark must be within 0 to {len(shown.landmarks) - 1}, got {landmark}"
            )
        x, y = shown.landmarks[landmark].tolist()
        if math.isnan(x) or math.isnan(y):
            continue
        said = shown.corrections.get(landmark)
        corrections[landmark] = Correction(
            (x, y) if said is None else said.xy_px,
            state,
            store.author,
            store.now,
            "person" if said is None else said.source,
            bool(shown.occluded[landmark]) if is_occluded is None else is_occluded,
        )
    return _set_corrections(edit, store, corrections)
