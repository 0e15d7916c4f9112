"""Encoders of AEDAT, Event Stream and N-MNIST, written from the formats' descriptions."""

from __future__ import annotations

import struct

import lz4.frame
import numpy as np
import zstandard


def rows_at_random(n, *, seed=0, resolution=(64, 48), step_us=400):
    """Rows ``(t, x, y, p)`` in order of time."""
    rng = np.random.default_rng(seed)
    t = np.cumsum(rng.integers(0, step_us, n))
    x, y = (rng.integers(0, size, n) for size in resolution)
    return np.stack([t, x, y, rng.integers(0, 2, n)], axis=1)


def event_stream(rows, *, kind=1, resolution=(64, 48), version=(2, 0, 0)):
    """Encode an Event Stream file: kind 1 is DVS, 2 is ATIS with an exposure now and then."""
    width, height = resolution
    data = bytearray(b"Event Stream" + bytes([*version, kind]))
    data += struct.pack("<HH", width, height)
    last = 0
    most = 127 if kind == 1 else 63
    for k, (t, x, y, p) in enumerate(rows.tolist()):
        n_over, left = divmod(t - last, most)
        last = t
        if kind == 1:
            data += b"\xff" * n_over + bytes([left << 1 | p])
        else:
            while n_over:
                data.append(0xFC | min(n_over, 3))
                n_over -= min(n_over, 3)
            data.append(left << 2 | p << 1)
        data += struct.pack("<HH", x, height - 1 - y)
        if kind == 2 and k % 50 == 0:
            data += bytes([0b01]) + struct.pack("<HH", x, height - 1 - y)
        if k % 100 == 0 and kind == 1:
            data += b"\xfe" * 5
    return bytes(data)


def aedat2(rows, *, camera="DAVIS240C", resolution=(240, 180), triggers=(), first_t=0):
    """Encode AEDAT 2.0, with a sample of a picture after every tenth event."""
    width, height = resolution
    data = bytearray(f"#!AER-DAT2.0\r\n# AEChip: eu.chips.{camera}\r\n".encode())
    words = []
    for t, x, y, p in rows.tolist():
        column, row = width - 1 - x, height - 1 - y
        if camera == "DVS128":
            words.append((t, row << 8 | column << 1 | 1 - p))
        else:
            words.append((t, row << 22 | column << 12 | p << 11))
            if len(words) % 10 == 0:
                words.append((t, 1 << 31 | 5 << 22 | 5 << 12 | 512))
    words += [(t, 0x400 | (3 if is_rising else 2)) for t, is_rising in triggers]
    words.sort(key=lambda word: word[0])
    for t, address in words:
        data += struct.pack(">II", address, (t + first_t) & 0xFFFFFFFF)
    return bytes(data)


