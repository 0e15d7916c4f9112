"""Synthetic recordings: a person drawn for a camera and for an event sensor, truth included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
from evface.morphable.facs import HEAD_NAMES
from evface.simulation.actor import Actor, Motion
from evface.simulation.drawing import VIDEO_RATE_HZ, Person, draw_in_order, painters, plan_shots
from evface.simulation.events import PRESETS, EventSimulator
from evface.simulation.performance import Performance, demo_performance
from evface.video.writer import write_video

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
    EvfaceError
        If one of the processes that draw was stopped from outside.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = SyntheticRecording(folder / "video.mp4", folder / "events.h5", folder / "truth.npz")
    actor = person.actor()
    shots = plan_shots(actor, performance)
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
        with painters(n_processes) as submit:
            for n_done, (shot, drawn) in enumerate(draw_in_order(submit, person, shots)):
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


def _truth(actor: Actor, motion: Motion, first_us: int, source: Source) -> dict[str, Track]:
    """Return what was drawn as tracks on the sensor's clock, which starts at the first event."""
    times_us = motion.times_us - first_us
    kept = times_us >= 0
    n = int(kept.sum())
    landmarks = actor.landmarks_px(motion)[kept]
    valid = np.ones(n, bool)
    times_us = times_us[kept]
    names = (*actor.model.facs_names, *HEAD_NAMES)
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
