"""Synthetic recordings: a person drawn for a camera and for an event sensor, truth included."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

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
from evface.annotations.tracks_file import write_tracks
from evface.events.hdf5 import Hdf5EventWriter
from evface.morphable.camera import HeadPose
from evface.morphable.model import load_open_head
from evface.simulation.appearance import Appearance
from evface.simulation.events import PRESETS, EventSimulator
from evface.simulation.head import HeadRenderer, encode_srgb
from evface.simulation.performance import (
    HEAD_MOTIONS,
    Actor,
    Motion,
    Performance,
    demo_performance,
)
from evface.video.writer import write_video

VIDEO_RATE_HZ = 30.0
# A video frame gathers light this long, around its time.
_EXPOSURE_US = 8_000
# Between two pictures for the event sensor nothing moves farther than this, and the rate stays
# within these bounds.
_LARGEST_STEP_PX = 1.0
_SLOWEST_HZ, _FASTEST_HZ = 60.0, 500.0
_RESOLUTION = (640, 480)
# A head with its shoulders fills the picture at this scale, per px of height.
_SCALE_PER_HEIGHT = 1.72 / 480
_MIDDLE = (0.5, 0.5)
_IDENTITY_SPREAD = 0.8
DEMO_SEED = 2


@dataclass(frozen=True)
class SyntheticRecording:
    """Where the files of a synthetic recording lie.

    Parameters
    ----------
    video_path
        RGB, H.264.
    events_path
        evface's HDF5; both cameras see the same picture.
    truth_path
        Tracks on the event sensor's clock, for `annotations.tracks_file.read_tracks`: the roles
        ``truth_landmarks``, ``truth_face`` and ``truth_action_units``.
    """

    video_path: Path
    events_path: Path
    truth_path: Path


@dataclass(frozen=True)
class Person:
    """Who is drawn, and how large; the same values give the same pictures.

    Parameters
    ----------
    seed
        Of the face and the looks.
    resolution
        ``(width, height)`` of the pictures, px.
    texture_width
        Of the skin, px.
    """

    seed: int
    resolution: tuple[int, int] = _RESOLUTION
    texture_width: int = 1536

    def actor(self) -> Actor:
        """Make the person's face, before the camera."""
        model = load_open_head()
        rng = np.random.default_rng([self.seed, 7])
        identity = rng.normal(0.0, _IDENTITY_SPREAD, len(model.identity_basis))
        width, height = self.resolution
        return Actor(
            model,
            identity,
            scale_px_per_mm=_SCALE_PER_HEIGHT * height,
            middle_px=(_MIDDLE[0] * width, _MIDDLE[1] * height),
        )


