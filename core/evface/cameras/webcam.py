"""Webcams, through PyAV: V4L2 on Linux, AVFoundation on macOS, DirectShow on Windows."""

from __future__ import annotations

import errno
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from evface.cameras.base import CameraInfo, CameraKind, Found, Frame
from evface.cameras.frame_tap import FrameTap
from evface.errors import CameraError

# Tried one after the other; whatever the webcam has will do. AVFoundation takes no rate but one
# that the webcam states, and asks for 29.97 a second where none is named.
_WISHES: tuple[dict[str, str], ...] = (
    {"framerate": "30", "video_size": "640x480"},
    {"framerate": "30"},
    *({"framerate": rate} for rate in ("60", "25", "15") if sys.platform == "darwin"),
    {},
)
_NOT_FOR_WISHES = (errno.EACCES, errno.EPERM, errno.EBUSY, errno.ENOENT, errno.ENODEV)
_OPENS_WITHIN_S = 5.0
_ANSWERS_WITHIN_S = 2.0
# Some backends do not wait for the next picture.
_LOOK_EVERY_S = 0.005
# So many damaged pictures in a row are not by chance.
_MOST_DAMAGED = 100
_NO_ANSWER = "does not answer; unplug it and plug it in again"
_DEVICES = Path("/sys/class/video4linux")


class Webcam:
    """A webcam; see `FrameCamera`. A thread takes its pictures and keeps the newest.

    Parameters
    ----------
    number
        0 is the first one.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._info = _info(number, _name_of(number))
        self._tap = FrameTap(self._info)
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()

    @property
    def info(self) -> CameraInfo:
        """Which webcam it is."""
        return self._info

    def open(self) -> None:
        """Begin to take pictures."""
        self.close()
        if self._thread is not None:
            raise CameraError(self._info.name, _NO_ANSWER)
        container = self._open_container()
        stream = container.streams.video[0]
        self._info = replace(self._info, resolution=(stream.width, stream.height))
        self._closed = threading.Event()
        self._tap.open()
        thread = threading.Thread(
            target=self._run, args=(container, self._closed), name="webcam", daemon=True
        )
        thread.start()
        self._thread = thread

    def read(self, timeout_s: float) -> Frame | None:
        """Return the newest picture; see `FrameCamera.read`."""
        return self._tap.read(timeout_s)

    def close(self) -> None:
        """End it."""
        self._closed.set()
        self._tap.close()
        thread = self._thread
        if thread is not None:
            thread.join(_ANSWERS_WITHIN_S + 1.0)
            # One that waits for a webcam which hangs keeps it; it is not to be opened twice.
            self._thread = thread if thread.is_alive() else None

    def _open_container(self) -> Any:
        import av

        file, kind = _device(self._number)
        problem = _problem_of(self._number)
        if problem:
            raise CameraError(self._info.name, problem)
        for options in _WISHES:
            try:
                return _opened(file, kind, options)
            except (av.FFmpegError, OSError, IndexError) as error:
                # A webcam without such a size or rate says anything, depending on the system.
                if not options or getattr(error, "errno", None) in _NOT_FOR_WISHES:
                    raise CameraError(self._info.name, _why_not_opened(error)) from error

    def _run(self, container: Any, closed: threading.Event) -> None:
        """Take pictures until it is closed or gone."""
        import av

        problem = "gives no pictures any more; unplug it and plug it in again"
        width, height = self._info.resolution or (0, 0)
        n_damaged = 0
        try:
            for frame in _frames(container, closed):
                if frame is None:
                    n_damaged += 1
                    if n_damaged > _MOST_DAMAGED:
                        problem = "gives damaged pictures only; try another USB port or cable"
                        break
                    continue
                received_s = time.monotonic()
                if (frame.width, frame.height) != (width, height):
                    problem = "changed the size of its pictures; it begins again"
                    break
                image = np.ascontiguousarray(frame.to_ndarray(format="rgb24"))
                # Drivers state the time on the computer's clock; some state none.
                t_us = received_s * 1e6 if frame.time is None else frame.time * 1e6
                self._tap.give(Frame(image, round(t_us), received_s, n_damaged))
                n_damaged = 0
        except (av.FFmpegError, OSError, ValueError) as error:
            problem = _plain_words(error)
        finally:
            container.close()
            if not closed.is_set():
                self._tap.fail(problem)


def _frames(container: Any, closed: threading.Event) -> Iterator[Any]:
    """Yield decoded pictures until the end or it is closed; None for each that is damaged."""
    import av

    is_at_end = False
    while not is_at_end and not closed.is_set():
        try:
            for packet in container.demux(video=0):
                if closed.is_set():
                    return
                if not packet.size and packet.pts is not None:
                    # What the driver itself found damaged.
                    yield None
                    continue
                try:
                    yield from packet.decode()
                except av.InvalidDataError:
                    yield None
            is_at_end = True
        except av.BlockingIOError:
            # There is no new picture yet.
            closed.wait(_LOOK_EVERY_S)
        except av.InvalidDataError:
            yield None


def list_webcams() -> list[Found]:
    """Return the webcams that are here; a single problem where they cannot be looked for."""
    numbers = _numbers()
    if not numbers:
        info = CameraInfo("", "Webcams", CameraKind.WEBCAM)
        return [Found(info, "there is no webcam; plug one in, or let a video stand in for one")]
    return [Found(_info(n, _name_of(n)), _problem_of(n)) for n in numbers]


def webcam_problem(key: str) -> str:
    """Return what stands in the way of using a webcam by its key; empty where nothing is known."""
    scheme, _, number = key.partition(":")
    return _problem_of(int(number)) if scheme == "webcam" and number.isdecimal() else ""


def _info(number: int, name: str) -> CameraInfo:
    return CameraInfo(f"webcam:{number}", name, CameraKind.WEBCAM)


def _numbers() -> list[int]:
    if not sys.platform.startswith("linux"):
        return list(range(len(_enumerated())))
    # A webcam has several devices, of which only the first gives pictures.
    firsts = [
        folder
        for folder in _DEVICES.glob("video*")
        if _text(folder / "index") in ("", "0") and folder.name[5:].isdecimal()
    ]
    return sorted(int(folder.name[5:]) for folder in firsts)


def _name_of(number: int) -> str:
    if sys.platform.startswith("linux"):
        return _text(_DEVICES / f"video{number}" / "name") or f"Webcam {number}"
    names = _enumerated()
    return names[number][1] if number < len(names) else f"Webcam {number}"


def _problem_of(number: int) -> str:
    """Return what stands in the way of using a webcam; empty where nothing is known to."""
    if not sys.platform.startswith("linux"):
        return ""
    device = Path(f"/dev/video{number}")
    if not device.exists():
        return "is not there; check its cable, and plug it in again"
    if not os.access(device, os.R_OK | os.W_OK):
        return (
            "may not be used by you; join the group that owns it, with "
            "sudo usermod -aG video $USER, and log in again"
        )
    return ""


def _device(number: int) -> tuple[str, str]:
    """Return what to open, and through which of FFmpeg's devices."""
    if sys.platform == "darwin":
        return str(number), "avfoundation"
    if sys.platform == "win32":
        # Two of a kind have the same description, but never the same name.
        found = _enumerated()
        return f"video={found[number][0] if number < len(found) else _name_of(number)}", "dshow"
    return f"/dev/video{number}", "v4l2"


