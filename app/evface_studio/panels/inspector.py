"""One landmark: where it came from, where it was carried to, and how far off that is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from evface.annotations.tracks import FaceTrack, LandmarkState, LandmarkTrack, Track
from evface.datasets.labels import EVENT_LANDMARKS, LANDMARKS
from evface.landmarks.schemes import SCHEMES
from evface_studio.alignment import Alignment
from evface_studio.document import Document
from evface_studio.panels.facts import Facts, Section
from evface_studio.panes.sampling import TrackSampler
from evface_studio.theme import Theme
from evface_studio.view_state import ViewState

_ROWS = ("Landmark", "In RGB", "In events", "Residual", "State", "Source")
# Roles, the first one there counts.
_IN_RGB = ("teacher", LANDMARKS)
_IN_EVENTS = ("transferred", EVENT_LANDMARKS)
_ASK = "point at one, or click it"


class Inspector(Section):
    """Follows the landmark under the pointer, else the chosen one, and the moment shown."""

    def __init__(
        self,
        alignment: Alignment,
        document: Document,
        view_state: ViewState,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Landmark", theme, parent)
        self._alignment = alignment
        self._document = document
        self._view_state = view_state
        self._samplers: dict[str, TrackSampler] = {}
        self.facts = Facts(_ROWS, theme)
        self.column.addWidget(self.facts)
        document.tracks_changed.connect(self._on_tracks_changed)
        alignment.changed.connect(self.follow)
        view_state.landmark_changed.connect(self.follow)
        view_state.time_changed.connect(self.follow)
        self._on_tracks_changed()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        super().set_theme(theme)
        self.facts.set_theme(theme)
        self.follow()

    @Slot()
    def _on_tracks_changed(self) -> None:
        self._samplers = {
            role: TrackSampler(track)
            for role in (*_IN_RGB, *_IN_EVENTS, "face")
            if (track := self._document.tracks.get(role)) is not None
        }
        self.follow()

    @Slot()
    def follow(self) -> None:
        """Show what is known of the landmark now."""
        landmark = self._view_state.landmark
        # Hidden, it costs nothing while a recording is played.
        if landmark is None or not self.isVisible():
            for title in _ROWS:
                self.facts.set_value(title, "")
            self.facts.set_value("Landmark", _ASK, self.theme.muted)
            return
        source, source_row = self._at(*_IN_RGB)
        carried, row = self._at(*_IN_EVENTS)
        self.facts.set_value("Landmark", f"{landmark}  {_name(landmark, source, carried)}")
        self.facts.set_value("In RGB", _place(source, source_row, landmark))
        self.facts.set_value("In events", _place(carried, row, landmark))
        if isinstance(carried, LandmarkTrack) and _has(carried, row, landmark):
            assert row is not None
            state = LandmarkState(int(carried.state[row, landmark]))
            self.facts.set_value(
                "State",
                state.name.lower(),
                self.theme.landmark(state) if self.theme.is_dark else "",
            )
            self.facts.set_value("Source", _source_in_words(carried, state))
            self.facts.set_value("Residual", self._residual(carried, row, landmark, state))
        else:
            for name in ("State", "Source", "Residual"):
                self.facts.set_value(name, "")

    def _at(self, *roles: str) -> tuple[Track | None, int | None]:
        """Return the first of these tracks that there is, and its row now."""
        sampler = next((self._samplers[role] for role in roles if role in self._samplers), None)
        if sampler is None:
            return None, None
        sample = sampler.at(self._view_state.time_us)
        return sampler.track, None if sample is None else sample.index

    def _residual(
        self, carried: LandmarkTrack, row: int, landmark: int, state: LandmarkState
    ) -> str:
        """Say how far off the transfer is: from a person's word, else from the fit's landmarks."""
        made = self._alignment.as_made
        if state >= LandmarkState.CORRECTED and made is not None:
            t_us = int(carried.times_us[row])
            off = carried.landmarks[row, landmark] - _landmark_at(made, t_us, landmark)
            if np.isfinite(off).all():
                return f"{float(np.hypot(*off)):.1f} px from the correction"
        face, face_row = self._at("face")
        if isinstance(face, FaceTrack) and face_row is not None:
            return f"{float(face.residual_px[face_row]):.1f} px in RGB, whole face"
        return ""


def _name(landmark: int, *tracks: Track | None) -> str:
    """Return what a landmark is called in the scheme of the first track that has it."""
    for track in tracks:
        scheme = SCHEMES.get(track.scheme) if isinstance(track, LandmarkTrack) else None
        if scheme is not None and landmark < scheme.n_landmarks:
            return scheme.names[landmark].replace("_", " ")
    return ""


def _has(track: LandmarkTrack, row: int | None, landmark: int) -> bool:
    return row is not None and landmark < track.landmarks.shape[1]


def _place(track: Track | None, row: int | None, landmark: int) -> str:
    if not isinstance(track, LandmarkTrack) or not _has(track, row, landmark):
        return ""
    x, y = track.landmarks[row, landmark].tolist()
    return f"{x:.1f}, {y:.1f} px" if np.isfinite(x) else "missing"


def _source_in_words(track: LandmarkTrack, state: LandmarkState) -> str:
    if state >= LandmarkState.CORRECTED:
        return "a person"
    quality = track.source.settings.get("registration_quality")
    words = f"{track.source.kind}, {track.source.name}"
    return f"{words}; registration {quality}" if quality else words


def _landmark_at(track: LandmarkTrack, t_us: int, landmark: int) -> NDArray[np.float64]:
    """Return a landmark between the rows around a time, (2,); NaN beyond the track."""
    after = int(np.searchsorted(track.times_us, t_us))
    if after < len(track) and track.times_us[after] == t_us:
        return track.landmarks[after, landmark].astype(np.float64)
    if not 0 < after < len(track):
        return np.full(2, np.nan)
    start_us, stop_us = track.times_us[after - 1], track.times_us[after]
    share = (t_us - start_us) / (stop_us - start_us)
    before, behind = track.landmarks[after - 1, landmark], track.landmarks[after, landmark]
    between: NDArray[np.float64] = (1 - share) * before.astype(np.float64) + share * behind
    return between
