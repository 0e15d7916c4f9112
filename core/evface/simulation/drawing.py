"""Drawing of a performance, group by group of pictures, in several processes."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.errors import EvfaceError
from evface.morphable.camera import HeadPose
from evface.morphable.model import load_open_head
from evface.simulation.actor import Actor, Motion
from evface.simulation.appearance import Appearance
from evface.simulation.display import encode_srgb
from evface.simulation.head import HeadRenderer
from evface.simulation.performance import Performance

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


@dataclass(frozen=True, eq=False)
class Shot:
    """What is drawn around the time of one video frame.

    Parameters
    ----------
    motion
        Of the person, at each time that is drawn.
    is_exposed : (n,) bool
        Which of them the video frame sees.
    """

    motion: Motion
    is_exposed: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Drawn:
    """The pictures of one shot.

    Parameters
    ----------
    luminance : (n, height, width) float32
        Linear, what the event sensor sees at each time.
    video_frame : (height, width, 3) uint8
        sRGB, the mean over the exposure.
    """

    luminance: NDArray[np.float32]
    video_frame: NDArray[np.uint8]


def plan_shots(actor: Actor, performance: Performance) -> list[Shot]:
    """Choose the times to draw: often where the face moves fast, seldom where it rests.

    Returns
    -------
    list of Shot
        One a video frame; the frame's own time is among each one's times.
    """
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
        shots.append(Shot(motion, np.abs(times_us - middle_us) <= _EXPOSURE_US // 2))
    return shots


_Submit = Callable[[Person, Shot], "Future[Drawn]"]


@contextlib.contextmanager
def painters(n_processes: int | None) -> Iterator[_Submit]:
    """Give a function that draws a shot, here or in other processes.

    Parameters
    ----------
    n_processes
        0 draws here. Two, or one a processor if that is less, when None.

    Raises
    ------
    EvfaceError
        If one of the processes was stopped from outside.
    """
    if n_processes is None:
        n_processes = min(2, os.cpu_count() or 1)
    if n_processes == 0:
        yield _draw_here
        return
    # Spawned, because threads of this process would not survive a fork.
    context = multiprocessing.get_context("spawn")
    executor: Executor = ProcessPoolExecutor(
        n_processes, mp_context=context, initializer=_end_with_parent
    )
    try:
        yield lambda person, shot: executor.submit(_draw, person, shot)
    except BrokenProcessPool as error:
        raise EvfaceError(
            "a process that draws was stopped, perhaps for want of memory; "
            "close other programs and try again"
        ) from error
    finally:
        executor.shutdown(cancel_futures=True)


def draw_in_order(
    submit: _Submit, person: Person, shots: list[Shot]
) -> Iterator[tuple[Shot, Drawn]]:
    """Draw the shots a few ahead and give them back in order."""
    waiting: list[tuple[Shot, Future[Drawn]]] = []
    for shot in shots:
        waiting.append((shot, submit(person, shot)))
        if len(waiting) > 4:
            first, future = waiting.pop(0)
            yield first, future.result()
    for first, future in waiting:
        yield first, future.result()


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, however it went."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _draw_here(person: Person, shot: Shot) -> Future[Drawn]:
    future: Future[Drawn] = Future()
    future.set_result(_draw(person, shot))
    return future


@dataclass(frozen=True, eq=False)
class _Studio:
    """What a process keeps from shot to shot."""

    person: Person
    actor: Actor
    renderer: HeadRenderer


_studio: _Studio | None = None


def _draw(person: Person, shot: Shot) -> Drawn:
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
    return Drawn(luminance, encode_srgb(exposed))