def _opened(file: str, kind: str, options: dict[str, str]) -> Any:
    import av

    return av.open(file, format=kind, options=options, timeout=(_OPENS_WITHIN_S, _ANSWERS_WITHIN_S))


def _enumerated() -> list[tuple[str, str]]:
    """Return the names and descriptions of webcams, as FFmpeg tells them."""
    import av

    kind = "avfoundation" if sys.platform == "darwin" else "dshow"
    try:
        found = av.enumerate_input_devices(kind)
    except (av.FFmpegError, OSError, ValueError):
        return []
    return [
        (item.name, item.description)
        for item in found
        # AVFoundation counts screens among the cameras, after them.
        if "video" in item.media_types and not item.description.startswith("Capture screen")
    ]


def _why_not_opened(error: Exception) -> str:
    # Both say the same of a camera that is busy, forbidden or gone.
    if getattr(error, "errno", None) == errno.EIO and sys.platform in ("darwin", "win32"):
        settings = "System Settings" if sys.platform == "darwin" else "Settings"
        return (
            f"cannot be opened; close other programs that use it, and allow the camera in "
            f"{settings}, Privacy & Security"
        )
    return _plain_words(error)


def _plain_words(error: Exception) -> str:
    code = getattr(error, "errno", None)
    if code in (errno.EACCES, errno.EPERM):
        return "may not be used by you; allow it in the system's settings, or join the group video"
    if code == errno.EBUSY:
        return "is used by another program; close that program"
    if code in (errno.ENODEV, errno.ENOENT, errno.ENXIO, errno.EIO):
        return "is not there any more; check its cable, and plug it in again"
    return f"does not work ({error}); unplug it and plug it in again"


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
