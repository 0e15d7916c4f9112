"""Clips of synthetic sets, with what is known of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from evface.annotations.tracks import (
    ActionUnitTrack,
    FaceTrack,
    LandmarkTrack,
    Track,
)
from evface.errors import DatasetError
from evface.geometry.registration import Registration
from evface.geometry.transforms import PlanarTransform
from evface.projects.recording import Recording
from evface.simulation.recording_set import MANIFEST, clip_folder, read_manifest
from evface.simulation.recordings import SyntheticRecording
from evface.simulation.truth import RecordingTruth, read_truth, truth_tracks
from evface.training_sets.clips import AU_CLASSES, Clip
from evface.training_sets.cutting import Cutting, read_footage
from evface.training_sets.recording_facts import subject_name
from evface.training_sets.sampling import sample_face, sample_intensity, sample_landmarks


def is_synthetic_set(folder: Path) -> bool:
    """Return whether a folder looks like one of `evface synth`."""
    return (folder / MANIFEST).is_file()


def iter_synthetic_clips(
    folder: Path, *, cutting: Cutting | None = None, conditions: Sequence[str] = ()
) -> Iterator[Clip]:
    """Go through the clips of a synthetic set with their truth.

    The truth of the coefficients is what was drawn, that of the landmarks where each point falls,
    seen or hidden; nothing is missing. Recordings that are not made yet are passed over.

    Parameters
    ----------
    folder
        Of `evface synth`.
    conditions
        Only recordings of these; all if empty.

    Raises
    ------
    FileError
        If the list of the set or a recording cannot be read.
    DatasetError
        If none of it was made.
    """
    folder, cutting = Path(folder), cutting or Cutting()
    n_found = 0
    for listed in read_manifest(folder)["clips"]:
        files = SyntheticRecording.within(clip_folder(folder, listed["name"]))
        if not files.truth_path.is_file():
            continue
        n_found += 1
        truth = read_truth(files.truth_path)
        if not conditions or truth.condition in conditions:
            yield from _clips(files, listed["name"], truth, cutting)
    if not n_found:
        raise DatasetError(folder, "holds no recording that is whole; run evface synth again")


def _clips(
    files: SyntheticRecording, name: str, truth: RecordingTruth, cutting: Cutting
) -> Iterator[Clip]:
    tracks = truth_tracks(truth)
    recording = Recording.from_files(files.events_path, files.video_path)
    recording.event_from_rgb = _plane_of_face(truth)
    try:
        times_us = cutting.moments(recording.events.duration_us)
        has_class = truth.label in AU_CLASSES
        if has_class:
            stretches = [cutting.busiest(recording, times_us)]
        else:
            stretches = list(cutting.stretches(len(times_us)))
        for stretch in stretches:
            if len(times_us[stretch]):
                yield _clip(recording, name, truth, tracks, times_us[stretch], cutting)
    finally:
        recording.close()


def _clip(
    recording: Recording,
    name: str,
    truth: RecordingTruth,
    tracks: dict[str, Track],
    times_us: np.ndarray,
    cutting: Cutting,
) -> Clip:
    footage = read_footage(recording, times_us, cutting)
    face, units, points = (
        tracks[role] for role in ("truth_face", "truth_action_units", "truth_landmarks")
    )
    assert isinstance(face, FaceTrack)
    assert isinstance(units, ActionUnitTrack)
    assert isinstance(points, LandmarkTrack)
    coefficients, pose = sample_face(face, times_us, event_from_rgb=None)
    landmarks, states = sample_landmarks(points, times_us)
    return Clip(
        recording=name,
        subject=subject_name(truth.subject),
        start_us=footage.start_us,
        events=footage.events,
        resolution=recording.events.resolution,
        times_us=footage.times_us,
        rgb=footage.rgb,
        event_from_rgb=footage.event_from_rgb,
        au_class=AU_CLASSES.index(truth.label) if truth.label in AU_CLASSES else -1,
        model=truth.model,
        coefficients=coefficients,
        pose=pose,
        intensity=sample_intensity(units, times_us),
        landmarks=landmarks,
        landmark_state=states,
        condition=truth.condition,
        split=truth.split,
    )


def _plane_of_face(truth: RecordingTruth) -> Registration:
    """Return how the video lies on the events in the plane that the face is in, from the truth."""
    seen = truth.times_us >= 0
    rgb = truth.landmarks_rgb_px[seen][::10].reshape(-1, 2).astype(np.float64)
    events = truth.landmarks_events_px[seen][::10].reshape(-1, 2).astype(np.float64)
    ones = np.ones((len(rgb), 1))
    solved, *_ = np.linalg.lstsq(np.hstack([rgb, ones]), events, rcond=None)
    missed = events - np.hstack([rgb, ones]) @ solved
    return Registration(
        planar=PlanarTransform.from_affine(solved[:2].T, solved[2]),
        cameras=truth.cameras,
        method="truth",
        residual_px=float(np.sqrt((missed**2).sum(axis=1).mean())),
        quality="good",
    )
