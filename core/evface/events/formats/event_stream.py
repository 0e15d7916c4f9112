"""Event Stream files (.es), version 2.

References
----------
"Event Stream", github.com/neuromorphic-paris/event_stream. An event is a byte with the time since
the event before it and then its column and row, little-endian; some values of that byte let only
time pass. Rows are counted from below.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from evface.events.decoding import Decoder, Piece

_HEADER = 20
_PIECE_BYTES = 4 << 20
_EVENT_BYTES = 5
_DVS, _ATIS = 1, 2
_KINDS = {0: "generic", 3: "display", 4: "colour"}


class EventStreamDecoder(Decoder):
    """Decodes DVS events and the threshold crossings of ATIS events.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    EventFileError
        If it is of another version, or of a kind without on and off.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with self.path.open("rb") as file:
            header = file.read(_HEADER)
        if len(header) < _HEADER:
            raise self.fail("was cut off in its header; copy it again")
        version = ".".join(map(str, header[12:15]))
        if header[12] != 2:
            raise self.fail(f"is Event Stream {version}, and only version 2 can be read")
        self._kind = header[15]
        if self._kind not in (_DVS, _ATIS):
            kind = _KINDS.get(self._kind, f"unknown ({self._kind})")
            raise self.fail(f"is an Event Stream of {kind} events, which are neither on nor off")
        self.format = f"Event Stream {version} ({'DVS' if self._kind == _DVS else 'ATIS'})"
        width, height = np.frombuffer(header[16:20], "<u2").tolist()
        if not width or not height:
            raise self.fail("states an empty sensor; its header is damaged")
        self.resolution = self._size = (width, height)
        self._n_exposures = 0

    def pieces(self) -> Iterator[Piece]:
        """Decode the file."""
        decode: Any = _decode_dvs if self._kind == _DVS else _decode_atis
        n_bytes = max(self.path.stat().st_size, 1)
        n_done, t_us, rest = _HEADER, 0, b""
        with self.path.open("rb") as file:
            file.seek(_HEADER)
            while block := file.read(_PIECE_BYTES):
                data = np.frombuffer(rest + block, np.uint8)
                capacity = len(data) // _EVENT_BYTES + 1
                t = np.empty(capacity, np.int64)
                x, y = np.empty(capacity, np.int32), np.empty(capacity, np.int32)
                p = np.empty(capacity, np.bool_)
                n, n_used, t_us, n_exposures, n_damaged = decode(
                    data, *self._size, t_us, t, x, y, p
                )
                self._n_exposures += n_exposures
                self.n_damaged += n_damaged
                rest = data[n_used:].tobytes()
                n_done += len(block)
                rows: NDArray[np.int32] = self._size[1] - 1 - y[:n]
                yield Piece(t[:n], x[:n], rows, p[:n], n_done / n_bytes)
        self.n_cut_bytes = len(rest)
        if self._n_exposures:
            self.warnings.append(
                f"{self._n_exposures:,} exposure measurements of the ATIS are left out"
            )


@njit(cache=True, nogil=True)
def _decode_dvs(data, width, height, t_us, t, x, y, p):  # type: ignore[no-untyped-def]
    """Decode whole events.

    Where one lies outside the sensor the beginning of events was lost, and is looked for byte by
    byte. Returns the number of events, the bytes used, the time then, the exposure measurements
    (none) and how often the beginning was lost.
    """
    n = at = n_damaged = 0
    is_lost = False
    while at < len(data):
        first = data[at]
        if first == 0xFE:  # A reset, to find the beginning of an event after damage.
            at += 1
        elif first == 0xFF:
            t_us += 127
            at += 1
        elif at + 5 <= len(data):
            column = np.int32(data[at + 1]) | np.int32(data[at + 2]) << 8
            row = np.int32(data[at + 3]) | np.int32(data[at + 4]) << 8
            if column >= width or row >= height:
                n_damaged += not is_lost
                is_lost = True
                at += 1
                continue
            is_lost = False
            t_us += first >> 1
            t[n], x[n], y[n], p[n] = t_us, column, row, first & 1
            n += 1
            at += 5
        else:
            break
    return n, at, t_us, 0, n_damaged


@njit(cache=True, nogil=True)
def _decode_atis(data, width, height, t_us, t, x, y, p):  # type: ignore[no-untyped-def]
    """Decode as `_decode_dvs`; exposure measurements are passed over and counted."""
    n = at = n_exposures = n_damaged = 0
    is_lost = False
    while at < len(data):
        first = data[at]
        if first & 0xFC == 0xFC:
            t_us += 63 * (first & 3)
            at += 1
        elif at + 5 <= len(data):
            column = np.int32(data[at + 1]) | np.int32(data[at + 2]) << 8
            row = np.int32(data[at + 3]) | np.int32(data[at + 4]) << 8
            if column >= width or row >= height:
                n_damaged += not is_lost
                is_lost = True
                at += 1
                continue
            is_lost = False
            t_us += first >> 2
            if first & 1:
                n_exposures += 1
            else:
                t[n], x[n], y[n], p[n] = t_us, column, row, first & 2 != 0
                n += 1
            at += 5
        else:
            break
    return n, at, t_us, n_exposures, n_damaged
