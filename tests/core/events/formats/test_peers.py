"""Our decoders and writers against those of three other libraries, on real recordings.

Other libraries write what ours read, and read what ours write: bit for bit.
"""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from evface.events.events import Events
from evface.events.formats.raw_writer import RawEventWriter
from evface.events.triggers import Triggers

SAMPLES = ("evt3_1280x720_8ms.raw", "evt3_640x480_2s.raw", "evt2_640x480_96ms.raw")


@pytest.fixture
def sample(shared_data, tmp_path, opened):
    """Return a function that opens a copy of a sample: source, and its events on its own clock."""

    def open_sample(name):
        path = tmp_path / name
        shutil.copyfile(shared_data(f"events/{name}"), path)
        source = opened(path)
        events = source.read(0, source.duration_us)
        return source, Events(events.t + source.origin_us, events.x, events.y, events.p)

    return open_sample


def by_evutils(path):
    io = pytest.importorskip("evutils.io")
    with io.EventReader(str(path)) as reader:
        return reader.read_all().to_numpy()


def by_faery(path, resolution):
    faery = pytest.importorskip("faery")
    stream = faery.events_stream_from_file(str(path), dimensions_fallback=resolution)
    return np.concatenate(list(stream))


def by_evt3(path):
    evt3 = pytest.importorskip("evt3")
    found = evt3.decode_file(str(path))
    return {"t": found.timestamp, "x": found.x, "y": found.y, "p": found.polarity}


def assert_agree(theirs, ours, *, counter_us=1 << 62):
    """Check all columns; times count from where the counter of the written format does."""
    begin_us = ours.t[0] // counter_us * counter_us
    np.testing.assert_array_equal(np.asarray(theirs["t"]).astype(np.int64), ours.t - begin_us)
    np.testing.assert_array_equal(theirs["x"], ours.x)
    np.testing.assert_array_equal(theirs["y"], ours.y)
    polarity = (
        theirs["on"]
        if getattr(theirs, "dtype", None) and "on" in theirs.dtype.names
        else (theirs["p"])
    )
    np.testing.assert_array_equal(np.asarray(polarity) > 0, ours.p)


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_decoded_as_by_evutils(name, sample):
    source, events = sample(name)
    assert_agree(by_evutils(source.path), events)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("encoding", ["EVT2", "EVT3"])
def test_what_we_write_is_read_by_all(encoding, name, sample, tmp_path):
    source, events = sample(name)
    path = tmp_path / "written.raw"
    with RawEventWriter(
        path, resolution=source.resolution, encoding=encoding, metadata=source.metadata
    ) as writer:
        writer.append(events)
    counter_us = 1 << (34 if encoding == "EVT2" else 24)
    assert_agree(by_evutils(path), events, counter_us=counter_us)
    assert_agree(by_faery(path, source.resolution), events, counter_us=counter_us)
    if encoding == "EVT3":
        assert_agree(by_evt3(path), events, counter_us=counter_us)


@pytest.mark.parametrize("encoding", ["EVT2", "EVT3"])
def test_the_triggers_that_we_write_are_read_by_evutils(encoding, sample, tmp_path):
    io = pytest.importorskip("evutils.io")
    source, events = sample(SAMPLES[1])
    edges = Triggers(
        np.arange(events.t[0] + 5, events.t[-1], 33_333),
        (np.arange(63) % 8).astype(np.uint8),
        np.arange(63) % 2 > 0,
    )
    path = tmp_path / "written.raw"
    with RawEventWriter(path, resolution=source.resolution, encoding=encoding) as writer:
        writer.append_triggers(edges)
        writer.append(events)
    with io.EventReader(str(path), ext_trigger=True) as reader:
        _, triggers = reader.read_all()
    np.testing.assert_array_equal(triggers.t, edges.times_us)
    np.testing.assert_array_equal(triggers.p, edges.is_rising)


@pytest.mark.parametrize(("version", "size"), [("dat1", (304, 240)), ("dat2", (640, 480))])
def test_dat_that_faery_writes_is_read(version, size, sample, tmp_path, opened, assert_same):
    faery = pytest.importorskip("faery")
    _, events = sample(SAMPLES[2])
    fits = (events.x < size[0]) & (events.y < size[1])
    events = Events(*(getattr(events, name)[fits] for name in "txyp"))
    records = np.empty(len(events), [("t", "<u8"), ("x", "<u2"), ("y", "<u2"), (("p", "on"), "?")])
    records["t"], records["x"], records["y"] = events.t, events.x, events.y
    records["on"] = events.p
    path = tmp_path / "written.dat"
    faery.events_stream_from_array(records, size).to_file(path, version=version, zero_t0=False)
    found = opened(path)
    assert found.format == f"DAT v{version[-1]}"
    assert found.resolution == size
    assert found.warnings == ()
    got = found.read(0, found.duration_us)
    assert_same(Events(got.t + found.origin_us, got.x, got.y, got.p), events)


def test_dat_is_decoded_as_by_evutils_and_faery(sample, write_raw, opened):
    _, events = sample(SAMPLES[2])
    rows = np.column_stack((events.t, events.x, events.y, events.p)).tolist()
    path = write_raw("DAT v2", rows=rows, resolution=(640, 480), name="events.dat")
    source = opened(path)
    assert source.n_events == len(events)
    assert_agree(by_evutils(path), events)
    assert_agree(by_faery(path, (640, 480)), events)


def test_evt21_is_decoded_as_by_evutils(sample, write_raw, opened):
    _, events = sample(SAMPLES[0])
    rows = np.column_stack((events.t, events.x, events.y, events.p)).tolist()[:50_000]
    path = write_raw("EVT2.1 legacy", rows=rows)
    found = opened(path)
    got = found.read(0, found.duration_us)
    assert_agree(by_evutils(path), Events(got.t + found.origin_us, got.x, got.y, got.p))
