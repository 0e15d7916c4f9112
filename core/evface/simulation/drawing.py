"""Drawing of a performance for a camera, a few pictures at a time, in several processes."""

from __future__ import annotations

import contextlib
import math
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.errors import EvfaceError
from evface.geometry.cameras import RigidTransform
from evface.morphable.model import load_open_head
from evface.simulation.actor import Actor, Motion
from evface.simulation.appearance import Appearance
from evface.simulation.head import HeadRenderer
from evface.simulation.performance import Performance
from evface.simulation.views import View
from evface.workers import end_with_parent, single_threaded_children

# Between two pictures for the event sensor nothing moves farther than this, and the rate stays
# within these bounds.
_LARGEST_STEP_PX = 1.0
_SLOWEST_HZ, _FASTEST_HZ = 60.0, 1000.0
# Between two pictures that a video frame is the mean of, nothing moves farther than this.
_LARGEST_BLUR_PX = 0.7
_MOST_IN_EXPOSURE = 16
_IDENTITY_SPREAD = 0.8
# From the middle of an eye to its iris.
_EYE_RADIUS_MM = 12.0
# Pictures that are drawn in one go.
_BATCH = 8


@dataclass(frozen=True)
class Person:
    """Who is drawn; the same values give the same pictures.

    Parameters
    ----------
    seed
        Of the face and the looks.
    texture_width
        Of the skin, px.
    """

    seed: int
    texture_width: int = 1536

    def actor(self) -> Actor:
        """Make the person's face."""
        model = load_open_head()
        rng = np.random.default_rng([self.seed, 7])
        return Actor(model, rng.normal(0.0, _IDENTITY_SPREAD, len(model.identity_basis)))


@dataclass(frozen=True, eq=False)
class Shot:
    """Some pictures of a person that one process draws.

    Parameters
    ----------
    person, view
        Who is seen from where.
    motion
        Of the person, at each time that is drawn.
    is_exposure
        Whether the mean of the colours is wanted, as a video frame sees it, or the luminance at
        each time, as an event sensor does.
    """

    person: Person
    view: View
    motion: Motion
    is_exposure: bool


def plan_light(actor: Actor, performance: Performance, view: View) -> NDArray[np.int64]:
    """Choose the times to draw for an event sensor: often where the face moves fast, else seldom.

    Returns
    -------
    (n,) int64, us
        Increasing, from 0 to the performance's end.
    """
    fine_us = np.arange(0, performance.duration_us + 1000, 1000, dtype=np.int64)
    speed = _moved_px(actor, actor.perform(performance, fine_us), view) * 1e3
    # A step begun now must suit what comes within it.
    ahead = np.lib.stride_tricks.sliding_window_view(np.pad(speed, (0, 16), mode="edge"), 17)
    rate_hz = np.clip(ahead.max(axis=1) / _LARGEST_STEP_PX, _SLOWEST_HZ, _FASTEST_HZ)
    # Time is stretched by the rate, so that even steps of it are steps of even motion.
    phase = np.concatenate([[0.0], np.cumsum(rate_hz * 1e-3)])
    stop = float(np.interp(performance.duration_us, fine_us, phase))
    steps = np.linspace(0.0, stop, math.ceil(stop) + 1)
    return np.rint(np.interp(steps, phase, fine_us)).astype(np.int64)


def plan_exposure(
    actor: Actor, performance: Performance, view: View, t_us: int, exposure_us: int
) -> NDArray[np.int64]:
    """Choose the times whose mean is a video frame: more where the face moves farther.

    Parameters
    ----------
    t_us
        Middle of the exposure.

    Returns
    -------
    (n,) int64, us
        Spread evenly over the exposure.
    """
    fine_us = np.rint(np.linspace(-0.5, 0.5, 9) * exposure_us).astype(np.int64) + t_us
    moved_px = float(_moved_px(actor, actor.perform(performance, fine_us), view).sum())
    n = min(max(math.ceil(moved_px / _LARGEST_BLUR_PX), 1), _MOST_IN_EXPOSURE)
    middles = (np.arange(n) + 0.5) / n - 0.5
    return np.rint(t_us + middles * exposure_us).astype(np.int64)


