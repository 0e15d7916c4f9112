from __future__ import annotations

import numpy as np
import pytest

from evface.errors import EventFileError


def encode(rows):
    data = bytearray()
    for t, x, y, p in rows:
        data += bytes([x, y, p << 7 | t >> 16 & 0x7F, t >> 8 & 0xFF, t & 0xFF])
    return bytes(data)


def make_rows(n, seed=0):
    rng = np.random.default_rng(seed)
    t = np.sort(rng.integers(0, 300_000, n))
    columns = (rng.integers(0, 250, n), rng.integers(0, 240, n), rng.integers(0, 2, n))
    return [tuple(int(v) for v in row) for row in zip(t, *columns, strict=True)]


def test_what_was_encoded_is_read_back(tmp_path, opened):
    rows = make_rows(2000)
    path = tmp_path / "face.bin"
    path.write_bytes(encode(rows))
    source = opened(path)
    assert (source.format, source.resolution) == ("N-MNIST", (304, 240))
    assert (source.n_events, source.origin_us) == (2000, rows[0][0])
    events = source.read(0, source.duration_us)
    expected = np.array(rows)
    np.testing.assert_array_equal(events.t, expected[:, 0] - rows[0][0])
    for column, name in ((1, "x"), (2, "y"), (3, "p")):
        np.testing.assert_array_equal(getattr(events, name), expected[:, column])
    np.testing.assert_array_equal(source.rate(10_000), np.bincount(events.t // 10_000))
    assert source.warnings == ()


def test_the_counter_s_end_and_its_overflows_are_counted(tmp_path, opened):
    rows = [(2**23 - 10 + k, 1, 1, 1) for k in range(10)]
    rows += [(k, 2, 2, 0) for k in range(5)] + [(5, 0, 240, 0), (6, 3, 3, 1)]
    path = tmp_path / "a.bin"
    path.write_bytes(encode(rows))
    assert opened(path).read(0, 10**9).t.tolist() == [*range(15), 16 + 2**13]


def test_a_cut_file_is_read_and_said(tmp_path, opened):
    path = tmp_path / "cut.bin"
    path.write_bytes(encode(make_rows(500))[:-2])
    source = opened(path)
    assert source.n_events == 499
    assert "cut off" in source.warnings[0]


def test_late_and_outside_events_are_said(tmp_path, opened):
    rows = make_rows(500)
    rows[100] = (rows[100][0], 9, 250, 1)
    rows[200] = (rows[199][0] - 1, 9, 9, 1)
    path = tmp_path / "a.bin"
    path.write_bytes(encode(rows))
    source = opened(path)
    assert source.n_events == 499
    assert np.all(np.diff(source.read(0, source.duration_us).t) >= 0)
    assert [w.split()[0] for w in source.warnings] == ["1", "1"]


@pytest.mark.parametrize("n_bytes", [1, 4, 5000, 50_001])
def test_other_bytes_are_refused(tmp_path, opened, n_bytes):
    path = tmp_path / "noise.bin"
    path.write_bytes(b"\xf1" + np.random.default_rng(0).bytes(n_bytes - 1))
    with pytest.raises(EventFileError, match="not an event file that evface knows"):
        opened(path)


def test_a_real_face_is_read(shared_data, opened):
    source = opened(shared_data("events/face_ncaltech101_0001.bin"))
    assert source.n_events == 67_445
    assert 0.29e6 < source.duration_us < 0.31e6
    assert source.warnings == ()


def test_events_with_damaged_times_do_not_move_the_others(tmp_path, opened):
    rows = make_rows(3000)
    damaged = [(t ^ 1 << 22 if k % 500 == 250 else t, *rest) for k, (t, *rest) in enumerate(rows)]
    path = tmp_path / "a.bin"
    path.write_bytes(encode(damaged))
    source = opened(path)
    assert source.warnings == ("6 events with impossible times are left out",)
    expected = np.array([row[0] for k, row in enumerate(rows) if k % 500 != 250])
    np.testing.assert_array_equal(source.read(0, 10**6).t, expected - expected[0])
