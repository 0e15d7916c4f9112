"""What every camera is like, whatever stands behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.triggers import Triggers


class CameraKind(StrEnum):
    """What stands behind a camera, as users call it."""

    EVENT_CAMERA = "event camera"
    REPLAY = "recording"
    STREAM = "network stream"
    WEBCAM = "webcam"
    SIMULATED = "simulated event camera"


@dataclass(frozen=True)
class CameraInfo:
    """Which camera it is.

    Parameters
    ----------
    key
        Opens it, and stays the same when it is plugged in again: ``"prophesee-evk4:00050423"``,
        ``"replay:face.raw"``. Empty where there is nothing to open.
    name
        For people.
    kind
        What stands behind it.
    serial
        As the camera states it; empty where it states none.
    resolution
        Sensor ``(width, height)``, px; None until it is known, at the latest when it is open.
    is_simulated
        Whether no sensor took part in making the events that come.
    """

    key: str
    name: str
    kind: CameraKind
    serial: str = ""
    resolution: tuple[int, int] | None = None
    is_simulated: bool = False


@dataclass(frozen=True)
class Found:
    """A camera that was looked for.

    Parameters
    ----------
    info
        Which one.
    problem
        Why it cannot be used, and what to do: one line for the user. Empty where it can be.
    """

    info: CameraInfo
    problem: str = ""


@dataclass(frozen=True, eq=False)
class Packet:
    """What came from a camera at once.

    Parameters
    ----------
    events
        On the camera's clock, us, sorted; none of them before those of the packet before. May be
        empty. All lie within the camera's resolution.
    triggers
        Edges at its trigger inputs; None where none came.
    raw
        The bytes that hold them, as they came, in whole words; None where the camera gives none.
        The `raw_header` and the bytes of all packets one after another make a RAW file.
    received_s
        ``time.monotonic()`` when the last of it arrived.
    n_dropped
        How much was lost since the packet before, in packets of the driver or of the stream; a
        replay counts events.
    """

    events: Events
    triggers: Triggers | None
    raw: bytes | None
    received_s: float
    n_dropped: int = 0


@dataclass(frozen=True)
class Control:
    """Something about a camera that can be set, always a whole number.

    Parameters
    ----------
    key
        For `Camera.set`.
    name, words
        For people: what it is called, and what more and less of it do.
    minimum, maximum, default, value
        Between which, at first, and now. A switch has 0 and 1.
    unit
        May be empty.
    group
        Under which heading it is shown.
    """

    key: str
    name: str
    words: str
    minimum: int
    maximum: int
    default: int
    value: int
    unit: str = ""
    group: str = "Biases"


@dataclass(frozen=True)
class Preset:
    """Values of controls that go together.

    Parameters
    ----------
    name, words
        For people: what it is called, and what it is good for.
    values
        By the keys of controls. The controls that are not named get their defaults.
    """

    name: str
    words: str
    values: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class CameraHealth:
    """How a camera is doing since it was opened.

    Parameters
    ----------
    backlog
        Packets that wait in the driver.
    n_dropped
        As in `Packet`, all together.
    n_events, n_bytes
        What came.
    rate_hz, bytes_per_s
        Events and bytes a second, over about the last second.
    n_damaged
        Words or messages that made no sense and were left out.
    n_outside
        Events outside the sensor, which were left out.
    temperature_c, illuminance
        Of the sensor, where it measures them; the latter without a unit.
    """

    backlog: int = 0
    n_dropped: int = 0
    n_events: int = 0
    n_bytes: int = 0
    rate_hz: float = 0.0
    bytes_per_s: float = 0.0
    n_damaged: int = 0
    n_outside: int = 0
    temperature_c: float | None = None
    illuminance: int | None = None


@dataclass(frozen=True, eq=False)
class Frame:
    """A picture of an RGB camera.

    Parameters
    ----------
    image : (height, width, 3) uint8, RGB
        The receiver's own.
    t_us
        When it was taken, on the camera's own clock.
    received_s
        ``time.monotonic()`` when it arrived.
    n_dropped
        Pictures lost since the one before.
    """

    image: NDArray[np.uint8]
    t_us: int
    received_s: float
    n_dropped: int = 0


class FrameCamera(Protocol):
    """A camera that takes RGB pictures. One thread reads; any may close it.

    Between `open` and `close` the resolution stays the same.
    """

    @property
    def info(self) -> CameraInfo:
        """Which camera it is."""

    def open(self) -> None:
        """Begin to take pictures. May be called again after `close`.

        Raises
        ------
        CameraError
            If it cannot be used: what is wrong; what to do.
        """

    def read(self, timeout_s: float) -> Frame | None:
        """Return the newest picture not read yet; None if none came in time, or it is closed.

        Raises
        ------
        CameraLostError
            If it is gone. It must be closed, and may be opened again when it is back.
        """

    def close(self) -> None:
        """End it; ends a `read` in another thread soon. From any thread; twice is fine."""


class Camera(Protocol):
    """A camera that gives events. One thread reads; any may close it, set its controls and ask.

    Between `open` and `close` its clock never goes back and its resolution stays the same: a
    camera that begins again with another clock or resolution is lost and must be opened again.
    """

    @property
    def info(self) -> CameraInfo:
        """Which camera it is; after `open` with its resolution."""

    @property
    def controls(self) -> tuple[Control, ...]:
        """What can be set, with the values of now; empty where nothing can."""

    @property
    def presets(self) -> tuple[Preset, ...]:
        """Good values for the controls; the first has the defaults. Empty where there are none."""

    @property
    def raw_header(self) -> bytes | None:
        """What a RAW file of its packets must begin with; None where packets have no `raw`.

        Known once it is open.
        """

    @property
    def frame_camera(self) -> FrameCamera | None:
        """RGB or grey pictures that the same device takes, on the same clock; None without.

        It is opened and closed for itself, while this camera is open.
        """

    def open(self) -> None:
        """Begin to take events. May be called again after `close`.

        Raises
        ------
        CameraError
            If it cannot be used: what is wrong; what to do.
        """

    def read(self, timeout_s: float) -> Packet | None:
        """Return what came since; None if nothing came in time, or it is closed.

        Raises
        ------
        CameraLostError
            If it is gone, or a replay came to its end. It must be closed, and may be opened again
            when it is back.
        """

    def set(self, key: str, value: int) -> None:
        """Set a control; holds also for when the camera is opened again.

        Raises
        ------
        ValueError
            If there is no such control, or the value is beyond its bounds.
        CameraError
            If the camera does not take it.
        """

    def apply(self, preset: Preset) -> None:
        """Set all controls: to the preset's values, and to their defaults where it has none."""

    def health(self) -> CameraHealth:
        """Return how it is doing."""

    def close(self) -> None:
        """End it; ends a `read` in another thread soon. From any thread; twice is fine."""
