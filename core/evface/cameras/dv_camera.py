"""A camera that another computer serves with dv-processing, or with the DV software."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

from evface.cameras.base import CameraHealth, CameraInfo, CameraKind, Packet
from evface.cameras.camera_process import CameraProcess
from evface.cameras.dv_process import Received, receive_dv
from evface.cameras.nothing_to_set import NothingToSet
from evface.cameras.stream_address import host_and_port, parse_address
from evface.cameras.tally import Tally
from evface.errors import CameraError

# Where the DV software serves its first stream.
_USUAL_PORT = 7777
_MISSING = (
    "needs the package dv-processing, which is missing; install it: pip install dv-processing"
)


class DvCamera(NothingToSet):
    """A network stream as dv-processing writes it; see `Camera`.

    The library reads it in a process of its own.

    Parameters
    ----------
    host, port
        Where it is served.
    """

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        name = host_and_port(host, port)
        self._info = CameraInfo(f"dv://{name}", name, CameraKind.STREAM)
        self._process = CameraProcess(
            name,
            receive_dv,
            "does not answer, or with what dv-processing cannot read; check the address, the "
            "network and the server there",
        )
        self._tally, self._n_outside = Tally(), 0

    @classmethod
    def at(cls, address: str) -> DvCamera:
        """Return the camera at an address such as ``"dv://192.168.1.20:7777"``.

        Raises
        ------
        CameraError
            If it is no address.
        """
        return cls(*parse_address(address, "dv", _USUAL_PORT))

    @property
    def info(self) -> CameraInfo:
        """Which camera it is; once it is open as its server says."""
        return self._info

    @property
    def raw_header(self) -> bytes | None:
        """None: the stream has no bytes of a camera."""
        return None

    def open(self) -> None:
        """Begin the process, which connects."""
        if find_spec("dv_processing") is None:
            raise CameraError(self._info.key, _MISSING)
        name = host_and_port(*self._address)
        began = self._process.open(name, *self._address)
        stated = "".join(c for c in began.name if c.isprintable())[:200]
        self._info = replace(
            self._info,
            name=f"{stated} at {self._address[0]}" if stated else name,
            resolution=began.resolution,
        )
        self._tally, self._n_outside = Tally(), 0

    def read(self, timeout_s: float) -> Packet | None:
        """Return what came; see `Camera.read`."""
        received = self._process.read(timeout_s)
        if not isinstance(received, Received):
            return None
        self._n_outside += received.n_outside
        self._tally.add(len(received.events), 0, received.n_dropped)
        return Packet(received.events, None, None, received.received_s, received.n_dropped)

    def health(self) -> CameraHealth:
        """Return how it is doing; what was dropped counts the library's packets."""
        return self._tally.health(n_outside=self._n_outside)

    def close(self) -> None:
        """End the process."""
        self._process.close()
