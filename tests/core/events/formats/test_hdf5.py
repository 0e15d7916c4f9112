from __future__ import annotations

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evface.errors import EventFileError
from evface.events.events import Events
from evface.events.formats.hdf5_writer import Hdf5EventWriter, write_events_hdf5
from evface.events.triggers import Triggers

SIZE = (640, 480)


def make_events(times, seed=0):
    rng = np.random.default_rng(seed)
    t = np.asarray(times, np.int64)
    n = len(t)
    x, y = (rng.integers(0, size, n).astype(np.uint16) for size in SIZE)
    return Events(t, x, y, rng.random(n) < 0.5)


def from_zero(events):
    return Events(events.t - events.t[0], events.x, events.y, events.p)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.integers(0, 2000), min_size=1, max_size=200),
    begin_us=st.integers(-(2**40), 2**40),
    cut=st.integers(0, 200),
)
def test_what_was_written_is_read_back(steps, begin_us, cut, tmp_path, opened, assert_same):
    events = make_events(begin_us + np.cumsum(steps))
    parts = [events.between(-(2**60), events.t[min(cut, len(events) - 1)])]
    parts.append(events.between(events.t[min(cut, len(events) - 1)], 2**60))
    path = tmp_path / "events.h5"
    write_events_hdf5(path, parts, resolution=SIZE)
    source = opened(path)
    assert (source.format, source.resolution) == ("HDF5", SIZE)
    assert source.origin_us == events.t[0]
    assert source.n_events == len(events)
    assert source.duration_us == events.t[-1] - events.t[0] + 1
    assert source.warnings == ()
    assert_same(source.read(0, source.duration_us), from_zero(events))


