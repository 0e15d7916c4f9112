"""Prophesee's HDF5: their codec against a slow decoder and an encoder, reading, and writing."""

from __future__ import annotations

import shutil
import struct

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evface.errors import EventFileError
from evface.events.events import Events
from evface.events.formats.ecf import ECF_FILTER, decode_ecf
from evface.events.formats.prophesee_hdf5 import PropheseeHdf5Source
from evface.events.formats.prophesee_hdf5_writer import PropheseeHdf5Writer
from evface.events.formats.prophesee_layout import find_layout
from evface.events.triggers import Triggers

reuse = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
SAMPLE = "events/prophesee_ecf_1280x720_400ms.hdf5"
CD = np.dtype(
    {
        "names": ["x", "y", "p", "t"],
        "formats": ["<u2", "<u2", "<i2", "<i8"],
        "offsets": [0, 2, 4, 8],
        "itemsize": 16,
    }
)
steps = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 40), st.integers(0, 10**8)),
        st.integers(0, 1200),
        st.integers(0, 719),
        st.booleans(),
        st.integers(1, 60),
    ),
    min_size=1,
    max_size=30,
)


def runs(steps, begin_us=0):
    """Return rows (t, x, y, p) with runs of neighbours and of equal times."""
    rows, t = [], begin_us
    for step, x, y, p, length in steps:
        t += step
        rows += [(t, x + k, y, int(p)) for k in range(length)]
    return rows


def encode_ecf(rows, *, packing):
    """Encode a chunk by the description of the format; `packing` is 0, 1 or 2."""
    out = bytearray(struct.pack("<IQ", len(rows) << 2 | packing, rows[0][0]))

    def lengths(column):
        first = 0
        for k in range(1, len(column) + 1):
            if k == len(column) or column[k] != column[first]:
                yield column[first], k - first
                first = k

    now = rows[0][0]
    for t, n in lengths([row[0] for row in rows]):
        step = t - now
        if step >= 15:
            while step:
                out.append(0xF0 | step & 15)
                step >>= 4
        out += bytes([step << 4 | n]) if n < 15 else struct.pack("<BH", step << 4 | 15, n)
        now = t
    padded = [*rows, *[(0, 0, 0, 0)] * (-len(rows) % 4)]
    if packing == 2:
        for k in range(0, len(padded), 4):
            a, b, c, d = (y << 12 | x << 1 | p for _, x, y, p in padded[k : k + 4])
            out += struct.pack(
                "<III", a << 8 | b & 0xFF, b >> 8 << 16 | c & 0xFFFF, c >> 16 << 24 | d
            )
        return bytes(out)
    for y, n in lengths([row[2] for row in rows]):
        out += struct.pack("<H", y << 5 | n) if n < 31 else struct.pack("<HH", y << 5 | 31, n)
    if packing == 1:
        for k in range(0, len(padded), 4):
            a, b, c, d = (x << 1 | p for _, x, _, p in padded[k : k + 4])
            out += struct.pack("<HHH", a << 4 | b & 15, b >> 4 << 8 | c & 255, c >> 8 << 12 | d)
        return bytes(out)
    k = 0
    while k < len(rows):
        x, mask = rows[k][1], 0
        k += 1
        for offset in range(5):
            if k < len(rows) and rows[k][1] == x + offset + 1:
                mask |= 16 >> offset
                k += 1
        out += struct.pack("<H", x << 5 | mask)
    for p, n in lengths([row[3] for row in rows]):
        out += bytes([p << 7 | n]) if n < 127 else struct.pack("<BH", p << 7 | 127, n)
    return bytes(out)


def decode_slowly(data):
    """Decode a chunk with rows, and columns packed with polarities; return t, x, y, p."""
    n, packing = data[0] >> 2 | data[1] << 6 | data[2] << 14, data[0] & 3
    assert packing == 1
    (now,), at = struct.unpack_from("<Q", data, 4), 12
    t, y = [], []
    while len(t) < n:
        pause = shift = 0
        while data[at] >> 4 == 15:
            pause, shift, at = pause | (data[at] & 15) << shift, shift + 4, at + 1
        now += pause + (data[at] >> 4)
        length, at = data[at] & 15, at + 1
        if length == 15:
            (length,), at = struct.unpack_from("<H", data, at), at + 2
        t += [now] * length
    while len(y) < n:
        (word,), at = struct.unpack_from("<H", data, at), at + 2
        length = word & 31
        if length == 31:
            (length,), at = struct.unpack_from("<H", data, at), at + 2
        y += [word >> 5] * length
    a, b, c = np.frombuffer(data, "<u2", offset=at).astype(int).reshape(-1, 3).T
    values = np.stack((a >> 4, a & 15 | b >> 8 << 4, b & 255 | c >> 12 << 8, c & 4095), axis=1)
    values = values.ravel()[:n]
    return t, values >> 1, y, values & 1


