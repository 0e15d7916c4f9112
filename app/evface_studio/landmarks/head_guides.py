"""Heads that let the rest of a face follow one landmark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Slot

from evface.annotations.tracks import FaceTrack, LandmarkState
from evface.errors import EvfaceError, FitError
from evface.landmarks.following import Follower, follow_in_region
from evface_studio.document import Document
from evface_studio.landmarks.edited_face import EditedFace
from evface_studio.landmarks.previewed_track import Places
from evface_studio.newest import NewestWins

if TYPE_CHECKING:  # It takes long to import.
    from evface.morphable.model import MorphableModel

# What moves by less than this does not move.
_LEAST_PX = 0.1
# So far the head is asked to move, which rounding leaves exact enough for any drag.
_ASKED_PX = 64.0


class HeadGuide:
    """Says where the landmarks of one frame go while one of them is dragged.

    They follow linearly, so that it is enough to ask the head once how each way is answered: with
    many landmarks held that is a large system, too slow at times for every move of a mouse.

    Parameters
    ----------
    landmarks_px : (n_landmarks, 2) float64
        Where they are before the drag; NaN where missing.
    held_px
        Where landmarks are that a person put right before: they stay there.
    landmark
        The one that is dragged.
    """

    def __init__(
        self,
        follower: Follower,
        landmarks_px: NDArray[np.float64],
        held_px: Places,
        landmark: int,
    ) -> None:
        self._landmark = landmark
        self._from_px = landmarks_px
        x, y = landmarks_px[landmark].tolist()
        answers = [
            follower.follow({**held_px, landmark: place}) - landmarks_px
            for place in ((x + _ASKED_PX, y), (x, y + _ASKED_PX))
        ]
        # By landmark, what it does in x and y for a pixel of the dragged one in x, and in y.
        self._answers = np.stack(answers, axis=-1) / _ASKED_PX

    def follow(self, x_px: float, y_px: float) -> Places:
        """Return the places of the dragged landmark and of those that it takes along."""
        way_px = np.array([x_px, y_px]) - self._from_px[self._landmark]
        ways_px = self._answers @ way_px
        places = (self._from_px + ways_px).tolist()
        moved = np.flatnonzero(np.hypot(ways_px[:, 0], ways_px[:, 1]) > _LEAST_PX).tolist()
        followed = {i: (places[i][0], places[i][1]) for i in moved}
        return {**followed, self._landmark: (x_px, y_px)}


class HeadGuides(QObject):
    """Loads the head of the recording shown ahead of time, in a thread.

    Until it is there, and where a face cannot be placed, landmarks follow within their region.
    """

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._models: dict[str, MorphableModel] = {}
        self._loader: NewestWins[str, MorphableModel] = NewestWins(
            "head", _load, self._on_loaded, self._on_failed, parent=self
        )
        document.tracks_changed.connect(self._on_tracks_changed)

    @property
    def is_idle(self) -> bool:
        """Whether no head is being loaded."""
        return self._loader.is_idle

    def close(self) -> None:
        """End the thread."""
        self._loader.close()

    def guide_of(self, face: EditedFace, landmark: int) -> HeadGuide | None:
        """Return how a face follows one of its landmarks now; None where there is no face."""
        marks, frame = face.marks, face.frame
        if marks is None or frame is None:
            return None
        points = np.asarray(marks.landmarks_px, np.float64)
        if not marks.known[landmark]:
            return None
        by_person = np.flatnonzero(marks.known & (marks.state >= LandmarkState.CORRECTED)).tolist()
        held = {i: (float(points[i, 0]), float(points[i, 1])) for i in by_person}
        return HeadGuide(self._follower_of(face, points), points, held, landmark)

    def _follower_of(self, face: EditedFace, points: NDArray[np.float64]) -> Follower:
        track = self._document.tracks.get("face")
        if isinstance(track, FaceTrack) and track.model in self._models:
            from evface.morphable.guided import follow_head

            try:
                identity = np.asarray(track.identity)
                return follow_head(
                    self._models[track.model], points, face.scheme, identity=identity
                )
            except FitError:
                pass
        return follow_in_region(points, face.scheme)

    @Slot()
    def _on_tracks_changed(self) -> None:
        track = self._document.tracks.get("face")
        if isinstance(track, FaceTrack) and track.model not in self._models:
            self._loader.ask(track.model)

    def _on_loaded(self, key: str, model: MorphableModel) -> None:
        self._models = {key: model}

    def _on_failed(self, _key: str, error: Exception) -> None:
        # A head that is not on this machine: the mesh's pane says so.
        if not isinstance(error, EvfaceError):
            raise error


def _load(key: str) -> MorphableModel:
    from evface.morphable.head_library import find_model

    return find_model(key)
