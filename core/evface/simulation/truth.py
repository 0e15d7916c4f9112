"""The truth of a synthetic recording, and its file `truth.h5`."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import (
    ActionUnitTrack,
    Camera,
    FaceTrack,
    LandmarkTrack,
    Source,
    SourceKind,
    Track,
)
from evface.errors import FileError
from evface.geometry.cameras import CameraPair, PinholeCamera, RigidTransform
from evface.geometry.clock import ClockSync
from evface.morphable.camera import fit_pose
from evface.morphable.facs import HEAD_NAMES
from evface.morphable.model import MorphableModel, load_open_head

_FORMAT = "evface truth"
_VERSION = 1
# Type and shape of each array; one letter stands for the same length throughout.
_LAYOUT: dict[str, tuple[str, tuple[str | int, ...]]] = {
    "times_us": ("int64", ("n",)),
    "identity": ("float32", ("i",)),
    "action_units": ("float32", ("n", "k")),
    "intensities": ("float32", ("n", "a")),
    "head": ("float32", ("n", 6)),
    "gaze_deg": ("float32", ("n", 2)),
    "landmarks_rgb_px": ("float32", ("n", "p", 2)),
    "landmarks_events_px": ("float32", ("n", "p", 2)),
    "video_times_us": ("int64", ("v",)),
    "exposure_us": ("int64", ("v",)),
}
_POSES = ("rgb_from_head", "events_from_head")
_WORDS = ("subject", "split", "protocol", "label", "condition", "seed", "model")


class Segment(NamedTuple):
    """One movement of a recording: when it grows, stays and fades.

    Parameters
    ----------
    name
        Its main action unit, or ``"blink"``.
    onset_us, apex_start_us, apex_stop_us, offset_us
        When it begins, is full, begins to fade and is over, on the event sensor's clock.
    strength
        Intensity of the main action unit at the apex.
    side
        ``"both"``, or the subject's ``"left"`` or ``"right"`` where that half moves more.
    """

    name: str
    onset_us: int
    apex_start_us: int
    apex_stop_us: int
    offset_us: int
    strength: float
    side: str


@dataclass(frozen=True, eq=False, kw_only=True)
class RecordingTruth:
    """Everything that is known of a synthetic recording.

    All times are on the event sensor's clock, whose zero is the recording's first event; what
    happened before it has negative times.

    Parameters
    ----------
    subject
        Number of the person in the data set.
    split
        ``"train"``, ``"validation"`` or ``"test"``; the same for all recordings of a person.
    protocol
        What the recording was made for, e.g. ``"facemorphic"``.
    label
        Class of the movement, e.g. ``"AU12"``; ``"free"``, ``"reading"``, or empty.
    condition
        Of light and cameras, e.g. ``"good_light"``.
    seed
        From which the recording was drawn.
    model
        Key of the head model.
    times_us : (n,) int64
        At 1 kHz; the arrays below that have n rows are at these times.
    identity : (n_identity,) float32
        Coefficients, standard deviations.
    action_units : (n, n_components) float32
        Coefficients of the model's action-unit basis: what was drawn.
    intensities : (n, n_facs) float32
        Of the facial action units `facs_names`; the stronger half of an asymmetric one.
    facs_names
        Names of the columns of `intensities`.
    head : (n, 6) float32
        AU51 to AU56, the sway included; 1 is 30 degrees.
    gaze_deg : (n, 2) float32
        How far the eyes look to the subject's left and up, from straight ahead in the head.
    rgb_from_head, events_from_head
        n poses: a camera's axes from the head model's, mm.
    landmarks_rgb_px, landmarks_events_px : (n, 68, 2) float32
        Where the landmarks fall in each camera's picture, seen or hidden. Points beyond the
        picture's edge have their place there.
    cameras
        Of the recording.
    video_times_us : (n_frames,) int64
        Middle of each video frame's exposure.
    exposure_us : (n_frames,) int64
    sync
        From the video file's own times to the sensor's clock.
    segments
        The movements on purpose and the blinks, by their onset.

    Raises
    ------
    ValueError
        If an array has not the type and shape stated here.
    """

    subject: int
    split: str
    protocol: str
    label: str
    condition: str
    seed: int
    model: str
    times_us: NDArray[np.int64]
    identity: NDArray[np.float32]
    action_units: NDArray[np.float32]
    intensities: NDArray[np.float32]
    facs_names: tuple[str, ...]
    head: NDArray[np.float32]
    gaze_deg: NDArray[np.float32]
    rgb_from_head: RigidTransform
    events_from_head: RigidTransform
    landmarks_rgb_px: NDArray[np.float32]
    landmarks_events_px: NDArray[np.float32]
    cameras: CameraPair
    video_times_us: NDArray[np.int64]
    exposure_us: NDArray[np.int64]
    sync: ClockSync
    segments: tuple[Segment, ...] = ()

    def __post_init__(self) -> None:
        lengths = {"a": len(self.facs_names)}
        arrays = {name: getattr(self, name) for name in _LAYOUT}
        layout = dict(_LAYOUT)
        for name in _POSES:
            pose = getattr(self, name)
            arrays[f"{name}.rotation"], arrays[f"{name}.translation_mm"] = (
                pose.rotation,
                pose.translation_mm,
            )
            layout[f"{name}.rotation"] = ("float64", ("n", 3, 3))
            layout[f"{name}.translation_mm"] = ("float64", ("n", 3))
        for name, (dtype, shape) in layout.items():
            array = arrays[name]
            expected = tuple(
                lengths.setdefault(side, length) if isinstance(side, str) else side
                for side, length in zip(shape, array.shape, strict=False)
            )
            if array.dtype != dtype or array.ndim != len(shape) or array.shape != expected:
                raise ValueError(
                    f"{name} must be {dtype} {shape} with {lengths}, "
                    f"got {array.dtype} {array.shape}"
                )


def write_truth(path: Path, truth: RecordingTruth) -> None:
    """Write a truth, all or nothing.

    Parameters
    ----------
    path
        Replaced where it exists.

    Raises
    ------
    FileError
        If the file cannot be written; what was there before is still there then.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with h5py.File(temporary, "w") as file:
            file.attrs["format"], file.attrs["version"] = _FORMAT, _VERSION
            for name in _WORDS:
                file.attrs[name] = getattr(truth, name)
            for name in _LAYOUT:
                _store(file, name, getattr(truth, name))
            for name in _POSES:
                _store(file, f"{name}/rotation", getattr(truth, name).rotation)
                _store(file, f"{name}/translation_mm", getattr(truth, name).translation_mm)
            file.attrs["facs_names"] = json.dumps(truth.facs_names)
            file.attrs["segments"] = json.dumps(truth.segments)
            for name in ("rgb", "events"):
                camera = file.create_group(f"cameras/{name}").attrs
                for key, value in asdict(getattr(truth.cameras, name)).items():
                    camera[key] = value
            between = truth.cameras.event_from_rgb
            _store(file, "cameras/event_from_rgb/rotation", between.rotation)
            _store(file, "cameras/event_from_rgb/translation_mm", between.translation_mm)
            sync = file.create_group("sync").attrs
            for key, value in asdict(truth.sync).items():
                sync[key] = value
        temporary.replace(path)
    except (OSError, RuntimeError) as error:
        number = getattr(error, "errno", None)
        reason = os.strerror(number) if number else str(error).partition(" (")[0]
        raise FileError(
            path, f"cannot be written ({reason}); check the folder and the free space"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def read_truth(path: Path) -> RecordingTruth:
    """Read what `write_truth` wrote. Nothing in the file is executed.

    Raises
    ------
    FileError
        If the file is missing, damaged or something else.
    """
    if not path.is_file():
        raise FileError(path, "is not there; name the truth.h5 of a synthetic recording")
    try:
        with h5py.File(path, "r") as file:
            if file.attrs["format"] != _FORMAT:
                raise ValueError("another format")
            if int(file.attrs["version"]) > _VERSION:
                raise FileError(path, "was written by a newer evface; update evface")
            return _read(file)
    except FileError:
        raise
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError) as error:
        reason = str(error).partition(" (")[0].partition("\n")[0]
        raise FileError(
            path, f"is not a whole truth of a recording ({reason}); make the recording again"
        ) from error


