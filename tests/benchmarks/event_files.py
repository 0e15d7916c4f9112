"""Event files made for measuring: edges that sweep over a 1280 x 720 sensor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.writers import WRITABLE_FORMATS

RESOLUTION = (1280, 720)
_BATCH = 1 << 20
_PER_GROUP_DENSE, _PER_GROUP_SINGLE = 8.5, 2.5


def write_evt3(path: Path, rate: float, seconds: float, *, is_dense: bool) -> None:
    """Write an EVT3 file, half of it in vectors as a dense scene gives them, or single events.

    Single events come by one to four of a row, as in the recordings of sparse scenes.
    """
    rng = np.random.default_rng(0)
    n = int(rate * seconds / (_PER_GROUP_DENSE if is_dense else _PER_GROUP_SINGLE))
    t = np.sort(rng.integers(0, int(seconds * 1e6), n))
    is_vector = rng.random(n) < (0.5 if is_dense else 0.0)
    n_single = np.full(n, 6) if is_dense else rng.integers(1, 5, n)
    centre = 640 + 500 * np.sin(t / 5e4)
    x = np.clip(centre + rng.normal(0, 60, n), 0, 1247).astype(np.int64)
    y = rng.integers(0, RESOLUTION[1], n)
    p = (rng.random(n) < 0.5).astype(np.int64)
    # Columns: time high, time low, row, base or first single event, then masks or single events.
    words = np.zeros((n, 12), np.uint16)
    keep = np.zeros(words.shape, bool)
    words[:, 0], words[:, 1] = 0x8000 | (t >> 12) & 0xFFF, 0x6000 | t & 0xFFF
    keep[:, 0] = np.diff(t >> 12, prepend=-1) != 0
    keep[:, 1] = np.diff(t, prepend=-1) != 0
    words[:, 2], keep[:, 2] = y, True
    words[:, 3] = np.where(is_vector, 0x3000, 0x2000) | p << 11 | x
    keep[:, 3] = True
    masks = rng.integers(1, 4096, (n, 2)) & rng.integers(1, 4096, (n, 2)) | 1
    words[:, 4:6] = 0x4000 | masks
    words[:, 6] = 0x5000 | rng.integers(1, 256, n)
    keep[:, 4:7] = is_vector[:, None]
    for column in range(7, 12):
        words[:, column] = 0x2000 | p << 11 | x + 2 * (column - 6)
        keep[:, column] = ~is_vector & (n_single > column - 6)
    header = b"% evt 3.0\n% format EVT3;height=720;width=1280\n% end\n"
    path.write_bytes(header + words[keep].astype("<u2").tobytes())


def write_evt2(path: Path, events: Events) -> None:
    """Write RAW EVT2."""
    header = b"% evt 2.0\n% format EVT2;height=720;width=1280\n% end\n"
    words = events.p.astype(np.uint32) << 28 | (events.t & 63).astype(np.uint32) << 22
    words |= events.x.astype(np.uint32) << 11 | events.y
    path.write_bytes(header + _with_times(words, 8 << 28 | events.t >> 6).tobytes())


def write_evt21(path: Path, events: Events) -> None:
    """Write RAW EVT2.1, a word for each event: the upper half as in EVT2, below a bit of 32."""
    header = b"% evt 2.1\n% format EVT21;endianness=little;height=720;width=1280\n% end\n"
    upper = events.p.astype(np.uint64) << 28 | (events.t & 63).astype(np.uint64) << 22
    upper |= (events.x.astype(np.uint64) & ~np.uint64(31)) << 11 | events.y
    words = upper << 32 | np.uint64(1) << (events.x.astype(np.uint64) & 31)
    path.write_bytes(header + _with_times(words, (8 << 28 | events.t >> 6) << 32).tobytes())


def write_dat(path: Path, events: Events) -> None:
    """Write DAT of version 2."""
    header = b"% Data file containing CD events.\n% Version 2\n% Height 720\n% Width 1280\n"
    records = events.t.astype(np.uint64) | events.x.astype(np.uint64) << 32
    records |= events.y.astype(np.uint64) << 46 | events.p.astype(np.uint64) << 60
    path.write_bytes(header + b"\x0c\x08" + records.astype("<u8").tobytes())


def write_as(name: str) -> Callable[[Path, Events], None]:
    """Return a function that writes by one of evface's writers."""
    (kind,) = (kind for kind in WRITABLE_FORMATS if kind.name == name)

    def write(path: Path, events: Events) -> None:
        with kind.open(path, resolution=RESOLUTION) as writer:
            for begin in range(0, len(events), _BATCH):
                part = slice(begin, begin + _BATCH)
                writer.append(Events(*(getattr(events, column)[part] for column in "txyp")))

    return write


def _with_times(
    words: NDArray[np.unsignedinteger], statements: NDArray[np.int64]
) -> NDArray[np.unsignedinteger]:
    """Put a statement of the upper time before each word that is the first to have it."""
    is_new = np.diff(statements, prepend=-1) != 0
    out = np.empty((len(words), 2), words.dtype)
    out[:, 0], out[:, 1] = statements.astype(words.dtype), words
    return out[np.column_stack((is_new, np.ones(len(words), bool)))]
