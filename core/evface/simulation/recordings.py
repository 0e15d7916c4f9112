"""Synthetic recordings: a person seen by an RGB and by an event camera, truth included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.events.formats.hdf5_writer import Hdf5EventWriter
from evface.geometry.cameras import CameraPair, RigidTransform
from evface.geometry.clock import ClockSync
from evface.simulation.actor import Actor
from evface.simulation.conditions import Conditions
from evface.simulation.drawing import (
    Person,
    Shot,
    draw_in_order,
    painters,
    plan_exposure,
    plan_light,
    plan_shots,
)
from evface.simulation.events import EventSimulator, SimulatorParameters
from evface.simulation.performance import Performance
from evface.simulation.truth import RecordingTruth, Segment, write_truth
from evface.simulation.views import View
from evface.video.writer import write_video

VIDEO_RATE_HZ = 30.0
_WALL_MARGIN = 1.1
# A half that moves this much less than the other makes a gesture one-sided.
_ONE_SIDED = 0.85


@dataclass(frozen=True, eq=False, kw_only=True)
class RecordingPlan:
    """All that decides what a recording shows; the same plan gives the same files.

    Parameters
    ----------
    person, performance
        Who does what. The event camera records from 0 to the performance's end.
    cameras
        Both.
    rgb_from_room
        Where the RGB camera stands.
    conditions
        Light and exposure.
    sensor
        What the event camera is like.
    video
        From the video file's own times to the performance's. Where the video begins earlier or
        later than the events, its offset says so.
    n_frames
        Of the video.
    states_sync
        Whether the event file says when the video began.
    seed
        Of the noise of both cameras.
    subject, split, protocol, label
        For the truth.
    """

    person: Person
    performance: Performance
    cameras: CameraPair
    rgb_from_room: RigidTransform
    conditions: Conditions
    sensor: SimulatorParameters
    video: ClockSync
    n_frames: int
    states_sync: bool
    seed: int
    subject: int = 0
    split: str = "train"
    protocol: str = "demo"
    label: str = ""

    @property
    def rgb_view(self) -> View:
        """From where the RGB camera looks; the wall fills its picture and some more."""
        bare = View(self.cameras.rgb, self.rgb_from_room)
        return replace(bare, wall_width_mm=_WALL_MARGIN * bare.width_at_wall_mm())

    @property
    def events_view(self) -> View:
        """From where the event camera looks, at the same wall."""
        events_from_room = self.cameras.event_from_rgb.after(self.rgb_from_room)
        return View(self.cameras.events, events_from_room, self.rgb_view.wall_width_mm)

    def video_times_us(self) -> NDArray[np.int64]:
        """Return the middle of each frame's exposure in the performance, (n_frames,) int64."""
        own_us = np.rint(np.arange(self.n_frames) * 1e6 / VIDEO_RATE_HZ).astype(np.int64)
        return self.video.to_sensor_us(own_us)


@dataclass(frozen=True)
class SyntheticRecording:
    """Where the files of a synthetic recording lie.

    Parameters
    ----------
    video_path
        RGB, H.264.
    events_path
        evface's HDF5.
    truth_path
        For `simulation.truth.read_truth`. It is written last: where it is, the rest is whole.
    """

    video_path: Path
    events_path: Path
    truth_path: Path

    @classmethod
    def within(cls, folder: Path) -> SyntheticRecording:
        """Return the paths in a recording's folder."""
        return cls(folder / "video.mp4", folder / "events.h5", folder / "truth.h5")


