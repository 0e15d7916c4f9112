"""Models that look at one picture after another, in the process of the models."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evface.errors import EvfaceError
from evface.events.events import Events
from evface.live.models import LiveModels
from evface.live.picture import Overlay, Placed
from evface.live.stopwatch import Stopwatch
from evface.live.taught_face import FaceTaught, TaughtFace
from evface.live.worker_messages import Job
from evface.morphable.head_library import open_head_model
from evface.teacher.registry import open_teacher

if TYPE_CHECKING:
    from evface.live.event_networks import EventNetworks

# What the teacher said of a frame holds for so long.
_TAUGHT_US = 500_000
_SCHEME = "ibug68"


class Looker:
    """Has the models, and what they remember of the stream.

    Parameters
    ----------
    models
        Which. Those that cannot be loaded are left out.

    Attributes
    ----------
    problems : list[str]
        Why models are left out, a line each.
    refused : tuple[Path, ...]
        The networks among them.
    """

    def __init__(self, models: LiveModels) -> None:
        self.problems: list[str] = []
        self.refused: tuple[Path, ...] = ()
        self._networks = self._load_networks(models) if models.checkpoints else None
        self._taught = self._load_teacher(models) if models.teacher else None
        self._epoch = 0
        self._face: TaughtFace | None = None

    @property
    def sees_events(self) -> bool:
        """Whether any model looks at events."""
        return self._networks is not None

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
        watch = Stopwatch()
        if job.epoch != self._epoch:
            self._begin(job)
        self._ask_teacher(job, frame, watch)
        face = self._face
        landmarks: dict[str, Placed] = {}
        intensity: dict[str, float] = {}
        intensity_from = ""
        if face is not None:
            landmarks["teacher"] = Placed(face.landmarks, face.confidence, _SCHEME, face.t_us)
            intensity, intensity_from = face.intensity, "teacher" if face.intensity else ""
        if self._networks is not None:
            self._networks.push(events)
            taught = landmarks.get("teacher")
            placed = self._networks.place(job.t_us, taught, watch)
            if placed is not None:
                landmarks["network"] = placed
            if self._networks.tells_units:
                intensity_from = "network"
                is_seen = placed is not None and placed.is_seen
                intensity = self._networks.read_units(
                    job.t_us, placed if is_seen else taught, watch
                )
        return Overlay(
            number=job.number,
            t_us=job.t_us,
            seen_s=job.seen_s,
            landmarks=landmarks,
            rgb_landmarks=None if face is None else face.rgb_landmarks,
            frame_t_us=None if face is None else face.t_us,
            intensity=intensity,
            intensity_from=intensity_from,
            face=None if face is None else face.face,
            models_s=watch.took_s | {"all": sum(watch.took_s.values())},
        )

    def close(self) -> None:
        """Free the models."""
        if self._taught is not None:
            self._taught.close()

    def _begin(self, job: Job) -> None:
        """Forget a stream that ended: another clock, or another sensor."""
        self._epoch, self._face = job.epoch, None
        if self._taught is not None:
            self._taught.restart()
        if self._networks is not None:
            self._networks.begin(job.resolution)

    def _ask_teacher(self, job: Job, frame: NDArray[np.uint8] | None, watch: Stopwatch) -> None:
        if frame is not None and self._taught is not None and job.frame_t_us is not None:
            with watch.timing("teacher"):
                self._face = self._taught.look(
                    frame, job.frame_t_us, job.event_from_rgb, step=job.frame_step
                )
        elif self._face is not None and job.t_us - self._face.t_us > _TAUGHT_US:
            self._face = None

    def _load_networks(self, models: LiveModels) -> EventNetworks | None:
        if find_spec("torch") is None:
            self.problems.append('networks need torch; install it: pip install "evface[train]"')
            self.refused = models.checkpoints
            return None
        # Torch takes long to import, and the teacher does without it.
        from evface.live.event_networks import EventNetworks

        networks = EventNetworks(models.checkpoints, models.smoothing)
        self.problems += networks.refused.values()
        self.refused = tuple(networks.refused)
        return None if networks.is_empty else networks

    def _load_teacher(self, models: LiveModels) -> FaceTaught | None:
        try:
            model = open_head_model(models.head or None)
            return FaceTaught(open_teacher(models.teacher), model, models.smoothing)
        except EvfaceError as error:
            self.problems.append(str(error))
            return None
