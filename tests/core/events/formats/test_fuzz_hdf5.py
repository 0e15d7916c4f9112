from __future__ import annotations

from contextlib import closing

import h5py
import hdf5plugin
import numpy as np
import pytest
from fuzzing import N_EXAMPLES, fuzz, mutations, open_damaged
from hypothesis import given, settings
from hypothesis import strategies as st

from evface.errors import EventFileError
from evface.events.events import Events
from evface.events.formats import hdf5_layout
from evface.events.formats.hdf5_layout import is_indexed, look_for_index
from evface.events.formats.hdf5_source import Hdf5Source
from evface.events.formats.hdf5_writer import CHUNK_EVENTS, write_events_hdf5
from evface.events.sources import open_events

# Two chunks and a part of one.
N_EVENTS = 80_000
COLUMNS = [f"events/{name}" for name in "xypt"]
PACKED = {
    "bitshuffle": hdf5plugin.Bitshuffle(cname="lz4"),
    "blosc": hdf5plugin.Blosc(cname="zstd"),
    "plain": {},
}


@pytest.fixture(scope="module")
def events():
    rng = np.random.default_rng(0)
    t = np.cumsum(rng.integers(0, 20, N_EVENTS))
    x, y = (rng.integers(0, size, N_EVENTS).astype(np.uint16) for size in (640, 480))
    return Events(t - t[0], x, y, rng.random(N_EVENTS) < 0.5)


@pytest.fixture(scope="module")
def written(events, tmp_path_factory):
    path = tmp_path_factory.mktemp("written") / "events.h5"
    write_events_hdf5(path, [events], resolution=(640, 480), metadata={"camera": "EVK4"})
    return path


def repack(written, path, *, packed, libver=("v110", "v110")):
    """Write the same again as others do, without checksums of chunks."""
    with h5py.File(written) as source, h5py.File(path, "w", libver=libver) as file:
        file.attrs.update(source.attrs)
        for name in (*COLUMNS, "ms_to_idx"):
            values = source[name][()]
            chunks = (min(CHUNK_EVENTS, len(values)),)
            file.create_dataset(name, data=values, chunks=chunks, **PACKED[packed])
        file["t_offset"] = source["t_offset"][()]
    return path


def first_byte(path, column, chunk):
    with h5py.File(path) as file:
        info = file[column].id.get_chunk_info(chunk)
        return info.byte_offset, info.size


