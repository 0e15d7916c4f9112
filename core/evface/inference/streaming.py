"""Networks fed as events arrive: one moment at a time, from the past alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from evface.errors import ModelFileError
from evface.events.events import Events
from evface.geometry.transforms import PlanarTransform
from evface.inference.landmarks import FaceFollower, FaceLooker, Moment
from evface.inference.smoothing import OneEuro, Smoother
from evface.inference.trained import Trained
from evface.models.au_light.network import LightNetwork, LightState
from evface.models.live_use import why_not_live
from evface.training_sets.clips import N_POSE, Clip, boxes_around
from evface.training_sets.inputs import MEMORY_US, reach_us

_NO_BOX = np.full(4, np.nan, np.float32)


class EventBuffer:
    """The latest events of a stream.

    Parameters
    ----------
    memory_us
        How long they are kept.
    """

    def __init__(self, memory_us: int) -> None:
        self._memory_us = memory_us
        self._parts: deque[Events] = deque()

    def push(self, events: Events) -> None:
        """Add events that follow those before."""
        if not len(events):
            return
        self._parts.append(events)
        oldest_us = int(events.t[-1]) - self._memory_us
        while int(self._parts[0].t[-1]) < oldest_us:
            self._parts.popleft()

    def before(self, t_us: int, reach_us: int) -> Events:
        """Return the events kept that came before a moment, no longer ago than a reach."""
        start_us = t_us - reach_us
        # Of many events much less is needed than is kept.
        near = [o for o in self._parts if o.t[-1] >= start_us and o.t[0] < t_us]
        return Events.concatenate([part.between(start_us, t_us) for part in near])


@dataclass(frozen=True, eq=False)
class UnitMoment:
    """Action units of one moment.

    Parameters
    ----------
    intensity : (24,) float32, 0 to 1
    coefficients : (k,) float32
        Of the model's action units.
    pose : (4,) float32
        Yaw, pitch, roll (rad) from how the head is held at rest, log of px per mm.
    """

    t_us: int
    intensity: NDArray[np.float32]
    coefficients: NDArray[np.float32]
    pose: NDArray[np.float32]


class UnitStream:
    """Action units as they come, of a light network that does not look ahead.

    It knows all that came since it began, or since the face was placed elsewhere.

    Parameters
    ----------
    trained
        A light network with ``looks_ahead = false``, such as the preset ``au_live`` trains.
    resolution
        ``(width, height)`` of the event picture, px.

    Raises
    ------
    ModelFileError
        If the network cannot be fed so.
    """

    def __init__(self, trained: Trained, resolution: tuple[int, int]) -> None:
        network, why_not = trained.network, why_not_live(trained.info)
        if why_not or not isinstance(network, LightNetwork):
            raise ModelFileError(trained.path, why_not or "tells no action units")
        self._network, self._resolution = network, resolution
        self._inputs, self._statistics = trained.clip_inputs(), trained.statistics()
        self._reach_us = reach_us(self._inputs.representation, self._inputs.window_us)
        self._buffer = EventBuffer(self._reach_us + MEMORY_US)
        self._box = _NO_BOX
        self._state: LightState | None = None

    def push(self, events: Events) -> None:
        """Add events that follow those before."""
        self._buffer.push(events)

    def place(self, box_px: NDArray[np.floating]) -> None:
        """Say where the face is, ``x0, y0, x1, y1``; it is looked for there until told otherwise.

        The network learnt of squares that stay: small motions of the head are for it to see.
        """
        self._box = np.asarray(box_px, np.float32)
        self._state = None

    def look(self, t_us: int) -> UnitMoment:
        """Return what is seen in the window that ends at a moment, later than the last one.

        Moments should lie as far apart as in training, 33 ms, or what the network sums up is too
        little. They may be up to 0.2 s before the newest event, to catch up.
        """
        nothing = np.empty((1, 0), np.float32)
        clip = Clip(
            recording="",
            subject="",
            start_us=0,
            events=self._buffer.before(t_us, self._reach_us),
            resolution=self._resolution,
            times_us=np.array([t_us], np.int64),
            rgb=None,
            event_from_rgb=None,
            au_class=-1,
            model="",
            coefficients=nothing,
            pose=np.full((1, N_POSE), np.nan, np.float32),
            intensity=nothing,
            landmarks=nothing.reshape(1, 0, 1),
            landmark_state=np.empty((1, 0), np.uint8),
            boxes_px=self._box[None],
        )
        picture = torch.from_numpy(self._inputs.draw_events(clip)).to(torch.float32).div_(255)
        with torch.inference_mode():
            (z, pose, logits), self._state = self._network.step(picture, self._state)
        return UnitMoment(
            t_us,
            logits[0].sigmoid().numpy(),
            self._statistics.coefficients_from_z(z[0].numpy()),
            self._statistics.pose_from_z(pose[0].numpy()),
        )


@dataclass(frozen=True, eq=False)
class LandmarkMoment:
    """Landmarks of one moment.

    Parameters
    ----------
    landmarks : (n, 2) float32, px
        Smoothed; NaN where no face is found.
    seen : (n, 2) float32, px
        As the network placed them.
    confidence
        0 to 1; NaN without a face.
    """

    t_us: int
    landmarks: NDArray[np.float32]
    seen: NDArray[np.float32]
    confidence: float


class LandmarkStream:
    """Landmarks as events come: the face is followed, and held still for the overlay.

    Parameters
    ----------
    trained
        A network of landmarks.
    resolution
        ``(width, height)`` of the event picture, px.
    smoothing
        ``OneEuro.lag_us`` says how late it makes the overlay; None for none.

    Raises
    ------
    ModelFileError
        If it needs a video, or nobody knows how it is fed.
    """

    def __init__(
        self,
        trained: Trained,
        resolution: tuple[int, int],
        *,
        smoothing: OneEuro | None = None,
        video: Callable[[int], NDArray[np.uint8] | None] | None = None,
        event_from_rgb: PlanarTransform | None = None,
    ) -> None:
        self._looker = FaceLooker(trained)
        has_video = video is not None and event_from_rgb is not None
        if self._looker.needs_rgb and not has_video:
            raise ModelFileError(trained.path, "needs a video whose place on the events is known")
        self._video, self._event_from_rgb = video if has_video else None, event_from_rgb
        self._follower = FaceFollower(self._looker, resolution)
        self._reach_us = max(self._looker.reach_us, MEMORY_US)
        self._buffer = EventBuffer(self._reach_us)
        self._smoother = None if smoothing is None else Smoother(smoothing)

    def push(self, events: Events) -> None:
        """Add events that follow those before."""
        self._buffer.push(events)

    def look(self, t_us: int, box_px: NDArray[np.floating] = _NO_BOX) -> LandmarkMoment:
        """Return the landmarks at a moment, later than the last one.

        Parameters
        ----------
        box_px : (4,) float
            Where to search a face that is not followed yet, or was lost; NaN for everywhere.
        """
        rgb = None if self._video is None else self._video(t_us)
        moment = Moment(self._buffer.before(t_us, self._reach_us), t_us, rgb, self._event_from_rgb)
        seen, confidence = self._follower.follow(moment, np.asarray(box_px, np.float32))
        landmarks = seen
        if self._smoother is not None:
            x0, y0, x1, y1 = boxes_around(seen[None])[0].tolist()
            size = max(x1 - x0, y1 - y0)
            if size > 0:
                self._smoother.size = size
            landmarks = self._smoother.step(seen, t_us).astype(np.float32)
        return LandmarkMoment(t_us, landmarks, seen, confidence)