def aedat31(rows, *, camera="DAVIS240C", triggers=(), frames=(), n_motion=0, per_packet=50):
    """Encode AEDAT 3.1; `frames` are ``(begin_us, end_us, (height, width) uint16)``."""
    data = bytearray(
        f"#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: {camera}\r\n#!END-HEADER\r\n".encode()
    )

    def packet(kind, size, offset, overflows, n, body):
        return struct.pack("<hhiiiiii", kind, 1, size, offset, overflows, n, n, n) + body

    for first in range(0, len(rows), per_packet):
        part = rows[first : first + per_packet]
        for overflows in np.unique(part[:, 0] >> 31):
            body = b"".join(
                struct.pack("<II", x << 17 | y << 2 | p << 1 | 1, t & 0x7FFFFFFF)
                for t, x, y, p in part[part[:, 0] >> 31 == overflows].tolist()
            )
            data += packet(1, 8, 4, int(overflows), len(body) // 8, body)
    if triggers:
        body = b"".join(
            struct.pack("<II", (2 if is_rising else 3) << 1 | 1, t) for t, is_rising in triggers
        )
        data += packet(0, 8, 4, 0, len(triggers), body)
    if n_motion:
        data += packet(3, 36, 4, 0, n_motion, bytes(36 * n_motion))
    for begin, end, image in frames:
        height, width = image.shape
        body = struct.pack("<I8i", 1 | 1 << 1, begin, end, begin, end, width, height, 0, 0)
        body += image.astype("<u2").tobytes()
        data += packet(2, len(body), 12, 0, 1, body)
    return bytes(data)


def _buffer(kind, fields, tail=b""):
    """A FlatBuffer with one table: fields are ``(number, form, value)``, or an offset as None."""
    n_fields = max((number for number, _, _ in fields), default=-1) + 1
    vtable_bytes = 4 + 2 * n_fields
    body, places = bytearray(4), {}
    for number, form, value in fields:
        body += b"\0" * (-len(body) % struct.calcsize(form))
        places[number] = (len(body), form, value)
        body += struct.pack(form, value if value is not None else 0)
    body += b"\0" * (-len(body) % 4)
    vtable_at = 8
    table_at = vtable_at + vtable_bytes + (-(vtable_at + vtable_bytes) % 8)
    tail_at = table_at + len(body)
    # Vectors of longs begin after their length.
    tail_at += -(tail_at + 4) % 8
    struct.pack_into("<i", body, 0, table_at - vtable_at)
    for place, form, value in places.values():
        if value is None:
            struct.pack_into(form, body, place, tail_at - table_at - place)
    vtable = struct.pack("<HH", vtable_bytes, len(body))
    for number in range(n_fields):
        vtable += struct.pack("<H", places[number][0] if number in places else 0)
    data = struct.pack("<I", table_at) + kind + vtable
    data = data.ljust(table_at, b"\0") + bytes(body)
    data = data.ljust(tail_at, b"\0") + tail
    return struct.pack("<I", len(data)) + data


def events_buffer(rows):
    body = b"".join(struct.pack("<qhhB3x", *row) for row in rows.tolist())
    return _buffer(b"EVTS", [(0, "<I", None)], struct.pack("<I", len(rows)) + body)


def frame_buffer(t, begin, end, image):
    height, width = image.shape
    fields = [
        (0, "<q", t), (3, "<q", begin), (4, "<q", end), (6, "<h", width), (7, "<h", height),
        (10, "<I", None),
    ]  # fmt: skip
    return _buffer(b"FRME", fields, struct.pack("<I", image.size) + image.tobytes())


def motion_buffer():
    return _buffer(b"IMUS", [(0, "<I", None)], struct.pack("<I", 0))


def triggers_buffer(triggers):
    """Tables of one time and one kind each, behind a vector of offsets."""
    n = len(triggers)
    tables, vtable = b"", struct.pack("<HHHH", 8, 16, 4, 12)
    # Each table of 16 bytes follows its vtable of 8: back by 8, time at 4, kind at 12.
    for t, kind in triggers:
        tables += vtable + struct.pack("<iqb3x", 8, t, kind)
    offsets = b"".join(struct.pack("<I", 4 * (n - k) + 24 * k + 8) for k in range(n))
    return _buffer(b"TRIG", [(0, "<I", None)], struct.pack("<I", n) + offsets + tables)


def aedat4(parts, *, compression="lz4", resolution=(64, 48), with_table=True):
    """Encode AEDAT4 of ``(stream, buffer)``."""
    number = {"none": 0, "lz4": 1, "zstd": 3}[compression]
    width, height = resolution
    words = (
        '<dv version="2.0"><node name="0"><attr key="typeIdentifier" type="string">EVTS</attr>'
        f'<attr key="sizeX" type="int">{width}</attr><attr key="sizeY" type="int">{height}</attr>'
        '<attr key="source" type="string">DAVIS346_1</attr></node></dv>'
    ).encode()
    pack = {
        "none": bytes,
        "lz4": lz4.frame.compress,
        "zstd": zstandard.ZstdCompressor().compress,
    }[compression]
    body = bytearray()
    for stream, buffer in parts:
        packed = pack(buffer)
        body += struct.pack("<ii", stream, len(packed)) + packed
    line = b"#!AER-DAT4.0\r\n"

    def header(end):
        fields = [(0, "<i", number), (1, "<q", end), (2, "<I", None)]
        return _buffer(b"IOHE", fields, struct.pack("<I", len(words)) + words + b"\0")

    n_head = len(line) + len(header(0))
    end = n_head + len(body) if with_table else -1
    table = pack(_buffer(b"FTAB", [])) if with_table else b""
    return line + header(end) + bytes(body) + table


def aedat4_events(rows, *, per_packet=100, **options):
    parts = [
        (0, events_buffer(rows[first : first + per_packet]))
        for first in range(0, len(rows), per_packet)
    ]
    return aedat4(parts, **options)


def nmnist(rows):
    return b"".join(
        bytes([x, y, p << 7 | t >> 16 & 0x7F, t >> 8 & 0xFF, t & 0xFF])
        for t, x, y, p in rows.tolist()
    )