def make_demo_recording(
    folder: Path,
    *,
    seed: int = DEMO_SEED,
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> SyntheticRecording:
    """Make five seconds of one person whose truth is known.

    Parameters
    ----------
    folder
        Made where it does not exist. Files of the same names in it are replaced.
    seed
        Of the person, the sway of the head, and the sensor's noise. The same seed gives the same
        files.
    report
        Told the progress, 0 to 1. An exception that it raises ends the work.

    Raises
    ------
    FileError
        If a file cannot be written.
    """
    return make_recording(folder, Person(seed), demo_performance(seed), seed=seed, report=report)


def make_recording(
    folder: Path,
    person: Person,
    performance: Performance,
    *,
    preset: str = "v2e",
    seed: int = 0,
    n_processes: int | None = None,
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> SyntheticRecording:
    """Draw a performance for both cameras and write it with its truth.

    Parameters
    ----------
    folder
        Made where it does not exist. Files of the same names in it are replaced.
    person, performance
        Who does what.
    preset
        Of the event sensor, one of `simulation.events.PRESETS`.
    seed
        Of the sensor's thresholds and noise.
    n_processes
        How many draw; 0 draws in this process. Two, or one a processor if that is less, when
        None.
    report
        Told the progress, 0 to 1. An exception that it raises ends the work.

    Returns
    -------
    SyntheticRecording

    Raises
    ------
    FileError
        If a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = SyntheticRecording(folder / "video.mp4", folder / "events.h5", folder / "truth.npz")
    actor = person.actor()
    shots = _plan_shots(actor, performance)
    source = Source(
        SourceKind.TRUTH, "synthetic", version("evface"), {"seed": seed, "person": person.seed}
    )
    simulator = EventSimulator(person.resolution, PRESETS[preset], seed)
    writer = Hdf5EventWriter(
        made.events_path,
        resolution=person.resolution,
        metadata={"camera": "simulated", "preset": preset, "seed": str(seed)},
        video_offset_us=0,
    )
    first_us: int | None = None

    def expose() -> Iterator[NDArray[np.uint8]]:
        nonlocal first_us
        report(0.0, "Drawing the person")
        with _painters(n_processes) as submit:
            for n_done, (shot, drawn) in enumerate(_in_order(submit, person, shots)):
                for t_us, light in zip(shot.motion.times_us, drawn.luminance, strict=True):
                    events = simulator.step(light, int(t_us))
                    if len(events) and first_us is None:
                        first_us = int(events.t[0])
                    writer.append(events)
                report((n_done + 1) / len(shots), "Drawing the person")
                yield drawn.video_frame

    with writer:
        write_video(made.video_path, expose(), rate_hz=VIDEO_RATE_HZ)
    times_us = np.concatenate([shot.motion.times_us for shot in shots])
    truth = _truth(actor, actor.perform(performance, times_us), first_us or 0, source)
    write_tracks(made.truth_path, truth)
    return made


@dataclass(frozen=True, eq=False)
class _Shot:
    """What is drawn around the time of one video frame."""

    motion: Motion
    is_exposed: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Drawn:
    """The pictures of one shot: for the event sensor all, for the video their mean."""

    luminance: NDArray[np.float32]
    video_frame: NDArray[np.uint8]


def _plan_shots(actor: Actor, performance: Performance) -> list[_Shot]:
    """Choose the times to draw, one group a video frame."""
    n_frames = int(performance.duration_us * 1e-6 * VIDEO_RATE_HZ)
    frame_us = np.rint(np.arange(n_frames) * 1e6 / VIDEO_RATE_HZ).astype(np.int64)
    fine_us = np.arange(0, performance.duration_us, 1000, dtype=np.int64)
    points = actor.landmarks_px(actor.perform(performance, fine_us))
    speed = np.linalg.norm(np.diff(points, axis=0), axis=2).max(axis=1) * 1e3
    # A step begun now must suit what comes within it.
    ahead = np.lib.stride_tricks.sliding_window_view(np.pad(speed, (0, 11), mode="edge"), 12)
    rate_hz = np.clip(ahead.max(axis=1) / _LARGEST_STEP_PX, _SLOWEST_HZ, _FASTEST_HZ)
    # Time is stretched by the rate, so that even steps of it are steps of even motion.
    phase = np.concatenate([[0.0], np.cumsum(rate_hz * 1e-3)])[: len(fine_us)]
    edges = np.concatenate([[0], (frame_us[:-1] + frame_us[1:]) // 2, [performance.duration_us]])
    shots = []
    for i, middle_us in enumerate(frame_us):
        # The frame's own time, and even steps of motion before and after it.
        low, middle, high = np.interp([edges[i], middle_us, edges[i + 1]], fine_us, phase)
        n_before = max(1, round(middle - low)) if i else 0
        n_after = max(1, round(high - middle))
        steps = np.concatenate(
            [
                np.arange(-n_before, 0) * (middle - low) / (n_before + 0.5),
                np.arange(n_after + 1) * (high - middle) / (n_after + 0.5),
            ]
        )
        times_us = np.rint(np.interp(middle + steps, phase, fine_us)).astype(np.int64)
        times_us[n_before] = middle_us
        motion = actor.perform(performance, times_us)
        shots.append(_Shot(motion, np.abs(times_us - middle_us) <= _EXPOSURE_US // 2))
    return shots


_Submit = Callable[[Person, _Shot], "Future[_Drawn]"]


@contextlib.contextmanager
def _painters(n_processes: int | None) -> Iterator[_Submit]:
    """Give a function that draws a shot, here or in other processes."""
    if n_processes is None:
        n_processes = min(2, os.cpu_count() or 1)
    if n_processes == 0:
        yield _draw_here
        return
    # Spawned, because threads of this process would not survive a fork.
    context = multiprocessing.get_context("spawn")
    executor: Executor = ProcessPoolExecutor(n_processes, mp_context=context)
    try:
        yield lambda person, shot: executor.submit(_draw, person, shot)
    finally:
        executor.shutdown(cancel_futures=True)


def _in_order(
    submit: _Submit, person: Person, shots: list[_Shot]
) -> Iterator[tuple[_Shot, _Drawn]]:
    """Draw the shots a few ahead and give them back in order."""
    waiting: list[tuple[_Shot, Future[_Drawn]]] = []
    for shot in shots:
        waiting.append((shot, submit(person, shot)))
        if len(waiting) > 4:
            first, future = waiting.pop(0)
            yield first, future.result()
    for first, future in waiting:
        yield first, future.result()


def _draw_here(person: Person, shot: _Shot) -> Future[_Drawn]:
    future: Future[_Drawn] = Future()
    future.set_result(_draw(person, shot))
    return future


@dataclass(frozen=True, eq=False)
class _Studio:
    """What a process keeps from shot to shot."""

    person: Person
    actor: Actor
    renderer: HeadRenderer


_studio: _Studio | None = None


def _draw(person: Person, shot: _Shot) -> _Drawn:
    """Draw one shot. Runs in a process of its own."""
    global _studio
    if _studio is None or _studio.person != person:
        actor = person.actor()
        renderer = HeadRenderer(
            actor.model,
            person.resolution,
            Appearance.draw(person.seed),
            actor.neutral,
            texture_width=person.texture_width,
        )
        _studio = _Studio(person, actor, renderer)
    actor, renderer, motion = _studio.actor, _studio.renderer, shot.motion
    width, height = person.resolution
    luminance = np.empty((len(motion.times_us), height, width), np.float32)
    exposed = np.zeros((height, width, 3), np.float32)
    for i, face in enumerate(actor.shapes(motion.coefficients)):
        pose = HeadPose(
            motion.pose.rotation[i], motion.pose.scale_px_per_mm[i], motion.pose.translation_px[i]
        )
        picture = renderer.render(face, pose, body=actor.body)
        luminance[i] = picture.luminance()
        if shot.is_exposed[i]:
            exposed += picture.colour
    exposed /= int(shot.is_exposed.sum())
    return _Drawn(luminance, encode_srgb(exposed))


def _truth(actor: Actor, motion: Motion, first_us: int, source: Source) -> dict[str, Track]:
    """Return what was drawn as tracks on the sensor's clock, which starts at the first event."""
    times_us = motion.times_us - first_us
    kept = times_us >= 0
    n = int(kept.sum())
    landmarks = actor.landmarks_px(motion)[kept]
    valid = np.ones(n, bool)
    times_us = times_us[kept]
    names = (*actor.model.facs_names, *HEAD_MOTIONS)
    return {
        "truth_landmarks": LandmarkTrack(
            times_us=times_us,
            valid=valid,
            source=source,
            landmarks=landmarks,
            confidence=np.ones(n, np.float32),
            state=np.zeros((n, landmarks.shape[1]), np.uint8),
            camera=Camera.EVENTS,
        ),
        "truth_face": FaceTrack(
            times_us=times_us,
            valid=valid,
            source=source,
            identity=actor.identity,
            action_units=motion.coefficients[kept],
            rotation=motion.pose.rotation[kept].astype(np.float32),
            scale_px_per_mm=np.asarray(motion.pose.scale_px_per_mm)[kept].astype(np.float32),
            translation_px=motion.pose.translation_px[kept].astype(np.float32),
            residual_px=np.zeros(n, np.float32),
            camera=Camera.EVENTS,
            model=actor.model.key,
        ),
        "truth_action_units": ActionUnitTrack(
            times_us=times_us,
            valid=valid,
            source=source,
            intensity=np.concatenate([motion.intensities, motion.head], axis=1)[kept].astype(
                np.float32
            ),
            names=",".join(names),
        ),
    }
