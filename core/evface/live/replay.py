"""The last seconds of a live view, to be seen again, kept as pictures, or cut out as a clip."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np

from evface.annotations.roles import FACE, PREDICTED_LANDMARKS, TEACHER, TRANSFERRED
from evface.annotations.tracks import (
    Camera,
    LandmarkState,
    LandmarkTrack,
    Source,
    SourceKind,
    Track,
)
from evface.geometry.clock import ClockSync
from evface.geometry.registration import Registration
from evface.live.drawing import View
from evface.live.face_track import track_of
from evface.live.history import Moments, TimedFrame
from evface.live.matching import MAX_AGE_US
from evface.live.picture import LivePicture, Overlay, Placed
from evface.live.replayed_media import ReplayedEvents, ReplayedFrames

if TYPE_CHECKING:
    from evface.projects.recording import Recording
    from evface.video.reader import VideoSource

_Timed = TypeVar("_Timed", TimedFrame, Overlay)

_SCHEME = "ibug68"
# An overlay so near to a moment is its own.
_NEAR_US = 20_000


@dataclass(frozen=True, eq=False)
class Replay:
    """What a live view kept. Times are the camera's clock. It may be sent to another process.

    Parameters
    ----------
    moments
        What was kept.
    name
        Of the camera.
    view
        How it was shown.
    event_from_rgb
        How the RGB picture lies on the events.
    """

    moments: Moments
    name: str
    view: View
    event_from_rgb: Registration

    @property
    def start_us(self) -> int:
        """When the first event was; 0 where there is none."""
        return self.moments.packed[0].start_us if self.moments.packed else 0

    @property
    def stop_us(self) -> int:
        """When the last event was, plus one; 0 where there is none."""
        return self.moments.packed[-1].last_us + 1 if self.moments.packed else 0

    def events(self) -> ReplayedEvents:
        """Return the events as a source for the panes, from time zero on."""
        return ReplayedEvents(self.moments.packed, self.moments.resolution, self.name)

    def picture_at(self, t_us: int, view: View | None = None) -> LivePicture:
        """Return what was to be seen at a moment, each overlay on its own picture.

        Takes some milliseconds; for slow motion ask for ever later moments.

        Parameters
        ----------
        t_us
            End of the window, from `start_us` to `stop_us`.
        view
            What is drawn; as it was shown when None.
        """
        view = view or self.view
        start_us = t_us - view.window_us
        events, drawn = self.events(), view.representation
        zero_us = events.origin_us
        shown = events.read(start_us - drawn.lookback_us - zero_us, t_us - zero_us)
        image = drawn.index_image(
            shown, self.moments.resolution, start_us=start_us - zero_us, stop_us=t_us - zero_us
        )
        frame = _last(self.moments.frames, t_us)
        overlay, age_us = self._overlay_at(t_us)
        return LivePicture(
            number=0,
            image=image,
            representation=drawn.name,
            start_us=start_us,
            t_us=t_us,
            n_events=len(shown.between(start_us - zero_us, t_us - zero_us)),
            received_s=float("nan"),
            drawn_s=float("nan"),
            epoch=0,
            frame=None if frame is None else frame.frame,
            frame_t_us=None if frame is None else frame.t_us,
            overlay=overlay,
            overlay_age_us=age_us,
        )

    def _overlay_at(self, t_us: int) -> tuple[Overlay | None, int]:
        """Return the overlay of a moment, and how late it is: 0 where it is of a picture near."""
        before = _last(self.moments.overlays, t_us)
        near = _last(self.moments.overlays, t_us + _NEAR_US)
        overlay = before if before is not None and t_us - before.t_us <= _NEAR_US else near
        if overlay is None or t_us - overlay.t_us > MAX_AGE_US:
            return None, 0
        return overlay, t_us - overlay.t_us if t_us - overlay.t_us > _NEAR_US else 0

    def part(self, start_us: int, stop_us: int) -> Replay:
        """Return at least what lies in ``[start_us, stop_us)``, which is less to send."""
        kept = self.moments
        moments = Moments(
            kept.resolution,
            tuple(o for o in kept.packed if o.last_us >= start_us and o.start_us < stop_us),
            tuple(o for o in kept.frames if start_us <= o.t_us < stop_us),
            tuple(o for o in kept.overlays if start_us <= o.t_us < stop_us),
        )
        return Replay(moments, self.name, self.view, self.event_from_rgb)

    def recording(self) -> Recording:
        """Return the events and RGB pictures as a recording, whose time zero is `start_us`."""
        from evface.projects.recording import Recording

        frames = [one for one in self.moments.frames if one.t_us >= self.start_us]
        # All have one size, unless the camera was exchanged: then those of the new one count.
        frames = [o for o in frames if o.frame.image.shape == frames[-1].frame.image.shape]
        video, sync = None, ClockSync()
        if frames:
            times_us = np.array([one.t_us for one in frames], np.int64)
            sync = ClockSync(int(times_us[0]) - self.start_us, 0.0, "arrival")
            video = ReplayedFrames(times_us - times_us[0], [one.frame for one in frames], self.name)
        return Recording(
            self.events(),
            # It has what a recording asks of a video; the type is that of files.
            cast("VideoSource | None", video),
            sync=sync,
            event_from_rgb=self.event_from_rgb,
            name=self.name,
        )

    def tracks(self) -> dict[str, Track]:
        """Return what the models said as tracks of `recording`, by role."""
        overlays = self.moments.overlays
        tracks: dict[str, Track] = {}
        for role, placed in (
            (TRANSFERRED, [one.landmarks.get("teacher") for one in overlays]),
            (PREDICTED_LANDMARKS, [one.landmarks.get("network") for one in overlays]),
        ):
            kind = SourceKind.TRANSFERRED if role == TRANSFERRED else SourceKind.MODEL
            rows = {one.t_us: one for one in placed if one is not None}
            if rows:
                tracks[role] = _landmark_track(rows, Source(kind, "live", "1"), Camera.EVENTS, self)
        taught = {
            one.frame_t_us: one
            for one in overlays
            if one.frame_t_us is not None and one.rgb_landmarks is not None and one.face is not None
        }
        if taught:
            tracks[TEACHER] = _landmark_track(
                {
                    t_us: Placed(one.rgb_landmarks, math.nan, _SCHEME, t_us)
                    for t_us, one in taught.items()
                    if one.rgb_landmarks is not None
                },
                Source(SourceKind.TEACHER, "live", "1"),
                Camera.RGB,
                self,
            )
            faces = {t_us: one.face for t_us, one in taught.items() if one.face is not None}
            times_us = sorted(faces)
            tracks[FACE] = track_of(
                [faces[t_us] for t_us in times_us], [t_us - self.start_us for t_us in times_us]
            )
        return tracks


def _landmark_track(
    rows: Mapping[int, Placed], source: Source, camera: Camera, replay: Replay
) -> LandmarkTrack:
    times_us = sorted(rows)
    # Of two networks that took turns the newer counts.
    scheme, n = rows[times_us[-1]].scheme, len(rows[times_us[-1]].points_px)
    kept = [rows[t] for t in times_us if len(rows[t].points_px) == n and rows[t].scheme == scheme]
    landmarks = np.stack([one.points_px for one in kept]).astype(np.float32)
    return LandmarkTrack(
        times_us=np.array([one.t_us for one in kept], np.int64) - replay.start_us,
        valid=np.asarray(np.isfinite(landmarks).all(axis=(1, 2))),
        source=source,
        landmarks=landmarks,
        confidence=np.array([one.confidence for one in kept], np.float32),
        state=np.full(landmarks.shape[:2], LandmarkState.AUTO, np.uint8),
        camera=camera,
        scheme=scheme,
    )


def _last(items: Sequence[_Timed], t_us: int) -> _Timed | None:
    """Return the last of some items at or before a time."""
    place = bisect_right(items, t_us, key=lambda one: one.t_us)
    return items[place - 1] if place else None
