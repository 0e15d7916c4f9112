"""Reading FlatBuffers tables out of bytes that may be damaged.

References
----------
"FlatBuffers internals", flatbuffers.dev: a table begins with the distance back to its vtable, which
holds the place of each field in the table, 0 for one that is not there.
"""

from __future__ import annotations

import struct

_PREFIX = 4


class FlatTable:
    """A table, or a place in one. Whatever lies outside the bytes raises a ValueError."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at
        self._vtable = at - _unpack("<i", data, at)
        self._vtable_bytes = _unpack("<H", data, self._vtable)

    @classmethod
    def root(cls, data: bytes) -> FlatTable:
        """Return the table of a buffer that begins with its size."""
        return cls(data, _PREFIX + _unpack("<I", data, _PREFIX))

    def place(self, number: int) -> int | None:
        """Return where a field lies; None where it has its default."""
        entry = 4 + 2 * number
        if entry + 2 > self._vtable_bytes:
            return None
        offset = _unpack("<H", self._data, self._vtable + entry)
        return self._at + offset if offset else None

    def number(self, number: int, form: str, default: int = 0) -> int:
        """Return a field with a number, such as ``"<q"``."""
        at = self.place(number)
        return default if at is None else _unpack(form, self._data, at)

    def vector(self, number: int) -> tuple[int, int]:
        """Return where the elements of a vector lie and how many they are to be."""
        at = self.place(number)
        if at is None:
            return 0, 0
        at += _unpack("<I", self._data, at)
        return at + 4, _unpack("<I", self._data, at)

    def text(self, number: int) -> str:
        """Return a field with text."""
        at, n = self.vector(number)
        return self._data[at : at + n].decode("utf-8", errors="replace")

    def table_at(self, at: int) -> FlatTable:
        """Return the table that an offset at `at` leads to."""
        return FlatTable(self._data, at + _unpack("<I", self._data, at))


def _unpack(form: str, data: bytes, at: int) -> int:
    if at < 0 or at + struct.calcsize(form) > len(data):
        raise ValueError("an offset leads out of the data")
    value: int = struct.unpack_from(form, data, at)[0]
    return value
