"""A head that is driven by what a network tells of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import Camera, FaceTrack, Source
from evface.errors import ModelFileError
from evface.inference.action_units import ToldUnits
from evface.inference.guide import Guide
from evface.morphable.head_library import open_head_model
from evface.training_sets.clips import boxes_around
from evface.training_sets.pose import rotation_of
from evface.training_sets.statistics import rest_of
from evface.transfer.face_points import face_points
from evface.transfer.interpolation import face_at_times

PoseFrom = Literal["face", "network"]


def tell_face(
    told: ToldUnits,
    guide: Guide,
    *,
    model: str,
    resolution: tuple[int, int],
    pose_from: PoseFrom | None = None,
) -> FaceTrack:
    """Return the head as a network tells it: its coefficients, on a pose.

    Parameters
    ----------
    told
        With coefficients of `model`.
    guide
        Its face, where it is of the same model, gives the identity, else that is the mean.
    model
        Key of the head.
    resolution
        ``(width, height)`` of the event picture, px.
    pose_from
        ``"face"``: the pose is that of the fitted head, in its picture. ``"network"``: turned as
        told, from the fitted head's rest or else from the front, on the events; place and size are
        the landmarks', or where there are none the middle of the picture and the size as told,
        which holds for the sensor of training. By default the face's where it is of the same model.

    Returns
    -------
    FaceTrack
        NaN where there is no face, or no pose.

    Raises
    ------
    ModelFileError
        If the face is of another head and its pose is asked for, or the head is not installed.
    """
    face = guide.face
    fits = face is not None and face.model == model
    if pose_from == "face" and not fits:
        had = "there is none" if face is None else f"the one there is {face.model}"
        raise ModelFileError(model, f"the pose of this head was asked for, but {had}")
    if pose_from != "network" and fits:
        assert face is not None
        return _on_face(told, face)
    return _on_events(told, guide, model, resolution)


def _on_face(told: ToldUnits, face: FaceTrack) -> FaceTrack:
    at = face_at_times(face, told.times_us)
    valid = told.valid & at.valid
    return FaceTrack(
        times_us=told.times_us,
        valid=valid,
        source=_signed(told, "face"),
        identity=np.asarray(face.identity, np.float32),
        action_units=_where(valid, told.coefficients),
        rotation=_where(valid, at.rotation),
        scale_px_per_mm=_where(valid, at.scale_px_per_mm),
        translation_px=_where(valid, at.translation_px),
        residual_px=np.full(len(valid), np.nan, np.float32),
        confidence=_where(valid, told.confidence),
        camera=face.camera,
        model=face.model,
    )


def _on_events(told: ToldUnits, guide: Guide, model: str, resolution: tuple[int, int]) -> FaceTrack:
    head = open_head_model(model)
    face = guide.face
    identity = np.zeros(len(head.identity_basis), np.float32)
    if face is not None and face.model == model:
        identity = np.asarray(face.identity, np.float32)
    valid = told.valid
    n = len(valid)
    pose = told.pose + rest_of(guide.pose())
    track = FaceTrack(
        times_us=told.times_us,
        valid=valid,
        source=_signed(told, "network"),
        identity=identity,
        action_units=_where(valid, told.coefficients),
        rotation=_where(valid, rotation_of(pose)),
        scale_px_per_mm=_where(valid, np.exp(pose[:, 3])),
        translation_px=_where(valid, np.zeros((n, 2))),
        residual_px=np.full(n, np.nan, np.float32),
        confidence=_where(valid, told.confidence),
        camera=Camera.EVENTS,
        model=model,
    )
    own = boxes_around(face_points(head, track, head.landmarks).points_px.astype(np.float32))
    width, height = resolution
    if guide.landmarks is None:
        grows: NDArray[np.floating] = np.ones(n)
        place: NDArray[np.floating] = np.array([(width - 1) / 2, (height - 1) / 2])
    else:
        # A face that is cut out has lost its size.
        boxes = guide.boxes_px(told.times_us)
        area, own_area = (np.prod(one[:, 2:] - one[:, :2], axis=1) for one in (boxes, own))
        grows = np.sqrt(area / own_area)
        place = (boxes[:, :2] + boxes[:, 2:]) / 2
    middle = (own[:, :2] + own[:, 2:]) / 2
    return replace(
        track,
        scale_px_per_mm=_where(valid, track.scale_px_per_mm * grows),
        translation_px=_where(valid, place - middle * grows[:, None]),
    )


def _signed(told: ToldUnits, pose_from: PoseFrom) -> Source:
    source = told.source
    return Source(
        source.kind, source.name, source.version, {**source.settings, "pose_from": pose_from}
    )


def _where(valid: NDArray[np.bool_], values: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return values where there is a face, else NaN."""
    known = valid.reshape(-1, *(1,) * (values.ndim - 1))
    return np.where(known, values, np.nan).astype(np.float32)
