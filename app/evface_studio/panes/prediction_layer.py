"""The predicted landmarks over one picture: which are shown, and what is said of them."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QObject, Slot

from evface.annotations.roles import PREDICTED_LANDMARKS
from evface.annotations.tracks import Camera, LandmarkTrack
from evface.geometry.transforms import PlanarTransform
from evface.landmarks.schemes import SCHEMES
from evface_studio.document import Document
from evface_studio.look.theme import Theme
from evface_studio.panes.hover_card import HoverCard
from evface_studio.panes.picture_view import PictureView
from evface_studio.panes.prediction_overlay import PredictedMarks, PredictionOverlay
from evface_studio.panes.sampling import TrackSampler
from evface_studio.tools.tool import Pointer
from evface_studio.view_state import Layer, ViewState

# On the screen, device-independent pixels.
_NEAR_PX = 8.0


class PredictionLayer(QObject):
    """Follows the document and the layers; the pane says which moment is shown.

    Parameters
    ----------
    camera
        Whose picture it lies on. Networks predict on the events; on the video it is shown where
        the registration has it.
    """

    def __init__(
        self,
        picture: PictureView,
        camera: Camera,
        document: Document,
        view_state: ViewState,
        theme: Theme,
    ) -> None:
        super().__init__(picture)
        self._picture = picture
        self._camera = camera
        self._document = document
        self._view_state = view_state
        self._sampler: TrackSampler | None = None
        # Which sample is shown, of which track.
        self._shown: tuple[TrackSampler | None, int, bool] = (None, -1, False)
        self._t_us: int | None = None
        self.overlay = PredictionOverlay(theme)
        picture.add_overlay(self.overlay)
        view_state.layers_changed.connect(self._follow)
        document.recording_changed.connect(self._on_recording_changed)
        document.tracks_changed.connect(self._on_tracks_changed)
        self._on_tracks_changed()

    @property
    def marks(self) -> PredictedMarks | None:
        """What is shown."""
        return self.overlay.marks

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self.overlay.set_theme(theme)

    def show_at(self, t_us: int) -> None:
        """Show what was predicted for another moment."""
        self._t_us = t_us
        self._follow()

    def words_on(self, landmark: int, x_px: float, y_px: float) -> tuple[str, ...]:
        """Return a line on where a landmark of the labels was predicted; none where it was not.

        Parameters
        ----------
        x_px, y_px
            Where the labels have it.
        """
        marks = self.marks
        if marks is None or marks.scheme is None or landmark >= len(marks.landmarks_px):
            return ()
        x, y = marks.landmarks_px[landmark].tolist()
        apart_px = math.hypot(x - x_px, y - y_px)
        if not math.isfinite(apart_px):
            return ()
        return (f"{_predicted(marks)}: {apart_px:.1f} px away",)

    def card_at(self, pointer: Pointer) -> HoverCard | None:
        """Return what is known of the predicted landmark under the pointer."""
        marks = self.marks
        if marks is None:
            return None
        apart = marks.landmarks_px - np.array([pointer.x_px, pointer.y_px])
        far_px = np.hypot(apart[:, 0], apart[:, 1]) * pointer.scale
        if not np.isfinite(far_px).any():
            return None
        nearest = int(np.nanargmin(far_px))
        if far_px[nearest] > _NEAR_PX:
            return None
        name = f"landmark {nearest}"
        if marks.scheme is not None and nearest < marks.scheme.n_landmarks:
            name = f"{marks.scheme.names[nearest].replace('_', ' ')} · {nearest}"
        x_px, y_px = marks.landmarks_px[nearest].tolist()
        return HoverCard(name, x_px, y_px, (_predicted(marks), f"by {marks.source}"))

    @Slot()
    def _on_recording_changed(self) -> None:
        self._t_us = None
        self._follow()

    @Slot()
    def _on_tracks_changed(self) -> None:
        track = self._document.tracks.get(PREDICTED_LANDMARKS)
        is_one = isinstance(track, LandmarkTrack) and len(track) > 0
        self._sampler = TrackSampler(track) if is_one and track is not None else None
        self._follow()

    @Slot()
    def _follow(self) -> None:
        sampler, t_us = self._sampler, self._t_us
        if sampler is None or t_us is None or not self._view_state.shows(Layer.PREDICTIONS):
            self._show((None, -1, False))
            return
        sample = sampler.at(t_us)
        self._show(
            (sampler, -1, False) if sample is None else (sampler, sample.index, sample.is_aged)
        )

    def _show(self, shown: tuple[TrackSampler | None, int, bool]) -> None:
        if shown == self._shown:
            return
        self._shown = shown
        sampler, index, is_aged = shown
        track = None if sampler is None else sampler.track
        if not isinstance(track, LandmarkTrack) or index < 0:
            self.overlay.set_marks(None)
            return
        self.overlay.set_resolution(self._picture.resolution)
        landmarks_px = np.asarray(track.landmarks[index])
        if track.camera != self._camera:
            landmarks_px = self._from_events().apply(landmarks_px)
        self.overlay.set_marks(
            PredictedMarks(
                landmarks_px,
                float(track.confidence[index]),
                SCHEMES.get(track.scheme),
                track.source.name,
                is_aged,
            )
        )

    def _from_events(self) -> PlanarTransform:
        recording = self._document.recording
        if recording is None:
            return PlanarTransform()
        return recording.event_from_rgb.planar.inverse()


def _predicted(marks: PredictedMarks) -> str:
    known = not math.isnan(marks.confidence)
    return f"predicted, {marks.confidence:.2f}" if known else "predicted"