def test_many_appended_pieces_are_one_recording(tmp_path, opened, assert_same):
    events = make_events(np.sort(np.random.default_rng(0).integers(0, 3_000_000, 1_300_000)))
    path = tmp_path / "events.h5"
    with Hdf5EventWriter(path, resolution=SIZE) as writer:
        for first in range(0, len(events), 99_991):
            piece = slice(first, first + 99_991)
            writer.append(Events(*(getattr(events, name)[piece] for name in "txyp")))
    source = opened(path)
    whole = from_zero(events)
    assert_same(source.read(0, source.duration_us), whole)
    windows = [source.read(k, k + 33_333) for k in range(0, source.duration_us, 33_333)]
    assert_same(Events.concatenate(windows), whole)
    for start, stop in np.sort(np.random.default_rng(1).integers(-9, 3_000_009, (50, 2)), axis=1):
        assert_same(source.read(int(start), int(stop)), whole.between(start, stop))
    np.testing.assert_array_equal(source.rate(50_000), np.bincount(whole.t // 50_000))
    with h5py.File(path) as file:
        assert {n: file["events"][n].dtype.str for n in "xypt"} == {
            "x": "<u2", "y": "<u2", "p": "|u1", "t": "<u4",
        }  # fmt: skip
        assert file["events/t"].chunks == (32768,)
        index = file["ms_to_idx"][()]
        ms = np.arange(len(index) - 1)
        np.testing.assert_array_equal(index[:-1], np.searchsorted(whole.t, ms * 1000))
        assert index[-1] == len(events)
        assert file["t_offset"][()] == events.t[0]


def test_times_beyond_32_bits_are_kept(tmp_path, opened, assert_same):
    hour_us = 3_600_000_000
    times = np.sort(np.random.default_rng(0).integers(0, 5 * hour_us, 5000))
    events = make_events(np.concatenate([[7], times + 7]))
    path = tmp_path / "long.h5"
    write_events_hdf5(path, [events], resolution=SIZE)
    source = opened(path)
    whole = from_zero(events)
    assert source.duration_us == whole.t[-1] + 1
    assert_same(source.read(0, source.duration_us), whole)
    for start in (0, 2**32 - 10**7, 2**32, 2**33 + 1, 4 * hour_us):
        assert_same(source.read(start, start + 10**8), whole.between(start, start + 10**8))


def test_a_pause_of_hours_is_kept(tmp_path, opened):
    path = tmp_path / "pause.h5"
    write_events_hdf5(path, [make_events([0, 5 * 10**9, 5 * 10**9 + 3])], resolution=SIZE)
    assert opened(path).read(0, 10**10).t.tolist() == [0, 5 * 10**9, 5 * 10**9 + 3]


def test_words_and_the_video_s_time_come_back(tmp_path, opened):
    path = tmp_path / "events.h5"
    words = {"camera": "EVK4", "Ort": "Zürich"}
    with Hdf5EventWriter(path, resolution=SIZE, metadata=words, video_offset_us=-12) as writer:
        writer.append(make_events([5, 6]))
    source = opened(path)
    assert source.metadata == words
    assert source.video_offset_us == -12
    write_events_hdf5(path, [make_events([5])], resolution=SIZE)
    assert opened(path).video_offset_us is None


def test_a_recording_without_events_can_be_read(tmp_path, opened):
    path = tmp_path / "none.h5"
    write_events_hdf5(path, [Events.empty()], resolution=SIZE)
    source = opened(path)
    assert (source.n_events, source.duration_us, len(source.rate(1000))) == (0, 0, 0)
    assert len(source.read(0, 100)) == 0


def test_a_broken_off_writing_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "events.h5"
    path.write_bytes(b"old")

    def batches():
        yield make_events([1, 2])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_events_hdf5(path, batches(), resolution=SIZE)
    assert [p.name for p in tmp_path.iterdir()] == ["events.h5"]
    assert path.read_bytes() == b"old"


def test_wrong_events_are_refused(tmp_path):
    with Hdf5EventWriter(tmp_path / "a.h5", resolution=(10, 10)) as writer:
        with pytest.raises(ValueError, match="inside 10 x 10"):
            writer.append(make_events([1, 2, 3]))
        small = Events(
            np.array([5, 9]), np.zeros(2, np.uint16), np.zeros(2, np.uint16), np.zeros(2, bool)
        )
        writer.append(small)
        with pytest.raises(ValueError, match="must not decrease"):
            writer.append(small)
    with pytest.raises(ValueError, match="positive"):
        Hdf5EventWriter(tmp_path / "b.h5", resolution=(0, 10))


def test_a_folder_that_does_not_exist_is_told(tmp_path):
    with pytest.raises(EventFileError, match="cannot be written"):
        Hdf5EventWriter(tmp_path / "missing" / "a.h5", resolution=SIZE)


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path, monkeypatch):
    writer = Hdf5EventWriter(tmp_path / "a.h5", resolution=SIZE)
    writer.append(make_events([1, 2]))

    def fail(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(h5py.Dataset, "__setitem__", fail)
    with pytest.raises(EventFileError, match=r"a\.h5: cannot be written \(No space left"):
        writer.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("has_index", [True, False])
def test_dsec_files_are_read(tmp_path, opened, assert_same, has_index):
    events = make_events(np.sort(np.random.default_rng(0).integers(1500, 900_000, 4000)))
    path = tmp_path / "dsec.h5"
    with h5py.File(path, "w") as file:
        for name in "xy":
            file[f"events/{name}"] = getattr(events, name)
        file["events/p"] = events.p.astype("u1")
        file["events/t"] = events.t.astype("u4")
        file["t_offset"] = np.int64(10**12)
        if has_index:
            ms = np.arange(events.t[-1] // 1000 + 1)
            file["ms_to_idx"] = np.searchsorted(events.t, ms * 1000).astype("u8")
    source = opened(path)
    assert source.resolution == (640, 480)
    assert "640 x 480 is assumed" in source.warnings[0]
    assert source.origin_us == 10**12 + events.t[0]
    assert_same(source.read(0, source.duration_us), from_zero(events))
    start, stop = 100_000, 200_000
    assert_same(source.read(start, stop), from_zero(events).between(start, stop))


def test_damage_is_told_or_mended(tmp_path, opened, assert_same):
    events = make_events(np.sort(np.random.default_rng(0).integers(0, 900_000, 40_000)))
    path = tmp_path / "a.h5"
    write_events_hdf5(path, [events], resolution=SIZE)
    sound = path.read_bytes()
    with h5py.File(path, "r+") as file:
        file["ms_to_idx"][10:20] = 0
    source = opened(path)
    assert "index is damaged" in source.warnings[0]
    assert_same(source.read(0, source.duration_us), from_zero(events))

    path = tmp_path / "outside.h5"
    path.write_bytes(sound)
    with h5py.File(path, "r+") as file:
        file["events/x"][7] = 5000
    source = opened(path)
    assert len(source.read(0, source.duration_us)) == len(events) - 1
    assert "outside the sensor" in source.warnings[0]

    for n_bytes in (20, 3000, len(sound) // 2, len(sound) - 10):
        path = tmp_path / f"cut_{n_bytes}.h5"
        path.write_bytes(sound[:n_bytes])
        with pytest.raises(EventFileError, match=r"cut off|damaged"):
            opened(path)


def test_flipped_bytes_never_crash(tmp_path, opened):
    events = make_events(np.sort(np.random.default_rng(0).integers(0, 90_000, 5000)))
    path = tmp_path / "a.h5"
    write_events_hdf5(path, [events], resolution=SIZE)
    sound = path.read_bytes()
    rng = np.random.default_rng(0)
    for k in range(40):
        data = bytearray(sound)
        for at in rng.integers(0, len(data), 20):
            data[at] ^= 1 << int(rng.integers(0, 8))
        path = tmp_path / f"{k}.h5"
        path.write_bytes(data)
        try:
            source = opened(path)
            if source.duration_us < 10**9:
                found = source.read(0, source.duration_us)
                assert np.all(np.diff(found.t) >= 0)
        except EventFileError:
            continue


def test_other_hdf5_files_are_told(tmp_path, opened):
    path = tmp_path / "other.h5"
    with h5py.File(path, "w") as file:
        file["weights"] = np.zeros(3)
    with pytest.raises(EventFileError, match="without events"):
        opened(path)
    with h5py.File(path, "w") as file:
        file["events/x"] = np.zeros(3)
    with pytest.raises(EventFileError, match="without events"):
        opened(path)


def test_triggers_are_kept(tmp_path, opened):
    path = tmp_path / "events.h5"
    triggers = Triggers(
        np.array([90, 100, 250]), np.array([1, 0, 6], np.uint8), np.array([True, False, True])
    )
    t, zeros = np.array([100, 200, 300]), np.zeros(3, np.uint16)
    with Hdf5EventWriter(path, resolution=(9, 9)) as writer:
        writer.append_triggers(triggers.part(0, 1))
        writer.append(Events(t, zeros, zeros, np.ones(3, bool)))
        writer.append_triggers(triggers.part(1, 3))
        with pytest.raises(ValueError, match="decrease"):
            writer.append_triggers(triggers)
    found = opened(path).triggers()
    assert found.times_us.tolist() == [-10, 0, 150]
    assert found.channels.tolist() == [1, 0, 6]
    assert found.is_rising.tolist() == [True, False, True]
