"""What is written is read back, by our decoder and by a strict reading of OpenEB's rules."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evface.errors import EventFileError
from evface.events.events import Events
from evface.events.formats.raw_header import read_raw_header
from evface.events.formats.raw_writer import RawEventWriter
from evface.events.triggers import Triggers

ENCODINGS = ("EVT2", "EVT3")
COUNTERS = {"EVT2": 2**34, "EVT3": 2**24}
reuse = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
# Runs of neighbours, alone and at the edge, and pauses from none to minutes.
steps = st.lists(
    st.tuples(
        st.one_of(st.just(0), st.integers(0, 40), st.integers(0, 20_000_000)),
        st.integers(0, 129),
        st.integers(0, 99),
        st.booleans(),
        st.integers(1, 40),
    ),
    min_size=1,
    max_size=30,
)


def to_events(rows):
    table = np.array(rows, np.int64).reshape(-1, 4)
    x, y = (table[:, k].astype(np.uint16) for k in (1, 2))
    return Events(table[:, 0].copy(), x, y, table[:, 3] > 0)


def runs(steps, begin_us):
    rows, t = [], begin_us
    for step, x, y, p, length in steps:
        t += step
        rows += [(t, x + k, y, int(p)) for k in range(length) if x + k < 130]
    return to_events(rows)


def edges(times, seed=0):
    rng = np.random.default_rng(seed)
    n = len(times)
    return Triggers(
        np.sort(np.array(times, np.int64)),
        rng.integers(0, 16, n).astype(np.uint8),
        rng.random(n) < 0.5,
    )


def read_strictly(path, encoding):
    """Decode as OpenEB does where it checks all; return rows (t, x, y, p) and (t, channel, value).

    Vectors only as 12, 12, 8 after a base and inside the sensor; the time goes on by single steps
    of its upper part; an event needs time and row.
    """
    header = read_raw_header(path)
    width, _ = header.resolution
    kind = "<u4" if encoding == "EVT2" else "<u2"
    words = np.frombuffer(path.read_bytes()[header.n_bytes :], kind).tolist()
    events, edges = [], []
    if encoding == "EVT2":
        high = loops = None
        for word in words:
            kind, low = word >> 28, word >> 22 & 63
            if kind == 8:
                new = word & 0xFFFFFFF
                loops = 0 if high is None else loops + (new < high)
                high = new
            else:
                assert high is not None
                t = loops << 34 | high << 6 | low
                if kind == 10:
                    edges.append((t, word >> 8 & 31, word & 1))
                else:
                    assert kind in (0, 1)
                    events.append((t, word >> 11 & 2047, word & 2047, kind))
        return events, edges
    high = low = row = base = None
    loops, i = 0, 0
    while i < len(words):
        kind, value = words[i] >> 12, words[i] & 4095
        i += 1
        if kind == 8:
            if high is not None:
                assert (value - high) % 4096 in (0, 1)
                loops += value < high
            if value != high:
                low = None
            high = value
        elif kind == 6:
            low = value
        elif kind == 0:
            row = value
        else:
            assert high is not None
            assert low is not None
            t = loops << 24 | high << 12 | low
            if kind == 10:
                edges.append((t, value >> 8, value & 1))
                continue
            assert row is not None
            if kind == 2:
                events.append((t, value & 2047, row, value >> 11))
            elif kind == 3:
                base = value
            else:
                assert [word >> 12 for word in words[i - 1 : i + 2]] == [4, 4, 5]
                assert base is not None
                assert (base & 2047) + 32 <= width
                mask = value | (words[i] & 4095) << 12 | (words[i + 1] & 255) << 24
                events += [
                    (t, (base & 2047) + k, row, base >> 11) for k in range(32) if mask >> k & 1
                ]
                i, base = i + 2, None
    return events, edges


@pytest.mark.parametrize("encoding", ENCODINGS)
@reuse
@given(steps=steps, begin_us=st.integers(0, 2**40), cuts=st.lists(st.integers(0, 100), max_size=3))
def test_what_was_written_is_read_back(encoding, steps, begin_us, cuts, tmp_path, opened):
    events = runs(steps, begin_us)
    path = tmp_path / "events.raw"
    with RawEventWriter(path, resolution=(130, 100), encoding=encoding) as writer:
        places = [0, *sorted(min(cut, len(events)) for cut in cuts), len(events)]
        for first, last in pairwise(places):
            writer.append(Events(*(getattr(events, name)[first:last] for name in "txyp")))
    source = opened(path)
    assert source.format == f"RAW {encoding}"
    assert source.resolution == (130, 100)
    assert source.warnings == ()
    assert source.origin_us == events.t[0] % COUNTERS[encoding]
    found = source.read(0, source.duration_us)
    np.testing.assert_array_equal(found.t, events.t - events.t[0])
    for name in "xyp":
        np.testing.assert_array_equal(getattr(found, name), getattr(events, name))


@pytest.mark.parametrize("encoding", ENCODINGS)
@reuse
@given(
    steps=steps,
    begin_us=st.integers(0, 2**36),
    times=st.lists(st.integers(-50_000, 3_000_000), max_size=20),
)
def test_a_strict_decoder_accepts_events_and_triggers(encoding, steps, begin_us, times, tmp_path):
    events = runs(steps, begin_us)
    triggers = edges([begin_us + t for t in times])
    path = tmp_path / "events.raw"
    with RawEventWriter(path, resolution=(130, 100), encoding=encoding) as writer:
        writer.append_triggers(triggers)
        writer.append(events)
    rows, found = read_strictly(path, encoding)
    begin = min([events.t[0], *triggers.times_us])
    begin -= begin % COUNTERS[encoding]
    expected = np.column_stack((events.t - begin, events.x, events.y, events.p))
    np.testing.assert_array_equal(rows, expected)
    expected = np.column_stack((triggers.times_us - begin, triggers.channels, triggers.is_rising))
    np.testing.assert_array_equal(np.reshape(found, (-1, 3)), expected)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_triggers_are_read_back_on_the_recording_s_clock(encoding, tmp_path, opened):
    events = to_events([(1_000_000 + 10 * k, k % 100, 5, k % 2) for k in range(5000)])
    triggers = edges([999_000, 1_000_000, 1_000_005, 1_020_000, 1_050_500])
    path = tmp_path / "events.raw"
    with RawEventWriter(path, resolution=(130, 100), encoding=encoding) as writer:
        writer.append_triggers(triggers)
        writer.append(events)
    found = opened(path).triggers()
    np.testing.assert_array_equal(found.times_us, triggers.times_us - 1_000_000)
    np.testing.assert_array_equal(found.channels, triggers.channels)
    np.testing.assert_array_equal(found.is_rising, triggers.is_rising)


def test_neighbours_become_vectors_and_few_words(tmp_path):
    rows = [(100, x, 7, 1) for x in range(60, 92)]
    path = tmp_path / "events.raw"
    with RawEventWriter(path, resolution=(130, 100), encoding="EVT3") as writer:
        writer.append(to_events(rows))
    # Upper and lower time, row, base and three vectors.
    assert path.stat().st_size - read_raw_header(path).n_bytes == 2 * 7


def test_the_header_keeps_what_is_known_of_the_camera(tmp_path):
    kept = {"serial_number": "0307", "integrator_name": "Prophesee", "Date": "2020-09-25 07:48:29"}
    stated = {"format": "EVT21;width=1", "geometry": "1x1", "end": "", "evt": "2.1", "a b": "c"}
    path = tmp_path / "events.raw"
    with RawEventWriter(path, resolution=(130, 100), metadata=kept | stated) as writer:
        writer.append(to_events([(5, 1, 2, 1)]))
    text = path.read_bytes().split(b"% end\n")[0].decode()
    header = read_raw_header(path)
    assert (header.encoding, header.resolution) == ("EVT3", (130, 100))
    assert "% format EVT3;height=100;width=130\n% geometry 130x100\n" in text
    assert kept.items() <= header.metadata.items()
    assert "a b" not in text


def test_nothing_appears_under_the_name_before_the_end(tmp_path):
    path = tmp_path / "events.raw"
    path.write_bytes(b"what was there")

    def end_early():
        with RawEventWriter(path, resolution=(9, 9)) as writer:
            writer.append(to_events([(5, 1, 2, 1)]))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        end_early()
    assert [p.name for p in tmp_path.iterdir()] == ["events.raw"]
    assert path.read_bytes() == b"what was there"
    with pytest.raises(EventFileError, match="cannot be written"):
        RawEventWriter(tmp_path / "no" / "events.raw", resolution=(9, 9))


def test_what_cannot_be_written_is_refused(tmp_path):
    path = tmp_path / "events.raw"
    with pytest.raises(EventFileError, match="up to 2048 x 2048"):
        RawEventWriter(path, resolution=(4096, 100))
    with pytest.raises(ValueError, match="EVT2 or EVT3"):
        RawEventWriter(path, resolution=(9, 9), encoding="EVT4")
    with RawEventWriter(path, resolution=(130, 100)) as writer:
        writer.append(to_events([(5, 1, 2, 1)]))
        for rows in ([(4, 1, 2, 1)], [(9, 1, 2, 1), (8, 1, 2, 1)]):
            with pytest.raises(ValueError, match="decrease"):
                writer.append(to_events(rows))
        with pytest.raises(ValueError, match="inside 130 x 100"):
            writer.append(to_events([(9, 130, 2, 1)]))
        with pytest.raises(ValueError, match="triggers"):
            writer.append_triggers(edges([4]))
    with (
        pytest.raises(EventFileError, match="pause of 278 hours"),
        RawEventWriter(path, resolution=(9, 9)) as writer,
    ):
        writer.append(to_events([(0, 1, 2, 1), (10**12, 1, 2, 1)]))
