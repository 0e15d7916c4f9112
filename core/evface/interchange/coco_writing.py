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
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from evface.annotations.edits_json import sync_to_json
from evface.annotations.track_parts import head_of
from evface.annotations.tracks import LandmarkState
from evface.files import replacing
from evface.interchange.frames import NumberedFrames, numbered_frames
from evface.interchange.labels import Exported, RecordingLabels
from evface.interchange.sidecar import CORRECTION_COLUMNS, corrections_to_json
from evface.landmarks.schemes import SCHEMES

_VERSION = 1
# What is known of a point's place.
UNLABELLED, HIDDEN, VISIBLE = 0, 1, 2


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
    images, annotations = [], []
    for row, (number, t_us) in enumerate(
        zip(frames.numbers.tolist(), track.times_us.tolist(), strict=True)
    ):
        image: dict[str, Any] = {"id": row + 1, "width": width, "height": height}
        image |= {"file_name": f"{stem}/frame_{number:06d}.png", "frame": number, "t_us": t_us}
        images.append(image)
        annotations.append(_annotation(frames, row))
    content = {
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
        "images": images,
        "annotations": annotations,
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
    text = json.dumps(content, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    with replacing(path) as temporary:
        temporary.write_text(text, "utf-8")
    n_keyframes = int(frames.is_said.any(axis=1).sum())
    counts = {"frames": len(images), "keyframes": n_keyframes}
    return Exported(files=(path,), counts=counts, notes=frames.notes())


def _annotation(frames: NumberedFrames, row: int) -> dict[str, Any]:
    track = frames.track
    points = track.landmarks[row]
    known = np.isfinite(points).all(axis=1)
    visibility = np.where(known, np.where(track.occluded[row], HIDDEN, VISIBLE), UNLABELLED)
    keypoints: list[float | int] = []
    for (x, y), is_known, v in zip(points, known, visibility.tolist(), strict=True):
        # The shortest decimals that give back the very same float32.
        keypoints += [float(str(x)), float(str(y)), v] if is_known else [0, 0, v]
    (x0, y0), (x1, y1) = np.nan_to_num(frames.boxes[row]).astype(np.float64).round(3).tolist()
    confidence = float(track.confidence[row])
    return {
        "id": row + 1,
        "image_id": row + 1,
        "category_id": 1,
        "keypoints": keypoints,
        "num_keypoints": int(known.sum()),
        "bbox": [x0, y0, round(x1 - x0, 3), round(y1 - y0, 3)],
        "area": round((x1 - x0) * (y1 - y0), 3),
        "iscrowd": 0,
        "evface": {
            "state": track.state[row].tolist(),
            "confidence": None if math.isnan(confidence) else confidence,
            "corrections": corrections_to_json(frames.said[row]),
        },
    }
