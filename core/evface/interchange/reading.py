"""Everything that a project holds of one recording, taken out of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from evface.annotations.boxes import BOX_ROLES
from evface.annotations.corrections import PlacedCorrection
from evface.annotations.tracks import Camera, LandmarkTrack, Track
from evface.errors import EventFileError, RecordingError
from evface.interchange.labels import ImportTarget, RecordingLabels
from evface.projects.entries import RecordingEntry
from evface.projects.project import Project
from evface.projects.recording import open_recording


def read_labels(
    project: Project, recording_id: str, *, author: str | None = None
) -> RecordingLabels:
    """Read everything that is said of a recording. The project is not changed.

    Media that are missing leave the sizes of their pictures unknown, and the times of the video's
    frames; the labels are whole all the same.

    Parameters
    ----------
    author
        Whose words; everyone's if None.

    Raises
    ------
    RecordingError
        If there is no such recording.
    ProjectFileError
        If the project is damaged.
    """
    entry = project.recording(recording_id)
    tracks: dict[str, Track] = {}
    for role in project.tracks(recording_id):
        track = project.read_track(recording_id, role, with_corrections=False)
        if track is not None:
            tracks[role] = track
    corrections: dict[str, tuple[PlacedCorrection, ...]] = {}
    gaps_us: dict[str, int] = {}
    authors = project.annotators() if author is None else [author]
    for role in [*tracks, *BOX_ROLES.values()]:
        labelled = project.labelled(recording_id, role) if _has_points(tracks, role) else None
        if labelled is None:
            continue
        words = [
            one
            for name in authors
            if (own := project.labelled(recording_id, role, author=name)) is not None
            for one in own.corrections
        ]
        gaps_us[role] = labelled.longest_gap_us
        if words:
            corrections[role] = tuple(sorted(words, key=lambda one: (one.t_us, one.landmark)))
            # What a box is drawn over comes from the landmarks and is stored nowhere.
            tracks.setdefault(role, labelled.track)
    media = _media(entry)
    return RecordingLabels(
        name=entry.name,
        resolutions=media.resolutions,
        media=media.media,
        sync=entry.sync,
        video_times_us=media.video_times_us,
        tracks=tracks,
        corrections=corrections,
        longest_gaps_us={role: us for role, us in gaps_us.items() if role in tracks},
        segments=dict(project.segments(recording_id, author=author)),
        video_classes=_of(author, project.video_classes(recording_id)),
        reviews={
            place: review
            for place, review in project.reviews(recording_id).items()
            if author in (None, place[2])
        },
    )


def import_target(
    entry: RecordingEntry,
    *,
    camera: Camera,
    first_frame: int = 0,
    rate_hz: float | None = None,
    face: int | None = None,
    person: str = "",
    sidecar: Path | None = None,
) -> ImportTarget:
    """Return what a file is read for: a recording of a project, and what the user says of the file.

    See `ImportTarget`. A video that is missing is as none.
    """
    media = _media(entry)
    return ImportTarget(
        camera=camera,
        media=media.media,
        sync=entry.sync,
        video_times_us=media.video_times_us,
        first_frame=first_frame,
        rate_hz=rate_hz,
        face=face,
        person=person,
        sidecar=sidecar,
    )


def _has_points(tracks: Mapping[str, Track], role: str) -> bool:
    return role in BOX_ROLES.values() or isinstance(tracks.get(role), LandmarkTrack)


def _of(author: str | None, said: Mapping[str, str]) -> dict[str, str]:
    return {name: unit for name, unit in said.items() if author in (None, name)}


def _media(entry: RecordingEntry) -> RecordingLabels:
    """Return what the media say: sizes of pictures, names, times of the video's frames."""
    names = {Camera.EVENTS: entry.events.path.name}
    if entry.video is not None:
        names[Camera.RGB] = entry.video.path.name
    resolutions: dict[Camera, tuple[int, int]] = {}
    times_us = np.empty(0, np.int64)
    try:
        media = open_recording(entry)
    except (RecordingError, EventFileError):
        return RecordingLabels(name=entry.name, media=names)
    try:
        resolutions[Camera.EVENTS] = media.events.resolution
        if media.video is not None:
            resolutions[Camera.RGB] = media.video.resolution
            times_us = media.video_times_us
    finally:
        media.close()
    return RecordingLabels(
        name=entry.name, media=names, resolutions=resolutions, video_times_us=times_us
    )
