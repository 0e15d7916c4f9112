"""Landmarks of a live picture, as the panes draw them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import LandmarkState
from evface.landmarks.schemes import SCHEMES, LandmarkScheme
from evface.live.picture import Overlay, Placed
from evface_studio.landmarks.face_marks import FaceMarks
from evface_studio.look.theme import Theme
from evface_studio.panes.landmark_overlay import LandmarkOverlay
from evface_studio.panes.picture_view import PictureView
from evface_studio.panes.prediction_overlay import PredictedMarks, PredictionOverlay

_SCHEME = "ibug68"


class LiveFace:
    """What models say of a face, over one picture: the teacher's word and the network's.

    Parameters
    ----------
    picture
        It lies on.
    """

    def __init__(self, picture: PictureView, theme: Theme) -> None:
        self._picture = picture
        # What is drawn, and whether as late.
        self._drawn: tuple[Overlay | None, bool] = (None, False)
        self.taught = LandmarkOverlay(SCHEMES[_SCHEME], theme)
        self.predicted = PredictionOverlay(theme)
        for item in (self.predicted, self.taught):
            picture.add_overlay(item)
        self.taught.set_layers(shows_points=True, shows_box=False)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self.taught.set_theme(theme)
        self.predicted.set_theme(theme)

    def set_weight(self, weight: int) -> None:
        """Draw lines and points so much heavier than usual."""
        self.taught.set_weight(weight)
        self.predicted.set_weight(weight)

    def set_shown(self, is_shown: bool) -> None:
        """Show what is drawn, or not: where the picture is not of now."""
        self.taught.setVisible(is_shown)
        self.predicted.setVisible(is_shown)

    def clear(self) -> None:
        """Draw nothing."""
        self._drawn = (None, False)
        self.taught.set_marks(None)
        self.predicted.set_marks(None)

    def show_on_events(self, overlay: Overlay, *, is_late: bool) -> None:
        """Draw what lies on the events."""
        if not self._is_other(overlay, is_late):
            return
        taught, told = overlay.landmarks.get("teacher"), overlay.landmarks.get("network")
        if taught is None or taught.scheme not in SCHEMES:
            self.taught.set_marks(None)
        else:
            self.taught.set_scheme(SCHEMES[taught.scheme])
            self.taught.set_marks(_marks(taught.points_px, is_late=is_late))
        self.predicted.set_marks(None if told is None else _predicted(told, is_late=is_late))

    def show_on_rgb(self, overlay: Overlay, *, is_late: bool) -> None:
        """Draw the teacher's landmarks where it saw them."""
        if self._is_other(overlay, is_late):
            points_px = overlay.rgb_landmarks
            self.taught.set_marks(None if points_px is None else _marks(points_px, is_late=is_late))

    def _is_other(self, overlay: Overlay, is_late: bool) -> bool:
        """Return whether something else is drawn so far, and take the picture's size if so."""
        if self._drawn[0] is overlay and self._drawn[1] == is_late:
            return False
        self._drawn = (overlay, is_late)
        self.taught.set_resolution(self._picture.resolution)
        self.predicted.set_resolution(self._picture.resolution)
        return True


def _marks(points_px: NDArray[np.float32], *, is_late: bool) -> FaceMarks | None:
    if not np.isfinite(points_px).any():
        return None
    state = np.full(len(points_px), LandmarkState.AUTO, np.uint8)
    return FaceMarks(points_px, state, is_aged=is_late)


def _predicted(placed: Placed, *, is_late: bool) -> PredictedMarks | None:
    if not np.isfinite(placed.points_px).any():
        return None
    scheme: LandmarkScheme | None = SCHEMES.get(placed.scheme)
    return PredictedMarks(placed.points_px, placed.confidence, scheme, "network", is_late)
