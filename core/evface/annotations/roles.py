"""Which track of a recording is which, and which of several is shown and corrected."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from evface.annotations.tracks import (
    BoxTrack,
    Camera,
    FaceTrack,
    LandmarkTrack,
    SourceKind,
    Track,
)

TEACHER = "teacher"
TRANSFERRED = "transferred"
# The head fitted to the teacher's landmarks, and the action units read from it.
FACE = "face"
ACTION_UNITS = "action_units"
PUBLISHED_LANDMARKS = "published_landmarks"
PUBLISHED_EVENT_LANDMARKS = "published_landmarks_events"
PUBLISHED_BOXES = "published_boxes"
PUBLISHED_EVENT_BOXES = "published_boxes_events"
# What trained networks say.
PREDICTED_LANDMARKS = "predicted_landmarks_events"
PREDICTED_FACE = "predicted_face"
PREDICTED_UNITS = "predicted_action_units"
PREDICTED_CLASSES = "predicted_classes"
# A class that is less probable stands out from nothing: each of 24 has 0.04 by chance.
LEAST_TELLING = 0.2
_IMPORTED = ("imported_coco", "imported_cvat", "imported_openface")

# Landmarks of each picture; the first there is counts.
LANDMARK_ROLES: Mapping[Camera, tuple[str, ...]] = MappingProxyType(
    {
        Camera.RGB: (TEACHER, PUBLISHED_LANDMARKS, *_IMPORTED),
        Camera.EVENTS: (
            TRANSFERRED,
            PUBLISHED_EVENT_LANDMARKS,
            *(f"{role}_events" for role in _IMPORTED),
            PREDICTED_LANDMARKS,
        ),
    }
)
# What a face's box comes from where nobody drew it; the first there is counts.
BASES_OF_BOXES: Mapping[Camera, tuple[str, ...]] = MappingProxyType(
    {
        Camera.RGB: (PUBLISHED_BOXES, *LANDMARK_ROLES[Camera.RGB]),
        Camera.EVENTS: (PUBLISHED_EVENT_BOXES, *LANDMARK_ROLES[Camera.EVENTS]),
    }
)


def is_truth(role: str) -> bool:
    """Return whether a role is that of what a simulation knows, which nobody corrects."""
    return role.startswith("truth_")


def is_on_video(track: Track) -> bool:
    """Return whether a track speaks of the video's frames, so that it goes where their times go.

    What a simulation knows lies at the sensor's times, whatever is believed of the video's clock;
    so do the action units that networks see in the events.
    """
    if track.source.kind is SourceKind.TRUTH:
        return False
    if isinstance(track, LandmarkTrack | BoxTrack | FaceTrack):
        return track.camera == Camera.RGB
    return track.source.kind is not SourceKind.MODEL
