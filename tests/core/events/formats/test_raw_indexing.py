from __future__ import annotations

import threading
import time
from contextlib import ExitStack, closing
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from evface.events.events import Events
from evface.events.formats import raw_index_builder, raw_indexing
from evface.events.formats.raw import RawSource
from evface.events.formats.raw_index import ENCODINGS, INDEX_SHAPES
from evface.events.formats.raw_index_builder import RawIndexBuilder
from evface.events.index import index_paths
from evface.events.sources import IndexedSource, open_events

_DEADLINE_S = 20.0


@pytest.fixture
def followed():
    """Return a function that opens a file without waiting; its sources are closed afterwards."""
    with ExitStack() as stack:
        yield lambda path: stack.enter_context(closing(open_events(path, waits=False)))


@pytest.fixture
def in_a_hurry(monkeypatch):
    """Let files count as written, and the index be shown, after a moment."""
    monkeypatch.setattr(raw_indexing, "_QUIET_S", 0.3)
    monkeypatch.setattr(raw_indexing, "_LOOKED_AT_EVERY_S", 0.01)


def wait_until(holds):
    deadline = time.monotonic() + _DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline, "did not come about in time"
        time.sleep(0.005)


def steps_of_the_thread(monkeypatch):
    """Let the thread that indexes take a step only when the semaphore that is returned lets it."""
    steps, advance = threading.Semaphore(0), RawIndexBuilder.advance

    def advance_when_allowed(builder, n_words):
        if threading.current_thread() is not threading.main_thread():
            steps.acquire(timeout=_DEADLINE_S)
        return advance(builder, n_words)

    monkeypatch.setattr(RawIndexBuilder, "advance", advance_when_allowed)
    return steps


def words_of(path):
    data = path.read_bytes()
    return np.frombuffer(data[data.index(b"% end\n") + 6 :], "<u2")


def make_builder(words):
    return RawIndexBuilder(lambda begin, end: words[begin:end], ENCODINGS["EVT3"], (1280, 720))


def whole_index(words):
    builder = make_builder(words)
    while builder.advance(len(words)):
        pass
    return builder.index(len(words))


def assert_same_index(one, other):
    for name in INDEX_SHAPES:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)


@pytest.fixture
def long_words(write_raw, make_rows):
    """Return some 300 000 words, with damage here and there."""
    words = words_of(write_raw("EVT3", rows=make_rows(120_000, duration_us=3_000_000))).copy()
    rng = np.random.default_rng(0)
    for at in rng.integers(0, len(words) - 200, 12):
        words[at : at + 100] = rng.integers(0, 1 << 16, 100)
    words[rng.integers(0, len(words), 60)] = rng.integers(0x8000, 0x9000, 60)
    return words


def test_an_index_that_grows_by_any_steps_is_that_of_the_whole(long_words):
    expected = whole_index(long_words)
    rng = np.random.default_rng(1)
    for _ in range(3):
        builder = make_builder(long_words)
        for n_words in np.sort(rng.integers(0, len(long_words), 25)):
            while builder.advance(int(n_words)):
                pass
            # Showing what there is now must not change what comes.
            assert builder.index(int(n_words)).is_consistent(int(n_words))
        while builder.advance(len(long_words)):
            pass
        assert_same_index(builder.index(len(long_words)), expected)


