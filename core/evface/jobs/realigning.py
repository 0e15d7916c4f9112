"""The edit by which a project takes another clock or another place of the event picture."""

from __future__ import annotations

from evface.annotations.edits import Edit
from evface.annotations.roles import FACE
from evface.annotations.tracks import FaceTrack
from evface.geometry.clock import ClockSync
from evface.geometry.registration import Registration
from evface.morphable.head_library import find_model
from evface.morphable.model import load_open_head
from evface.projects.project import Project
from evface.transfer.rederiving import rederive


def realignment_edit(
    project: Project,
    recording_id: str,
    *,
    label: str,
    new_sync: ClockSync | None = None,
    new_event_from_rgb: Registration | None = None,
) -> Edit:
    """Return the edit that aligns a recording anew and derives its labels again.

    Parameters
    ----------
    project
        Only read.
    label
        Of the edit.
    new_sync, new_event_from_rgb
        What None is given for stays as it is.

    Raises
    ------
    ModelFileError
        If the labels were made with a head that is not here.
    """
    entry = project.recording(recording_id)
    tracks = {
        role: track
        for role in project.tracks(recording_id)
        if (track := project.read_track(recording_id, role, with_corrections=False)) is not None
    }
    face = tracks.get(FACE)
    return rederive(
        recording_id,
        tracks,
        model=find_model(face.model) if isinstance(face, FaceTrack) else load_open_head(),
        sync=entry.sync,
        event_from_rgb=entry.event_from_rgb,
        new_sync=new_sync,
        new_event_from_rgb=new_event_from_rgb,
        label=label,
    )