def _read(file: h5py.File) -> RecordingTruth:
    """Build the truth from an open file; anything may be missing from it."""
    words: dict[str, Any] = {
        name: int(file.attrs[name]) if name in ("subject", "seed") else str(file.attrs[name])
        for name in _WORDS
    }
    arrays: dict[str, Any] = {name: file[name][()] for name in _LAYOUT}
    sync = {field.name: file["sync"].attrs[field.name] for field in fields(ClockSync)}
    return RecordingTruth(
        **words,
        **arrays,
        rgb_from_head=_read_transform(file["rgb_from_head"]),
        events_from_head=_read_transform(file["events_from_head"]),
        facs_names=tuple(str(name) for name in json.loads(file.attrs["facs_names"])),
        cameras=CameraPair(
            _read_camera(file["cameras/rgb"]),
            _read_camera(file["cameras/events"]),
            _read_transform(file["cameras/event_from_rgb"]),
        ),
        sync=ClockSync(
            int(sync["offset_us"]),
            float(sync["drift_ppm"]),
            str(sync["method"]),
            float(sync["residual_us"]),
        ),
        segments=tuple(Segment(*values) for values in json.loads(file.attrs["segments"])),
    )


def _store(file: h5py.File, name: str, values: NDArray[np.generic]) -> None:
    # The movements are smooth, so that shuffled bytes pack well.
    packed = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
    file.create_dataset(name, data=values, **(packed if values.size > 64 else {}))


