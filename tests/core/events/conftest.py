"""Encoders of RAW words, written from the formats' descriptions and apart from the decoders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from evface.events.events import Events
from evface.events.sources import EventSource, open_events

Rows = Sequence[tuple[int, int, int, int]]


def to_events(rows: Rows) -> Events:
    """Return events of rows ``(t, x, y, p)``."""
    table = np.array(rows, np.int64).reshape(-1, 4)
    return Events(
        table[:, 0].copy(),
        table[:, 1].astype(np.uint16),
        table[:, 2].astype(np.uint16),
        table[:, 3] > 0,
    )


def evt2_words(rows: Rows) -> list[int]:
    """Encode rows in time order; every 64 us get their TIME_HIGH, as sensors send them."""
    words: list[int] = []
    high = None
    for t, x, y, p in rows:
        if t >> 6 != high:
            # Long pauses are stated about every second.
            while high is not None and (t >> 6) - high > 1000:
                high += 1000
                words.append(8 << 28 | high & 0xFFFFFFF)
            high = t >> 6
            words.append(8 << 28 | high & 0xFFFFFFF)
        words.append((1 if p else 0) << 28 | (t & 63) << 22 | x << 11 | y)
    return words


def evt3_words(rows: Rows, *, vectors: bool = True) -> list[int]:
    """Encode rows in time order; every 4096 us get their TIME_HIGH, as sensors send them.

    With `vectors`, neighbours of one row, time and polarity go into VECT_12, VECT_12, VECT_8.
    """
    words: list[int] = []
    high = low = row = None
    i = 0
    while i < len(rows):
        t, x, y, p = rows[i]
        if t >> 12 != high:
            first = t >> 12 if high is None else high + 1
            words += [8 << 12 | step & 0xFFF for step in range(first, (t >> 12) + 1)]
            high, low = t >> 12, None
        if t & 0xFFF != low:
            low = t & 0xFFF
            words.append(6 << 12 | low)
        if y != row:
            row = y
            words.append(y)
        last = i
        while (
            vectors
            and last + 1 < len(rows)
            and (rows[last + 1][0], *rows[last + 1][2:]) == (t, y, p)
            and rows[last][1] < rows[last + 1][1] < x + 32
        ):
            last += 1
        if last == i:
            words.append(2 << 12 | p << 11 | x)
        else:
            mask = sum(1 << (rows[k][1] - x) for k in range(i, last + 1))
            words += [
                3 << 12 | p << 11 | x,
                4 << 12 | mask & 0xFFF,
                4 << 12 | mask >> 12 & 0xFFF,
                5 << 12 | mask >> 24,
            ]
        i = last + 1
    return words


def evt21_words(rows: Rows, *, is_legacy: bool = False) -> list[int]:
    """Encode rows in time order; neighbours of one row, time and polarity share a word.

    The EVT2 half of a word is the upper one, in the legacy order the lower one.
    """
    words: list[int] = []
    high = None
    i = 0
    while i < len(rows):
        t, x, y, p = rows[i]
        if t >> 6 != high:
            high = t >> 6
            words.append((8 << 28 | high & 0xFFFFFFF) << 32)
        # Sensors begin vectors at multiples of 32; what lies in one is in order.
        column = x // 32 * 32
        mask = 1 << (x - column)
        while (
            i + 1 < len(rows)
            and (rows[i + 1][0], *rows[i + 1][2:]) == (t, y, p)
            and rows[i][1] < rows[i + 1][1] < column + 32
        ):
            i += 1
            mask |= 1 << (rows[i][1] - column)
        words.append((p << 28 | (t & 63) << 22 | column << 11 | y) << 32 | mask)
        i += 1
    if is_legacy:
        words = [word >> 32 | (word & 0xFFFFFFFF) << 32 for word in words]
    return words


def dat_words(rows: Rows, *, x_bits: int = 14, y_bits: int = 14) -> list[int]:
    """Encode rows as records of DAT, whose times are counted modulo 2**32 us."""
    return [
        (p << (x_bits + y_bits) | y << x_bits | x) << 32 | t & 0xFFFFFFFF for t, x, y, p in rows
    ]


_HEADER = {
    "EVT2": "% evt 2.0\n% format EVT2;height={1};width={0}\n% end\n",
    "EVT2.1 little": "% format EVT21;endianness=little;height={1};width={0}\n% end\n",
    "EVT2.1 legacy": "% format EVT21;height={1};width={0};endianness=legacy\n% end\n",
    "EVT3": "% evt 3.0\n% format EVT3;height={1};width={0}\n% end\n",
    "DAT v1": (
        "% Data file containing Event2D events.\n% Version 1\n% Width {0}\n% Height {1}\n\0\b"
    ),
    "DAT v2": ("% Data file containing CD events\n% Version 2\n% Width {0}\n% Height {1}\n\f\b"),
}
_WORDS = {
    "EVT2": (evt2_words, "<u4"),
    "EVT2.1 little": (evt21_words, "<u8"),
    "EVT2.1 legacy": (partial(evt21_words, is_legacy=True), "<u8"),
    "EVT3": (evt3_words, "<u2"),
    "DAT v1": (partial(dat_words, x_bits=9, y_bits=8), "<u8"),
    "DAT v2": (dat_words, "<u8"),
}


@pytest.fixture(scope="session")
def raw_bytes() -> Callable[..., tuple[bytes, bytes, int]]:
    """Return a function that encodes rows: header, words as bytes, and the size of a word."""

    def encode(
        encoding: str, rows: Rows, *, resolution: tuple[int, int] = (1280, 720)
    ) -> tuple[bytes, bytes, int]:
        words, kind = _WORDS[encoding]
        body = np.array(words(rows), kind)
        return _HEADER[encoding].format(*resolution).encode(), body.tobytes(), body.itemsize

    return encode


@pytest.fixture
def write_raw(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes words or rows as a RAW or DAT file and returns its path."""

    def write(
        encoding: str,
        words: Sequence[int] | None = None,
        *,
        rows: Rows | None = None,
        header: str | None = None,
        name: str = "events.raw",
        resolution: tuple[int, int] = (1280, 720),
        tail: bytes = b"",
    ) -> Path:
        encode, kind = _WORDS[encoding]
        if words is None:
            words = encode(rows or [])
        text = _HEADER[encoding].format(*resolution) if header is None else header
        path = tmp_path / name
        path.write_bytes(text.encode() + np.array(words, kind).tobytes() + tail)
        return path

    return write


