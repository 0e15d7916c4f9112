"""The registration of two uncalibrated cameras by a face that moves before both."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import FaceTrack
from evface.errors import RecordingError
from evface.events.sources import EventSource
from evface.geometry.registration import Registration
from evface.geometry.transforms import PlanarTransform
from evface.morphable.model import MorphableModel
from evface.morphable.topology import vertex_normals
from evface.transfer.edges import MovingEdges, choose_intervals, collect_moving_edges
from evface.transfer.face_points import FacePoints, face_points
from evface.transfer.head_registration import Alignment, HeadAligner, PlacedPoints
from evface.transfer.interpolation import face_at_times
from evface.transfer.plane_search import Plane, find_plane
from evface.transfer.point_pairs import PointPair, place_points
from evface.transfer.registration_finding import RegistrationFinding
from evface.transfer.registration_quality import judge, measure_local_errors
from evface.video.reader import VideoSource

# More intervals and points cost time, and change less than the fit's own error.
_N_INTERVALS = 48
_N_POINTS = 1000
# Points of the face in front of this and above that, mm in the model's axes, are compared; hair
# covers the others, or the neck stays behind when the head turns.
_BEHIND_MM, _BELOW_MM = -10.0, -110.0
_REGIONS = ("skin", "eye")
# A point faces the camera if its normal points to it by this cosine.
_FACING = 0.3
# Blur at which errors are looked for, in eye distances.
_ERROR_BLUR = 0.05
_EYE_CORNERS = (36, 45)
# How many blurs it takes to tell a mirrored picture.
_N_COARSE = 3


@dataclass(frozen=True, eq=False)
class _Scene:
    """The face in the middle of each of n intervals."""

    edges: MovingEdges
    points: FacePoints
    is_seen: NDArray[np.bool_]
    landmarks: FacePoints


def register_face(
    video: VideoSource,
    events: EventSource,
    *,
    video_times_us: NDArray[np.int64],
    model: MorphableModel,
    face: FaceTrack,
    pairs: Sequence[PointPair] = (),
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> RegistrationFinding:
    """Find how the pictures of two cameras lie to one another, without a calibration board.

    A plane's map comes first, by the moving edges of the face in both pictures. Starting there,
    focal lengths and relative pose of both cameras follow from the fitted head, one of each for
    the whole recording, so that parts of the face at another depth are mapped right too. What is
    known of webcams and of cameras side by side settles what the recording leaves open.

    Parameters
    ----------
    video, events
        Open media.
    video_times_us : (n_frames,) int64
        Of the video's frames on the sensor's clock.
    model
        The model of `face`.
    face
        Fitted on every frame of the video.
    pairs
        Points that a person placed in both pictures, or corrected in the event picture.
    report
        Told the progress, 0 to 1. An exception that it raises ends the work.

    Returns
    -------
    RegistrationFinding
        Also where it is bad, which its quality says: whoever applies it must look.

    Raises
    ------
    RecordingError
        If video and events share no time, or nothing moves.
    ValueError
        If the face was fitted with another model or on other frames.
    """
    if face.model != model.key:
        raise ValueError(f"the face was fitted with {face.model}, not with {model.key}")
    if len(face) != len(video_times_us):
        raise ValueError(f"the face has {len(face)} frames, the video {len(video_times_us)}")
    report(0.0, "Looking for movement")
    face = replace(face, times_us=video_times_us)
    placed = place_points(pairs, model, face) if pairs else None
    scene = _collect(video, events, video_times_us, model, face)
    report(0.3, "Searching for the face")
    box_px = _box(scene)
    plain, mirrored = find_plane(scene.edges, box_px)
    report(0.45, "Aligning the head")
    aligner = _aligner(scene, plain, video, events, placed)
    coarse = aligner.align(scene.edges, n_blurs=_N_COARSE)
    found = aligner.align(scene.edges, start=coarse)
    report(0.65, "Testing a mirror image")
    flipped = _align_mirrored(scene, mirrored, video, events)
    report(0.8, "Comparing the halves")
    halves = _halves(aligner, scene, coarse)
    finding = _conclude(scene, aligner, found, coarse, flipped, halves, events, len(pairs))
    report(1.0, finding.in_words)
    return finding


def _collect(
    video: VideoSource,
    events: EventSource,
    video_times_us: NDArray[np.int64],
    model: MorphableModel,
    face: FaceTrack,
) -> _Scene:
    chosen = choose_intervals(video_times_us, face.valid, events, _N_INTERVALS)
    edges = collect_moving_edges(video, events, chosen, video_times_us)
    if not np.abs(edges.events).sum(axis=(1, 2)).any():
        raise RecordingError(
            f"{events.path}: no events fall while a face is seen; "
            "check the files and the sync, see evface sync"
        )
    middle_us = (edges.start_us + edges.stop_us) // 2
    at_middle = face_at_times(face, middle_us, by="linear")
    rows = np.flatnonzero(at_middle.valid)
    edges = edges.rows(rows)
    at_middle = face_at_times(face, middle_us[rows], by="linear")
    vertices = _vertices(model)
    normals = vertex_normals(model.shape(face.identity), model.triangles)[vertices]
    towards = -(normals @ at_middle.rotation.swapaxes(-1, -2))[..., 2]
    return _Scene(
        edges,
        face_points(model, at_middle, vertices),
        np.asarray(towards > _FACING),
        face_points(model, at_middle, model.landmarks),
    )


def _vertices(model: MorphableModel) -> NDArray[np.int64]:
    """Return points spread over the front of the face; always the same."""
    regions = [i for i, name in enumerate(model.region_names) if name in _REGIONS]
    candidates = np.unique(model.triangles[np.isin(model.regions, regions)])
    at = model.mean_shape[candidates]
    front = candidates[(at[:, 2] > _BEHIND_MM) & (at[:, 1] > _BELOW_MM)]
    picked = np.random.default_rng(0).permutation(front)[:_N_POINTS]
    return np.sort(picked).astype(np.int64)


def _box(scene: _Scene) -> tuple[float, float, float, float]:
    seen = scene.points.points_px[scene.is_seen]
    (left, top), (right, bottom) = seen.min(axis=0), seen.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _eye_distance_px(scene: _Scene, plane: Plane) -> float:
    on_events = plane.event_from_rgb.apply(scene.landmarks.points_px)
    one, other = (on_events[:, corner] for corner in _EYE_CORNERS)
    return float(np.linalg.norm(one - other, axis=-1).mean())


def _aligner(
    scene: _Scene,
    plane: Plane,
    video: VideoSource,
    events: EventSource,
    placed: PlacedPoints | None,
) -> HeadAligner:
    return HeadAligner(
        scene.points,
        scene.is_seen,
        rgb_resolution=video.resolution,
        events_resolution=events.resolution,
        plane=plane.event_from_rgb,
        eye_distance_px=_eye_distance_px(scene, plane),
        placed=placed,
    )


def _align_mirrored(
    scene: _Scene, mirrored: Plane, video: VideoSource, events: EventSource
) -> Alignment:
    """Align with left and right of the event picture exchanged, as far as it takes to compare."""
    edges, flip = scene.edges.mirrored()
    proper = PlanarTransform(flip.matrix @ mirrored.event_from_rgb.matrix)
    plane = Plane(proper, mirrored.correlation, False)
    aligner = _aligner(scene, plane, video, events, None)
    return aligner.align(edges, n_blurs=_N_COARSE)


def _halves(aligner: HeadAligner, scene: _Scene, start: Alignment) -> tuple[Alignment, ...]:
    """Align by every other interval, and by those between."""
    n = len(scene.edges)
    if n < 4:
        return ()
    return tuple(
        aligner.rows(rows).align(scene.edges.rows(rows), start=start)
        for rows in (np.arange(0, n, 2), np.arange(1, n, 2))
    )


def _conclude(
    scene: _Scene,
    aligner: HeadAligner,
    found: Alignment,
    coarse: Alignment,
    flipped: Alignment,
    halves: tuple[Alignment, ...],
    events: EventSource,
    n_pairs: int,
) -> RegistrationFinding:
    landmarks = scene.landmarks.on_events(found.registration)
    eye_distance_px = float(
        np.linalg.norm(landmarks[:, _EYE_CORNERS[0]] - landmarks[:, _EYE_CORNERS[1]], axis=1).mean()
    )
    places = scene.points.on_events(found.registration)
    errors = measure_local_errors(
        aligner.agreement(scene.edges, _ERROR_BLUR * eye_distance_px),
        places,
        resolution=events.resolution,
        eye_distance_px=eye_distance_px,
    )
    spread_px = math.nan
    if halves:
        one, other = (scene.landmarks.on_events(half.registration) for half in halves)
        spread_px = float(np.sqrt(((one - other) ** 2).sum(axis=-1).mean()))
    # What both halves share in error is not seen by them, and what each has alone is averaged.
    residual_px = math.hypot(errors.typical_px, 0.0 if math.isnan(spread_px) else spread_px / 2)
    width, height = events.resolution
    inside = ((landmarks >= 0) & (landmarks < [width, height])).all(axis=-1)
    quality, reasons = judge(
        correlation=coarse.correlation,
        mirrored_correlation=flipped.correlation,
        residual_px=residual_px,
        spread_px=spread_px,
        n_intervals=len(scene.edges),
        eye_distance_px=eye_distance_px,
        is_inside=bool(inside.mean() > 0.5),
    )
    registration = Registration(
        _plane_of(scene, places),
        found.cameras,
        "head and pairs" if n_pairs else "head",
        residual_px,
        quality,
    )
    return RegistrationFinding(
        registration=registration,
        map_px=errors.map_px,
        coverage=errors.coverage,
        instants_us=(scene.edges.start_us + scene.edges.stop_us) // 2,
        residuals_px=errors.residuals_px,
        spread_px=spread_px,
        explained=coarse.correlation,
        n_pairs=n_pairs,
        reasons=reasons,
    )


def _plane_of(scene: _Scene, places_px: NDArray[np.float64]) -> PlanarTransform:
    """Return the affine map that comes nearest to what the cameras do with the face."""
    seen = scene.is_seen & np.isfinite(places_px).all(axis=-1)
    points = scene.points.points_px[seen]
    rows = np.concatenate([points, np.ones((len(points), 1))], axis=1)
    affine = np.linalg.lstsq(rows, places_px[seen], rcond=None)[0]
    return PlanarTransform.from_affine(affine[:2].T, affine[2])
