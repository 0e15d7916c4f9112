"""Two cameras that nobody calibrated, registered on people that nothing was tuned on.

Each person is seen by another pair of cameras. The landmarks are carried to the event picture by
what was found, without a click and with four, and compared with where they are; between them lies
the error that the fit has in the RGB picture already, which is given beside. The clock is the true
one. Events of somebody else and mirrored events must not be trusted.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import FaceTrack
from evface.cli.bench import Figure
from evface.errors import RecordingError
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.geometry.registration import Registration
from evface.jobs.processing import process_recording
from evface.jobs.registration import register_recording
from evface.landmarks.metrics import normalised_mean_error
from evface.morphable.model import load_open_head
from evface.projects.recording import Recording
from evface.simulation.protocols import SetSettings, plan_clips
from evface.simulation.recording_set import clip_folder, make_set
from evface.simulation.recordings import SyntheticRecording
from evface.simulation.truth import RecordingTruth, read_truth
from evface.teacher.registry import open_teacher
from evface.transfer.face_points import face_points
from evface.transfer.interpolation import face_at_times
from evface.transfer.point_pairs import PointPair
from evface.transfer.registration_finding import RegistrationFinding

SET = SetSettings(
    n_subjects=20,
    seed=4343,
    labels=("free",),
    clips_per_subject=1,
    resolution=(640, 480),
    rgb_resolution=(640, 480),
    texture_width=1024,
)
EYE_CORNERS = (36, 45)
# Both outer eye corners, the nose's base and the chin, placed to within a pixel.
CLICKED = (36, 45, 33, 8)
CLICK_PX = 1.0


class Person(NamedTuple):
    """What is known and what was fitted of one recording."""

    made: SyntheticRecording
    truth: RecordingTruth
    face: FaceTrack


def run(report: Callable[[str], None]) -> list[Figure]:
    """Measure."""
    with tempfile.TemporaryDirectory(prefix="evface-bench-") as name:
        out = Path(name)
        report(f"drawing {SET.n_subjects} people")
        make_set(out, SET)
        report("fitting their heads")
        people = [
            _process(SyntheticRecording.within(clip_folder(out, clip.name)))
            for clip in plan_clips(SET)
        ]
        report("registering their cameras")
        began_s = time.perf_counter()
        alone = [_register(person, person.made.events_path) for person in people]
        seconds = time.perf_counter() - began_s
        clicked = [
            _register(person, person.made.events_path, _click(person, seed))
            for seed, person in enumerate(people)
        ]
        report("trying events of somebody else, and mirrored ones")
        wrong = [
            _register(one, other.made.events_path)
            for one, other in zip(people, people[1:] + people[:1], strict=True)
        ]
        mirrored = [_register(one, _mirror(one, out / "mirrored.h5")) for one in people]
    errors = [_error(person, found) for person, found in zip(people, alone, strict=True)]
    trusted = [e for e, found in zip(errors, alone, strict=True) if _is_trusted(found)]
    by_clicks = [_error(person, found) for person, found in zip(people, clicked, strict=True)]
    return [
        _least("landmarks on events, no pair, NME", 100 * _mean(trusted), "%", 3.5),
        _least("landmarks on events, 4 pairs, NME", 100 * _mean(by_clicks), "%", 2.5),
        _least("landmarks on RGB by the same fit, NME", 100 * _mean(map(_fit_error, people)), "%"),
        Figure("recordings that are trusted", len(trusted) / len(people), "share", target=0.9),
        _least("events of somebody else that are trusted", sum(map(_is_trusted, wrong)), "", 0),
        _least("mirrored events that are trusted", sum(map(_is_trusted, mirrored)), "", 0),
        _least("time for a recording", seconds / len(people), "s"),
    ]


def _least(name: str, value: float, unit: str, target: float | None = None) -> Figure:
    return Figure(name, value, unit, target=target, higher_is_better=False)


def _mean(values: object) -> float:
    return float(np.nanmean([*values]))  # type: ignore[misc]


def _process(made: SyntheticRecording) -> Person:
    truth = read_truth(made.truth_path)
    recording = _open(made.events_path, made, truth)
    teacher = open_teacher("mediapipe")
    try:
        face = process_recording(recording, teacher=teacher, model=load_open_head())["face"]
    finally:
        teacher.close()
        recording.close()
    if not isinstance(face, FaceTrack):
        raise TypeError("processing gives a face")
    return Person(made, truth, face)


def _open(events: Path, made: SyntheticRecording, truth: RecordingTruth) -> Recording:
    files = Recording.from_files(events, made.video_path)
    return Recording(
        files.events,
        files.video,
        sync=truth.sync,
        event_from_rgb=Registration(),
        name=made.video_path.parent.name,
    )


def _register(
    person: Person, events: Path, pairs: tuple[PointPair, ...] = ()
) -> RegistrationFinding | None:
    recording = _open(events, person.made, person.truth)
    try:
        return register_recording(recording, person.face, pairs=pairs)
    except RecordingError:
        return None
    finally:
        recording.close()


def _is_trusted(found: RegistrationFinding | None) -> bool:
    return found is not None and found.registration.quality != "bad"


def _click(person: Person, seed: int) -> tuple[PointPair, ...]:
    """Return what a person would click half way through the recording."""
    middle = int(person.face.times_us[person.face.valid.nonzero()[0]].mean())
    row = int(np.argmin(np.abs(person.truth.times_us - middle)))
    slips = np.random.default_rng(seed).normal(0.0, CLICK_PX, (len(CLICKED), 2))
    places = person.truth.landmarks_events_px[row, list(CLICKED)] + slips
    t_us = int(person.truth.times_us[row])
    return tuple(
        PointPair(t_us, (float(x), float(y)), landmark=point)
        for point, (x, y) in zip(CLICKED, places, strict=True)
    )


def _mirror(person: Person, path: Path) -> Path:
    recording = _open(person.made.events_path, person.made, person.truth)
    try:
        fired = recording.events.read(0, recording.events.duration_us)
        width = recording.events.resolution[0]
        flipped = Events(fired.t, (width - 1 - fired.x).astype(np.uint16), fired.y, fired.p)
        path.unlink(missing_ok=True)
        write_events_hdf5(path, [flipped], resolution=recording.events.resolution)
    finally:
        recording.close()
    return path


def _error(person: Person, found: RegistrationFinding | None) -> float:
    if found is None:
        return float("nan")
    truth = person.truth
    model = load_open_head()
    times_us = truth.times_us[::10]
    face = face_at_times(person.face, times_us)
    places = face_points(model, face, model.landmarks).on_events(found.registration)
    return _mean(_nme(places, truth.landmarks_events_px[::10]))


def _fit_error(person: Person) -> float:
    model, truth = load_open_head(), person.truth
    face = face_at_times(person.face, truth.times_us[::10])
    places = face_points(model, face, model.landmarks).points_px
    return _mean(_nme(places, truth.landmarks_rgb_px[::10]))


def _nme(places: NDArray[np.floating], truth: NDArray[np.floating]) -> NDArray[np.float64]:
    error: NDArray[np.float64] = normalised_mean_error(places, truth, eye_corners=EYE_CORNERS)
    return error
