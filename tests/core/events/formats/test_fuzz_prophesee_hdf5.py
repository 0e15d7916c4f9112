from __future__ import annotations

import h5py
import numpy as np
import pytest
from fuzzing import N_EXAMPLES, assert_equal, fuzz, mutations, open_damaged
from hypothesis import given, settings
from hypothesis import strategies as st

from evface.errors import EventFileError
from evface.events.events import Events
from evface.events.formats.ecf import ECF_FILTER
from evface.events.formats.prophesee_hdf5 import PropheseeHdf5Source
from evface.events.formats.prophesee_hdf5_writer import PropheseeHdf5Writer
from evface.events.formats.prophesee_layout import PropheseeLayout, find_layout, read_layout
from evface.events.triggers import Triggers

CHUNK = 50


def ecf_chunk(t, x, y, p):
    """Encode events of one row each, by the description of the format, all packed together."""
    out = bytearray((len(t) << 2 | 2).to_bytes(4, "little") + int(t[0]).to_bytes(8, "little"))
    for step in np.diff(t, prepend=t[0]):
        out.append(int(step) << 4 | 1)
    values = [int(v) for v in y.astype(int) << 12 | x.astype(int) << 1 | p]
    values += [0] * (-len(values) % 4)
    for a, b, c, d in zip(*(values[k::4] for k in range(4)), strict=True):
        words = a << 8 | b & 0xFF, b >> 8 << 16 | c & 0xFFFF, c >> 16 << 24 | d
        out += b"".join(word.to_bytes(4, "little") for word in words)
    return bytes(out)


class Valid(tuple):
    """What `valid` gives; its words in reports of failures are short."""

    def __repr__(self) -> str:
        return "valid"


@pytest.fixture(scope="module", params=["ecf", "plain"])
def valid(request, tmp_path_factory):
    """A small recording: its bytes, its layout, its events, and a path."""
    rng = np.random.default_rng(0)
    t = 1000 + np.cumsum(rng.integers(0, 14, 400))
    x, y = (rng.integers(0, size, 400).astype(np.uint16) for size in (64, 48))
    events = Events(t, x, y, rng.random(400) < 0.5)
    path = tmp_path_factory.mktemp("fuzz") / "events.hdf5"
    with PropheseeHdf5Writer(path, resolution=(64, 48)) as writer:
        writer.append_triggers(Triggers(t[:5], np.zeros(5, np.uint8), np.ones(5, bool)))
        writer.append(events)
    if request.param == "ecf":
        with h5py.File(path, "r+") as file:
            kind = file["CD/events"].dtype
            del file["CD/events"]
            dataset = file.create_dataset(
                "CD/events", (400,), kind, chunks=(CHUNK,),
                compression=ECF_FILTER, allow_unknown_filter=True,
            )  # fmt: skip
            for k in range(0, 400, CHUNK):
                part = slice(k, k + CHUNK)
                dataset.id.write_direct_chunk(
                    (k,), ecf_chunk(t[part], x[part], y[part], events.p[part])
                )
    whole = Events(t - t[0], x, y, events.p)
    layout = find_layout(path)
    assert_equal(open_damaged(path, path.read_bytes(), reader(layout)), whole)
    return Valid((path.read_bytes(), layout, whole, path))


def reader(layout):
    return lambda path: PropheseeHdf5Source(path, layout)


@fuzz
@given(data=st.data())
def test_no_damage_to_chunks_does_harm(valid, data):
    content, layout, _, path = valid
    first = int(layout.chunks[1].min())
    open_damaged(path, data.draw(mutations(content, n_head=first)), reader(layout))


@fuzz
@given(data=st.data())
def test_a_flipped_bit_costs_its_chunk_at_most(valid, data):
    content, layout, whole, path = valid
    k = data.draw(st.integers(0, layout.chunks.shape[1] - 1))
    number, place, length, _ = (int(value) for value in layout.chunks[:, k])
    damaged = bytearray(content)
    damaged[place + data.draw(st.integers(0, length - 1))] ^= 1 << data.draw(st.integers(0, 7))
    found = open_damaged(path, bytes(damaged), reader(layout))
    size = layout.chunk_events
    n_own = min(size, len(whole) - number * size)
    if found is None:
        assert n_own == len(whole)
        return
    # All others are there; where the first is lost, times count from the second.
    n_after = len(whole) - number * size - n_own
    np.testing.assert_array_equal(found.x[: number * size], whole.x[: number * size])
    np.testing.assert_array_equal(found.x[len(found) - n_after :], whole.x[len(whole) - n_after :])
    if number and n_after:
        last = len(found) - n_after
        late = np.maximum(whole.t[len(whole) - n_after :], found.t[last - 1])
        np.testing.assert_array_equal(found.t[last:], late)


def open_with(valid, arrays):
    content, _, _, path = valid
    try:
        layout = PropheseeLayout.from_arrays(arrays)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        return
    open_damaged(path, content, reader(layout))


@fuzz
@given(
    name=st.sampled_from(("places", "triggers")),
    row=st.integers(0, 2),
    column=st.integers(0, 4),
    value=st.integers(-(2**63), 2**63 - 1) | st.integers(-1, 2**16),
)
def test_no_table_of_chunks_does_harm(valid, name, row, column, value):
    arrays = valid[1].to_arrays()
    arrays[name] = arrays[name].copy()
    arrays[name][row, column % arrays[name].shape[1]] = value
    open_with(valid, arrays)


@fuzz
@given(data=st.data())
def test_no_words_of_a_layout_do_harm(valid, data):
    arrays = valid[1].to_arrays()
    text = data.draw(mutations(arrays["layout"].astype(np.uint8).tobytes()))
    open_with(valid, arrays | {"layout": np.frombuffer(text, np.uint8).astype(np.int64)})


# Each opens the file in a process of its own.
@settings(fuzz, max_examples=max(N_EXAMPLES // 10, 2))
@given(data=st.data())
def test_no_damage_to_a_file_does_harm(valid, data):
    content, _, _, path = valid
    path.with_name(f".{path.name}.evfidx.npz").unlink(missing_ok=True)
    open_damaged(path, data.draw(mutations(content)))


def test_what_the_library_says_of_a_damaged_file_is_passed_on(valid):
    content, _, _, path = valid
    path.write_bytes(content[:40] + b"\xff" * 400 + content[440:])
    with pytest.raises(EventFileError, match="is a damaged HDF5 file"):
        read_layout(path)
