"""The sensor of a simulated event camera, shown one picture after another."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from evface.cameras.base import Frame
from evface.cameras.simulated_process import Seen
from evface.errors import CameraLostError
from evface.events.events import Events
from evface.simulation.events import EventSimulator, SimulatorParameters
from evface.simulation.interpolation import MotionEstimator, iter_between
from evface.simulation.photometry import luminance_from_rgb

# Pictures shown for one of the webcam, and how long they may take: less than the next one does to
# come. What takes longer is shown in fewer, so that it is not late as well.
_MOST_STEPS = 8
_MOST_S = 0.02
# After a pause there is nothing to go on from.
_LONGEST_STEP_US = 500_000
# A webcam whose clock steps back by more begins again.
_LONGEST_BACK_US = 1_000_000
# How fast the time that a picture takes is learnt.
_NEWS_SHARE = 0.25
# As v2e's usual setting has it: without it, a hard edge gives many events at once.
_REFRACTORY_US = 500


class SimulatedSensor:
    """Sees what a webcam takes, with pictures in between, along the motion.

    Parameters
    ----------
    first
        The webcam's first picture; the clock begins with it.
    width
        Of the sensor, px; no more than that of the pictures.
    threshold_percent
        How much light must change for an event.
    """

    def __init__(self, first: Frame, width: int, threshold_percent: int) -> None:
        full_height, full_width = first.image.shape[:2]
        share = min(width / full_width, 1.0)
        self.resolution = (max(round(full_width * share), 1), max(round(full_height * share), 1))
        self._began_us = first.t_us
        self._estimator = MotionEstimator()
        self._before: tuple[int, NDArray[np.uint8], NDArray[np.float32]] | None = None
        self._step_s = 0.0
        self.set_threshold(threshold_percent)

    def set_threshold(self, percent: int) -> None:
        """Take another threshold; the next picture is the first that it sees."""
        threshold = math.log1p(percent / 100)
        self._parameters = SimulatorParameters(threshold, threshold, refractory_us=_REFRACTORY_US)
        self._start()

    def see(self, frame: Frame) -> Seen:
        """Return the picture with its time on this clock, and the events since the one before.

        A picture that is not later than the one before is not seen.

        Raises
        ------
        CameraLostError
            If the webcam's clock began again.
        """
        t_us = frame.t_us - self._began_us
        timed = replace(frame, t_us=t_us)
        rgb = self._fitted(frame.image)
        grey: NDArray[np.uint8] = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
        luminance = luminance_from_rgb(rgb)
        before = self._before
        if before is not None and t_us <= before[0]:
            if t_us < before[0] - _LONGEST_BACK_US:
                raise CameraLostError("webcam", "has a clock that stepped back; it begins again")
            return Seen(timed, Events.empty())
        if before is not None and t_us - before[0] > _LONGEST_STEP_US:
            self._start()
            before = None
        self._before = (t_us, grey, luminance)
        if before is None:
            return Seen(timed, self._simulator.step(luminance, t_us))
        start_us, grey_before, luminance_before = before
        motion = self._estimator.estimate(grey_before, grey)
        n_steps = min(motion.n_steps, self._n_most_steps, t_us - start_us)
        parts, began_s = [], time.perf_counter()
        for step, between in enumerate(
            iter_between(luminance_before, luminance, motion, n_steps), 1
        ):
            step_us = start_us + step * (t_us - start_us) // n_steps
            parts.append(self._simulator.step(between, step_us))
        took_s = (time.perf_counter() - began_s) / n_steps
        self._step_s += _NEWS_SHARE * (took_s - self._step_s)
        return Seen(timed, Events.concatenate(parts))

    @property
    def _n_most_steps(self) -> int:
        """As many as there is time for, as far as those before tell."""
        n_in_time = int(_MOST_S / self._step_s) if self._step_s > 0 else _MOST_STEPS
        return min(max(n_in_time, 1), _MOST_STEPS)

    def _start(self) -> None:
        self._simulator = EventSimulator(self.resolution, self._parameters)
        self._before = None

    def _fitted(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if (image.shape[1], image.shape[0]) == self.resolution:
            return image
        resized: NDArray[np.uint8] = cv2.resize(
            image, self.resolution, interpolation=cv2.INTER_AREA
        )
        return resized
