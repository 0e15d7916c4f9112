"""Finds cameras, and opens them by their keys."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs

from evface.cameras.base import Camera, Found, FrameCamera
from evface.errors import CameraError

_KEYS = (
    "prophesee-evk4, prophesee-evk3-hd, inivation-davis346, inivation-dvxplorer, "
    "each also with :SERIAL; replay:FILE, tcp://HOST:PORT, dv://HOST:PORT, simulated:NUMBER or "
    "simulated:VIDEO"
)
_FRAME_KEYS = "webcam:NUMBER or video:FILE"


def list_cameras() -> list[Found]:
    """Return the event cameras that are here, and what stands in the way of using others.

    A webcam counts as a simulated event camera. Recordings and network streams are not listed:
    they are opened by their keys.
    """
    from evface.cameras.simulated import list_simulated_cameras
    from evface.cameras.usb_listing import list_usb_cameras

    return [*list_usb_cameras(), *list_simulated_cameras()]


def list_frame_cameras() -> list[Found]:
    """Return the webcams that are here, and what stands in the way of using them."""
    from evface.cameras.webcam import list_webcams

    return list_webcams()


def open_camera(key: str) -> Camera:
    """Return a camera by its key; it is opened by its `open`.

    Parameters
    ----------
    key
        - ``prophesee-evk4:00050423`` and the like: a camera at the USB. Without the serial, the
          only one of its kind.
        - ``replay:FILE``: any recording. ``replay:FILE?speed=2&loop=1`` is twice as fast, again and
          again; ``speed=inf`` as fast as it can be read. The name of a file alone will do.
        - ``tcp://HOST:PORT``: what another computer serves with ``evface serve``.
        - ``dv://HOST:PORT``: what one serves with dv-processing, where that package is installed.
        - ``simulated:0``: events from a webcam; ``simulated:FILE`` from a video, as if it were one.

    Raises
    ------
    CameraError
        If the key is none.
    """
    scheme, _, rest = key.partition(":")
    if scheme == "tcp":
        from evface.cameras.stream_client import StreamCamera

        return StreamCamera.at(key)
    if scheme == "dv":
        from evface.cameras.dv_camera import DvCamera

        return DvCamera.at(key)
    if scheme == "replay":
        return _replay(rest)
    if scheme == "simulated":
        from evface.cameras.simulated import SimulatedCamera

        is_webcam = rest.isdecimal() or not rest
        frames_key = f"webcam:{rest or 0}" if is_webcam else f"video:{rest}"
        return SimulatedCamera(frames_key, open_frame_camera(frames_key).info.name, key=key)
    from evface.cameras.usb import UsbCamera
    from evface.cameras.usb_kinds import find_usb_kind

    kind = find_usb_kind(scheme)
    if kind is not None:
        return UsbCamera(kind, rest)
    if Path(key).is_file():
        return _replay(key)
    raise CameraError(key or "camera", f"is no camera; name one of {_KEYS}")


def open_frame_camera(key: str) -> FrameCamera:
    """Return an RGB camera by its key; it is opened by its `open`.

    Parameters
    ----------
    key
        ``webcam:0``, or ``video:FILE`` for a video that plays as a webcam, with ``?speed=`` and
        ``&loop=`` as for `open_camera`.

    Raises
    ------
    CameraError
        If the key is none.
    """
    scheme, _, rest = key.partition(":")
    if scheme == "webcam" and (rest.isdecimal() or not rest):
        from evface.cameras.webcam import Webcam

        return Webcam(int(rest or 0))
    if scheme == "video" and rest:
        from evface.cameras.video_player import VideoPlayer

        path, speed, is_looped = _played(rest, loops=True)
        return VideoPlayer(path, speed=speed, is_looped=is_looped)
    raise CameraError(key or "webcam", f"is no webcam; name {_FRAME_KEYS}")


def _replay(rest: str) -> Camera:
    from evface.cameras.replay import ReplayCamera

    path, speed, is_looped = _played(rest, loops=False)
    return ReplayCamera(path, speed=speed, is_looped=is_looped)


def _played(text: str, *, loops: bool) -> tuple[Path, float, bool]:
    """Take ``FILE?speed=2&loop=1`` apart; a file whose name is all of that comes first."""
    name, mark, options = text.rpartition("?")
    if not mark or Path(text).is_file():
        name, options = text, ""
    values = {option: texts[-1] for option, texts in parse_qs(options).items()}
    loop = values.pop("loop", str(int(loops)))
    try:
        speed = float(values.pop("speed", "1"))
    except ValueError:
        speed = 0.0
    if not speed > 0 or loop not in ("0", "1") or values or (options and "=" not in options):
        raise CameraError(
            text, "says something that is not known; write FILE?speed=2&loop=1, for example"
        )
    return Path(name), speed, loop == "1"
