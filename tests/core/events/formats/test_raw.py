from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evface.errors import EventFileError
from evface.events.events import Events
from evface.events.index import index_paths
from evface.events.sources import iter_batches, open_events

ENCODINGS = ("EVT2", "EVT3")
events_rows = st.lists(
    st.tuples(st.integers(0, 3000), st.integers(0, 1279), st.integers(0, 719), st.integers(0, 1)),
    min_size=1,
    max_size=60,
)
reuse = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def to_events(rows):
    table = np.array(rows, np.int64).reshape(-1, 4)
    x, y = (table[:, k].astype(np.uint16) for k in (1, 2))
    return Events(table[:, 0].copy(), x, y, table[:, 3] > 0)


def from_zero(events):
    return Events(events.t - events.t[0], events.x, events.y, events.p)


@pytest.mark.parametrize("encoding", ENCODINGS)
@reuse
@given(steps=events_rows, begin_us=st.integers(0, 2**36))
def test_what_was_encoded_is_read_back(encoding, steps, begin_us, write_raw, assert_same, opened):
    times = begin_us + np.cumsum([step[0] for step in steps])
    rows = [(int(t), *step[1:]) for t, step in zip(times, steps, strict=True)]
    source = opened(write_raw(encoding, rows=rows))
    assert source.format == f"RAW {encoding}"
    assert source.n_events == len(rows)
    assert source.origin_us == rows[0][0] % (2**24 if encoding == "EVT3" else 2**34)
    assert source.duration_us == rows[-1][0] - rows[0][0] + 1
    assert source.warnings == ()
    assert_same(source.read(0, source.duration_us), from_zero(to_events(rows)))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("window_us", [1000, 33_333, 50_001])