def decode(data, n_room=65536):
    columns = [np.zeros(n_room, dtype) for dtype in ("i8", "u2", "u2", "?")]
    n = decode_ecf(np.frombuffer(data, np.uint8), *columns)
    return n, [column[: max(n, 0)] for column in columns]


@pytest.fixture
def write_ecf(tmp_path):
    """Return a function that writes rows as an HDF5 file with ECF, in chunks."""

    def write(rows, *, chunk=64, packing=1, damage=None, triggers=(), name="events.hdf5"):
        path = tmp_path / name
        with h5py.File(path, "w") as file:
            file.attrs["geometry"], file.attrs["serial_number"] = "1280x720", "0307"
            dataset = file.create_dataset(
                "CD/events", (len(rows),), CD, chunks=(chunk,),
                compression=ECF_FILTER, allow_unknown_filter=True,
            )  # fmt: skip
            for k in range(0, len(rows), chunk):
                data = encode_ecf(rows[k : k + chunk], packing=packing)
                if damage and k // chunk in damage:
                    data = damage[k // chunk](data)
                dataset.id.write_direct_chunk((k,), data)
            kind = [("p", "<i2"), ("t", "<i8"), ("id", "<i2")]
            file["EXT_TRIGGER/events"] = np.array(list(triggers), kind)
        return path

    return write


def assert_rows(events, rows):
    table = np.array(rows, np.int64)
    np.testing.assert_array_equal(events.t, table[:, 0] - table[0, 0])
    for name, column in (("x", 1), ("y", 2), ("p", 3)):
        np.testing.assert_array_equal(getattr(events, name), table[:, column])


@pytest.mark.parametrize("packing", [0, 1, 2])
@settings(max_examples=60)
@given(steps=steps, begin_us=st.integers(0, 2**45))
def test_each_kind_of_chunk_is_decoded(packing, steps, begin_us):
    rows = runs(steps, begin_us)
    n, columns = decode(encode_ecf(rows, packing=packing))
    assert n == len(rows)
    for column, expected in zip(columns, np.array(rows).T, strict=True):
        np.testing.assert_array_equal(column, expected)


@pytest.mark.parametrize("packing", [0, 1, 2])
def test_a_chunk_that_was_cut_or_does_not_fit_is_refused(packing):
    rows = runs([(20 * k, 7 * k, k, k % 2, 1 + k) for k in range(20)])
    data = encode_ecf(rows, packing=packing)
    assert decode(data)[0] == len(rows)
    assert all(decode(data[:n])[0] == -1 for n in range(len(data)))
    assert decode(data + b"\0")[0] == -1
    assert decode(data, n_room=len(rows) - 1)[0] == -1
    assert decode(struct.pack("<I", 0))[0] == 0


@settings(max_examples=300)
@given(st.binary(max_size=200), st.integers(0, 3), st.integers(0, 100))
def test_no_bytes_make_the_decoder_write_elsewhere(data, packing, n):
    columns = [np.full(120, 77, dtype) for dtype in ("i8", "u2", "u2", "u1")]
    room = [column[:100] for column in columns]
    room[3] = room[3].view(bool)
    found = decode_ecf(np.frombuffer(struct.pack("<I", n << 2 | packing) + data, np.uint8), *room)
    assert found in (-1, n)
    assert all((column[100:] == 77).all() for column in columns)


def test_the_sample_is_decoded_as_by_a_slow_decoder(shared_data):
    with h5py.File(shared_data(SAMPLE)) as file:
        dataset = file["CD/events"]
        for k in (0, 1, 305, 609):
            _, data = dataset.id.read_direct_chunk((k * 16384,))
            n, columns = decode(data)
            assert n == 16384
            for column, expected in zip(columns, decode_slowly(data), strict=True):
                np.testing.assert_array_equal(column, expected)


def test_the_sample_is_the_recording_that_it_was_made_of(shared_data, tmp_path, opened):
    """It was written by the official codec from the events of one RAW file, over and over."""
    for name in (SAMPLE, "events/evt3_1280x720_8ms.raw"):
        shutil.copyfile(shared_data(name), tmp_path / name.split("/")[1])
    source = opened(tmp_path / SAMPLE.split("/")[1])
    assert (source.format, source.resolution) == ("Prophesee HDF5 ECF", (1280, 720))
    assert (source.n_events, source.warnings, source.origin_us) == (9_994_240, (), 0)
    raw = opened(tmp_path / "evt3_1280x720_8ms.raw")
    tile = raw.read(0, raw.duration_us)
    whole = source.read(0, source.duration_us)
    n = len(tile)
    for first in range(0, len(whole), n):
        last = min(first + n, len(whole))
        for name in "xyp":
            np.testing.assert_array_equal(
                getattr(whole, name)[first:last], getattr(tile, name)[: last - first]
            )
        np.testing.assert_array_equal(whole.t[first:last] - whole.t[first], tile.t[: last - first])
    rate = source.rate(1000)
    np.testing.assert_array_equal(rate, np.bincount(whole.t // 1000, minlength=len(rate)))
    with h5py.File(source.path) as file:
        index = file["CD/indexes"][1:-1]
    np.testing.assert_array_equal(np.searchsorted(whole.t, index["ts"]), index["id"])


@pytest.mark.parametrize("packing", [0, 1, 2])
def test_any_window_is_the_same_as_a_slice(packing, write_ecf, make_rows, assert_same, opened):
    rows = make_rows(6000, duration_us=60_000)
    source = opened(write_ecf([(t + 70, x, y, p) for t, x, y, p in rows], packing=packing))
    whole = source.read(0, source.duration_us)
    assert_rows(whole, rows)
    assert source.origin_us == rows[0][0] + 70
    assert source.metadata["serial_number"] == "0307"
    rng = np.random.default_rng(1)
    for start, stop in np.sort(rng.integers(-5, source.duration_us + 5, (100, 2)), axis=1):
        assert_same(source.read(int(start), int(stop)), whole.between(start, stop))
    assert_same(opened(source.path).read(0, source.duration_us), whole)


def test_triggers_are_read_on_the_recording_s_clock(write_ecf, opened):
    rows = [(1000 + k, 5, 6, 1) for k in range(200)]
    triggers = opened(write_ecf(rows, triggers=[(1, 900, 3), (0, 1100, 4)])).triggers()
    assert triggers.times_us.tolist() == [-100, 100]
    assert triggers.channels.tolist() == [3, 4]
    assert triggers.is_rising.tolist() == [True, False]


DAMAGES = {
    "cut": lambda data: data[: len(data) // 2],
    "empty": lambda _: b"\0",
    "longer": lambda data: data + b"\0",
    "later": lambda data: data[:10] + b"\x09" + data[11:],
    "earlier": lambda data: data[:4] + bytes(8) + data[12:],
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("place", [0, 1, 5, 9])
def test_a_damaged_chunk_costs_no_other(damage, place, write_ecf):
    if damage == "earlier" and place == 0:
        pytest.skip("a recording may begin at any time")
    rows = [(10**9 + 400 * k, k % 1000, k % 700, k % 2) for k in range(640)]
    path = write_ecf(rows, damage={place: DAMAGES[damage]})
    source = PropheseeHdf5Source(path, find_layout(path))
    kept = [row for k, row in enumerate(rows) if k // 64 != place]
    if damage == "later" and place == 9:
        # Nothing follows that would contradict it, but no recording lasts for so long.
        assert source.n_events == len(kept)
    if damage == "earlier" and place == 9:
        assert source.n_events == len(rows)
        assert source.findings.n_restarts == 1
        source.close()
        return
    assert_rows(source.read(0, source.duration_us), kept)
    assert source.findings.n_damaged_words == 64
    assert "64 events" in source.warnings[0]
    source.close()


def test_events_outside_the_sensor_are_left_out_and_counted(write_ecf, opened):
    rows = [(k, 1275 + k % 10, 719 + k % 2, 1) for k in range(100)]
    inside = [row for row in rows if row[1] < 1280 and row[2] < 720]
    source = opened(write_ecf(rows))
    assert_rows(source.read(0, 999), inside)
    assert source.findings.n_outside == 100 - len(inside)


def test_late_events_get_the_time_of_the_one_before(tmp_path, opened):
    path = tmp_path / "events.hdf5"
    records = np.zeros(5, CD)
    records["t"] = [100, 130, 120, 125, 140]
    with h5py.File(path, "w") as file:
        file["CD/events"] = records
        file.attrs["geometry"] = "9x9"
    source = opened(path)
    assert source.format == "Prophesee HDF5"
    assert source.read(0, 99).t.tolist() == [0, 30, 30, 30, 40]
    assert (source.findings.n_late, source.findings.max_late_us) == (2, 10)


def test_other_layouts_are_refused_with_a_reason(tmp_path, opened):
    path = tmp_path / "events.hdf5"
    for events, problem in (
        (np.zeros(5), "no records"),
        (np.zeros(0, CD), "holds no events"),
        (np.zeros(5, [(name, "f4") for name in "xypt"]), "not whole"),
    ):
        with h5py.File(path, "w") as file:
            file["CD/events"] = events
        with pytest.raises(EventFileError, match=problem):
            opened(path)


@reuse
@given(steps=steps, begin_us=st.integers(0, 2**45), times=st.lists(st.integers(0, 10**7)))
def test_what_was_written_is_read_back(steps, begin_us, times, tmp_path):
    rows = runs(steps, begin_us)
    table = np.array(rows, np.int64)
    x, y = (table[:, k].astype(np.uint16) for k in (1, 2))
    events = Events(table[:, 0].copy(), x, y, table[:, 3] > 0)
    edges = Triggers(
        np.sort(np.array(times, np.int64)) + begin_us,
        np.arange(len(times)).astype(np.uint8),
        np.arange(len(times)) % 2 > 0,
    )
    path = tmp_path / "events.hdf5"
    words = {"serial_number": "0307", "geometry": "1x1"}
    with PropheseeHdf5Writer(path, resolution=(1280, 720), metadata=words) as writer:
        writer.append_triggers(edges)
        half = len(events) // 2
        for first, last in ((0, half), (half, len(events))):
            writer.append(Events(*(getattr(events, name)[first:last] for name in "txyp")))
    source = PropheseeHdf5Source(path, find_layout(path))
    assert (source.format, source.resolution) == ("Prophesee HDF5", (1280, 720))
    assert source.metadata["serial_number"] == "0307"
    assert source.origin_us == rows[0][0]
    assert_rows(source.read(0, source.duration_us), rows)
    found = source.triggers()
    np.testing.assert_array_equal(found.times_us + source.origin_us, edges.times_us)
    np.testing.assert_array_equal(found.channels, edges.channels)
    np.testing.assert_array_equal(found.is_rising, edges.is_rising)
    source.close()
    with h5py.File(path) as file:
        index = file["CD/indexes"][:]
    assert np.all(index["ts"] % 2000 == 0)
    assert np.all(np.diff(index["ts"]) == 2000)
    np.testing.assert_array_equal(np.searchsorted(events.t, index["ts"]), index["id"])


def test_a_file_that_was_cut_gives_all_before_the_cut(write_ecf, opened):
    rows = [(70 + 13 * k, k % 1000, k % 700, k % 2) for k in range(6400)]
    path = write_ecf(rows)
    data = path.read_bytes()
    path.write_bytes(data[:-6000])
    source = opened(path)
    assert 0.5 * len(rows) < source.n_events < len(rows)
    assert_rows(source.read(0, source.duration_us), rows[: source.n_events])
    assert source.findings.n_cut_bytes == 6000
    assert source.findings.cut_at_us == source.duration_us
    assert "cut off; its last 6,000 bytes, after 0.0" in source.warnings[0]


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_the_sample_when_cut_gives_nearly_all_before_the_cut(share, shared_data, tmp_path, opened):
    data = shared_data(SAMPLE).read_bytes()
    path = tmp_path / "events.hdf5"
    path.write_bytes(data[: int(share * len(data))])
    source = opened(path)
    # Some chunks are listed in a table that comes after them.
    assert abs(source.n_events - share * 9_994_240) < 0.05 * 9_994_240
    assert len(source.read(0, source.duration_us)) == source.n_events


@pytest.mark.parametrize("options", [{}, {"chunks": (50,)}, {"userblock_size": 512}])
def test_other_ways_of_storing_are_read(options, tmp_path, opened):
    path = tmp_path / "events.hdf5"
    block = {k: v for k, v in options.items() if k == "userblock_size"}
    chunks = {k: v for k, v in options.items() if k == "chunks"}
    records = np.zeros(130, CD)
    records["t"], records["x"], records["p"] = 7 + 2 * np.arange(130), np.arange(130), 1
    with h5py.File(path, "w", **block) as file:
        file.create_dataset("CD/events", data=records, fletcher32=bool(chunks), **chunks)
        file.attrs["geometry"] = "640x480"
    source = opened(path)
    assert source.origin_us == 7
    assert_rows(source.read(0, 999), [(2 * k, k, 0, 1) for k in range(130)])
