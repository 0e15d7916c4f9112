"""What networks say of the moment shown: class, action units, landmarks, and how sure they are."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from evface.annotations.facs_names import facs_name
from evface.annotations.roles import (
    LEAST_TELLING,
    PREDICTED_CLASSES,
    PREDICTED_FACE,
    PREDICTED_LANDMARKS,
    PREDICTED_UNITS,
)
from evface.annotations.tracks import ActionUnitTrack, LandmarkTrack, Track, nearest_index
from evface_studio.document import Document
from evface_studio.look.theme import Theme
from evface_studio.panels.facts import Facts, Section
from evface_studio.panes.sampling import Sampled, TrackSampler
from evface_studio.view_state import ViewState

_ROWS = ("Class", "Strongest", "Confidence", "Landmarks", "Networks")
_ROLES = (PREDICTED_CLASSES, PREDICTED_UNITS, PREDICTED_LANDMARKS, PREDICTED_FACE)
_N_STRONGEST = 3
# Below this an action unit is hardly there.
_LEAST = 0.1


class PredictionSection(Section):
    """Follows the moment shown. Hidden where nothing was predicted."""

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Predicted", theme, parent)
        self._document = document
        self._view_state = view_state
        self._samplers: dict[str, TrackSampler] = {}
        self.facts = Facts(_ROWS, theme)
        self.column.addWidget(self.facts)
        document.tracks_changed.connect(self._on_tracks_changed)
        view_state.time_changed.connect(self.follow)
        self._on_tracks_changed()

    @property
    def has_any(self) -> bool:
        """Whether anything was predicted."""
        return bool(self._samplers)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        super().set_theme(theme)
        self.facts.set_theme(theme)
        self.follow()

    @Slot()
    def _on_tracks_changed(self) -> None:
        tracks = self._document.tracks
        self._samplers = {
            role: TrackSampler(tracks[role])
            for role in _ROLES
            if role in tracks and len(tracks[role])
        }
        self.setVisible(bool(self._samplers))
        names = dict.fromkeys(_name_of(tracks[role]) for role in _ROLES if role in self._samplers)
        self.facts.set_value("Networks", ", ".join(names))
        self.follow()

    @Slot()
    def follow(self) -> None:
        """Show what is predicted now."""
        # Hidden, it costs nothing while a recording is played.
        if not self.isVisible():
            return
        self.facts.set_value("Class", self._class_words())
        self.facts.set_value("Strongest", self._unit_words())
        self.facts.set_value("Confidence", self._confidence_words(PREDICTED_UNITS) or "")
        said = self._confidence_words(PREDICTED_LANDMARKS)
        words = "" if said is None else f"predicted, {said or 'no confidence'}"
        self.facts.set_value("Landmarks", words)

    def _at(self, role: str) -> tuple[Sampled | None, int | None]:
        """Return a track, and its row now."""
        sampler = self._samplers.get(role)
        if sampler is None:
            return None, None
        sample = sampler.at(self._view_state.time_us)
        return sampler.track, None if sample is None else sample.index

    def _confidence_words(self, role: str) -> str | None:
        """Return how sure a network is now; empty where it does not say, None without a word."""
        track, index = self._at(role)
        if not isinstance(track, ActionUnitTrack | LandmarkTrack) or index is None:
            return None
        confidence = float(track.confidence[index])
        return "" if math.isnan(confidence) else f"{confidence:.2f}"

    def _class_words(self) -> str:
        track = self._document.tracks.get(PREDICTED_CLASSES)
        if not isinstance(track, ActionUnitTrack):
            return ""
        # Windows are long, and each speaks for the time up to the next one.
        index = nearest_index(np.asarray(track.times_us), self._view_state.time_us)
        if index is None:
            return ""
        row = np.asarray(track.intensity[index])
        best = int(row.argmax())
        if row[best] < LEAST_TELLING:
            return "none stands out"
        unit = track.name_list()[best]
        return f"{unit} {facs_name(unit)}, {row[best]:.2f}"

    def _unit_words(self) -> str:
        track, index = self._at(PREDICTED_UNITS)
        if not isinstance(track, ActionUnitTrack) or index is None:
            return ""
        row = np.nan_to_num(np.asarray(track.intensity[index]), nan=0.0)
        strongest = np.argsort(-row, kind="stable")[:_N_STRONGEST].tolist()
        names = track.name_list()
        words = [f"{names[i]} {row[i]:.2f}" for i in strongest if row[i] >= _LEAST]
        return ", ".join(words) or "none"


def _name_of(track: Track) -> str:
    """Return the training that a network came from, and its kind."""
    folder = str(track.source.settings.get("checkpoint", "")).partition("/")[0]
    name = track.source.name
    return f"{folder} ({name})" if folder and not folder.startswith(name) else folder or name
