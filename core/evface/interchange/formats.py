"""The formats by name: what writes each and what reads it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from evface.annotations.boxes import BOX_ROLES, N_CORNERS
from evface.annotations.tracks import Camera, LandmarkTrack
from evface.errors import FileError
from evface.interchange.array_files import read_hdf5, read_npz, write_hdf5, write_npz
from evface.interchange.coco_reading import read_coco
from evface.interchange.coco_writing import write_coco
from evface.interchange.cvat_reading import read_cvat
from evface.interchange.cvat_writing import write_cvat
from evface.interchange.elan_reading import read_elan
from evface.interchange.elan_writing import write_elan
from evface.interchange.frames import FARTHEST_PX
from evface.interchange.importing import imported_from_labels
from evface.interchange.labels import Exported, ImportedLabels, ImportTarget, RecordingLabels
from evface.interchange.openface_reading import read_openface
from evface.interchange.openface_writing import UnitSource, write_openface
from evface.projects.label_store import utc_now

# No recording is longer than a hundred years.
_LATEST_US = 3_200_000_000_000_000


class Format(StrEnum):
    """A format of labels."""

    COCO = "coco"
    CVAT = "cvat"
    ELAN = "elan"
    OPENFACE = "openface"
    OPENFACE_EXACT = "openface-exact"
    HDF5 = "hdf5"
    NPZ = "npz"


SUFFIXES = {
    Format.COCO: ".json",
    Format.CVAT: ".xml",
    Format.ELAN: ".eaf",
    Format.OPENFACE: ".csv",
    Format.OPENFACE_EXACT: ".csv",
    Format.HDF5: ".h5",
    Format.NPZ: ".npz",
}


@dataclass(frozen=True, kw_only=True)
class ExportChoices:
    """What the user chooses of an export.

    Parameters
    ----------
    camera
        Which picture's landmarks.
    role
        Which landmarks; those of the camera that are shown first if None.
    all_keyframes
        CVAT: make a keyframe of every frame.
    units
        OpenFace: where the action units come from.
    """

    camera: Camera = Camera.RGB
    role: str | None = None
    all_keyframes: bool = False
    units: UnitSource = UnitSource.MODEL


def write_labels(
    form: Format, path: Path, labels: RecordingLabels, choices: ExportChoices
) -> Exported:
    """Write what is said of a recording in a format.

    Raises
    ------
    RecordingError
        If the recording lacks what the format is for.
    FileError
        If a file cannot be written; what was there before is still there then.
    """
    match form:
        case Format.ELAN:
            return write_elan(path, labels, made_at=utc_now())
        case Format.HDF5:
            return write_hdf5(path, labels)
        case Format.NPZ:
            return write_npz(path, labels)
    role = choices.role or labels.landmark_role(choices.camera)
    match form:
        case Format.COCO:
            return write_coco(path, labels, role)
        case Format.CVAT:
            return write_cvat(path, labels, role, all_keyframes=choices.all_keyframes)
        case _:
            is_exact = form is Format.OPENFACE_EXACT
            return write_openface(path, labels, role, units=choices.units, is_exact=is_exact)


def read_imported(form: Format, path: Path, target: ImportTarget) -> ImportedLabels:
    """Read a file for a recording.

    Raises
    ------
    FileError
        If the file is damaged or does not fit the recording.
    """
    imported = _read(form, path, target)
    _check(path, imported)
    return imported


def _read(form: Format, path: Path, target: ImportTarget) -> ImportedLabels:
    match form:
        case Format.COCO:
            return read_coco(path, target)
        case Format.CVAT:
            return read_cvat(path, target)
        case Format.ELAN:
            return read_elan(path, target)
        case Format.OPENFACE | Format.OPENFACE_EXACT:
            return read_openface(path, target)
        case Format.HDF5:
            return imported_from_labels(read_hdf5(path), target)
        case Format.NPZ:
            return imported_from_labels(read_npz(path), target)


def _check(path: Path, imported: ImportedLabels) -> None:
    """Raise FileError where the parts do not fit together, as in a file made by hand."""
    n_landmarks = dict.fromkeys(BOX_ROLES.values(), N_CORNERS)
    for role, track in imported.tracks.items():
        if isinstance(track, LandmarkTrack):
            n_landmarks[role] = track.state.shape[1]
    times_us = [one.offset_us for one in imported.segments]
    times_us += [t_us for _, t_us, _ in imported.reviews]
    for role, placed in imported.corrections.items():
        times_us += [one.t_us for one in placed]
        if any(not 0 <= one.landmark < n_landmarks.get(role, 0) for one in placed):
            raise FileError(path, f"corrects landmarks that {role!r} does not have; it is damaged")
        if any(max(map(abs, one.correction.xy_px)) > FARTHEST_PX for one in placed):
            raise FileError(path, "has a point more than a million pixels away; it is damaged")
    for track in imported.tracks.values():
        times_us += [int(t_us) for t_us in track.times_us[[0, -1]]] if len(track) else []
    if any(abs(t_us) > _LATEST_US for t_us in times_us):
        raise FileError(path, "has labels at times beyond reason; it is damaged")
    for unit in imported.video_classes.values():
        if not (unit.startswith("AU") and unit[2:].isdecimal()):
            raise FileError(path, f"calls an action unit {unit!r}; it is damaged")
