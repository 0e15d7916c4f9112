from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evface.cameras.packet_bytes import evt2_bytes
from evface.cameras.raw_stream import RawStream
from evface.events.events import Events
from evface.events.formats.raw_header import read_raw_header
from evface.events.sources import open_events

RESOLUTION = (320, 240)


def _body(path):
    return path.read_bytes()[read_raw_header(path).n_bytes :]


def _feed(stream, data, cuts):
    """Return what a stream makes of data that comes in pieces."""
    events, raw, edges = [], [], []
    places = [0, *sorted(cuts), len(data)]
    for begin, end in pairwise(places):
        some, triggers, words = stream.feed(data[begin:end])
        events.append(some)
        raw.append(words)
        edges.extend([] if triggers is None else triggers.times_us.tolist())
    return Events.concatenate(events), b"".join(raw), edges


@pytest.mark.parametrize("encoding", ["EVT2", "EVT3"])
def test_bytes_cut_anywhere_give_the_events_of_the_file(write_raw, known, encoding):
    path = write_raw(known.events(), encoding=encoding)
    data = _body(path)
    cuts = np.random.default_rng(1).integers(0, len(data), 200).tolist()

    events, raw, _ = _feed(RawStream(encoding, RESOLUTION), data, cuts)

    source = open_events(path)
    truth = source.read(0, source.duration_us)
    source.close()
    shifted = Events(events.t - events.t[0], events.x, events.y, events.p)
    assert known.same(shifted, truth)
    assert raw == data


@pytest.mark.parametrize("name", ["evt3_1280x720_8ms.raw", "evt2_640x480_96ms.raw"])
def test_a_camera_s_own_bytes_give_the_events_of_the_file(shared_data, tmp_path, known, name):
    path = tmp_path / name
    path.write_bytes(shared_data(f"events/{name}").read_bytes())
    source = open_events(path)
    truth = source.read(0, source.duration_us)
    stream = RawStream(source.format[4:], source.resolution)

    events, raw, _ = _feed(stream, _body(path), range(1, 600_000, 9_973))

    shifted = Events(events.t - source.origin_us, events.x, events.y, events.p)
    source.close()
    assert known.same(shifted, truth)
    assert raw == _body(path)
    assert (stream.n_damaged, stream.n_outside, stream.n_restarts) == (0, 0, 0)


def test_triggers_come_with_the_bytes_that_hold_them(write_raw, known):
    truth = known.triggers()
    path = write_raw(known.events(), triggers=truth)

    _, _, edges = _feed(RawStream("EVT3", RESOLUTION), _body(path), range(101, 30_000, 777))

    assert edges == truth.times_us.tolist()


def test_decoding_ends_at_a_time_and_goes_on_from_there(write_raw, known):
    truth = known.events()
    words = np.frombuffer(_body(write_raw(truth)), "<u2")
    stream = RawStream("EVT3", RESOLUTION)
    parts, at = [], 0

    for until_us in range(10_000, 400_000, 7_000):
        events, _, n_done = stream.take(words[at:], until_us)
        assert not len(events) or events.t[-1] < until_us
        parts.append(events)
        at += n_done

    assert known.same(Events.concatenate(parts), truth)


def test_rows_are_forgotten_where_something_is_missing(write_raw, known):
    data = _body(write_raw(known.events(5_000)))
    stream = RawStream("EVT3", RESOLUTION)
    stream.feed(data[: len(data) // 2])
    stream.note_gap()

    # Columns alone, whose row was stated in what is missing.
    events, _, _ = stream.feed(np.array([0x2005, 0x2006], "<u2").tobytes())

    assert not len(events)
    assert stream.n_outside == 2


def _at(high, low=0):
    """Return EVT3 words of an event at a time, which is counted up to 16.8 s."""
    return np.array([0x8000 | high, 0x6000 | low, 0x0001, 0x2002], "<u2").tobytes()


def test_a_counter_that_began_again_where_something_is_missing_is_no_restart():
    stream = RawStream("EVT3", RESOLUTION)
    stream.feed(_at(3_000))
    stream.note_gap()

    # Ten seconds later, which the counter cannot tell from some seconds before.
    events, _, _ = stream.feed(_at(3_000 + 2_442 - 4_096))

    assert events.t.tolist() == [(3_000 + 2_442) * 4_096]
    assert stream.n_restarts == 0
    # Without anything missing it is one.
    stream.feed(_at(100))
    assert stream.n_restarts == 1


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=4_000), st.sampled_from(["EVT2", "EVT3", "EVT2.1 legacy"]))
def test_any_bytes_give_sorted_events_inside_the_sensor(data, encoding):
    stream = RawStream(encoding, RESOLUTION)
    events, raw, _ = _feed(stream, data, range(7, len(data), 131))

    assert np.all(np.diff(events.t) >= 0)
    assert np.all(events.x < RESOLUTION[0])
    assert np.all(events.y < RESOLUTION[1])
    assert data.startswith(raw)
    assert len(data) - len(raw) < stream.word.itemsize


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2**40), st.integers(0, 319), st.integers(0, 239))),
    st.lists(st.integers(0, 2**40), max_size=5),
)
def test_events_and_triggers_come_back_from_evt2(known, rows, trigger_times):
    base = min([t for t, _, _ in rows] + trigger_times, default=0)
    within = [(base + (t - base) % 50_000, x, y) for t, x, y in rows]
    columns = np.array(sorted(within), np.int64).reshape(-1, 3).T
    t, x, y = (np.ascontiguousarray(column) for column in columns)
    truth = Events(t, x.astype("u2"), y.astype("u2"), x % 2 == 0)
    times = np.array(sorted(base + (t - base) % 50_000 for t in trigger_times), np.int64)
    triggers = known.triggers(len(times))
    triggers = type(triggers)(times, triggers.channels, triggers.is_rising)

    stream = RawStream("EVT2", RESOLUTION)
    events, edges, _ = stream.feed(evt2_bytes(truth, triggers))

    # The format states times modulo 2**34 us.
    assert np.array_equal(events.t, truth.t % 2**34) or (base % 2**34) > 2**34 - 50_000
    assert known.same(Events(truth.t, events.x, events.y, events.p), truth)
    assert (0 if edges is None else len(edges)) == len(times)


@pytest.mark.parametrize("span_us", [3_600_000_001, 1 << 40, (1 << 62) + 12345])
def test_a_clock_that_jumps_far_costs_no_words(known, span_us):
    some, others = known.events(50), known.events(70, seed=1)
    later = Events(others.t + span_us, others.x, others.y, others.p)
    triggers = known.triggers(4)
    raw = evt2_bytes(Events.concatenate([some, later]), triggers)
    assert len(raw) < 10_000
    events, edges, _ = RawStream("EVT2", RESOLUTION).feed(raw)
    first = Events(events.t[:50], events.x[:50], events.y[:50], events.p[:50])
    assert known.same(first, some)
    assert np.array_equal(edges.times_us, triggers.times_us)
    assert np.array_equal(events.x[50:], others.x[: len(events) - 50])
