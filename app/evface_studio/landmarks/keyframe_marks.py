"""The keyframes of the face that is being edited, as marks for the timeline."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from evface.annotations.corrections import Corrections
from evface.annotations.tracks import LandmarkState
from evface_studio.landmarks.editing import LandmarkEditing
from evface_studio.look.theme import Theme
from evface_studio.newest import NewestWins
from evface_studio.timeline.keyframes import Keyframes

_NO_TIMES = np.empty(0, np.int64)


def keyframe_states(corrections: Corrections) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return the times at which something is said, and what each is as a whole.

    Returns
    -------
    times_us : (n,) int64
        Increasing.
    state : (n,) uint8
        `LandmarkState.VERIFIED` where all that is said is, `LandmarkState.CORRECTED` where a
        person said anything, else `LandmarkState.INTERPOLATED`: carried there by a machine.
    """
    rows = [corrections.of(landmark) for landmark in corrections.landmarks]
    if not rows:
        return _NO_TIMES, np.empty(0, np.uint8)
    said_us = np.concatenate([times_us for times_us, _ in rows])
    said = np.array([one.state for _, all_said in rows for one in all_said], np.uint8)
    times_us, at = np.unique(said_us, return_inverse=True)
    lowest = np.full(len(times_us), LandmarkState.VERIFIED, np.uint8)
    highest = np.zeros(len(times_us), np.uint8)
    np.minimum.at(lowest, at, said)
    np.maximum.at(highest, at, said)
    state = np.minimum(highest, LandmarkState.CORRECTED).astype(np.uint8)
    state[lowest == LandmarkState.VERIFIED] = LandmarkState.VERIFIED
    return times_us, state


class KeyframeMarks(QObject):
    """Looks for the keyframes in a thread: people who correct for days make many."""

    # A tuple of `Keyframes`, the last ones on top.
    found = Signal(object)

    def __init__(
        self, landmarks: LandmarkEditing, theme: Theme, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._landmarks = landmarks
        self._theme = theme
        self._known = (_NO_TIMES, np.empty(0, np.uint8))
        self._asked: Corrections | None = None
        self._finder: NewestWins[Corrections, tuple[NDArray[np.int64], NDArray[np.uint8]]] = (
            NewestWins("keyframes", keyframe_states, self._on_found, self._on_failed, parent=self)
        )
        landmarks.changed.connect(self._look)
        self._look()

    @property
    def is_idle(self) -> bool:
        """Whether all that there are were found."""
        return self._finder.is_idle

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._tell()

    def close(self) -> None:
        """End the thread."""
        self._finder.close()

    @Slot()
    def _look(self) -> None:
        labelled = self._landmarks.face.labelled
        corrections = Corrections() if labelled is None else labelled.corrections
        if corrections is not self._asked:
            self._asked = corrections
            self._finder.ask(corrections)

    def _on_found(
        self, asked: Corrections, known: tuple[NDArray[np.int64], NDArray[np.uint8]]
    ) -> None:
        if asked is self._asked:
            self._known = known
            self._tell()

    def _on_failed(self, _asked: Corrections, error: Exception) -> None:
        raise error

    def _tell(self) -> None:
        times_us, state = self._known
        self.found.emit(
            tuple(
                Keyframes(
                    times_us[state == one],
                    self._theme.landmark(one),
                    is_hollow=one == LandmarkState.INTERPOLATED,
                )
                for one in (
                    LandmarkState.INTERPOLATED,
                    LandmarkState.CORRECTED,
                    LandmarkState.VERIFIED,
                )
            )
        )