@pytest.fixture
def make_rows() -> Callable[..., list[tuple[int, int, int, int]]]:
    """Return a function that makes events of a moving edge: runs of neighbours and lone ones."""

    def make(
        n: int, *, duration_us: int, seed: int = 0, resolution: tuple[int, int] = (1280, 720)
    ) -> list[tuple[int, int, int, int]]:
        rng = np.random.default_rng(seed)
        rows = []
        for t in np.sort(rng.integers(0, duration_us, n)):
            x, y = (int(rng.integers(0, size)) for size in resolution)
            length = int(rng.integers(1, 30)) if rng.random() < 0.3 else 1
            p = int(rng.integers(0, 2))
            rows += [
                (int(t), x + k, y, p)
                for k in range(length)
                if x + k < resolution[0] and (k == 0 or rng.random() < 0.5)
            ]
        kept = np.sort(rng.choice(len(rows), n, replace=False))
        return [rows[k] for k in kept]

    return make


@pytest.fixture
def assert_same() -> Callable[[Events, Events], None]:
    """Return a function that asserts that two batches are equal in every column."""

    def check(found: Events, expected: Events) -> None:
        for name in "txyp":
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)

    return check


@pytest.fixture
def opened() -> Iterator[Callable[[Path], EventSource]]:
    """Return `open_events`, whose sources are closed after the test."""
    with ExitStack() as stack:
        yield lambda path: stack.enter_context(closing(open_events(path)))
