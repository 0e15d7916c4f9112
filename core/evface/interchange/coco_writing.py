"""COCO keypoints, written: one picture and one face a frame.

Each annotation has evface's own field beside the standard ones: the state of each point, and what
people said of it. Readers of COCO pass over what they do not know.

References
----------
https://cocodataset.org/#format-data: keypoints are counted from the centre of the top left pixel,
as evface's are; the skeleton counts them from 1.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from evface.annotations.edits_json import sync_to_json
from evface.annotations.track_parts import head_of
from evface.annotations.tracks import LandmarkState
from evface.files import replacing
from evface.interchange.decimals import with_few_decimals
from evface.interchange.frames import NumberedFrames, numbered_frames
from evface.interchange.labels import Exported, RecordingLabels
from evface.interchange.sidecar import CORRECTION_COLUMNS, corrections_to_json
from evface.landmarks.schemes import SCHEMES

_VERSION = 1
# What is known of a point's place.
UNLABELLED, HIDDEN, VISIBLE = 0, 1, 2
_ENCODER = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":"))
_N_ROWS = 1024


def write_coco(path: Path, labels: RecordingLabels, role: str) -> Exported:
    """Write a landmark track as COCO keypoints, all or nothing.

    Parameters
    ----------
    role
        Of the track, e.g. ``"teacher"``.

    Raises
    ------
    RecordingError
        If there is no such track, or the size of its picture is not known.
    FileError
        If the file cannot be written.
    """
    frames = numbered_frames(labels, role)
    track = frames.track
    width, height = labels.resolution(track.camera)
    scheme = SCHEMES[track.scheme]
    stem = PurePosixPath(labels.media.get(track.camera, labels.name)).stem
    head = {
        "info": {
            "description": f"Face landmarks of {labels.name}, written by evface",
            "version": "1.0",
            "evface": {
                "version": _VERSION,
                "recording": labels.name,
                "role": role,
                "track": head_of(track),
                "sync": sync_to_json(labels.sync),
                "states": [state.name.lower() for state in LandmarkState],
                "correction_columns": CORRECTION_COLUMNS,
            },
        },
        "licenses": [],
        "categories": [
            {
                "id": 1,
                "name": "face",
                "supercategory": "person",
                "keypoints": list(scheme.names),
                "skeleton": (scheme.edges + 1).tolist(),
            }
        ],
    }
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write(_ENCODER.encode(head).removesuffix("}"))
        images = _images(frames, stem, width, height)
        for name, items in (("images", images), ("annotations", _annotations(frames))):
            file.write(f',"{name}":[')
            for place, item in enumerate(items):
                file.write(("," if place else "") + _ENCODER.encode(item))
            file.write("]")
        file.write("}")
    n_keyframes = int(frames.is_said.any(axis=1).sum())
    counts = {"frames": len(track), "keyframes": n_keyframes}
    return Exported(files=(path,), counts=counts, notes=frames.notes())


def _images(frames: NumberedFrames, stem: str, width: int, height: int) -> Iterator[dict[str, Any]]:
    times_us = frames.track.times_us.tolist()
    for row, (number, t_us) in enumerate(zip(frames.numbers.tolist(), times_us, strict=True)):
        yield {
            "id": row + 1,
            "width": width,
            "height": height,
            "file_name": f"{stem}/frame_{number:06d}.png",
            "frame": number,
            "t_us": t_us,
        }


def _annotations(frames: NumberedFrames) -> Iterator[dict[str, Any]]:
    """Make the annotations, many at once: one by one they take ten times as long."""
    for start in range(0, len(frames.track), _N_ROWS):
        part = slice(start, start + _N_ROWS)
        track = frames.track
        known = np.asarray(np.isfinite(track.landmarks[part]).all(axis=2))
        places = np.where(known[..., None], with_few_decimals(track.landmarks[part]), 0.0)
        visible = np.where(known, np.where(track.occluded[part], HIDDEN, VISIBLE), UNLABELLED)
        confidence = track.confidence[part].astype(np.float64)
        columns = (
            places.tolist(),
            visible.tolist(),
            known.sum(axis=1).tolist(),
            np.nan_to_num(frames.boxes[part]).astype(np.float64).round(3).tolist(),
            track.state[part].tolist(),
            confidence.tolist(),
            frames.said[part],
        )
        for number, (xy_px, v, n_known, box, state, trust, said) in enumerate(
            zip(*columns, strict=True), start=start + 1
        ):
            (x0, y0), (x1, y1) = box
            yield {
                "id": number,
                "image_id": number,
                "category_id": 1,
                "keypoints": [
                    value for (x, y), one in zip(xy_px, v, strict=True) for value in (x, y, one)
                ],
                "num_keypoints": n_known,
                "bbox": [x0, y0, round(x1 - x0, 3), round(y1 - y0, 3)],
                "area": round((x1 - x0) * (y1 - y0), 3),
                "iscrowd": 0,
                "evface": {
                    "state": state,
                    "confidence": None if math.isnan(trust) else trust,
                    "corrections": corrections_to_json(said),
                },
            }
