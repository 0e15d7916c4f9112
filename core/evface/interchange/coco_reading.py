"""COCO keypoints, read: what evface wrote as it was, the rest as a machine's or a person's."""

from __future__ import annotations

import math
import re
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.annotations.corrections import Correction, PlacedCorrection
from evface.annotations.edits_json import sync_from_json
from evface.annotations.tracks import Camera, LandmarkState, LandmarkTrack
from evface.errors import FileError
from evface.interchange.coco_writing import HIDDEN, UNLABELLED
from evface.interchange.damage import explained
from evface.interchange.frames import (
    carried_corrections,
    carried_times,
    checked_points,
    imported_track,
    times_of_frames,
)
from evface.interchange.labels import (
    ImportedLabels,
    ImportTarget,
    imported_role,
)
from evface.interchange.sidecar import (
    corrections_from_json,
    read_json,
)
from evface.landmarks.schemes import SCHEMES, LandmarkScheme

_LARGEST_SCORE = 1e6
_LAST_NUMBER = re.compile(r"(\d+)\D*$")


def read_coco(path: Path, target: ImportTarget) -> ImportedLabels:
    """Read COCO keypoints of one face.

    A file that evface wrote gives back whose words each point is. Of others it is not known
    whether a person or a machine made them: they are a machine's unless `target` names a person.

    Raises
    ------
    FileError
        If the file is damaged, holds several faces, or does not fit the recording.
    """
    content = read_json(path)
    with explained(path, "COCO keypoints"):
        if not isinstance(content, dict):
            raise ValueError("results without their pictures; it needs images and categories")
        own = content.get("info", {}).get("evface") if isinstance(content.get("info"), dict) else {}
        faces = _faces(path, content, target)
        scheme, order = _scheme(path, content, faces)
        times_us = _times(path, faces, target, own or {})
        points, visible = _keypoints(path, faces, scheme, order)
        if own:
            return _own(path, faces, times_us, points, visible, scheme, target, own)
        return _foreign(path, faces, times_us, points, visible, scheme, target)


def _faces(path: Path, content: dict[str, Any], target: ImportTarget) -> list[tuple[Any, Any]]:
    """Return each picture and the annotation of its face, None where it has none."""
    found: dict[Any, Any] = {}
    for one in content["annotations"]:
        if "keypoints" not in one and "face_kpts" not in one:
            continue
        if target.face is not None and _face_of(one) != target.face:
            continue
        if one["image_id"] in found:
            raise FileError(
                path, f"has several faces on picture {one['image_id']}; say which by --face"
            )
        found[one["image_id"]] = one
    if not found:
        raise FileError(path, "has no keypoints of a face")
    images = {image["id"]: image for image in content["images"]}
    if len(images) != len(content["images"]):
        raise ValueError("two pictures have the same id")
    lost = set(found) - set(images)
    if lost:
        raise ValueError(f"the picture {min(lost, key=str)} is not among its images")
    return [(image, found.get(key)) for key, image in images.items()]


def _face_of(annotation: dict[str, Any]) -> int | None:
    stated = annotation.get("track_id", annotation.get("attributes", {}).get("track_id"))
    return None if stated is None else int(stated)


def _scheme(
    path: Path, content: dict[str, Any], faces: list[tuple[Any, Any]]
) -> tuple[LandmarkScheme, list[int]]:
    """Return the scheme of the points, and where in the file each of its points is."""
    first = next(face for _, face in faces if face is not None)
    n = len(_numbers_of(first)) // 3
    scheme = next((one for one in SCHEMES.values() if one.n_landmarks == n), None)
    if scheme is None:
        sizes = ", ".join(str(one.n_landmarks) for one in SCHEMES.values())
        raise FileError(path, f"has faces of {n} points; evface knows faces of {sizes}")
    names: list[str] = next(
        (
            list(map(str, one.get("keypoints", ())))
            for one in content["categories"]
            if one["id"] == first["category_id"]
        ),
        [],
    )
    # Counted from 1 and as text, CVAT's names sort in another order than the points have.
    wanted = list(scheme.names) if set(names) == set(scheme.names) else _counted(n, names)
    return scheme, [names.index(name) for name in wanted] if wanted else list(range(n))


def _counted(n: int, names: list[str]) -> list[str]:
    return next(
        (
            counted
            for start in (0, 1)
            if set(names) == set(counted := [str(i + start) for i in range(n)])
        ),
        [],
    )


def _numbers_of(annotation: dict[str, Any]) -> list[Any]:
    numbers = annotation["face_kpts"] if "face_kpts" in annotation else annotation["keypoints"]
    if not isinstance(numbers, list) or len(numbers) % 3:
        raise ValueError("keypoints must be x, y and v of each point")
    return numbers


