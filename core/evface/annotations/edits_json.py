"""Edits as JSON, for the journal. Arrays stay in the store: tracks are named by their content."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from evface.annotations.corrections import Correction
from evface.annotations.edits import (
    Edit,
    MoveLandmark,
    RenameRecording,
    ReplaceTracks,
    SetCorrections,
    SetRegistration,
    SetSync,
    StoredTrack,
    Together,
    VerifyLandmarks,
)
from evface.annotations.registration_json import registration_from_json, registration_to_json
from evface.annotations.tracks import LandmarkState, Track
from evface.geometry.clock import ClockSync
from evface.geometry.registration import Registration
from evface.geometry.transforms import PlanarTransform


def encode_edit(edit: Edit, keep: Callable[[Track | StoredTrack], StoredTrack]) -> str:
    """Return an edit as JSON.

    Parameters
    ----------
    edit
        One of `evface.annotations.edits`.
    keep
        Puts a track into the store and says how it is named there.

    Raises
    ------
    TypeError
        If the edit is of a kind that has no place here.
    """
    return json.dumps(_to_json(edit, keep), allow_nan=False)


def decode_edit(text: str) -> Edit:
    """Return the edit that `encode_edit` wrote.

    Raises
    ------
    ValueError
        If `text` is not an edit that this version knows.
    """
    try:
        return _from_json(json.loads(text))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not an edit that this version knows ({error!r})") from error


def sync_to_json(sync: ClockSync) -> dict[str, Any]:
    """Return a sync ready for JSON, which has no NaN: an unknown residual is null."""
    return {
        "offset_us": int(sync.offset_us),
        "drift_ppm": float(sync.drift_ppm),
        "method": sync.method,
        "residual_us": None if math.isnan(sync.residual_us) else float(sync.residual_us),
    }


def sync_from_json(fields: dict[str, Any]) -> ClockSync:
    """Return the sync that `sync_to_json` gave."""
    residual_us = fields["residual_us"]
    return ClockSync(
        int(fields["offset_us"]),
        float(fields["drift_ppm"]),
        str(fields["method"]),
        math.nan if residual_us is None else float(residual_us),
    )


def _to_json(edit: Edit, keep: Callable[[Track | StoredTrack], StoredTrack]) -> dict[str, Any]:
    fields: dict[str, Any]
    match edit:
        case ReplaceTracks():
            tracks = {
                role: None if track is None else keep(track).manifest
                for role, track in edit.tracks.items()
            }
            fields = {"recording_id": edit.recording_id, "tracks": tracks}
        case MoveLandmark():
            fields = _place(edit) | {"landmark": edit.landmark, "xy_px": list(edit.xy_px)}
        case VerifyLandmarks():
            fields = _place(edit) | {"landmarks": list(edit.landmarks)}
        case SetCorrections():
            corrections = [
                [landmark, None if said is None else _correction_to_json(said)]
                for landmark, said in edit.corrections.items()
            ]
            fields = _place(edit) | {"corrections": corrections}
        case SetSync():
            fields = {"recording_id": edit.recording_id, "sync": sync_to_json(edit.sync)}
        case SetRegistration():
            said = registration_to_json(edit.event_from_rgb)
            fields = {"recording_id": edit.recording_id, "event_from_rgb": said}
        case RenameRecording():
            fields = {"recording_id": edit.recording_id, "name": edit.name}
        case Together():
            fields = {"edits": [_to_json(part, keep) for part in edit.edits]}
        case _:
            raise TypeError(f"{type(edit).__name__} cannot be kept in a journal")
    return {"kind": type(edit).__name__, **fields, "label": edit.label}


def _from_json(fields: dict[str, Any]) -> Edit:
    fields = dict(fields)
    match fields.pop("kind"):
        case "ReplaceTracks":
            tracks = fields.pop("tracks").items()
            kept = {role: None if said is None else StoredTrack(said) for role, said in tracks}
            return ReplaceTracks(tracks=kept, **fields)
        case "MoveLandmark":
            x, y = fields.pop("xy_px")
            return MoveLandmark(xy_px=(x, y), **fields)
        case "VerifyLandmarks":
            return VerifyLandmarks(landmarks=tuple(fields.pop("landmarks")), **fields)
        case "SetCorrections":
            corrections = {
                landmark: None if said is None else _correction_from_json(said)
                for landmark, said in fields.pop("corrections")
            }
            return SetCorrections(corrections=corrections, **fields)
        case "SetSync":
            return SetSync(sync=sync_from_json(fields.pop("sync")), **fields)
        case "SetRegistration":
            registration = registration_from_json(fields.pop("event_from_rgb"))
            return SetRegistration(event_from_rgb=registration, **fields)
        case "SetTransform":  # in journals of schema version 1, which knew only the plane
            planar = PlanarTransform(np.array(fields.pop("event_from_rgb"), np.float64))
            return SetRegistration(event_from_rgb=Registration(planar), **fields)
        case "RenameRecording":
            return RenameRecording(**fields)
        case "Together":
            return Together(tuple(map(_from_json, fields.pop("edits"))), **fields)
        case kind:
            raise ValueError(f"not an edit that this version knows ({kind!r})")


def _place(edit: MoveLandmark | VerifyLandmarks | SetCorrections) -> dict[str, Any]:
    return {"recording_id": edit.recording_id, "role": edit.role, "t_us": int(edit.t_us)}


def _correction_to_json(said: Correction) -> list[Any]:
    return [*said.xy_px, int(said.state), said.author, said.made_at, said.source]


def _correction_from_json(said: list[Any]) -> Correction:
    x, y, state, author, made_at, source = said
    return Correction((x, y), LandmarkState(state), author, made_at, source)
