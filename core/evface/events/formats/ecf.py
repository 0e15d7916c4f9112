"""Decoder for the chunks of Prophesee's HDF5 files, compressed with their Event Compression Format.

A chunk is, one after the other and without padding, all little endian:

- four bytes: the number of events times four, plus two if rows, columns and polarities are packed
  together, plus one if columns and polarities are;
- eight bytes: the time that the times count from, us;
- the times, a byte for each run of events: its upper four bits are the time since the run before
  and its lower four the length; a length of 15 is followed by two bytes with the true one. Upper
  bits of 15 mean no run: the lower four are then part of a longer pause, lowest part first;
- packed together: four events in three 32-bit words, each event with 11 bits for its row, 12 for
  its column and one for its polarity. The first event is in the upper 24 bits of the first word,
  the fourth in the lower 24 of the last. The lower bits of the second are in what is left of the
  first word and its upper ones in the upper half of the second; the lower bits of the third are in
  the lower half of the second word and its upper ones in what is left of the third;
- otherwise the rows, two bytes for each run: the row, and in the lower five bits the length; a
  length of 31 is followed by two bytes with the true one. Then either the columns and polarities
  packed as above, 12 bits for each event, in 16-bit words; or the columns, each in the upper 11
  bits of two bytes whose lower five say which of the next five columns, the nearest in the highest
  bit, have the next events, and after them the polarities, a byte for each run: the polarity in the
  highest bit, and the length; a length of 127 is followed by two bytes with the true one.

References
----------
Prophesee, "HDF5 event file format" and the description in ``hdf5_ecf``.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# The number of HDF5's filter, and the most events that it puts into a chunk.
ECF_FILTER = 0x8ECF
MAX_CHUNK_EVENTS = 65535
# No chunk is larger: header, and for each event at most a run of each column and of the time, and
# its pause.
MAX_CHUNK_BYTES = 12 + MAX_CHUNK_EVENTS * (3 + 16 + 4 + 2 + 3)

# A pause has so many parts of four bits at most, and no time is beyond this.
_MAX_PAUSE_BITS = 56
_MAX_TIME_US = 1 << 60


@njit(cache=True, nogil=True)
def decode_ecf(data, t, x, y, p):  # type: ignore[no-untyped-def]
    """Decode a chunk.

    Parameters
    ----------
    data : (m,) uint8
        The chunk. Any bytes may be given.
    t : (n,) int64, us
    x, y : (n,) uint16
    p : (n,) bool
        Take the events.

    Returns
    -------
    int
        Number of events; -1 where the bytes are no chunk, or one of more than n events.
    """
    if data.size < 4:
        return -1
    info = np.int64(data[0]) | data[1] << 8 | data[2] << 16 | data[3] << 24
    n = info >> 2
    if n == 0:
        return 0
    if n > t.size or data.size < 12:
        return -1
    at = _decode_times(data, n, t)
    if at < 0:
        return -1
    if info & 2:
        at = _decode_packed(data, at, n, x, y, p)
    else:
        at = _decode_rows(data, at, n, y)
        if at < 0:
            return -1
        if info & 1:
            at = _decode_packed_columns(data, at, n, x, p)
        else:
            at = _decode_columns(data, at, n, x)
            if at >= 0:
                at = _decode_polarities(data, at, n, p)
    # What is left over tells that something was misread.
    return n if at == data.size else -1


@njit(cache=True, nogil=True)
def _decode_times(data, n, t):  # type: ignore[no-untyped-def]
    now = np.int64(0)
    for k in range(8):
        now |= np.int64(data[4 + k]) << (8 * k)
    at, i = 12, np.int64(0)
    pause, bits = np.int64(0), 0
    while i < n:
        if at >= data.size:
            return -1
        token = data[np.uint64(at)]
        at += 1
        step, length = np.int64(token >> 4), np.int64(token & 15)
        if step == 15:
            if bits > _MAX_PAUSE_BITS:
                return -1
            pause |= length << bits
            bits += 4
            continue
        if bits:
            now += pause
            pause, bits = np.int64(0), 0
        now += step
        if not -_MAX_TIME_US < now < _MAX_TIME_US:
            return -1
        if length == 15:
            if at + 2 > data.size:
                return -1
            length = np.int64(data[at]) | np.int64(data[at + 1]) << 8
            at += 2
        if i + length > n:
            return -1
        for k in range(i, i + length):
            t[np.uint64(k)] = now
        i += length
    return at


@njit(cache=True, nogil=True)
def _decode_rows(data, at, n, y):  # type: ignore[no-untyped-def]
    i = np.int64(0)
    while i < n:
        if at + 2 > data.size:
            return -1
        token = np.int64(data[np.uint64(at)]) | np.int64(data[np.uint64(at + 1)]) << 8
        at += 2
        length = token & 31
        if length == 31:
            if at + 2 > data.size:
                return -1
            length = np.int64(data[at]) | np.int64(data[at + 1]) << 8
            at += 2
        if i + length > n:
            return -1
        for k in range(i, i + length):
            y[np.uint64(k)] = token >> 5
        i += length
    return at


@njit(cache=True, nogil=True)
def _decode_columns(data, at, n, x):  # type: ignore[no-untyped-def]
    i = np.int64(0)
    while i < n:
        if at + 2 > data.size:
            return -1
        token = np.int64(data[np.uint64(at)]) | np.int64(data[np.uint64(at + 1)]) << 8
        at += 2
        column = token >> 5
        x[np.uint64(i)] = column
        i += 1
        bit = 16
        # The last token may promise more than there is.
        while token & 31 and i < n:
            column += 1
            if token & bit:
                x[np.uint64(i)] = column
                i += 1
                token -= bit
            bit >>= 1
    return at


@njit(cache=True, nogil=True)
def _decode_polarities(data, at, n, p):  # type: ignore[no-untyped-def]
    i = np.int64(0)
    while i < n:
        if at >= data.size:
            return -1
        token = data[np.uint64(at)]
        at += 1
        length = np.int64(token & 127)
        if length == 127:
            if at + 2 > data.size:
                return -1
            length = np.int64(data[at]) | np.int64(data[at + 1]) << 8
            at += 2
        if i + length > n:
            return -1
        for k in range(i, i + length):
            p[np.uint64(k)] = token >> 7
        i += length
    return at


@njit(cache=True, nogil=True)
def _decode_packed_columns(data, at, n, x, p):  # type: ignore[no-untyped-def]
    n_groups = (n + 3) // 4
    if at + 6 * n_groups > data.size:
        return -1
    for group in range(n_groups):
        k = np.uint64(at + 6 * group)
        first = np.int64(data[k]) | np.int64(data[k + np.uint64(1)]) << 8
        second = np.int64(data[k + np.uint64(2)]) | np.int64(data[k + np.uint64(3)]) << 8
        third = np.int64(data[k + np.uint64(4)]) | np.int64(data[k + np.uint64(5)]) << 8
        i = 4 * group
        _put_column(first >> 4, i, n, x, p)
        _put_column(first & 0xF | second >> 8 << 4, i + 1, n, x, p)
        _put_column(second & 0xFF | third >> 12 << 8, i + 2, n, x, p)
        _put_column(third & 0xFFF, i + 3, n, x, p)
    return at + 6 * n_groups


@njit(cache=True, nogil=True)
def _decode_packed(data, at, n, x, y, p):  # type: ignore[no-untyped-def]
    n_groups = (n + 3) // 4
    if at + 12 * n_groups > data.size:
        return -1
    for group in range(n_groups):
        k = at + 12 * group
        first, second, third = _word(data, k), _word(data, k + 4), _word(data, k + 8)
        i = 4 * group
        _put(first >> 8, i, n, x, y, p)
        _put(first & 0xFF | second >> 16 << 8, i + 1, n, x, y, p)
        _put(second & 0xFFFF | third >> 24 << 16, i + 2, n, x, y, p)
        _put(third & 0xFFFFFF, i + 3, n, x, y, p)
    return at + 12 * n_groups


@njit(cache=True, nogil=True)
def _word(data, at):  # type: ignore[no-untyped-def]
    value = np.int64(0)
    for k in range(4):
        value |= np.int64(data[np.uint64(at + k)]) << (8 * k)
    return value


@njit(cache=True, nogil=True)
def _put_column(value, i, n, x, p):  # type: ignore[no-untyped-def]
    if i < n:
        x[np.uint64(i)] = value >> 1
        p[np.uint64(i)] = value & 1


@njit(cache=True, nogil=True)
def _put(value, i, n, x, y, p):  # type: ignore[no-untyped-def]
    if i < n:
        y[np.uint64(i)] = value >> 12 & 0x7FF
        x[np.uint64(i)] = value >> 1 & 0x7FF
        p[np.uint64(i)] = value & 1
