"""A camera, live: from what it sends to the picture that is shown, always the newest."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from evface.cameras.base import Camera, Frame, FrameCamera
from evface.events.filters.chain import FilterChain
from evface.geometry.clock import ClockSync
from evface.geometry.registration import Registration
from evface.live import packed_events
from evface.live.capture import Capture, LiveListener
from evface.live.clock_link import ArrivalClock, sync_of
from evface.live.connection import Connection
from evface.live.drawing import Drawer, View
from evface.live.history import History, HistorySettings
from evface.live.inference import MEMORY_US, InferenceLink
from evface.live.latency import LatencyMeter
from evface.live.matching import OverlayMatcher
from evface.live.models import LiveModels
from evface.live.picture import LivePicture, Overlay
from evface.live.replay import Replay
from evface.live.ring import EventRing
from evface.live.state import Link, LiveCounters, LiveLatency, LiveState

_log = logging.getLogger(__name__)

_MAX_WAITING = 8_000_000
_LOG_EVERY_S = 10.0
_END_S = 5.0


class LivePipeline:
    """Reads a camera, draws it at the rate of a display, and asks models about it.

    One thread reads each camera, one draws, one speaks to the process of the models. Whoever shows
    the pictures fetches the newest with `latest`, from any thread, as often as it likes; it never
    waits. Nothing piles up: what is too late is dropped and counted. What waits, what models look
    back to and what is kept for a replay are bounded, together below 1.1 GB, which only a camera of
    20 million events a second comes near to.

    A window shows it so: make it in a thread, as it brings numba; ask `latest` each time that the
    display is drawn, and show ``lookup_table(picture.representation)[picture.image]``, the
    landmarks of ``picture.overlay`` and, where ``picture.is_overlay_late``, its age. Beside it
    `state`, `latency` and `counters`, a few times a second; `replay` when the last seconds are
    asked for, and `evface.live.clips` to keep them.

    Parameters
    ----------
    camera
        Closed. From `start` to `stop` it belongs to the pipeline, which opens it whenever it is
        lost; its controls may be set all the time.
    frame_camera
        An RGB camera beside it, closed; `Camera.frame_camera` for what the same device sees.
    view
        What is drawn.
    rate_hz
        Pictures a second.
    models
        What is asked about the pictures; nothing when None.
    event_from_rgb
        How the RGB picture lies on the events; may be set while it runs.
    sync
        Maps the RGB camera's clock to the event camera's; estimated from arrivals when None.
    history
        How much is kept for `replay`.
    filters
        Leave out events before they are drawn, kept and seen by models, but not before they are
        recorded.

    Attributes
    ----------
    in_step
        Show pictures together with their own overlay, later, rather than the newest picture with
        an overlay that is late.
    event_from_rgb, sync
        As above.
    rgb_delay_us
        How much longer RGB pictures take to arrive than events, where arrivals tell the sync.
    counters
        Read only.
    """

    def __init__(
        self,
        camera: Camera,
        frame_camera: FrameCamera | None = None,
        *,
        view: View,
        rate_hz: float = 60.0,
        models: LiveModels | None = None,
        event_from_rgb: Registration | None = None,
        sync: ClockSync | None = None,
        history: HistorySettings | None = None,
        filters: FilterChain | None = None,
    ) -> None:
        if not 1.0 <= rate_hz <= 1000.0:
            raise ValueError(f"rate_hz must be 1 to 1000, got {rate_hz}")
        self.camera, self.frame_camera = camera, frame_camera
        self.in_step = False
        self.event_from_rgb = event_from_rgb or Registration()
        # Pictures of the same device, which come when it is open.
        self._is_one_device = frame_camera is not None and frame_camera is camera.frame_camera
        self.sync = ClockSync() if self._is_one_device and sync is None else sync
        self.rgb_delay_us = 0
        self.counters = LiveCounters()
        self._period_s = 1.0 / rate_hz
        self._ring = EventRing(_MAX_WAITING)
        self._history = History(history or HistorySettings())
        self._event_clock, self._frame_clock = ArrivalClock(), ArrivalClock()
        self._capture = Capture(
            camera,
            ring=self._ring,
            history=self._history,
            clock=self._event_clock,
            counters=self.counters,
        )
        if filters is not None:
            self._capture.filter_by(filters)
        self._connection = Connection(
            camera, opened=self._opened, take=self._capture.take, name="camera"
        )
        self._frames = (
            Connection(
                frame_camera,
                opened=self._frame_clock.reset,
                take=self._take_frame,
                name="frame-camera",
            )
            if frame_camera is not None
            else None
        )
        self._drawer = Drawer(view, MEMORY_US)
        self._matcher = OverlayMatcher()
        self._inference = InferenceLink(self._drawer, self._take_overlay, self.counters)
        self._inference.choose(models)
        self._newest_frame: _SeenFrame | None = None
        self._drawing_problem = ""
        self._meters = {"picture": LatencyMeter(), "overlay": LatencyMeter()}
        self._shown = _Shown()
        self._fetching = threading.Lock()
        self._drawn = threading.Condition()
        self._stopping = threading.Event()
        # Held while all begins or ends.
        self._turning = threading.Lock()
        self._is_started = self._is_stopped = False
        self._drawing = threading.Thread(target=self._draw, name="draw", daemon=True)

    def start(self) -> None:
        """Begin; returns at once. Later calls do nothing, nor does one after `stop`."""
        with self._turning:
            if self._is_started or self._is_stopped:
                return
            self._is_started = True
            self._connection.start()
            if self._frames is not None and not self._is_one_device:
                self._frames.start()
            self._drawing.start()
            self._inference.start()

    def stop(self) -> None:
        """End all threads and the models' process, and close the cameras. Twice is fine.

        From any thread that is not the pipeline's own; returns when all has ended.
        """
        self._stopping.set()
        with self._drawn:
            self._drawn.notify_all()
        with self._turning:
            if self._is_stopped:
                return
            self._is_stopped = True
            for connection in (self._connection, self._frames):
                if connection is not None and not connection.stop():
                    _log.error("a camera's driver does not come back; its thread is left behind")
            if self._is_started:
                self._drawing.join(_END_S)
                self._inference.stop()
            self._ring.drop()
            self.counters.n_dropped_by_ring = self._ring.n_dropped

    def latest(self) -> LivePicture | None:
        """Return the newest picture to show, with its overlay; None before the first event.

        The same picture is returned until there is a newer one or its overlay came.
        """
        picture = self._matcher.latest(in_step=self.in_step)
        if picture is not None:
            with self._fetching:
                self._count_as_shown(picture)
        return picture

    def wait(self, number: int, timeout_s: float) -> bool:
        """Wait until a picture after that of a number was drawn; return whether it was in time.

        Of use to whoever has a thread of its own for showing.
        """
        with self._drawn:
            return self._drawn.wait_for(
                lambda: self._matcher.number > number or self._stopping.is_set(), timeout_s
            )

    def latest_frame(self) -> Frame | None:
        """Return the newest RGB picture; None before the first, and without an RGB camera."""
        newest = self._newest_frame
        return None if newest is None else newest.frame

    def show(self, view: View) -> None:
        """Draw something else from the next picture on."""
        self._drawer.show(view)

    @property
    def view(self) -> View:
        """What is drawn."""
        return self._drawer.view

    def filter_by(self, filters: FilterChain) -> None:
        """Leave out other events from now on."""
        self._capture.filter_by(filters)

    @property
    def n_left_out(self) -> tuple[int, ...]:
        """Events that each filter left out since it was chosen, or since all began anew.

        Empty until the camera was opened.
        """
        return self._capture.n_left_out

    def choose_models(self, models: LiveModels | None) -> None:
        """Ask other models, or none; returns at once."""
        self._inference.choose(models)
        self._matcher.forget()

    def listen(self, listener: LiveListener | None) -> None:
        """Give everything that comes to a recorder, from now on; None ends that.

        It is told of the camera before anything else, once that is open. What is coming just now
        may still reach the one before.
        """
        self._capture.listener = listener

    def replay(self) -> Replay:
        """Return what was seen in the last seconds, for slow motion, snapshots and clips.

        It stays as it is while the view goes on.
        """
        return Replay(
            self._history.moments(),
            name=self.camera.info.name,
            view=self.view,
            event_from_rgb=self.event_from_rgb,
        )

    @property
    def state(self) -> LiveState:
        """What it does now."""
        link, words = self._connection.state
        words = self._drawing_problem or words
        working, working_words = self._inference.state
        state = LiveState(
            link,
            words,
            working=working,
            working_words=working_words,
            refused=self._inference.refused,
            is_teacher_refused=self._inference.is_teacher_refused,
        )
        if self._frames is None:
            return state
        frame_link, frame_words = self._frames.state
        return replace(state, frame_link=frame_link, frame_words=frame_words)

    @property
    def latency(self) -> LiveLatency:
        """How late what was fetched was, over the last minute."""
        return LiveLatency(
            self._meters["picture"].latency(),
            self._meters["overlay"].latency(),
            self._inference.latencies(),
        )

    def _opened(self) -> None:
        self._capture.opened()
        if self._frames is not None and self._is_one_device:
            self._frames.start()

    def _take_frame(self, frame: Frame) -> None:
        self.counters.n_frames += 1
        self.counters.n_frames_dropped += frame.n_dropped
        self._frame_clock.see(frame.t_us, frame.received_s)
        self._capture.tell_frame(frame)
        epoch = self._capture.epoch
        clocks, delay_us = (self._event_clock, self._frame_clock), self.rgb_delay_us
        sync = self.sync or sync_of(*clocks, rgb_delay_us=delay_us)
        t_us = None if sync is None else int(sync.to_sensor_us(np.array([frame.t_us]))[0])
        self._newest_frame = _SeenFrame(frame, t_us, epoch)
        if t_us is not None and epoch == self._capture.epoch:
            self._history.add_frame(t_us, frame)

    def _take_overlay(self, picture: LivePicture, overlay: Overlay) -> None:
        if self._matcher.add_overlay(picture, overlay):
            self._history.add_overlay(overlay)

    def _draw(self) -> None:
        self._drawer.prepare()
        packed_events.prepare()
        due_s = logged_s = time.monotonic()
        while not self._stopping.wait(max(0.0, due_s - time.monotonic())):
            now_s = time.monotonic()
            n_missed = int((now_s - due_s) / self._period_s)
            due_s += (n_missed + 1) * self._period_s
            with self._going_on():
                waiting = self._ring.take()
                self.counters.n_drawn += sum(len(batch.events) for batch in waiting)
                self._drawer.take(waiting)
                if self._connection.state[0] in (Link.RUNNING, Link.STALLED):
                    self._publish(self._drawer.draw(), n_missed)
            self._watch()
            if now_s - logged_s > _LOG_EVERY_S:
                logged_s = now_s
                self._log()

    @contextlib.contextmanager
    def _going_on(self) -> Iterator[None]:
        """Tell of what cannot be drawn, and go on: the next picture or another view may do."""
        problem = ""
        try:
            yield
        except Exception as error:  # noqa: BLE001  told to the user, and logged
            why = str(error) or type(error).__name__
            problem = f"This view cannot be drawn ({why}); choose another"
            if problem != self._drawing_problem:
                _log.exception("drawing")
        self._drawing_problem = problem

    def _publish(self, picture: LivePicture | None, n_missed: int) -> None:
        if picture is None:
            return
        counters = self.counters
        counters.n_skipped += n_missed if counters.n_pictures else 0
        counters.n_pictures += 1
        newest = self._newest_frame
        if newest is not None:
            # A time on a clock that is gone says nothing.
            t_us = newest.t_us if newest.epoch == picture.epoch else None
            picture = replace(picture, frame=newest.frame, frame_t_us=t_us)
        before = self._matcher.add_picture(picture)
        counters.n_unseen += before is not None and before.number > self._shown.number
        self._inference.offer(picture, self.event_from_rgb)
        with self._drawn:
            self._drawn.notify_all()

    def _watch(self) -> None:
        """See that no camera hangs, and bring what others count together."""
        self._connection.check()
        if self._frames is not None:
            self._frames.check()
        counters = self.counters
        counters.n_dropped_by_ring = self._ring.n_dropped
        counters.n_reconnected = self._connection.n_reconnected
        counters.n_stalls = self._connection.n_stalls

    def _log(self) -> None:
        latency, counters = self.latency, self.counters
        _log.info(
            "last event to picture p50 %.1f ms, p99 %.1f ms; to overlay p50 %.1f ms, p99 %.1f ms; "
            "%d pictures, %d skipped; %d events, dropped %d by the camera and %d here",
            latency.picture.p50_ms,
            latency.picture.p99_ms,
            latency.overlay.p50_ms,
            latency.overlay.p99_ms,
            counters.n_pictures,
            counters.n_skipped,
            counters.n_events,
            counters.n_dropped_by_camera,
            counters.n_dropped_by_ring,
        )

    def _count_as_shown(self, picture: LivePicture) -> None:
        shown, now_s = self._shown, time.monotonic()
        if picture.number > shown.number:
            shown.number = picture.number
            # Where nothing came since the picture before there is nothing to be late.
            if picture.received_s > shown.received_s:
                shown.received_s = picture.received_s
                self._meters["picture"].add(now_s - picture.received_s)
        overlay = picture.overlay
        if overlay is not None and overlay.seen_s > shown.overlay_seen_s:
            shown.overlay_seen_s = overlay.seen_s
            self._meters["overlay"].add(now_s - overlay.seen_s)


@dataclass(frozen=True, eq=False)
class _SeenFrame:
    """An RGB picture, and when it was on the event camera's clock of an epoch, if that is known."""

    frame: Frame
    t_us: int | None
    epoch: int


@dataclass
class _Shown:
    """What was handed out last."""

    number: int = 0
    received_s: float = 0.0
    overlay_seen_s: float = 0.0