def _read_camera(group: h5py.Group) -> PinholeCamera:
    (width, height), focal, centre = (
        group.attrs[name] for name in ("resolution", "focal_px", "centre_px")
    )
    return PinholeCamera(
        (int(width), int(height)),
        (float(focal[0]), float(focal[1])),
        (float(centre[0]), float(centre[1])),
    )


def _read_transform(group: h5py.Group) -> RigidTransform:
    return RigidTransform(group["rotation"][()], group["translation_mm"][()])


def truth_tracks(truth: RecordingTruth, model: MorphableModel | None = None) -> dict[str, Track]:
    """Return a truth as the tracks of a project, on the event camera's picture.

    Parameters
    ----------
    model
        The one that was drawn; the open head when None. Tracks hold scaled-orthographic poses:
        at each time the one nearest to the landmarks, which the pinhole camera of the truth
        does not quite meet (`residual_px`).

    Returns
    -------
    dict[str, Track]
        The roles ``truth_landmarks``, ``truth_face`` and ``truth_action_units``, from the first
        event on.

    Raises
    ------
    ValueError
        If the truth is of another model.
    """
    model = load_open_head() if model is None else model
    if truth.model != model.key:
        raise ValueError(f"expected a truth of {model.key}, got one of {truth.model}")
    kept = truth.times_us >= 0
    n = int(kept.sum())
    shared = {
        "times_us": truth.times_us[kept],
        "valid": np.ones(n, bool),
        "source": Source(
            SourceKind.TRUTH,
            "synthetic",
            version("evface"),
            {"protocol": truth.protocol, "subject": truth.subject, "seed": truth.seed},
        ),
    }
    landmarks = truth.landmarks_events_px[kept]
    points = model.landmarks
    faces = model.shape(truth.identity)[points] + np.tensordot(
        truth.action_units[kept], model.action_unit_basis[:, points], 1
    )
    pose = fit_pose(faces, landmarks)
    misses = np.linalg.norm(pose.project(faces) - landmarks, axis=-1)
    return {
        "truth_landmarks": LandmarkTrack(
            **shared,  # type: ignore[arg-type]
            landmarks=landmarks,
            confidence=np.ones(n, np.float32),
            state=np.zeros(landmarks.shape[:2], np.uint8),
            camera=Camera.EVENTS,
        ),
        "truth_face": FaceTrack(
            **shared,  # type: ignore[arg-type]
            identity=truth.identity,
            action_units=truth.action_units[kept],
            rotation=pose.rotation.astype(np.float32),
            scale_px_per_mm=np.asarray(pose.scale_px_per_mm, np.float32),
            translation_px=pose.translation_px.astype(np.float32),
            residual_px=misses.mean(axis=1).astype(np.float32),
            camera=Camera.EVENTS,
            model=truth.model,
        ),
        "truth_action_units": ActionUnitTrack(
            **shared,  # type: ignore[arg-type]
            intensity=np.concatenate([truth.intensities, truth.head], axis=1)[kept],
            names=",".join((*truth.facs_names, *HEAD_NAMES)),
        ),
    }
