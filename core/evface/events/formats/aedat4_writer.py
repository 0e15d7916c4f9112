"""Writing AEDAT4 through faery, which need not be installed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from evface.errors import EventFileError
from evface.events.events import Events
from evface.events.formats.event_writer import EventFileWriter
from evface.events.triggers import Triggers

# Readers unpack a packet at once, so it must not be large.
_PACKET_EVENTS = 1 << 14
_EVENT = np.dtype([("t", "<u8"), ("x", "<u2"), ("y", "<u2"), ("on", "?")])


class Aedat4EventWriter(EventFileWriter):
    """Writes one stream of events; see `EventFileWriter`.

    Triggers and metadata are left out. A sensor's clock below zero cannot be stated.

    Parameters
    ----------
    path, resolution
        As for `EventFileWriter`.
    metadata
        Left out.

    Raises
    ------
    EventFileError
        If faery is not installed, or the file cannot be written.
    """

    def __init__(
        self,
        path: Path,
        *,
        resolution: tuple[int, int],
        metadata: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> None:
        super().__init__(path, resolution=resolution)
        try:
            from faery import aedat
        except ImportError as error:
            raise EventFileError(
                self._path,
                "cannot be written: AEDAT4 needs the package faery; install it with "
                "pip install faery, or choose another format",
            ) from error
        try:
            # Made here first: the library's own errors do not say what is wrong with a folder.
            self._temporary.touch()
            self._encoder: Any = aedat.Encoder(
                path=self._temporary,
                description=_describe(aedat, resolution),
                compression=aedat.LZ4_DEFAULT,
            )
            self._encoder.__enter__()
        except (OSError, RuntimeError) as error:
            raise self._failure(error) from error

    def _write(self, events: Events) -> None:
        if events.t[0] < 0:
            raise EventFileError(
                self._path, "cannot be written: AEDAT4 has no times below zero; write HDF5"
            )
        for first in range(0, len(events), _PACKET_EVENTS):
            part = slice(first, first + _PACKET_EVENTS)
            packet = np.empty(len(events.t[part]), _EVENT)
            packet["t"], packet["on"] = events.t[part], events.p[part]
            packet["x"], packet["y"] = events.x[part], events.y[part]
            self._encoder.write(0, packet)

    def _write_triggers(self, triggers: Triggers) -> None:
        """Leave them out."""

    def _finish(self) -> None:
        self._encoder.__exit__(None, None, None)

    def _release(self) -> None:
        if hasattr(self, "_encoder"):
            self._encoder.__exit__(None, None, None)


def _describe(aedat: Any, resolution: tuple[int, int]) -> list[Any]:
    """Return the description that readers of iniVation expect: one stream of events."""

    def text(value: str) -> Any:
        return aedat.DescriptionAttribute(attribute_type="string", value=value)

    def number(value: int) -> Any:
        return aedat.DescriptionAttribute(attribute_type="int", value=value)

    width, height = resolution
    info = {"sizeX": number(width), "sizeY": number(height), "source": text("evface")}
    stream = {
        "compression": text("LZ4"),
        "originalOutputName": text("events"),
        "typeIdentifier": text("EVTS"),
    }
    root = "/mainloop/Recorder/outInfo/"
    return [
        aedat.DescriptionNode(
            name="outInfo",
            path=root,
            attributes={},
            nodes=[
                aedat.DescriptionNode(
                    name="0",
                    path=f"{root}0/",
                    attributes=stream,
                    nodes=[
                        aedat.DescriptionNode(
                            name="info", path=f"{root}0/info/", attributes=info, nodes=[]
                        )
                    ],
                )
            ],
        )
    ]
