"""Models that look at one picture after another, in the process of the models."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from evface.annotations.segments import UNITS
from evface.errors import EvfaceError, ModelFileError
from evface.events.events import Events
from evface.inference.landmarks import FaceLooker
from evface.inference.streaming import LandmarkStream, UnitStream
from evface.inference.trained import Trained, open_trained
from evface.live.models import LiveModels
from evface.live.picture import Overlay, Placed
from evface.live.taught_face import FaceTaught, TaughtFace
from evface.live.worker_messages import Job
from evface.morphable.head_library import open_head_model
from evface.teacher.registry import open_teacher
from evface.training_sets.clips import boxes_around

_Loaded = TypeVar("_Loaded")

_NO_BOX = np.full(4, np.nan, np.float32)
# Networks of action units learnt of moments so far apart.
_UNIT_STEP_US = 30_000
# They are told of the face's place anew where it moved by so much of its size, or grew so often.
_MOVED, _GREW = 0.25, 1.3
# What the teacher said of a frame holds for so long.
_TAUGHT_US = 500_000
_SCHEME = "ibug68"


class Looker:
    """Has the models, and what they remember of the stream.

    Parameters
    ----------
    models
        Which. Those that cannot be loaded are left out; `problems` says why.
    """

    def __init__(self, models: LiveModels) -> None:
        self._models = models
        self.problems: list[str] = []
        self._landmark_network: Trained | None = None
        self._unit_network: Trained | None = None
        for path in models.checkpoints:
            trained = self._try(partial(_open_for_live, path))
            if trained is not None and trained.is_of_units:
                self._unit_network = trained
            elif trained is not None:
                self._landmark_network = trained
        self._taught = self._try(self._open_teacher) if models.teacher else None
        self._epoch = 0
        self._landmarks: LandmarkStream | None = None
        self._units: UnitStream | None = None
        self._box = _NO_BOX
        self._unit_us = 0
        self._intensity: dict[str, float] = {}
        self._face: TaughtFace | None = None
        self._took_s: dict[str, float] = {}

    @property
    def sees_events(self) -> bool:
        """Whether any model looks at events."""
        return self._landmark_network is not None or self._unit_network is not None

    @property
    def sees_frames(self) -> bool:
        """Whether any model looks at RGB pictures."""
        return self._taught is not None

    def look(self, job: Job, events: Events, frame: NDArray[np.uint8] | None) -> Overlay:
        """Return what the models say of a picture.

        Parameters
        ----------
        events
            Those since the job before, as far as they still matter.
        frame : (height, width, 3) uint8, RGB
            The RGB picture, where there is a new one.
        """
        self._took_s = {}
        if job.epoch != self._epoch:
            self._begin(job)
        if frame is not None:
            self._look_at_frame(job, frame)
        landmarks: dict[str, Placed] = {}
        face = self._face
        if face is not None and job.t_us - face.t_us > _TAUGHT_US:
            face = self._face = None
        if face is not None:
            landmarks["teacher"] = Placed(face.landmarks, face.confidence, _SCHEME, face.t_us)
        placed = self._place(job, events, landmarks.get("teacher"))
        if placed is not None:
            landmarks["network"] = placed
        intensity = self._read_units(job, events, landmarks)
        says_network = self._unit_network is not None
        taught = {} if face is None else face.intensity
        return Overlay(
            number=job.number,
            t_us=job.t_us,
            seen_s=job.seen_s,
            landmarks=landmarks,
            rgb_landmarks=None if face is None else face.rgb_landmarks,
            frame_t_us=None if face is None else face.t_us,
            intensity=intensity if says_network else taught,
            intensity_from="network" if says_network else "teacher" if taught else "",
            face=None if face is None else face.face,
            models_s=self._took_s | {"all": sum(self._took_s.values())},
        )

    def _begin(self, job: Job) -> None:
        """Forget a stream that ended: another clock, or another sensor."""
        self._epoch = job.epoch
        self._landmarks = self._face = None
        self._box, self._unit_us, self._intensity = _NO_BOX, 0, {}
        if self._taught is not None:
            self._taught.restart()
        network = self._unit_network
        self._units = None if network is None else UnitStream(network, job.resolution)

    def _look_at_frame(self, job: Job, frame: NDArray[np.uint8]) -> None:
        if self._taught is None or job.frame_t_us is None:
            return
        with self._timed("teacher"):
            self._face = self._taught.look(
                frame, job.frame_t_us, job.event_from_rgb, step=job.frame_step
            )

    def _place(self, job: Job, events: Events, taught: Placed | None) -> Placed | None:
        """Ask the network of landmarks."""
        network = self._landmark_network
        if network is None:
            return None
        if self._landmarks is None:
            self._landmarks = LandmarkStream(
                network,
                job.resolution,
                smoothing=self._models.smoothing,
            )
        box = _NO_BOX if taught is None else boxes_around(taught.points_px[None])[0]
        with self._timed("landmarks"):
            self._landmarks.push(events)
            moment = self._landmarks.look(job.t_us, box)
        scheme = network.info.scheme or _SCHEME
        return Placed(moment.landmarks, moment.confidence, scheme, job.t_us)

    def _read_units(
        self, job: Job, events: Events, landmarks: dict[str, Placed]
    ) -> dict[str, float]:
        """Ask the network of action units, no more often than it learnt."""
        if self._units is None:
            return {}
        self._units.push(events)
        self._follow_face(landmarks.get("network") or landmarks.get("teacher"))
        if job.t_us - self._unit_us >= _UNIT_STEP_US:
            self._unit_us = job.t_us
            with self._timed("action units"):
                moment = self._units.look(job.t_us)
            self._intensity = dict(zip(UNITS, moment.intensity.tolist(), strict=True))
        return self._intensity

    def _follow_face(self, placed: Placed | None) -> None:
        """Tell the network of action units where the face is, if it is somewhere else now."""
        if placed is None or self._units is None or not np.isfinite(placed.points_px).all():
            return
        box = boxes_around(placed.points_px[None])[0]
        side, before = (float((one[2:] - one[:2]).max()) for one in (box, self._box))
        moved = float(np.linalg.norm((box[:2] + box[2:] - self._box[:2] - self._box[2:]) / 2))
        # NaN before the first face.
        if not (moved <= _MOVED * before and before / _GREW <= side <= before * _GREW):
            self._box = box
            self._units.place(box)

    def _open_teacher(self) -> FaceTaught:
        model = open_head_model(self._models.head or None)
        return FaceTaught(open_teacher(self._models.teacher), model, self._models.smoothing)

    def _try(self, load: Callable[[], _Loaded]) -> _Loaded | None:
        try:
            return load()
        except EvfaceError as error:
            self.problems.append(str(error))
            return None

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        begun_s = time.perf_counter()
        yield
        self._took_s[name] = time.perf_counter() - begun_s


def _open_for_live(path: Path) -> Trained:
    """Read a checkpoint; raise a ModelFileError unless it can be used live."""
    trained = open_trained(path)
    if trained.is_of_units:
        UnitStream(trained, (64, 64))
    elif FaceLooker(trained).needs_rgb:
        raise ModelFileError(path, "needs a video to see landmarks; live takes those of events")
    return trained
