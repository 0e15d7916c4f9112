"""What trained networks say of a whole recording, as tracks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from evface.annotations.roles import (
    PREDICTED_CLASSES,
    PREDICTED_FACE,
    PREDICTED_LANDMARKS,
    PREDICTED_UNITS,
)
from evface.annotations.tracks import Track
from evface.inference.action_units import tell_units
from evface.inference.faces import PoseFrom, tell_face
from evface.inference.guide import Guide
from evface.inference.landmarks import LandmarkSettings, tell_landmarks
from evface.inference.smoothing import OneEuro, smooth_landmarks
from evface.inference.trained import Trained
from evface.projects.recording import Recording


@dataclass(frozen=True)
class PredictSettings:
    """How a recording is predicted.

    Parameters
    ----------
    landmarks
        Of networks of landmarks; its `allows_assumed` holds for all.
    smoothing
        Of the landmarks in time, as live; None for none.
    pose_from
        Where the head's pose comes from, as for `tell_face`.
    """

    landmarks: LandmarkSettings = field(default_factory=LandmarkSettings)
    smoothing: OneEuro | None = None
    pose_from: PoseFrom | None = None


def predict_recording(
    recording: Recording,
    networks: Sequence[Trained],
    guide: Guide | None = None,
    *,
    settings: PredictSettings | None = None,
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> dict[str, Track]:
    """Ask networks about a recording.

    Networks of landmarks come first: where nothing else says where the face is, those of action
    units look where they found it.

    Parameters
    ----------
    networks
        Of those for the same task the last one counts.
    guide
        What else is known of the recording.
    report
        Told how far it is, 0 to 1, and what is being done.

    Returns
    -------
    dict[str, Track]
        By role: ``predicted_landmarks_events``; ``predicted_action_units``, ``predicted_classes``
        and ``predicted_face``, the last one where the network tells coefficients.

    Raises
    ------
    RecordingError
        If it is too short or lacks what a network needs.
    ModelFileError
        If a network cannot be used, or the head whose coefficients it tells is not here.
    EventFileError, VideoFileError
        If the media cannot be read.
    """
    guide, settings = guide or Guide(), settings or PredictSettings()
    tracks: dict[str, Track] = {}
    ordered = sorted(networks, key=lambda one: one.is_of_units)
    for place, trained in enumerate(ordered):
        told = partial(_part_of, report, place, len(ordered))
        if not trained.is_of_units:
            found = tell_landmarks(
                recording, trained, guide, settings=settings.landmarks, report=told
            )
            if settings.smoothing is not None:
                found = smooth_landmarks(found, settings.smoothing)
            tracks[PREDICTED_LANDMARKS] = found
            if guide.landmarks is None:
                guide = replace(guide, landmarks=found)
            continue
        units = tell_units(
            recording,
            trained,
            guide,
            allows_assumed=settings.landmarks.allows_assumed,
            report=told,
        )
        tracks[PREDICTED_UNITS] = units.units_track()
        tracks[PREDICTED_CLASSES] = units.classes_track()
        if trained.info.model:
            tracks[PREDICTED_FACE] = tell_face(
                units,
                guide,
                model=trained.info.model,
                resolution=recording.events.resolution,
                pose_from=settings.pose_from,
            )
    return tracks


def _part_of(
    report: Callable[[float, str], None], place: int, n: int, fraction: float, message: str
) -> None:
    report((place + fraction) / n, message)
