"""Tables of events as text: one event a line, with a header or without.

Fields may be separated by commas, semicolons, tabs or spaces. Lines that begin with ``#`` or ``%``
are comments; a comment or a first line may name the columns, and a first line of just two numbers
states the sensor, as in the files of the Robotics and Perception Group in Zurich.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numba import njit

from evface.events.decoding import Decoder, Piece
from evface.events.formats.columns import (
    Columns,
    columns_named,
    columns_told,
    parse_columns,
)

_BLOCK_BYTES = 4 << 20
_SAMPLE_BYTES = 1 << 18
_SAMPLE_LINES = 4000
# The shortest line: four digits and what separates them.
_LINE_BYTES = 8
_SEPARATORS = re.compile(r"[,;\t ]+")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_SIZE = re.compile(r"\W*(?:resolution|size)?\W*(\d+)\W+(\d+)\W*")
_WORDS = {"true": 1.0, "false": 0.0, "on": 1.0, "off": 0.0, "pos": 1.0, "neg": 0.0}


class TextDecoder(Decoder):
    """Decodes CSV and other tables of text.

    Parameters
    ----------
    path
        The file.
    columns
        What its columns are, such as ``"t,x,y,p"``; told by content where empty.

    Raises
    ------
    EventFileError
        If its columns cannot be told, or it is no table of events.
    """

    format = "text table"

    def __init__(self, path: Path, columns: str = "") -> None:
        super().__init__(path)
        with self.path.open("rb") as file:
            head = file.read(_SAMPLE_BYTES)
        if head.startswith(b"\xef\xbb\xbf"):
            head = head[3:]
        lines = head.decode("utf-8", errors="replace").splitlines()
        # The last line of the sample may be cut.
        lines = lines[: _SAMPLE_LINES if len(head) < _SAMPLE_BYTES else -1][:_SAMPLE_LINES]
        named: Columns | None = None
        rows: list[list[float]] = []
        for line in lines:
            bare = line.strip().lstrip("#%").strip()
            if not bare:
                continue
            if not rows and (size := self._stated_size(bare)):
                self.resolution = size
                continue
            row = None if line.lstrip().startswith(("#", "%")) else _row(bare)
            if row is not None:
                rows.append(row)
            elif not rows and named is None:
                named = columns_named(_names(bare))
        self._columns = self._choose(columns, named, rows)

    def pieces(self) -> Iterator[Piece]:
        """Decode the file."""
        n_bytes = max(self.path.stat().st_size, 1)
        n_done, rest, is_first = 0, b"", True
        with self.path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                n_done += len(block)
                data = rest + block
                end = data.rfind(b"\n") + 1
                # A line longer than any of a table is damage.
                if not end and len(data) > _BLOCK_BYTES:
                    end = len(data)
                rest = data[end:]
                yield self._parse(data[:end], n_done / n_bytes, is_first=is_first)
                is_first = is_first and not end
        if rest:
            n_before = self.n_damaged
            piece = self._parse(rest, 1.0, is_first=is_first)
            # A last line without an end was cut off, unless all of it is there.
            if self.n_damaged > n_before:
                self.n_damaged = n_before
                self.n_cut_bytes = len(rest)
            yield piece

    def _parse(self, data: bytes, fraction: float, *, is_first: bool) -> Piece:
        capacity = len(data) // _LINE_BYTES + 1
        t, p = np.empty(capacity, np.int64), np.empty(capacity, np.bool_)
        x, y = np.empty(capacity, np.int32), np.empty(capacity, np.int32)
        columns = self._columns
        wanted = np.array([columns.t, columns.x, columns.y, columns.p])
        n, n_bad = parse_rows(
            np.frombuffer(data, np.uint8), wanted, columns.unit or 0, t, x, y, p, is_first
        )
        self.n_damaged += n_bad
        return Piece(t[:n], x[:n], y[:n], p[:n], fraction)

    def _stated_size(self, line: str) -> tuple[int, int] | None:
        size = _SIZE.fullmatch(line)
        if size is None:
            return None
        width, height = int(size[1]), int(size[2])
        return (width, height) if 0 < width <= 4096 and 0 < height <= 4096 else None

    def _choose(self, stated: str, named: Columns | None, rows: list[list[float]]) -> Columns:
        if not rows:
            raise self.fail("is text, not a table of events")
        usual = max({len(row) for row in rows}, key=[len(row) for row in rows].count)
        sample = np.array([row for row in rows if len(row) == usual], np.float64)
        if stated:
            try:
                columns: Columns | None = parse_columns(stated)
            except ValueError as error:
                raise self.fail(str(error)) from error
        else:
            columns = named or columns_told(sample)
        if columns is None:
            raise self.fail(
                "is text whose columns are not told by it; if it is a table of events, "
                "convert it with evface convert --columns t,x,y,p"
            )
        if max(columns.t, columns.x, columns.y, columns.p) >= usual:
            raise self.fail(f"has {usual} columns a line, fewer than were named")
        columns, line = columns.with_unit(sample[:, columns.t])
        if line:
            self.warnings.append(line)
        if not stated and named is None:
            order = sorted("txyp", key=lambda role: getattr(columns, role))
            self.warnings.append(f"its columns are taken to be {', '.join(order)}")
        return columns


def _names(line: str) -> list[str]:
    separator = next((c for c in ",;\t" if c in line), None)
    return line.split(separator)


def _row(line: str) -> list[float] | None:
    """Return the numbers of a line; None where one of its fields is none."""
    fields = [field.strip("\"'") for field in _SEPARATORS.split(line) if field]
    row = []
    for field in fields:
        if field.lower() in _WORDS:
            row.append(_WORDS[field.lower()])
        elif _NUMBER.fullmatch(field):
            row.append(float(field))
        else:
            return None
    # A table of events has few columns; more numbers are something else.
    return row if 3 < len(row) <= 64 else None


@njit(cache=True, nogil=True)
def _field(data, at, end):  # type: ignore[no-untyped-def]
    """Read one field as ``mantissa * 10**exponent``; the mantissa has up to 18 digits.

    Returns where the field ends, its mantissa, its exponent and whether it is a number or a word
    that stands for one.
    """
    quote = data[at] == 34 or data[at] == 39
    if quote:
        at += 1
    mantissa, exponent, n_digits = np.int64(0), 0, 0
    is_negative = False
    if at < end and (data[at] == 45 or data[at] == 43):
        is_negative = data[at] == 45
        at += 1
    is_sound, has_point, begin = True, False, at
    while at < end:
        c = data[at]
        if 48 <= c <= 57:
            n_digits += 1
            if mantissa < 100_000_000_000_000_000:
                mantissa = mantissa * 10 + (np.int64(c) - 48)
                exponent -= has_point
            else:
                exponent += not has_point
        elif c == 46 and not has_point:
            has_point = True
        else:
            break
        at += 1
    if n_digits and at < end and (data[at] == 101 or data[at] == 69):
        at += 1
        sign = 1
        if at < end and (data[at] == 45 or data[at] == 43):
            sign = -1 if data[at] == 45 else 1
            at += 1
        power, n_powers = 0, 0
        while at < end and 48 <= data[at] <= 57:
            if power < 1000:
                power = power * 10 + int(data[at]) - 48
            n_powers += 1
            at += 1
        exponent += sign * power
        is_sound = n_powers > 0
    if not n_digits and at + 1 < end and at == begin:
        # true, on, pos and false, off, neg: told apart by their first two letters.
        first, second = data[at] | 32, data[at + 1] | 32
        is_true = (first == 116 and second == 114) or (first == 111 and second == 110)
        is_true = is_true or (first == 112 and second == 111)
        is_false = (first == 102 and second == 97) or (first == 111 and second == 102)
        is_false = is_false or (first == 110 and second == 101)
        is_sound = is_true or is_false
        mantissa = np.int64(is_true)
        while at < end and 97 <= data[at] | 32 <= 122:
            at += 1
    elif not n_digits:
        is_sound = False
    if quote and at < end and (data[at] == 34 or data[at] == 39):
        at += 1
    # Whatever else stands in the field makes it none.
    while at < end and data[at] != 44 and data[at] != 59 and data[at] != 32 and data[at] != 9:
        is_sound = False
        at += 1
    return at, -mantissa if is_negative else mantissa, exponent, is_sound


@njit(cache=True, nogil=True)
def _scaled(mantissa, exponent, most):  # type: ignore[no-untyped-def]
    """Return ``mantissa * 10**exponent`` rounded, and whether it is at most `most` in size."""
    if exponent > 18 and mantissa:
        return np.int64(0), False
    for _ in range(exponent):
        if abs(mantissa) > most:
            return np.int64(0), False
        mantissa *= 10
    if exponent < -18:
        return np.int64(0), True
    if exponent < 0:
        divisor = np.int64(1)
        for _ in range(-exponent):
            divisor *= 10
        half = divisor // 2
        mantissa = (
            (mantissa + half) // divisor if mantissa >= 0 else -((half - mantissa) // divisor)
        )
    return mantissa, abs(mantissa) <= most


@njit(cache=True, nogil=True)
def parse_rows(data, wanted, unit, t, x, y, p, is_first):  # type: ignore[no-untyped-def]
    """Parse lines; the arrays have room for one event in each eight bytes.

    Returns the number of events and of lines that are none. Comments and empty lines are neither,
    and nor is a header in the file's first lines.
    """
    n = n_bad = at = 0
    values, exponents = np.empty(4, np.int64), np.empty(4, np.int64)
    while at < len(data) and n < len(t):
        end = at
        while end < len(data) and data[end] != 10:
            end += 1
        stop = end
        while stop > at and (data[stop - 1] == 13 or data[stop - 1] == 32):
            stop -= 1
        begin, at = at, end + 1
        while begin < stop and (data[begin] == 32 or data[begin] == 9):
            begin += 1
        if begin == stop or data[begin] == 35 or data[begin] == 37:
            continue
        number, n_found, is_sound = 0, 0, True
        while begin < stop:
            c = data[begin]
            if c == 44 or c == 59 or c == 32 or c == 9:
                begin += 1
                continue
            begin, mantissa, exponent, is_number = _field(data, begin, stop)
            for k in range(4):
                if wanted[k] == number:
                    values[k], exponents[k] = mantissa, exponent
                    n_found += 1
                    is_sound = is_sound and is_number
            number += 1
        if is_sound and n_found == 4:
            time, is_time = _scaled(values[0], exponents[0] + unit, np.int64(1) << 58)
            column, is_column = _scaled(values[1], exponents[1], np.int64(1) << 20)
            row, is_row = _scaled(values[2], exponents[2], np.int64(1) << 20)
            if is_time and is_column and is_row:
                t[n], x[n], y[n], p[n] = time, column, row, values[3] > 0
                n += 1
                continue
        # Before the first event, lines may be a header.
        if n or not is_first:
            n_bad += 1
    return n, n_bad