def test_windows_read_piecewise_equal_the_whole(
    encoding, window_us, write_raw, make_rows, assert_same, opened
):
    rows = make_rows(40_000, duration_us=1_000_000)
    source = opened(write_raw(encoding, rows=rows))
    whole = from_zero(to_events(rows))
    starts = list(range(0, source.duration_us, window_us))
    in_turn = [source.read(start, start + window_us) for start in starts]
    assert_same(Events.concatenate(in_turn), whole)
    backwards = [source.read(start, start + window_us) for start in starts[::-1]]
    assert_same(Events.concatenate(backwards[::-1]), whole)
    assert_same(Events.concatenate(list(iter_batches(source, max_events=5000))), whole)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_any_window_is_the_same_as_a_slice(encoding, write_raw, make_rows, assert_same, opened):
    rows = make_rows(50_000, duration_us=300_000)
    source = opened(write_raw(encoding, rows=rows))
    whole = from_zero(to_events(rows))
    rng = np.random.default_rng(1)
    for start, stop in np.sort(rng.integers(-5, source.duration_us + 5, (100, 2)), axis=1):
        assert_same(source.read(int(start), int(stop)), whole.between(start, stop))
    assert len(source.read(5, 5)) == len(source.read(9, 3)) == len(source.read(-9, 0)) == 0
    assert len(source.read(source.duration_us, source.duration_us + 10**9)) == 0


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_rate_counts_the_events(encoding, write_raw, make_rows, opened):
    rows = make_rows(20_000, duration_us=500_500)
    source = opened(write_raw(encoding, rows=rows))
    t = source.read(0, source.duration_us).t
    for bin_us in (1000, 7000, 1_000_000):
        n_bins = -(-source.duration_us // bin_us)
        expected = np.bincount(t // bin_us, minlength=n_bins)
        np.testing.assert_array_equal(source.rate(bin_us), expected)
    for bin_us in (0, -1000, 1500):
        with pytest.raises(ValueError, match="multiple of 1000"):
            source.rate(bin_us)


@pytest.mark.parametrize(("encoding", "wrap_us"), [("EVT3", 2**24), ("EVT2", 2**34)])
def test_a_counter_that_starts_again_is_counted(encoding, wrap_us, write_raw, assert_same, opened):
    rows = [(wrap_us - 30, 1, 2, 1), (wrap_us - 1, 3, 4, 0), (wrap_us + 5, 5, 6, 1)]
    rows += [(wrap_us + 200_000 * k, 7, 8, 0) for k in range(1, 4)]
    source = opened(write_raw(encoding, rows=rows))
    assert source.warnings == ()
    assert_same(source.read(0, source.duration_us), from_zero(to_events(rows)))


def test_several_wraps_of_evt3_are_counted(write_raw, opened):
    rows = [(2**20 * k, k, 0, 1) for k in range(60)]
    source = opened(write_raw("EVT3", rows=rows))
    assert source.duration_us == 59 * 2**20 + 1
    assert source.read(2**24 * 3, 2**24 * 3 + 1).x.tolist() == [48]


def test_a_pause_longer_than_half_the_counter_is_kept(write_raw, opened):
    # Encoders that state the time only with events leave such gaps.
    words = [0x8001, 0x6000, 0, 0x2001, 0x8001 + 3000, 0x6000, 0x2002, 0x8001 + 3001, 0x2003]
    source = opened(write_raw("EVT3", words))
    assert source.read(0, source.duration_us).t.tolist() == [0, 3000 << 12, 3001 << 12]
    assert source.warnings == ()


def test_late_events_get_the_time_of_the_one_before_and_are_counted(write_raw, opened):
    words = [0x8000, 0x6064, 0x0005, 0x2001, 0x6060, 0x2002, 0x2003, 0x6066, 0x2004]
    source = opened(write_raw("EVT3", words))
    assert source.read(0, 99).t.tolist() == [0, 0, 0, 2]
    (warning,) = source.warnings
    assert warning.startswith("2 events came up to 4 us late")

    event = (1 << 28) | (7 << 11) | 9
    words = [8 << 28 | 1, event | 40 << 22, event | 30 << 22, 8 << 28, event | 63 << 22]
    words += [8 << 28 | 1, event | 50 << 22]
    source = opened(write_raw("EVT2", words, name="late.raw"))
    assert source.read(0, 99).t.tolist() == [0, 0, 0, 10]
    assert source.warnings[0].startswith("2 events came up to 41 us late")


def test_jitter_at_the_end_of_the_counter_is_no_wrap(write_raw, opened):
    words = [0x8FFF, 0x6FF0, 0, 0x2001, 0x8000, 0x6001, 0x2002, 0x8FFF, 0x6FF8, 0x2003]
    words += [0x8000, 0x6010, 0x2004]
    source = opened(write_raw("EVT3", words))
    assert source.read(0, 10**6).t.tolist() == [0, 17, 17, 32]


@pytest.mark.parametrize("wrong", [0x8A00, 0x8012, 0x8F00])
def test_a_contradicted_time_is_ignored(write_raw, opened, wrong):
    words = [0x8010, 0x6001, 0, 0x2001, wrong, 0x6002, 0x2002, 0x8010, 0x6003, 0x2003]
    source = opened(write_raw("EVT3", words))
    assert source.read(0, 10**8).t.tolist() == [0, 1, 2]
    assert any("damaged" in warning for warning in source.warnings)


def test_a_time_that_starts_again_goes_on_after_a_gap(write_raw, opened):
    words = [0x8800, 0x6000, 0, 0x2001, 0x8801, 0x2002, 0x8100, 0x6000, 0x2003, 0x8101, 0x2004]
    source = opened(write_raw("EVT3", words))
    t = source.read(0, source.duration_us).t
    assert np.all(np.diff(t) > 0)
    assert t[3] - t[2] == 4096
    assert any("starts again 1 times" in warning for warning in source.warnings)


def test_a_hole_of_random_bytes_neither_moves_the_rest_nor_goes_unsaid(
    write_raw, make_rows, assert_same, opened
):
    rows = make_rows(80_000, duration_us=2_000_000)
    path = write_raw("EVT3", rows=rows)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4096] = np.random.default_rng(0).bytes(4096)
    path.write_bytes(data)
    source = opened(path)
    whole = from_zero(to_events(rows))
    assert_same(source.read(0, 900_000), whole.between(0, 900_000))
    assert_same(source.read(1_100_000, 2_000_000), whole.between(1_100_000, 2_000_000))
    assert any("damaged" in warning for warning in source.warnings)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_file_with_a_damaged_end_is_read_up_to_it(
    encoding, write_raw, make_rows, assert_same, opened
):
    rows = make_rows(40_000, duration_us=1_000_000)
    path = write_raw(encoding, rows=rows, tail=np.random.default_rng(0).bytes(300_000))
    source = opened(path)
    assert any("damaged after" in warning for warning in source.warnings)
    assert 700_000 < source.duration_us < 1_100_000
    assert_same(source.read(0, 700_000), from_zero(to_events(rows)).between(0, 700_000))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_file_cut_inside_a_word_is_read_and_said(encoding, write_raw, make_rows, opened):
    rows = make_rows(2000, duration_us=10_000)
    path = write_raw(encoding, rows=rows)
    path.write_bytes(path.read_bytes()[:-1])
    source = opened(path)
    assert 0 < source.n_events < 2000
    assert "cut off" in source.warnings[0]


@pytest.mark.parametrize(("stated", "actual"), [("EVT2", "EVT3"), ("EVT3", "EVT2")])
def test_a_wrong_header_is_told(stated, actual, write_raw, make_rows, opened):
    rows = make_rows(3000, duration_us=20_000)
    header = f"% evt {stated[-1]}.0\n% geometry 1280x720\n"
    with pytest.raises(EventFileError, match=f"says {stated} but its words are {actual}"):
        opened(write_raw(actual, rows=rows, header=header))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_random_bytes_are_no_events(encoding, write_raw, opened):
    path = write_raw(encoding, [], tail=np.random.default_rng(0).bytes(200_000))
    with pytest.raises(EventFileError, match=f"does not hold {encoding} words"):
        opened(path)


@reuse
@given(data=st.binary(max_size=400), encoding=st.sampled_from(ENCODINGS))
def test_no_bytes_crash_or_leave_the_sensor(data, encoding, write_raw, opened):
    try:
        source = opened(write_raw(encoding, [], tail=data, resolution=(64, 48)))
    except EventFileError:
        return
    events = source.read(0, source.duration_us)
    assert len(events) == source.n_events
    assert events.t[0] == 0
    assert np.all(np.diff(events.t) >= 0)
    assert events.x.max() < 64
    assert events.y.max() < 48


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_events_outside_the_sensor_are_left_out_and_counted(encoding, write_raw, make_rows, opened):
    rows = make_rows(3000, duration_us=10_000)
    source = opened(write_raw(encoding, rows=rows, resolution=(640, 480)))
    n_inside = sum(x < 640 and y < 480 for _, x, y, _ in rows)
    assert source.n_events == n_inside
    assert f"{3000 - n_inside:,} events" in source.warnings[0]
    with pytest.raises(EventFileError, match="all events are outside"):
        opened(write_raw(encoding, rows=[(5, 900, 500, 1)], resolution=(64, 48)))


def test_a_header_without_events_is_an_error(write_raw, opened):
    for name, tail in (("a.raw", b""), ("b.raw", b"\x00"), ("c.raw", b"\x00\x20\x00\x20")):
        with pytest.raises(EventFileError, match="no events"):
            opened(write_raw("EVT3", [], name=name, tail=tail))


def test_a_header_of_another_encoding_is_named(write_raw, opened):
    header = "% format EVT4;height=720;width=1280\n% end\n"
    with pytest.raises(EventFileError, match="EVT4"):
        opened(write_raw("EVT3", [0x8000] * 9, header=header))


def test_lone_vectors_are_accepted_and_end_at_the_sensor(write_raw, opened):
    words = [0x8000, 0x6001, 0x0003, 0x3000 | 0x800 | 1274, 0x4FFF, 0x4FFF, 0x3000 | 4, 0x5081]
    source = opened(write_raw("EVT3", words))
    events = source.read(0, 9)
    assert events.x.tolist() == [1274, 1275, 1276, 1277, 1278, 1279, 4, 11]
    assert events.p.tolist() == [True] * 6 + [False] * 2
    assert "18 events" in source.warnings[0]


def test_without_a_stated_sensor_the_smallest_that_fits_is_assumed(write_raw, make_rows, opened):
    rows = make_rows(3000, duration_us=10_000, resolution=(640, 480))
    source = opened(write_raw("EVT2", rows=rows, header="% Date 2024-01-01\n"))
    assert source.format == "RAW EVT2"
    assert source.resolution == (640, 480)
    assert "640 x 480 is assumed" in source.warnings[0]


def test_the_file_is_not_touched(write_raw, make_rows, opened):
    path = write_raw("EVT3", rows=make_rows(2000, duration_us=10_000))
    path.chmod(0o444)
    before = path.read_bytes(), path.stat().st_mtime_ns
    source = opened(path)
    source.read(0, source.duration_us)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_an_index_can_be_deleted_and_is_built_again(write_raw, make_rows, opened):
    path = write_raw("EVT3", rows=make_rows(2000, duration_us=10_000))
    beside, _ = index_paths(path)
    for _ in range(2):
        assert opened(path).n_events == 2000
        assert beside.exists()
        beside.unlink()


def test_an_index_is_used_only_for_the_file_it_was_built_from(write_raw, make_rows, opened):
    path = write_raw("EVT3", rows=make_rows(2000, duration_us=10_000))
    opened(path)
    status = path.stat()
    path = write_raw("EVT3", rows=make_rows(2000, duration_us=10_000, seed=1))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    source = opened(path)
    assert len(source.read(0, source.duration_us)) == source.n_events


def test_a_damaged_index_is_built_again(write_raw, make_rows, assert_same, opened):
    rows = make_rows(40_000, duration_us=100_000)
    path = write_raw("EVT3", rows=rows)
    opened(path)
    beside, _ = index_paths(path)
    sound = beside.read_bytes()
    rng = np.random.default_rng(0)
    versions = [b"", b"nonsense", sound[: len(sound) // 2], sound[:-30]]
    for _ in range(60):
        flipped = bytearray(sound)
        for at in rng.integers(0, len(sound), 3):
            flipped[at] ^= 1 << int(rng.integers(0, 8))
        versions.append(bytes(flipped))
    whole = from_zero(to_events(rows))
    for version in versions:
        beside.write_bytes(version)
        source = opened(path)
        assert source.n_events == 40_000
        assert_same(source.read(50_000, 60_000), whole.between(50_000, 60_000))


def test_where_the_folder_cannot_be_written_the_cache_is_used(write_raw, make_rows, opened):
    path = write_raw("EVT3", rows=make_rows(2000, duration_us=10_000))
    beside, cached = index_paths(path)
    # A folder in its place: the index cannot be put beside the file, whoever runs this.
    beside.mkdir()
    (beside / "keep").touch()
    assert opened(path).n_events == 2000
    assert cached.exists()
    assert sorted(p.name for p in path.parent.iterdir()) == [beside.name, path.name]
    assert opened(path).n_events == 2000


def test_a_file_that_changes_while_open_is_an_error(write_raw, make_rows, opened):
    rows = make_rows(60_000, duration_us=100_000)
    path = write_raw("EVT3", rows=rows)
    source = opened(path)
    n_bytes = path.stat().st_size
    # Full vectors where there were few events: more than the index has room for.
    with path.open("r+b") as file:
        file.seek(200)
        file.write(b"\x00\x30\xff\x4f" * ((n_bytes - 200) // 4))
    with pytest.raises(EventFileError, match="changed while it was open"):
        source.read(0, source.duration_us)
    with path.open("r+b") as file:
        file.truncate(n_bytes // 2)
    with pytest.raises(EventFileError, match="became shorter"):
        source.read(0, source.duration_us)


def test_indexing_tells_its_progress_and_can_be_ended(write_raw, make_rows):
    path = write_raw("EVT3", rows=make_rows(2000, duration_us=10_000))
    fractions = []
    open_events(path, report=lambda fraction, _: fractions.append(fraction)).close()
    assert fractions == [0.0]
    index_paths(path)[0].unlink()

    def end(_fraction, _message):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_events(path, report=end)
    assert not index_paths(path)[0].exists()


SAMPLES = {
    "evt3_1280x720_8ms.raw": ("RAW EVT3", (1280, 720), 219_596),
    "evt3_640x480_2s.raw": ("RAW EVT3", (640, 480), 343_474),
    "evt2_640x480_96ms.raw": ("RAW EVT2", (640, 480), 521_252),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_real_recordings_agree_with_faery(name, shared_data, tmp_path, opened):
    faery = pytest.importorskip("faery")
    path = tmp_path / name
    path.write_bytes(shared_data(f"events/{name}").read_bytes())
    source = opened(path)
    assert (source.format, source.resolution, source.n_events) == SAMPLES[name]
    events = source.read(0, source.duration_us)
    stream = faery.events_stream_from_file(str(path), dimensions_fallback=source.resolution)
    expected = np.concatenate(list(stream))
    # In EVT3, faery also counts times that no event has.
    if "EVT2" in source.format:
        np.testing.assert_array_equal(events.t + source.origin_us, expected["t"])
    for ours, theirs in (("x", "x"), ("y", "y"), ("p", "on")):
        np.testing.assert_array_equal(getattr(events, ours), expected[theirs])


@pytest.mark.parametrize("name", [name for name in SAMPLES if "evt3" in name])
def test_real_recordings_agree_with_evt3(name, shared_data, tmp_path, opened):
    evt3 = pytest.importorskip("evt3")
    path = tmp_path / name
    path.write_bytes(shared_data(f"events/{name}").read_bytes())
    source = opened(path)
    events, expected = source.read(0, source.duration_us), evt3.decode_file(str(path))
    # Ours never goes back in time.
    times = np.maximum.accumulate(np.asarray(expected.timestamp).astype(np.int64))
    np.testing.assert_array_equal(events.t + source.origin_us, times)
    np.testing.assert_array_equal(events.x, expected.x)
    np.testing.assert_array_equal(events.y, expected.y)
    np.testing.assert_array_equal(events.p, np.asarray(expected.polarity) > 0)