@pytest.mark.parametrize("packed", ["own", *PACKED])
def test_no_damage_does_harm(packed, written, tmp_path_factory):
    path = tmp_path_factory.mktemp("fuzz") / "events.h5"
    if packed == "own":
        path.write_bytes(written.read_bytes())
    else:
        repack(written, path, packed=packed)
    valid = path.read_bytes()
    # Of a file with checksums of its structures only the values can be damaged unseen.
    first, _ = first_byte(path, "events/x", 0)

    @settings(fuzz, max_examples=max(N_EXAMPLES // 4, 1))
    @given(data=st.data())
    def damaged(data):
        n_head = data.draw(st.sampled_from((0, first)))
        open_damaged(path, data.draw(mutations(valid, n_head=n_head)))

    damaged()


@pytest.mark.parametrize("packed", ["own", "bitshuffle", "blosc"])
@pytest.mark.parametrize("column", ["events/x", "events/t"])
def test_a_damaged_chunk_loses_no_more_than_its_own_events(
    packed, column, written, events, tmp_path, assert_same
):
    path = tmp_path / "events.h5"
    if packed == "own":
        path.write_bytes(written.read_bytes())
    else:
        repack(written, path, packed=packed)
    begin, _ = first_byte(path, column, 1)
    data = bytearray(path.read_bytes())
    # Where Bitshuffle and Blosc state lengths.
    data[begin + 4 : begin + 16] = b"\xff" * 12
    path.write_bytes(data)
    with closing(open_events(path)) as source:
        kept = np.delete(np.arange(N_EVENTS), np.s_[CHUNK_EVENTS : 2 * CHUNK_EVENTS])
        expected = Events(*(getattr(events, name)[kept] for name in "txyp"))
        assert_same(source.read(0, source.duration_us), expected)
        assert_same(source.read(0, source.duration_us), expected)
        assert source.findings.n_damaged_words == CHUNK_EVENTS
        assert source.warnings == ("32,768 events in damaged parts of the file are left out",)


def test_a_damaged_beginning_leaves_the_clock_as_it_is(written, events, tmp_path, assert_same):
    path = repack(written, tmp_path / "events.h5", packed="blosc")
    with h5py.File(path, "r+") as file:
        file["events/t"][...] = file["events/t"][()] + 123_456
    begin, _ = first_byte(path, "events/x", 0)
    data = bytearray(path.read_bytes())
    data[begin + 4 : begin + 16] = b"\xff" * 12
    path.write_bytes(data)
    with closing(open_events(path)) as source:
        expected = Events(*(getattr(events, name)[CHUNK_EVENTS:] for name in "txyp"))
        assert_same(source.read(0, source.duration_us), expected)


@pytest.mark.parametrize("is_own", [True, False])
def test_without_its_first_time_the_clock_of_a_file_is_known_of_our_own_alone(
    is_own, written, events, tmp_path, assert_same
):
    path = repack(written, tmp_path / "events.h5", packed="blosc")
    if not is_own:
        with h5py.File(path, "r+") as file:
            del file.attrs["evface_version"]
    begin, _ = first_byte(path, "events/t", 0)
    data = bytearray(path.read_bytes())
    data[begin + 4 : begin + 16] = b"\xff" * 12
    path.write_bytes(data)
    if not is_own:
        with pytest.raises(EventFileError, match="is a damaged HDF5 event file"):
            open_events(path)
        return
    with closing(open_events(path)) as source:
        expected = Events(*(getattr(events, name)[CHUNK_EVENTS:] for name in "txyp"))
        assert_same(source.read(0, source.duration_us), expected)


def test_a_damaged_index_of_time_is_made_anew(written, events, tmp_path, assert_same):
    path = tmp_path / "events.h5"
    path.write_bytes(written.read_bytes())
    begin, n_bytes = first_byte(path, "ms_to_idx", 0)
    data = bytearray(path.read_bytes())
    data[begin : begin + n_bytes] = bytes(n_bytes)
    path.write_bytes(data)
    with closing(open_events(path)) as source:
        assert source.warnings == ("the time index is damaged; a new one is used",)
        assert_same(source.read(0, source.duration_us), events)


def test_files_without_checksums_are_looked_through_apart_and_once(
    written, events, tmp_path, monkeypatch, assert_same
):
    path = repack(written, tmp_path / "dsec.h5", packed="blosc", libver=("earliest", "v108"))
    looked = []

    def call_apart(look, path, *, kind):
        looked.append(kind)
        return look(path)

    monkeypatch.setattr(hdf5_layout, "call_apart", call_apart)
    for _ in range(2):
        with closing(open_events(path)) as source:
            assert isinstance(source, Hdf5Source)
            assert_same(source.read(0, source.duration_us), events)
    assert looked == ["HDF5"]


def test_what_the_library_cannot_open_is_told(written, tmp_path):
    path = repack(written, tmp_path / "dsec.h5", packed="blosc", libver=("earliest", "v108"))
    data = bytearray(path.read_bytes())
    data[200:1200] = b"\xff" * 1000
    path.write_bytes(data)
    with pytest.raises(EventFileError, match="is a damaged HDF5 file"):
        is_indexed(path)


def test_columns_that_cannot_be_checked_are_not_read_in_place(written, tmp_path):
    path = tmp_path / "gzip.h5"
    with h5py.File(written) as source, h5py.File(path, "w", libver=("v110", "v110")) as file:
        for name in (*COLUMNS, "ms_to_idx"):
            file.create_dataset(name, data=source[name][()], compression="gzip")
    assert not look_for_index(path)