def test_what_is_shown_while_indexing_is_the_beginning(long_words):
    whole = whole_index(long_words)
    builder = make_builder(long_words)
    builder.advance(150_000)
    part = builder.index()
    assert 0 < part.n_words == builder.n_words < len(long_words)
    assert part.n_events == builder.n_events
    expected = whole.cut_at(part.n_words // part.spacing)
    assert_same_index(part, replace(expected, totals=part.totals))


def test_an_index_of_any_length_is_bounded_and_still_right(
    monkeypatch, write_raw, make_rows, assert_same
):
    rows = make_rows(200_000, duration_us=2_000_000)
    path = write_raw("EVT3", rows=rows)
    with closing(RawSource(path)) as source:
        whole, rate = source.read(0, source.duration_us), source.rate(64_000)
    index_paths(path)[0].unlink()
    monkeypatch.setattr(raw_index_builder, "_MAX_POINTS", 4)
    monkeypatch.setattr(raw_index_builder, "_MAX_STEPS", 100)
    with closing(RawSource(path)) as source:
        index = source._index
        assert len(index.states) <= 6
        assert len(index.ms) <= 110
        assert_same(source.read(0, source.duration_us), whole)
        assert_same(source.read(700_000, 800_000), whole.between(700_000, 800_000))
        np.testing.assert_array_equal(source.rate(64_000), rate)
        assert source.rate(1000).sum() == len(whole)


def test_a_kept_index_is_used_without_waiting(write_raw, make_rows, followed):
    path = write_raw("EVT3", rows=make_rows(2000, duration_us=10_000))
    open_events(path).close()
    source = followed(path)
    assert source.is_complete
    assert source.n_events == 2000
    assert isinstance(source, IndexedSource)
    assert source.indexed_share == 1.0


@pytest.mark.usefixtures("in_a_hurry")
def test_a_large_file_can_be_read_while_it_is_indexed(
    monkeypatch, long_words, write_raw, assert_same, followed
):
    monkeypatch.setattr(raw_indexing, "_AT_ONCE_S", 0.0)
    monkeypatch.setattr(raw_indexing, "_PUBLISHED_EVERY_S", 0.0)
    monkeypatch.setattr(raw_index_builder, "_BLOCK_WORDS", 1 << 14)
    path = write_raw("EVT3", long_words)
    with closing(open_events(path)) as source:
        whole, rate = source.read(0, source.duration_us), source.rate(1000)
    index_paths(path)[0].unlink()
    steps = steps_of_the_thread(monkeypatch)
    source = followed(path)
    durations = []
    while not source.is_complete:
        steps.release()
        durations.append(source.duration_us)
        part = source.read(0, durations[-1])
        assert_same(part, whole.between(0, durations[-1]))
        assert source.rate(1000)[: durations[-1] // 1000].tolist() == (
            rate[: durations[-1] // 1000].tolist()
        )
    assert durations == sorted(durations)
    assert durations[0] < len(rate) * 1000 / 2
    assert_same(source.read(0, source.duration_us), whole)
    assert index_paths(path)[0].exists()


@pytest.mark.usefixtures("in_a_hurry")
@pytest.mark.parametrize("encoding", ["EVT2", "EVT3"])
def test_a_file_that_is_being_recorded_is_followed(
    encoding, write_raw, make_rows, assert_same, followed
):
    path = write_raw(encoding, rows=make_rows(60_000, duration_us=1_000_000))
    with closing(open_events(path)) as source:
        whole = source.read(0, source.duration_us)
    index_paths(path)[0].unlink()
    data = path.read_bytes()
    cuts = np.linspace(2000, len(data), 12).astype(int)
    path.write_bytes(data[: cuts[0]])
    source = followed(path)
    assert not source.is_complete
    assert source.warnings == ()
    for begin, end in pairwise(cuts):
        n_before = source.n_events
        with path.open("ab") as file:
            file.write(data[begin:end])
        wait_until(lambda n=n_before: source.n_events > n)
        shown = source.read(0, source.duration_us)
        assert_same(shown, Events(*(getattr(whole, c)[: len(shown)] for c in "txyp")))
    wait_until(lambda: source.is_complete)
    assert_same(source.read(0, source.duration_us), whole)
    assert index_paths(path)[0].exists()


@pytest.mark.usefixtures("in_a_hurry")
def test_a_file_that_grows_after_all_is_followed_again(write_raw, make_rows, assert_same, followed):
    path = write_raw("EVT3", rows=make_rows(40_000, duration_us=1_000_000))
    with closing(open_events(path)) as source:
        whole = source.read(0, source.duration_us)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2 * 2 // 2])
    index_paths(path)[0].unlink()
    open_events(path).close()
    source = followed(path)
    assert source.is_complete
    with path.open("ab") as file:
        file.write(data[path.stat().st_size :])
    wait_until(lambda: source.n_events == len(whole))
    wait_until(lambda: source.is_complete)
    assert_same(source.read(0, source.duration_us), whole)


@pytest.mark.usefixtures("in_a_hurry")
def test_a_followed_file_that_becomes_shorter_keeps_what_is_known_and_says_so(
    write_raw, make_rows, followed
):
    path = write_raw("EVT3", rows=make_rows(20_000, duration_us=500_000))
    source = followed(path)
    n_events = source.n_events
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    wait_until(lambda: source.warnings)
    assert "became shorter" in source.warnings[0]
    assert source.is_complete
    assert source.n_events == n_events


@pytest.mark.usefixtures("in_a_hurry")
def test_a_drive_that_is_gone_for_a_while_does_no_harm(write_raw, make_rows, followed):
    path = write_raw("EVT3", rows=make_rows(20_000, duration_us=500_000))
    open_events(path).close()
    source = followed(path)
    gone = path.with_name("gone.raw")
    path.rename(gone)
    time.sleep(0.1)
    gone.rename(path)
    with path.open("ab") as file:
        file.write(np.array([0x8FFF, 0x6001, 3, 0x2005], "<u2").tobytes())
    wait_until(lambda: source.n_events == 20_001)
    assert source.warnings == ()


def test_closing_ends_indexing_at_once(monkeypatch, long_words, write_raw):
    monkeypatch.setattr(raw_indexing, "_AT_ONCE_S", 0.0)
    monkeypatch.setattr(raw_index_builder, "_BLOCK_WORDS", 1 << 14)
    path = write_raw("EVT3", np.tile(long_words, 4))
    source = open_events(path, waits=False)
    source.close()
    assert source.n_events > 0
    assert not index_paths(path)[0].exists()


def test_many_threads_read_what_one_reads(monkeypatch, write_raw, make_rows, assert_same):
    from evface.events.formats import raw_decoding

    rows = make_rows(150_000, duration_us=1_000_000)
    for encoding in ("EVT2", "EVT3"):
        with closing(open_events(write_raw(encoding, rows=rows, name=f"{encoding}.raw"))) as source:
            rng = np.random.default_rng(0)
            windows = np.sort(rng.integers(0, source.duration_us, (40, 2)), axis=1).tolist()
            monkeypatch.setattr(raw_decoding, "_MAX_THREADS", 1)
            expected = [source.read(*window) for window in windows]
            monkeypatch.setattr(raw_decoding, "_MAX_THREADS", 4)
            monkeypatch.setattr(raw_decoding, "_EVENTS_PER_THREAD", 1)
            for window, events in zip(windows, expected, strict=True):
                assert_same(source.read(*window), events)
