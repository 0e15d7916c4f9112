"""A webcam seen as an event camera would see it."""

from __future__ import annotations

from dataclasses import replace

from evface.cameras.base import (
    CameraHealth,
    CameraInfo,
    CameraKind,
    Control,
    Found,
    FrameCamera,
    Packet,
    Preset,
)
from evface.cameras.camera_process import CameraProcess
from evface.cameras.frame_tap import FrameTap
from evface.cameras.settings import Settings
from evface.cameras.simulated_process import Seen, simulate
from evface.cameras.tally import Tally
from evface.cameras.webcam import list_webcams, webcam_problem
from evface.errors import CameraError

_CONTROLS = (
    Control(
        "threshold",
        "Threshold",
        "How much brighter or darker a pixel must become before it sends an event. Higher: fewer.",
        5,
        80,
        20,
        20,
        "%",
    ),
    Control(
        "width",
        "Width of the sensor",
        "How fine the simulated sensor is. Less: quicker.",
        160,
        1280,
        640,
        640,
        "px",
        "Sensor",
    ),
)
_PRESETS = (
    Preset("Usual", "As most event cameras are set."),
    Preset("Sensitive", "Faint motion shows, with the webcam's noise.", {"threshold": 12}),
    Preset("Quiet", "Only clear changes.", {"threshold": 35}),
)


class SimulatedCamera:
    """Makes events of a webcam's pictures as they come, in a process of its own; see `Camera`.

    Parameters
    ----------
    frames_key
        Of the webcam, or of a video that plays as one; see `open_frame_camera`.
    name
        Of the same, for people.
    key
        Of this camera.
    """

    def __init__(self, frames_key: str, name: str, *, key: str) -> None:
        self._frames_key = frames_key
        self._info = CameraInfo(
            key, f"Events simulated from {name}", CameraKind.SIMULATED, is_simulated=True
        )
        self._settings = Settings(self._info.name, _CONTROLS, _PRESETS)
        self._tap = FrameTap(CameraInfo(frames_key, name, CameraKind.WEBCAM))
        self._tally = Tally()
        self._process = CameraProcess(name, simulate, "the simulation broke down; open it again")

    @property
    def info(self) -> CameraInfo:
        """Which camera it is."""
        return self._info

    @property
    def controls(self) -> tuple[Control, ...]:
        """What the simulated sensor is like; its width counts from the next opening on."""
        return self._settings.controls

    @property
    def presets(self) -> tuple[Preset, ...]:
        """Good values for them."""
        return self._settings.presets

    @property
    def raw_header(self) -> bytes | None:
        """None: there are no bytes of a camera."""
        return None

    @property
    def frame_camera(self) -> FrameCamera:
        """The webcam's pictures that the events are made of."""
        return self._tap

    def open(self) -> None:
        """Begin the process, which opens the webcam."""
        problem = webcam_problem(self._frames_key)
        if problem:  # A process takes a second or two to find that out.
            raise CameraError(self._tap.info.name, problem)
        values = self._settings.values
        began = self._process.open(self._frames_key, values["width"], values["threshold"])
        self._info, self._tally = replace(self._info, resolution=began.resolution), Tally()

    def read(self, timeout_s: float) -> Packet | None:
        """Return the events of the next picture; see `Camera.read`."""
        seen = self._process.read(timeout_s)
        if not isinstance(seen, Seen):
            return None
        self._tap.give(seen.frame)
        n_dropped = seen.frame.n_dropped
        self._tally.add(len(seen.events), 0, n_dropped)
        return Packet(seen.events, None, None, seen.frame.received_s, n_dropped)

    def set(self, key: str, value: int) -> None:
        """Set a control."""
        self._settings.set(key, value)
        self._process.tell(self._settings.values["threshold"])

    def apply(self, preset: Preset) -> None:
        """Set all controls."""
        self._settings.apply(preset)
        self._process.tell(self._settings.values["threshold"])

    def health(self) -> CameraHealth:
        """Return how it is doing; what is dropped are pictures of the webcam."""
        return self._tally.health()

    def close(self) -> None:
        """End the process."""
        self._process.close()


def list_simulated_cameras() -> list[Found]:
    """Return a simulated event camera for each webcam that is here."""
    return [
        Found(
            CameraInfo(
                found.info.key.replace("webcam:", "simulated:"),
                f"Events simulated from {found.info.name}",
                CameraKind.SIMULATED,
                is_simulated=True,
            ),
            found.problem,
        )
        for found in list_webcams()
        if found.info.key
    ]