def _keypoints(
    path: Path, faces: list[tuple[Any, Any]], scheme: LandmarkScheme, order: list[int]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    n = scheme.n_landmarks
    table = np.zeros((len(faces), n, 3))
    for row, (image, face) in enumerate(faces):
        if face is None:
            continue
        numbers = _numbers_of(face)
        if len(numbers) != 3 * n:
            raise ValueError(f"picture {image['id']} has {len(numbers) // 3} points, others {n}")
        table[row] = np.array(numbers, np.float64).reshape(n, 3)[order]
    if not np.isfinite(table).all():
        raise ValueError("a point lies nowhere")
    visible = table[..., 2].astype(np.int64)
    points = np.where(visible[..., None] > 0, table[..., :2], np.nan)
    return checked_points(path, points), visible


def _times(
    path: Path, faces: list[tuple[Any, Any]], target: ImportTarget, own: dict[str, Any]
) -> NDArray[np.int64]:
    if own:
        times_us = np.array([int(image["t_us"]) for image, _ in faces], np.int64)
        return carried_times(times_us, sync_from_json(own["sync"]), target)
    return times_of_frames(
        path, np.array([_frame_of(path, image) for image, _ in faces], np.int64), target
    )


def _frame_of(path: Path, image: dict[str, Any]) -> int:
    for name in ("frame", "frame_id"):
        if name in image:
            return int(image[name])
    number = _LAST_NUMBER.search(PurePosixPath(str(image["file_name"])).stem)
    if number is None:
        raise FileError(
            path,
            f"does not say which frame {image['file_name']} is; end the names with the frame's "
            "number",
        )
    return int(number[1])


def _own(
    path: Path,
    faces: list[tuple[Any, Any]],
    times_us: NDArray[np.int64],
    points: NDArray[np.float32],
    visible: NDArray[np.int64],
    scheme: LandmarkScheme,
    target: ImportTarget,
    own: dict[str, Any],
) -> ImportedLabels:
    if Camera(own["track"]["text"]["camera"]) != target.camera:
        other = own["track"]["text"]["camera"]
        raise FileError(path, f"lies on the other picture; import it with --camera {other}")
    said_of = [{} if face is None else face["evface"] for _, face in faces]
    state = np.zeros(visible.shape, np.uint8)
    confidence = np.full(len(faces), np.nan)
    placed: list[PlacedCorrection] = []
    for row, said in enumerate(said_of):
        if not said:
            continue
        state[row] = [int(LandmarkState(one)) for one in said["state"]]
        stated = said["confidence"]
        confidence[row] = np.nan if stated is None else stated
        placed += corrections_from_json(said["corrections"])
    is_said = np.isin(state, (LandmarkState.CORRECTED, LandmarkState.VERIFIED))
    # What a person said is theirs alone: under it there is nothing that a machine said.
    for one in placed:
        if not 0 <= one.landmark < scheme.n_landmarks:
            raise ValueError(f"there is no landmark {one.landmark}")
    points[is_said] = np.nan
    state[is_said] = LandmarkState.AUTO
    source = own["track"]["source"]
    track = imported_track(
        "coco",
        path,
        times_us,
        points,
        target=target,
        scheme=scheme.name,
        occluded=(visible == HIDDEN) & ~is_said,
        state=state,
        confidence=_checked_scores(confidence),
        maker=f"{source['name']} {source['version']}".strip(),
    )
    role = imported_role("coco", target.camera)
    carried = carried_corrections(tuple(placed), sync_from_json(own["sync"]), target)
    return ImportedLabels(
        tracks={role: track}, corrections={role: carried}, longest_gaps_us={role: 0}
    )


def _foreign(
    path: Path,
    faces: list[tuple[Any, Any]],
    times_us: NDArray[np.int64],
    points: NDArray[np.float32],
    visible: NDArray[np.int64],
    scheme: LandmarkScheme,
    target: ImportTarget,
) -> ImportedLabels:
    role = imported_role("coco", target.camera)
    stated = [math.nan if face is None else face.get("score", math.nan) for _, face in faces]
    scores = _checked_scores(np.array(stated, np.float64))
    placed = []
    if target.person:
        for row, landmark in np.argwhere(visible > UNLABELLED).tolist():
            x, y = points[row, landmark].tolist()
            said = Correction(
                (x, y),
                LandmarkState.CORRECTED,
                target.person,
                "",
                "imported from coco",
                bool(visible[row, landmark] == HIDDEN),
            )
            placed.append(PlacedCorrection(int(times_us[row]), landmark, said))
        points = np.full_like(points, np.nan)
    track: LandmarkTrack = imported_track(
        "coco",
        path,
        times_us,
        points,
        target=target,
        scheme=scheme.name,
        occluded=(visible == HIDDEN) & (not target.person),
        confidence=scores,
    )
    note = "the file does not say who made its labels; they are taken for a machine's, say --by"
    return ImportedLabels(
        tracks={role: track},
        corrections={role: tuple(placed)},
        longest_gaps_us={role: 0},
        notes=() if target.person else (f"{note} NAME if a person did",),
    )


def _checked_scores(scores: NDArray[np.float64]) -> NDArray[np.float32]:
    if (np.abs(scores) > _LARGEST_SCORE).any():
        raise ValueError("a score is beyond reason")
    return scores.astype(np.float32)
