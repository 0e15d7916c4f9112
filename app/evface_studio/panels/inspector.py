"""One landmark: where it came from, where it was carried to, and how far off that is."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from evface.annotations.labelled import LabelledFrame, LabelledTrack
from evface.annotations.tracks import FaceTrack, LandmarkState
from evface.datasets.labels import EVENT_LANDMARKS, LANDMARKS
from evface.landmarks.schemes import SCHEMES
from evface_studio.alignment.controller import Alignment
from evface_studio.document import Document
from evface_studio.look.theme import Theme
from evface_studio.panels.facts import Facts, Section
from evface_studio.panes.sampling import TrackSampler
from evface_studio.view_state import ViewState
from evface_studio.wording import format_when

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
        self._face: TrackSampler | None = None
        self.facts = Facts(_ROWS, theme)
        self.column.addWidget(self.facts)
        document.tracks_changed.connect(self._on_tracks_changed)
        document.labels_changed.connect(self._on_tracks_changed)
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
        labels, face = self._document.labels, self._document.tracks.get("face")
        self._samplers = {
            role: TrackSampler(labels[role])
            for role in (*_IN_RGB, *_IN_EVENTS)
            if labels.get(role) is not None
        }
        self._face = TrackSampler(face) if isinstance(face, FaceTrack) else None
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
        source, source_frame = self._at(*_IN_RGB)
        carried, frame = self._at(*_IN_EVENTS)
        self.facts.set_value("Landmark", f"{landmark}  {_name(landmark, source, carried)}")
        self.facts.set_value("In RGB", _place(source_frame, landmark))
        self.facts.set_value("In events", _place(frame, landmark))
        if carried is not None and frame is not None and landmark < len(frame.state):
            state = LandmarkState(int(frame.state[landmark]))
            self.facts.set_value(
                "State",
                state.name.lower() + (", hidden" if frame.occluded[landmark] else ""),
                self.theme.landmark(state) if self.theme.is_dark else "",
            )
            self.facts.set_value("Source", _source_in_words(carried, frame, landmark))
            self.facts.set_value("Residual", self._residual(carried, frame, landmark, state))
        else:
            for name in ("State", "Source", "Residual"):
                self.facts.set_value(name, "")

    def _at(self, *roles: str) -> tuple[LabelledTrack | None, LabelledFrame | None]:
        """Return the first of these tracks that there is, and its frame now."""
        sampler = next((self._samplers[role] for role in roles if role in self._samplers), None)
        if sampler is None or not isinstance(sampler.track, LabelledTrack):
            return None, None
        sample = sampler.at(self._view_state.time_us)
        return sampler.track, None if sample is None else sampler.track.frame(sample.index)

    def _residual(
        self, carried: LabelledTrack, frame: LabelledFrame, landmark: int, state: LandmarkState
    ) -> str:
        """Say how far off the transfer is: from a person's word, else from the fit's landmarks."""
        if state >= LandmarkState.CORRECTED:
            made = LabelledTrack(carried.track).frame_at(frame.t_us)
            off = frame.landmarks[landmark] - made.landmarks[landmark]
            if np.isfinite(off).all():
                return f"{float(np.hypot(*off)):.1f} px from the correction"
        face = None if self._face is None else self._face.at(self._view_state.time_us)
        if face is not None and self._face is not None:
            track = self._face.track
            if isinstance(track, FaceTrack):
                return f"{float(track.residual_px[face.index]):.1f} px in RGB, whole face"
        return ""


def _name(landmark: int, *tracks: LabelledTrack | None) -> str:
    """Return what a landmark is called in the scheme of the first track that has it."""
    for labelled in tracks:
        scheme = None if labelled is None else SCHEMES.get(labelled.track.scheme)
        if scheme is not None and landmark < scheme.n_landmarks:
            return scheme.names[landmark].replace("_", " ")
    return ""


def _place(frame: LabelledFrame | None, landmark: int) -> str:
    if frame is None or landmark >= len(frame.state):
        return ""
    x, y = frame.landmarks[landmark].tolist()
    return f"{x:.1f}, {y:.1f} px" if np.isfinite(x) else "missing"


def _source_in_words(labelled: LabelledTrack, frame: LabelledFrame, landmark: int) -> str:
    said = frame.corrections.get(landmark)
    if said is not None:
        by = "" if said.source == "person" else f", by {said.source}"
        return f"{said.author}, {format_when(said.made_at)}{by}"
    source = labelled.track.source
    quality = source.settings.get("registration_quality")
    words = f"{source.kind}, {source.name}"
    return f"{words}; registration {quality}" if quality else words
