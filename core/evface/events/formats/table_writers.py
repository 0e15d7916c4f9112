"""Writing events as tables: text with a header, and NumPy archives."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.formats.event_writer import EventFileWriter
from evface.events.triggers import Triggers

_LINES = 1 << 16
_COPY_BYTES = 1 << 20
_COLUMNS = {"t": "<i8", "x": "<u2", "y": "<u2", "p": "|b1"}


class CsvEventWriter(EventFileWriter):
    """Writes a line an event under the header ``t_us,x,y,p``; see `EventFileWriter`.

    Triggers, metadata and the sensor have no place in it.

    Parameters
    ----------
    path, resolution
        As for `EventFileWriter`.
    metadata
        Left out.
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
            self._file = self._temporary.open("w", encoding="ascii", newline="\n")
            self._file.write("t_us,x,y,p\n")
        except OSError as error:
            raise self._failure(error) from error

    def _write(self, events: Events) -> None:
        for first in range(0, len(events), _LINES):
            part = slice(first, first + _LINES)
            columns = (events.t, events.x, events.y, events.p.view(np.uint8))
            rows = zip(*(column[part].tolist() for column in columns), strict=True)
            self._file.writelines(f"{t},{x},{y},{p}\n" for t, x, y, p in rows)

    def _write_triggers(self, triggers: Triggers) -> None:
        """Leave them out."""

    def _finish(self) -> None:
        self._file.close()

    def _release(self) -> None:
        if hasattr(self, "_file"):
            self._file.close()


class NpzEventWriter(EventFileWriter):
    """Writes the arrays t (int64), x, y (uint16), p (bool), `resolution` and `time_unit`.

    The length of an array stands before it, so columns wait in unnamed files until it is known.

    Parameters
    ----------
    path, resolution
        As for `EventFileWriter`.
    metadata
        Left out.
    """

    def __init__(
        self,
        path: Path,
        *,
        resolution: tuple[int, int],
        metadata: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> None:
        super().__init__(path, resolution=resolution)
        self._n_written = 0
        self._columns: dict[str, IO[bytes]] = {}
        try:
            self._temporary.touch()
            for name in _COLUMNS:
                # Beside the file, where there must be room for it anyway.
                self._columns[name] = tempfile.TemporaryFile(  # noqa: SIM115  closed by _release
                    dir=self._path.parent
                )
        except OSError as error:
            raise self._failure(error) from error

    def _write(self, events: Events) -> None:
        for name, dtype in _COLUMNS.items():
            column: NDArray[Any] = getattr(events, name).astype(dtype, copy=False)
            self._columns[name].write(np.ascontiguousarray(column).data)
        self._n_written += len(events)

    def _write_triggers(self, triggers: Triggers) -> None:
        """Leave them out."""

    def _finish(self) -> None:
        with zipfile.ZipFile(
            self._temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1
        ) as archive:
            for name, dtype in _COLUMNS.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    header = {"descr": dtype, "fortran_order": False, "shape": (self._n_written,)}
                    npy.write_array_header_1_0(member, header)
                    self._columns[name].seek(0)
                    shutil.copyfileobj(self._columns[name], member, _COPY_BYTES)
            for name, value in (("resolution", self._resolution), ("time_unit", "us")):
                with archive.open(f"{name}.npy", "w") as member:
                    npy.write_array(member, np.array(value), allow_pickle=False)
        self._release()

    def _release(self) -> None:
        for file in self._columns.values():
            file.close()
