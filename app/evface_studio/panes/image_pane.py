"""What the RGB pane and the events pane have in common: a picture with a face drawn over it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Slot
from PySide6.QtWidgets import QWidget

from evface.annotations.tracks import Camera, LandmarkTrack
from evface.geometry.transforms import PlanarTransform
from evface_studio.actions.keymap import stand_for
from evface_studio.document import Document
from evface_studio.landmarks.editing import LandmarkEditing
from evface_studio.landmarks.face_marks import FaceMarks
from evface_studio.look.theme import Theme
from evface_studio.panes.face_layer import FaceLayer
from evface_studio.panes.frame_status import FrameStatus
from evface_studio.panes.landmark_overlay import LandmarkOverlay
from evface_studio.panes.pane import Pane
from evface_studio.panes.picture_view import PictureView
from evface_studio.panes.prediction_layer import PredictionLayer
from evface_studio.panes.sampling import TrackSampler
from evface_studio.view_state import Layer, ViewState
from evface_studio.wording import format_span

_TRUTH_ROLE = "truth_landmarks"


class ImagePane(Pane):
    """A picture of one camera with the landmarks that lie on it.

    Parameters
    ----------
    camera
        Whose picture.
    """

    def __init__(
        self,
        title: str,
        icon_name: str,
        camera: Camera,
        document: Document,
        view_state: ViewState,
        landmarks: LandmarkEditing,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, icon_name, theme, parent)
        self._camera = camera
        self._document = document
        self._view_state = view_state
        self.face = landmarks.face_on(camera)
        self._truth: TrackSampler | None = None
        # The moment of the picture shown, which is not the cursor's while pictures are on the way.
        self._shown_us: int | None = None
        self.picture = PictureView(theme.picture)
        self.picture.setAccessibleName(f"{title} picture")
        self.layer = FaceLayer(
            self.picture, self.face, view_state, theme, landmarks.guides.guide_of
        )
        self.predicted = PredictionLayer(self.picture, camera, document, view_state, theme)
        self.layer.speak_of(self.predicted)
        self._set_picture(self.picture)
        self._add_buttons()
        self.picture.zoomed.connect(self._on_zoomed)
        self.picture.pressed.connect(landmarks.finish_nudging)
        view_state.layers_changed.connect(self._on_layers_changed)
        view_state.shown_scheme_changed.connect(self._on_shown_scheme_changed)
        view_state.zoom_changed.connect(self._on_zoom_changed)
        document.recording_changed.connect(self._on_recording_changed)
        document.tracks_changed.connect(self._on_tracks_changed)
        self._on_tracks_changed()

    @property
    def overlay(self) -> LandmarkOverlay:
        """What is drawn of the face."""
        return self.layer.overlay

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        super().set_theme(theme)
        self.picture.setBackground(theme.picture)
        self.layer.set_theme(theme)
        self.predicted.set_theme(theme)
        self.status.set_theme(theme)

    def _add_buttons(self) -> None:
        self.status = FrameStatus(self.face, self._theme)
        self.header.add_widget(self.status)
        fit = self.header.add_button("fit", "Show the whole picture (double click)")
        fit.clicked.connect(self._on_fit_clicked)
        link = self.header.add_button("link", "Zoom both pictures together", checkable=True)
        stand_for(link, "link_zoom")
        link.setChecked(self._view_state.links_zoom)
        link.toggled.connect(self._on_link_toggled)
        self._view_state.linking_changed.connect(link.setChecked)

    def _show_face_at(self, t_us: int) -> None:
        """Draw the face of the moment of the picture just shown."""
        self._shown_us = t_us
        shows_truth = self._view_state.shows(Layer.TRUTH)
        self.layer.set_truth(self._truth_at(t_us) if shows_truth else None)
        self.predicted.show_at(t_us)
        self.face.show_at(t_us)

    def _age_hint(self) -> tuple[str, str]:
        """Return a warning, and its details, where the face drawn is another moment's."""
        marks = self.face.marks
        if marks is None or not marks.is_aged:
            return self._scheme_hint()
        span = format_span(abs(self.face.age_us))
        side = "earlier" if self.face.age_us > 0 else "later"
        return (
            f"landmarks {span} {side}",
            f"The nearest landmarks belong to a moment {span} {side} than the picture. "
            "It is that moment which corrections belong to.",
        )

    def _scheme_hint(self) -> tuple[str, str]:
        shown = self.layer.shown_scheme
        if shown is self.face.scheme or self.face.marks is None:
            return "", ""
        return (
            f"shown as {shown.n_landmarks} points",
            f"These are {self.face.scheme.n_landmarks} landmarks, shown as those of another "
            "scheme. To change them, choose Landmarks > Show as > Their own scheme.",
        )

    def _truth_at(self, t_us: int) -> FaceMarks | None:
        if self._truth is None or not isinstance(self._truth.track, LandmarkTrack):
            return None
        sample = self._truth.at(t_us)
        if sample is None:
            return None
        track = self._truth.track
        landmarks_px = track.landmarks[sample.index]
        if track.camera != self._camera:
            landmarks_px = self._from_other_camera().apply(landmarks_px).astype(np.float32)
        return FaceMarks(landmarks_px, track.state[sample.index], sample.is_aged)

    def _from_other_camera(self) -> PlanarTransform:
        recording = self._document.recording
        if recording is None:
            return PlanarTransform()
        event_from_rgb = recording.event_from_rgb.planar
        return event_from_rgb if self._camera == Camera.EVENTS else event_from_rgb.inverse()

    @Slot()
    def _on_tracks_changed(self) -> None:
        track = self._document.tracks.get(_TRUTH_ROLE)
        self._truth = None if track is None else TrackSampler(track)
        if self._shown_us is not None:
            self._show_face_at(self._shown_us)

    @Slot()
    def _on_recording_changed(self) -> None:
        self._shown_us = None
        self.layer.set_truth(None)

    @Slot()
    def _on_shown_scheme_changed(self) -> None:
        self.header.set_hint(*self._age_hint())

    @Slot()
    def _on_layers_changed(self) -> None:
        if self._shown_us is not None:
            self._show_face_at(self._shown_us)

    @Slot()
    def _on_fit_clicked(self) -> None:
        self.picture.fit()
        self._on_zoomed()

    @Slot(bool)
    def _on_link_toggled(self, is_linked: bool) -> None:
        self._view_state.set_links_zoom(is_linked)
        self._on_zoomed()

    @Slot()
    def _on_zoomed(self) -> None:
        if not self._view_state.links_zoom:
            return
        if self.picture.is_fitted:
            self._view_state.set_zoom(None)
            return
        shown = self.picture.shown_px
        corners = np.array(
            [[shown.left(), shown.top()], [shown.right(), shown.bottom()]], np.float64
        )
        if self._camera == Camera.RGB and self._document.recording is not None:
            corners = self._document.recording.event_from_rgb.planar.apply(corners - 0.5) + 0.5
        (x0, y0), (x1, y1) = corners.tolist()
        self._view_state.set_zoom((x0, y0, x1, y1))

    @Slot()
    def _on_zoom_changed(self) -> None:
        if not self._view_state.links_zoom:
            return
        zoom = self._view_state.zoom
        if zoom is None:
            self.picture.fit()
            return
        corners = np.array(zoom, np.float64).reshape(2, 2)
        if self._camera == Camera.RGB and self._document.recording is not None:
            corners = (
                self._document.recording.event_from_rgb.planar.inverse().apply(corners - 0.5) + 0.5
            )
        part = QRectF(QPointF(*corners[0]), QPointF(*corners[1])).normalized()
        # Whoever zoomed shows this part already; setting it again would make it creep.
        if not _is_close(part, self.picture.shown_px):
            self.picture.show_part(part)


def _is_close(one: QRectF, other: QRectF) -> bool:
    tolerance = 1e-3 * max(other.width(), other.height())
    pairs = zip(one.getCoords(), other.getCoords(), strict=True)  # type: ignore[call-overload]
    return all(abs(a - b) < tolerance for a, b in pairs)
