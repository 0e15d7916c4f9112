"""What EVT2.1 and DAT have of their own; what they share with RAW is tested here in short."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evface.errors import EventFileError
from evface.events.events import Events

ENCODINGS = ("EVT2.1 little", "EVT2.1 legacy", "DAT v1", "DAT v2")
TITLES = {"EVT2.1 little": "RAW EVT2.1", "EVT2.1 legacy": "RAW EVT2.1"}
WRAP_US = {"EVT2.1 little": 2**34, "EVT2.1 legacy": 2**34, "DAT v1": 2**32, "DAT v2": 2**32}
events_rows = st.lists(
    st.tuples(st.integers(0, 3000), st.integers(0, 303), st.integers(0, 239), st.integers(0, 1)),
    min_size=1,
    max_size=60,
)
reuse = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def to_events(rows):
    table = np.array(rows, np.int64).reshape(-1, 4)
    x, y = (table[:, k].astype(np.uint16) for k in (1, 2))
    return Events(table[:, 0] - table[0, 0], x, y, table[:, 3] > 0)


@pytest.mark.parametrize("encoding", ENCODINGS)
@reuse
@given(steps=events_rows, begin_us=st.integers(0, 2**36))
def test_what_was_encoded_is_read_back(encoding, steps, begin_us, write_raw, assert_same, opened):
    times = begin_us + np.cumsum([step[0] for step in steps])
    rows = [(int(t), *step[1:]) for t, step in zip(times, steps, strict=True)]
    source = opened(write_raw(encoding, rows=rows, resolution=(304, 240)))
    assert source.format == TITLES.get(encoding, encoding)
    assert source.resolution == (304, 240)
    assert source.origin_us == rows[0][0] % WRAP_US[encoding]
    assert source.warnings == ()
    assert_same(source.read(0, source.duration_us), to_events(rows))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_any_window_is_the_same_as_a_slice(encoding, write_raw, make_rows, assert_same, opened):
    size = (304, 240)
    rows = make_rows(50_000, duration_us=300_000, resolution=size)
    source = opened(write_raw(encoding, rows=rows, resolution=size))
    whole = to_events(rows)
    rng = np.random.default_rng(1)
    for start, stop in np.sort(rng.integers(-5, source.duration_us + 5, (60, 2)), axis=1):
        assert_same(source.read(int(start), int(stop)), whole.between(start, stop))
    np.testing.assert_array_equal(
        source.rate(1000), np.bincount(whole.t // 1000, minlength=len(source.rate(1000)))
    )


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_counter_that_starts_again_is_counted(encoding, write_raw, assert_same, opened):
    end = WRAP_US[encoding]
    rows = [(end - 30, 1, 2, 1), (end - 1, 3, 4, 0), (end + 5, 5, 6, 1)]
    rows += [(end + 1000 * k, 7, 8, 0) for k in range(1, 4)]
    source = opened(write_raw(encoding, rows=rows))
    assert source.warnings == ()
    assert_same(source.read(0, source.duration_us), to_events(rows))


@pytest.mark.parametrize("encoding", ["EVT2.1 little", "EVT2.1 legacy"])
def test_the_order_of_halves_is_told_from_the_words_where_the_header_is_silent(
    encoding, write_raw, make_rows, assert_same, opened
):
    rows = make_rows(5000, duration_us=30_000)
    source = opened(write_raw(encoding, rows=rows, header="% evt 2.1\n% geometry 1280x720\n"))
    assert_same(source.read(0, source.duration_us), to_events(rows))


def test_vectors_begin_anywhere_and_end_at_the_sensor(write_raw, opened):
    words = [(8 << 28 | 1) << 32, (1 << 28 | 5 << 22 | 1276 << 11 | 3) << 32 | 0x8000000D]
    source = opened(write_raw("EVT2.1 little", words))
    events = source.read(0, 99)
    assert events.x.tolist() == [1276, 1278, 1279]
    assert set(events.y.tolist()) == {3}
    assert source.origin_us == 64 + 5
    assert source.findings.n_outside == 1


@pytest.mark.parametrize(("encoding", "shift"), [("EVT2.1 little", 32), ("EVT2.1 legacy", 0)])
def test_triggers_of_evt21_are_found(encoding, shift, write_raw, opened):
    words = [8 << 28 | 1, 1 << 28 | 3 << 22 | 5 << 11 | 6, 10 << 28 | 40 << 22 | 6 << 8 | 1]
    words += [8 << 28 | 2, 10 << 28 | 1 << 22 | 6 << 8]
    wide = [word << shift for word in words]
    wide[1] |= 1 << (32 - shift)
    triggers = opened(write_raw(encoding, wide)).triggers()
    assert triggers.times_us.tolist() == [37, 62]
    assert triggers.channels.tolist() == [6, 6]
    assert triggers.is_rising.tolist() == [True, False]


@pytest.mark.parametrize("kind", [0, 12])
def test_both_kinds_of_records_are_read(kind, write_raw, make_rows, assert_same, opened):
    rows = make_rows(500, duration_us=10_000, resolution=(304, 240))
    header = f"% Data file containing events\n% Version 2\n{chr(kind)}\b"
    source = opened(write_raw("DAT v2", rows=rows, header=header))
    assert source.resolution == (304, 240)
    assert "304 x 240 is assumed" in source.warnings[0]
    assert_same(source.read(0, source.duration_us), to_events(rows))
    assert len(source.triggers()) == 0


@pytest.mark.parametrize(
    ("after_lines", "problem"),
    [("\x0e\b", r"kind and size \[14, 8\]"), ("\f\x10", r"\[12, 16\]"), ("", r"\[\]")],
)
def test_other_records_are_refused(after_lines, problem, write_raw, opened):
    header = f"% Data file containing ext_trigger events\n% Version 2\n{after_lines}"
    with pytest.raises(EventFileError, match=problem):
        opened(write_raw("DAT v2", rows=[], header=header))


@pytest.mark.parametrize("encoding", ["DAT v1", "DAT v2"])
@pytest.mark.parametrize("bit", range(12, 32))
def test_a_flipped_bit_of_a_time_costs_one_event(encoding, bit, write_raw, opened):
    rows = [(100_000_000 + 500 * k, 5, 6, 1) for k in range(1000)]
    path = write_raw(encoding, rows=rows, resolution=(304, 240))
    data = bytearray(path.read_bytes())
    data[-8 * 500 + bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)
    source = opened(path)
    events = source.read(0, source.duration_us)
    # A small step back is a late event, a step on to what comes next is not told from time.
    assert 999 <= len(events) <= 1000
    assert source.duration_us == 500 * 999 + 1
    assert np.abs(events.t[-400:] - 500 * np.arange(600, 1000)).max() == 0
    assert source.warnings


@pytest.mark.parametrize("encoding", ["EVT2.1 little", "EVT2.1 legacy", "DAT v2"])
def test_random_bytes_are_no_events(encoding, write_raw, opened):
    path = write_raw(encoding, [], tail=np.random.default_rng(0).bytes(200_000))
    with pytest.raises(EventFileError, match="does not hold"):
        opened(path)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_file_cut_inside_a_word_is_read_and_said(encoding, write_raw, make_rows, opened):
    rows = make_rows(2000, duration_us=10_000, resolution=(304, 240))
    path = write_raw(encoding, rows=rows, resolution=(304, 240))
    path.write_bytes(path.read_bytes()[:-3])
    source = opened(path)
    assert 1900 < source.n_events < 2000
    assert "cut off" in source.warnings[0]
