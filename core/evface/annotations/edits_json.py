"""Edits as JSON, for the journal. Arrays stay in the store: tracks are named by their content."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np

from evface.annotations.coding_edits import SetSegments, SetVideoClass
from evface.annotations.corrections import Correction
from evface.annotations.edits import (
    Edit,
    RenameRecording,
    ReplaceTracks,
    SetFilters,
    SetRegistration,
    SetSync,
    StoredTrack,
    Together,
)
from evface.annotations.landmark_edits import (
    MoveLandmarks,
    OccludeLandmarks,
    SetCorrections,
    SetInterpolation,
    VerifyLandmarks,
)
from evface.annotations.registration_json import registration_from_json, registration_to_json
from evface.annotations.reviews import Review, SetReview, Verdict
from evface.annotations.segments import Decision, Intensity, Presence, Scale, Segment, Side
from evface.annotations.tracks import LandmarkState, Track
from evface.events.filters.registry import filters_from_json, filters_to_json
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
        case MoveLandmarks():
            places = [[int(landmark), *map(float, xy)] for landmark, xy in edit.xy_px.items()]
            fields = _place(edit) | {
                "xy_px": places,
                "source": edit.source,
                "state": int(edit.state),
            }
        case VerifyLandmarks():
            fields = _place(edit) | {"landmarks": list(map(int, edit.landmarks))}
        case OccludeLandmarks():
            fields = _place(edit) | {
                "landmarks": list(map(int, edit.landmarks)),
                "is_occluded": bool(edit.is_occluded),
            }
        case SetCorrections():
            corrections = [
                [int(landmark), None if said is None else _correction_to_json(said)]
                for landmark, said in edit.corrections.items()
            ]
            fields = _place(edit) | {"corrections": corrections, "author": edit.author}
        case SetInterpolation():
            fields = {
                "recording_id": edit.recording_id,
                "role": edit.role,
                "longest_gap_us": int(edit.longest_gap_us),
            }
        case SetSegments():
            segments = {
                key: None if said is None else segment_to_json(said)
                for key, said in edit.segments.items()
            }
            fields = {"recording_id": edit.recording_id, "segments": segments}
        case SetVideoClass():
            fields = {
                "recording_id": edit.recording_id,
                "unit": edit.unit,
                "author": edit.author,
            }
        case SetReview():
            said_of_it = None if edit.review is None else _review_to_json(edit.review)
            fields = _place(edit) | {"review": said_of_it, "author": edit.author}
        case SetSync():
            fields = {"recording_id": edit.recording_id, "sync": sync_to_json(edit.sync)}
        case SetRegistration():
            said = registration_to_json(edit.event_from_rgb)
            fields = {"recording_id": edit.recording_id, "event_from_rgb": said}
        case SetFilters():
            filters = filters_to_json(edit.filters)
            fields = {"recording_id": edit.recording_id, "filters": filters}
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
        case "MoveLandmarks":
            places = {landmark: (x, y) for landmark, x, y in fields.pop("xy_px")}
            state = LandmarkState(fields.pop("state"))
            return MoveLandmarks(xy_px=places, state=state, **fields)
        case "MoveLandmark":  # in journals of schema version 2, which moved them one by one
            x, y = fields.pop("xy_px")
            return MoveLandmarks(xy_px={fields.pop("landmark"): (x, y)}, **fields)
        case "VerifyLandmarks":
            return VerifyLandmarks(landmarks=tuple(fields.pop("landmarks")), **fields)
        case "OccludeLandmarks":
            return OccludeLandmarks(landmarks=tuple(fields.pop("landmarks")), **fields)
        case "SetInterpolation":
            return SetInterpolation(**fields)
        case "SetSegments":
            segments = {
                key: None if said is None else segment_from_json(said)
                for key, said in fields.pop("segments").items()
            }
            return SetSegments(segments=segments, **fields)
        case "SetVideoClass":
            return SetVideoClass(**fields)
        case "SetReview":
            said = fields.pop("review")
            return SetReview(review=None if said is None else _review_from_json(said), **fields)
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
        case "SetFilters":
            return SetFilters(filters=filters_from_json(fields.pop("filters")), **fields)
        case "RenameRecording":
            return RenameRecording(**fields)
        case "Together":
            return Together(tuple(map(_from_json, fields.pop("edits"))), **fields)
        case kind:
            raise ValueError(f"not an edit that this version knows ({kind!r})")


def segment_to_json(segment: Segment) -> dict[str, Any]:
    """Return a segment ready for JSON."""
    fields = asdict(segment)
    for name in ("onset_us", "offset_us"):
        fields[name] = int(fields[name])
    if segment.apex_us is not None:
        fields["apex_us"] = int(segment.apex_us)
    return fields


def segment_from_json(fields: dict[str, Any]) -> Segment:
    """Return the segment that `segment_to_json` gave; raises ValueError where it is none."""
    fields = dict(fields)
    intensity = fields.pop("intensity")
    return Segment(
        presence=Presence(fields.pop("presence")),
        intensity=None
        if intensity is None
        else Intensity(intensity["value"], Scale(intensity["scale"])),
        side=Side(fields.pop("side")),
        decision=Decision(fields.pop("decision")),
        **fields,
    )


def _review_to_json(review: Review) -> dict[str, Any]:
    return {
        "verdict": str(review.verdict),
        "reasons": list(review.reasons),
        "made_at": review.made_at,
    }


def _review_from_json(fields: dict[str, Any]) -> Review:
    return Review(Verdict(fields["verdict"]), tuple(fields["reasons"]), fields["made_at"])


def _place(
    edit: MoveLandmarks | VerifyLandmarks | OccludeLandmarks | SetCorrections | SetReview,
) -> dict[str, Any]:
    return {"recording_id": edit.recording_id, "role": edit.role, "t_us": int(edit.t_us)}


def _correction_to_json(said: Correction) -> list[Any]:
    x, y = said.xy_px
    parts = [float(x), float(y), int(said.state), said.author, said.made_at, said.source]
    return [*parts, bool(said.is_occluded)]


def _correction_from_json(said: list[Any]) -> Correction:
    # Journals of schema version 2 do not say whether the landmark is occluded.
    x, y, state, author, made_at, source, *is_occluded = said
    return Correction((x, y), LandmarkState(state), author, made_at, source, any(is_occluded))