def plan_shots(
    person: Person, actor: Actor, performance: Performance, view: View, times_us: NDArray[np.int64]
) -> list[Shot]:
    """Part the times for an event sensor into shots."""
    return [
        Shot(person, view, actor.perform(performance, times_us[first : first + _BATCH]), False)
        for first in range(0, len(times_us), _BATCH)
    ]


def _moved_px(actor: Actor, motion: Motion, view: View) -> NDArray[np.float64]:
    """Return how far the fastest point moves from time to time, (n - 1,) float64, px."""
    points = actor.landmarks_px(motion, view)
    moved = np.linalg.norm(np.diff(points, axis=0), axis=2).max(axis=1)
    px_per_mm = max(view.camera.focal_px) / view.depth_mm
    turned = np.linalg.norm(np.diff(np.radians(motion.gaze_deg), axis=0), axis=1)
    return np.maximum(moved, turned * _EYE_RADIUS_MM * px_per_mm)


_Submit = Callable[[Shot], "Future[NDArray[np.float32]]"]


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
        n_processes, mp_context=context, initializer=end_with_parent
    )
    try:
        with single_threaded_children():
            yield lambda shot: executor.submit(_draw, shot)
    except BrokenProcessPool as error:
        raise EvfaceError(
            "a process that draws was stopped, perhaps for want of memory; "
            "close other programs and try again"
        ) from error
    finally:
        executor.shutdown(cancel_futures=True)


def draw_in_order(
    submit: _Submit, shots: Iterable[Shot]
) -> Iterator[tuple[Shot, NDArray[np.float32]]]:
    """Draw the shots a few ahead and give them back in order.

    Yields
    ------
    tuple of Shot and array
        (height, width, 3) float32, the mean linear colour of an exposure, or
        (n, height, width) float32, the linear luminance at each time.
    """
    waiting: list[tuple[Shot, Future[NDArray[np.float32]]]] = []
    for shot in shots:
        waiting.append((shot, submit(shot)))
        if len(waiting) > 4:
            first, future = waiting.pop(0)
            yield first, future.result()
    for first, future in waiting:
        yield first, future.result()


def _draw_here(shot: Shot) -> Future[NDArray[np.float32]]:
    future: Future[NDArray[np.float32]] = Future()
    future.set_result(_draw(shot))
    return future


@dataclass(frozen=True, eq=False)
class _Studio:
    """What a process keeps from shot to shot."""

    person: Person
    actor: Actor
    renderer: HeadRenderer


_studio: _Studio | None = None


def _draw(shot: Shot) -> NDArray[np.float32]:
    """Draw one shot. Runs in a process of its own."""
    global _studio
    if _studio is None or _studio.person != shot.person:
        actor = shot.person.actor()
        renderer = HeadRenderer(
            actor.model,
            Appearance.draw(shot.person.seed),
            actor.neutral,
            texture_width=shot.person.texture_width,
        )
        _studio = _Studio(shot.person, actor, renderer)
    motion = shot.motion
    width, height = shot.view.camera.resolution
    n = len(motion.times_us)
    luminance = np.empty((0 if shot.is_exposure else n, height, width), np.float32)
    exposed = np.zeros((height, width, 3), np.float32)
    for i, face in enumerate(_studio.actor.shapes(motion.coefficients)):
        place = RigidTransform(
            motion.room_from_head.rotation[i], motion.room_from_head.translation_mm[i]
        )
        left_deg, up_deg = map(float, motion.gaze_deg[i])
        picture = _studio.renderer.render(face, place, shot.view, gaze_deg=(left_deg, up_deg))
        if shot.is_exposure:
            exposed += picture.colour
        else:
            luminance[i] = picture.luminance()
    return exposed / np.float32(n) if shot.is_exposure else luminance
