"""Holds on to a camera: opens it, reads it, and opens it again whenever it is lost."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from evface.cameras.base import CameraInfo
from evface.errors import EvfaceError
from evface.live.state import TRYING_AGAIN, Link

_log = logging.getLogger(__name__)

_Item = TypeVar("_Item")
_Got = TypeVar("_Got", covariant=True)

_READ_S = 0.1
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 5.0
# A camera that says nothing for so long is stalled, and for so long opened anew.
_STALLED_S, _SILENT_S = 2.0, 20.0
# A read that takes so long does not come back by itself; opening may take longer.
_HUNG_S = 5.0
_END_S = 5.0
_TURN_S = 0.1


class _Device(Protocol[_Got]):
    """What event cameras and RGB cameras have in common."""

    @property
    def info(self) -> CameraInfo: ...

    def open(self) -> None: ...

    def read(self, timeout_s: float) -> _Got | None: ...

    def close(self) -> None: ...


class Connection(Generic[_Item]):
    """A thread that reads a camera until it is told to stop, whatever becomes of the camera.

    After each failure it waits a little longer before it tries again, up to 5 s; once something
    came, it begins with short pauses again.

    Parameters
    ----------
    device
        The camera, closed. It is opened and closed here alone.
    opened
        Called each time that it was opened.
    take
        Called with each item that it gave.
    name
        Of the thread.
    """

    def __init__(
        self,
        device: _Device[_Item],
        *,
        opened: Callable[[], None],
        take: Callable[[_Item], None],
        name: str,
    ) -> None:
        self._device, self._opened, self._take = device, opened, take
        self._stopping = threading.Event()
        self._state = Link.CONNECTING, f"Connecting to {device.info.name}"
        # Since when the camera is being opened or read; None while the thread is elsewhere.
        self._opening_s: float | None = None
        self._reading_s: float | None = None
        self._is_started = self._is_given_up = self._came = False
        self._starting = threading.Lock()
        self._closer: threading.Thread | None = None
        self.n_reconnected = 0
        self.n_stalls = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def state(self) -> tuple[Link, str]:
        """How the camera is connected, and that in words."""
        return self._state

    def start(self) -> None:
        """Begin; later calls do nothing, nor does one after `stop`."""
        with self._starting:
            if not self._is_started and not self._stopping.is_set():
                self._is_started = True
                self._thread.start()

    def check(self) -> None:
        """Give up a read that hangs, and tell of it; to be called now and then by another thread.

        Never waits for the camera.
        """
        name, now_s = self._device.info.name, time.monotonic()
        reading_s, opening_s = self._reading_s, self._opening_s
        if reading_s is not None and now_s - reading_s > _HUNG_S:
            self._say(Link.STALLED, f"{name} does not answer; pull its plug and put it back")
            if not self._is_given_up:
                self._is_given_up = True
                self._close_apart()
        elif opening_s is not None and now_s - opening_s > _HUNG_S:
            link, _ = self._state
            self._say(link, f"{name} takes long to open; wait, or choose another camera")

    def stop(self) -> bool:
        """End it; return whether the thread ended in time."""
        with self._starting:
            self._stopping.set()
        if self._is_started:
            self._close_apart()
            for thread in (self._thread, self._closer):
                if thread is not None:
                    thread.join(_END_S)
        self._say(Link.STOPPED, "Stopped")
        return not self._thread.is_alive()

    def _run(self) -> None:
        pause_s, has_run = _FIRST_PAUSE_S, False
        while not self._stopping.is_set():
            self._came = False
            problem = self._problem_of_a_run(has_run)
            self._opening_s = self._reading_s = None
            self._close()
            if self._stopping.is_set():
                return
            has_run = has_run or self._came
            pause_s = _FIRST_PAUSE_S if self._came else min(2 * pause_s, _LONGEST_PAUSE_S)
            _log.info("%s; trying again in %.2g s", problem, pause_s)
            self._say(Link.LOST, f"{problem}{TRYING_AGAIN}")
            self._stopping.wait(pause_s)
            # What closes it apart must not close it once it is open again.
            while self._is_closing() and not self._stopping.is_set():
                self._stopping.wait(_TURN_S)

    def _problem_of_a_run(self, has_run: bool) -> str:
        """Open and read the camera until it fails; return what went wrong."""
        name = self._device.info.name
        if has_run:
            self._say(Link.RECONNECTING, f"Reconnecting to {name}")
        try:
            self._opening_s = time.monotonic()
            self._device.open()
            self._opening_s = None
            self._opened()
            self._read(has_run)
        except EvfaceError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001  a driver may raise anything, and all goes on
            _log.exception("camera %s", name)
            return f"{name} failed: {error}"
        return f"{name} {'did not answer' if self._is_given_up else 'is silent'}"

    def _read(self, has_run: bool) -> None:
        """Read until the camera is silent for long, was given up, or all is to stop."""
        name = self._device.info.name
        self._is_given_up = False
        self._say(Link.RUNNING, f"{name} is running")
        heard_s = time.monotonic()
        while not self._stopping.is_set() and not self._is_given_up:
            self._reading_s = time.monotonic()
            item = self._device.read(_READ_S)
            # What is done with it may take long, which is not the camera's fault.
            self._reading_s, now_s = None, time.monotonic()
            if item is not None:
                if not self._came:
                    self._came = True
                    self.n_reconnected += has_run
                if self._state[0] is not Link.RUNNING:
                    self._say(Link.RUNNING, f"{name} is running")
                self._take(item)
                heard_s = time.monotonic()
            elif now_s - heard_s > _SILENT_S:
                return
            elif now_s - heard_s > _STALLED_S:
                if self._state[0] is Link.RUNNING:
                    self.n_stalls += 1
                self._say(Link.STALLED, f"Nothing came from {name} for {now_s - heard_s:.0f} s")

    def _close(self) -> None:
        """Close the camera, whatever its driver says to that."""
        try:
            self._device.close()
        except Exception:  # noqa: BLE001  a driver may raise anything, and all goes on
            _log.exception("closing %s", self._device.info.name)

    def _close_apart(self) -> None:
        """Close the camera in a thread of its own, because a driver that hangs may hang there."""
        if not self._is_closing():
            self._closer = threading.Thread(
                target=self._close_to_the_end, name="close a camera", daemon=True
            )
            self._closer.start()

    def _is_closing(self) -> bool:
        return self._closer is not None and self._closer.is_alive()

    def _close_to_the_end(self) -> None:
        self._close()
        # A camera that was just about to be opened did not see that it is to be closed.
        while self._stopping.is_set() and self._thread.is_alive():
            self._thread.join(_TURN_S)
            self._close()

    def _say(self, link: Link, words: str) -> None:
        self._state = link, words
