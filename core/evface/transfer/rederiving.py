"""Labels after another sync or registration: what was carried over is carried over anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

from evface.annotations.edits import Edit, ReplaceTracks, SetRegistration, SetSync, Together
from evface.annotations.roles import FACE, TRANSFERRED, is_on_video
from evface.annotations.tracks import FaceTrack, LandmarkTrack, SourceKind, Track
from evface.geometry.clock import ClockSync
from evface.geometry.registration import Registration
from evface.morphable.model import MorphableModel
from evface.transfer.interpolation import DEFAULT_GAP_US, Interpolation
from evface.transfer.projection import transfer_landmarks


def rederive(
    recording_id: str,
    tracks: Mapping[str, Track],
    *,
    model: MorphableModel,
    sync: ClockSync,
    event_from_rgb: Registration,
    new_sync: ClockSync | None = None,
    new_event_from_rgb: Registration | None = None,
    label: str = "",
) -> Together:
    """Return the edit that gives a recording another sync or registration, and all that follows.

    The teacher is not asked again: what was said of each video frame stays, at the frame's new
    time. Landmarks on the events stay at their times, and get the places that the face then has.
    What people corrected is kept apart from tracks, and stays: on the video at its frame, on the
    events at its time. The inverse restores the very tracks that were there.

    Parameters
    ----------
    recording_id
        Of the recording in its project.
    tracks
        By role, as machines made them, without corrections. May be empty. Not modified.
    model
        The model of the face, where there is one.
    sync, event_from_rgb
        Those that the tracks were made with.
    new_sync, new_event_from_rgb
        None where it stays.
    label
        What the user is told; says which of the two changes when empty.

    Raises
    ------
    ValueError
        If nothing is to be changed, if the face was fitted with another model, or if the new sync
        does not keep the frames in order.
    """
    if new_sync is None and new_event_from_rgb is None:
        raise ValueError("a new sync or a new registration must be given")
    label = label or _label(new_sync, new_event_from_rgb)
    edits: list[Edit] = []
    derived: dict[str, Track] = {}
    if new_sync is not None:
        edits.append(SetSync(recording_id, new_sync))
        derived |= _on_new_clock(tracks, sync, new_sync)
    if new_event_from_rgb is not None:
        edits.append(SetRegistration(recording_id, new_event_from_rgb))
    transferred = _carried_anew(model, {**tracks, **derived}, new_event_from_rgb or event_from_rgb)
    if transferred is not None:
        derived[TRANSFERRED] = transferred
    if derived:
        edits.append(ReplaceTracks(recording_id, derived))
    return Together(tuple(edits), label)


def _label(new_sync: ClockSync | None, new_event_from_rgb: Registration | None) -> str:
    if new_event_from_rgb is None:
        return SetSync.label
    return SetRegistration.label if new_sync is None else "Align"


def _on_new_clock(
    tracks: Mapping[str, Track], sync: ClockSync, new_sync: ClockSync
) -> dict[str, Track]:
    """Return the tracks that lie on video frames, at the frames' new times."""
    return {
        role: replace(track, times_us=new_sync.to_sensor_us(sync.to_video_us(track.times_us)))
        for role, track in tracks.items()
        if is_on_video(track)
    }


def _carried_anew(
    model: MorphableModel, tracks: Mapping[str, Track], event_from_rgb: Registration
) -> LandmarkTrack | None:
    """Return the transferred landmarks as they are now, with the settings that they had."""
    face, before = tracks.get(FACE), tracks.get(TRANSFERRED)
    if not isinstance(face, FaceTrack) or not isinstance(before, LandmarkTrack):
        return None
    # Whatever else may stand there was not carried over.
    if before.source.kind is not SourceKind.TRANSFERRED:
        return None
    gap_us = before.source.settings.get("longest_gap_us")
    by = before.source.settings.get("by")
    ways: tuple[Interpolation, ...] = get_args(Interpolation)
    return transfer_landmarks(
        model,
        face,
        before.times_us,
        event_from_rgb=event_from_rgb,
        longest_gap_us=gap_us if isinstance(gap_us, int) else DEFAULT_GAP_US,
        by=next((way for way in ways if way == by), "cubic"),
    )
