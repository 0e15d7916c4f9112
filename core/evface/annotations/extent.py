"""How much an edit changes of what people said."""

from __future__ import annotations

from dataclasses import dataclass

from evface.annotations.coding_edits import SetSegments
from evface.annotations.edits import Edit, Together
from evface.annotations.landmark_edits import (
    MoveLandmarks,
    OccludeLandmarks,
    SetCorrections,
    VerifyLandmarks,
)


@dataclass(frozen=True)
class Extent:
    """What an edit touches.

    Parameters
    ----------
    n_landmarks
        Landmarks, each counted at each moment.
    moments
        Recording, role and time (us) of each frame whose landmarks are touched.
    n_segments
        Segments of action units.
    """

    n_landmarks: int = 0
    moments: frozenset[tuple[str, str, int]] = frozenset()
    n_segments: int = 0

    @property
    def n_moments(self) -> int:
        """Number of frames whose landmarks are touched."""
        return len(self.moments)

    def __add__(self, other: Extent) -> Extent:
        return Extent(
            self.n_landmarks + other.n_landmarks,
            self.moments | other.moments,
            self.n_segments + other.n_segments,
        )


def extent_of(edit: Edit) -> Extent:
    """Return how much an edit changes of people's labels; all parts of several in one step."""
    if isinstance(edit, Together):
        return sum(map(extent_of, edit.edits), Extent())
    if isinstance(edit, SetSegments):
        return Extent(n_segments=len(edit.segments))
    if isinstance(edit, MoveLandmarks):
        n_landmarks = len(edit.xy_px)
    elif isinstance(edit, VerifyLandmarks | OccludeLandmarks):
        n_landmarks = len(edit.landmarks)
    elif isinstance(edit, SetCorrections):
        n_landmarks = len(edit.corrections)
    else:
        return Extent()
    return Extent(n_landmarks, frozenset({(edit.recording_id, edit.role, edit.t_us)}))