def make_recording(
    folder: Path,
    plan: RecordingPlan,
    *,
    n_processes: int | None = 0,
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> SyntheticRecording:
    """Draw a performance for both cameras and write it with its truth.

    Parameters
    ----------
    folder
        Made where it does not exist. Files of the same names in it are replaced.
    plan
        See `simulation.protocols` for whole sets of them.
    n_processes
        How many draw; 0 draws in this process. Two, or one a processor if that is less, when
        None.
    report
        Told the progress, 0 to 1. An exception that it raises ends the work.

    Raises
    ------
    FileError
        If a file cannot be written.
    EvfaceError
        If one of the processes that draw was stopped from outside.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = SyntheticRecording.within(folder)
    actor = plan.person.actor()
    shots = _exposures(plan, actor)
    n_frames = len(shots)
    light_us = plan_light(actor, plan.performance, plan.events_view)
    shots += plan_shots(plan.person, actor, plan.performance, plan.events_view, light_us)
    n_done = 0

    def tell(drawn: Iterator[tuple[Shot, NDArray[np.float32]]]) -> Iterator[NDArray[np.float32]]:
        nonlocal n_done
        for shot, pictures in drawn:
            yield pictures
            # Pictures for the event sensor are many in a shot.
            n_done += len(shot.motion.times_us)
            report(n_done / n_pictures, "Drawing the person")

    n_pictures = sum(len(shot.motion.times_us) for shot in shots)
    report(0.0, "Drawing the person")
    with painters(n_processes) as submit:
        write_video(
            made.video_path,
            _frames(plan, tell(draw_in_order(submit, shots[:n_frames]))),
            rate_hz=VIDEO_RATE_HZ,
            is_reproducible=True,
        )
        light = tell(draw_in_order(submit, shots[n_frames:]))
        first_us = _write_events(made.events_path, plan, light_us, light)
    write_truth(made.truth_path, _truth(plan, actor, first_us))
    return made


def _exposures(plan: RecordingPlan, actor: Actor) -> list[Shot]:
    """Return the shots of the video's frames."""
    view, performance = plan.rgb_view, plan.performance
    middles_us = plan.video_times_us()
    shots = []
    for t_us, exposure_us in zip(middles_us, plan.conditions.exposures_us(middles_us), strict=True):
        times_us = plan_exposure(actor, performance, view, int(t_us), int(exposure_us))
        shots.append(Shot(plan.person, view, actor.perform(performance, times_us), True))
    return shots


def _frames(
    plan: RecordingPlan, colours: Iterator[NDArray[np.float32]]
) -> Iterator[NDArray[np.uint8]]:
    """Expose the video's frames."""
    middles_us = plan.video_times_us()
    exposures_us = plan.conditions.exposures_us(middles_us)
    random = np.random.default_rng([plan.seed, 8])
    for colour, t_us, exposure_us in zip(colours, middles_us, exposures_us, strict=True):
        yield plan.conditions.expose(colour, int(t_us), int(exposure_us), random)


def _write_events(
    path: Path,
    plan: RecordingPlan,
    times_us: NDArray[np.int64],
    light: Iterator[NDArray[np.float32]],
) -> int:
    """Write the events; return the time of the first one, 0 where there is none."""
    simulator = EventSimulator(plan.cameras.events.resolution, plan.sensor, plan.seed)
    first_us: int | None = None
    writer = Hdf5EventWriter(
        path,
        resolution=plan.cameras.events.resolution,
        metadata={"camera": "simulated", "protocol": plan.protocol, "seed": str(plan.seed)},
        video_offset_us=plan.video.offset_us if plan.states_sync else None,
    )
    with writer:
        for t_us, luminance in _lit(plan.conditions, times_us, light):
            events = simulator.step(luminance, t_us)
            if t_us <= times_us[0]:
                continue
            if len(events) and first_us is None:
                first_us = int(events.t[0])
            writer.append(events)
    return first_us or 0


# Between two pictures flickering light is followed in steps of this length.
_FLICKER_STEP_US = 1_000
# A sensor that has just been switched on sees all of the swing as one change, in every pixel.
_SETTLING_US = 40_000


def _lit(
    conditions: Conditions, times_us: NDArray[np.int64], pictures: Iterator[NDArray[np.float32]]
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield what the event sensor is shown, and when; flickering light also for a while before."""
    before: NDArray[np.float32] | None = None
    start_us, number = 0, 0
    for batch in pictures:
        for picture in batch:
            stop_us = int(times_us[number])
            number += 1
            if before is None and conditions.flicker_depth:
                for t_us in range(stop_us - _SETTLING_US, stop_us, _FLICKER_STEP_US):
                    yield t_us, picture * _brightness(conditions, t_us)
            elif before is not None and conditions.flicker_depth:
                # The face moves a pixel at most, and between its pictures light changes evenly,
                # as it does for the sensor itself.
                for t_us in range(start_us + _FLICKER_STEP_US, stop_us, _FLICKER_STEP_US):
                    share = np.float32((t_us - start_us) / (stop_us - start_us))
                    between = before + share * (picture - before)
                    yield t_us, between * _brightness(conditions, t_us)
            yield stop_us, picture * _brightness(conditions, stop_us)
            before, start_us = picture, stop_us


def _brightness(conditions: Conditions, t_us: int) -> np.float32:
    return np.float32(conditions.light * float(conditions.flicker(np.array([t_us]))[0]))


def _truth(plan: RecordingPlan, actor: Actor, first_us: int) -> RecordingTruth:
    """Return what was drawn on the sensor's clock, which starts at the first event."""
    video_us = plan.video_times_us()
    start_us = min(0, int(video_us[0]) // 1000 * 1000)
    stop_us = max(plan.performance.duration_us, int(video_us[-1]))
    times_us = np.arange(start_us, stop_us + 1000, 1000, dtype=np.int64)
    motion = actor.perform(plan.performance, times_us)
    rgb, events = plan.rgb_view, plan.events_view
    return RecordingTruth(
        subject=plan.subject,
        split=plan.split,
        protocol=plan.protocol,
        label=plan.label,
        condition=plan.conditions.name,
        seed=plan.seed,
        model=actor.model.key,
        times_us=times_us - first_us,
        identity=actor.identity,
        action_units=motion.coefficients,
        intensities=motion.intensities.astype(np.float32),
        facs_names=actor.model.facs_names,
        head=motion.head.astype(np.float32),
        gaze_deg=motion.gaze_deg.astype(np.float32),
        rgb_from_head=rgb.camera_from_room.after(motion.room_from_head),
        events_from_head=events.camera_from_room.after(motion.room_from_head),
        landmarks_rgb_px=actor.landmarks_px(motion, rgb).astype(np.float32),
        landmarks_events_px=actor.landmarks_px(motion, events).astype(np.float32),
        cameras=plan.cameras,
        video_times_us=video_us - first_us,
        exposure_us=plan.conditions.exposures_us(video_us),
        sync=replace(plan.video, offset_us=plan.video.offset_us - first_us),
        segments=_segments(plan.performance, first_us),
    )


def _segments(performance: Performance, first_us: int) -> tuple[Segment, ...]:
    segments = []
    for gesture in sorted(performance.gestures, key=lambda gesture: gesture.start_us):
        if not gesture.name:
            continue
        onset_us = gesture.start_us - first_us
        apex_us = onset_us + gesture.onset_us
        left, right = gesture.sides
        side = "both"
        if min(left, right) < _ONE_SIDED:
            side = "left" if left > right else "right"
        main = "AU45" if gesture.name == "blink" else gesture.name
        segments.append(
            Segment(
                gesture.name,
                onset_us,
                apex_us,
                apex_us + gesture.apex_us,
                gesture.stop_us - first_us,
                float(gesture.amounts.get(main, max(gesture.amounts.values()))),
                side,
            )
        )
    return tuple(segments)
