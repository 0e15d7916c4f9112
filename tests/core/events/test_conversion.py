from __future__ import annotations

import contextlib
import time

import numpy as np
import platformdirs
import pytest
from encoding_others import aedat4, event_stream, events_buffer, frame_buffer, rows_at_random

from evface.errors import EventFileError
from evface.events import conversion
from evface.events.decoded_source import ConvertedSource, MemorySource
from evface.events.sources import open_events

ROWS = rows_at_random(20_000)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The user's cache, empty; every file counts as large."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: folder)
    monkeypatch.setattr(conversion, "_SMALL_BYTES", 0)
    return folder / "converted"


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "a.es"
    path.write_bytes(event_stream(ROWS))
    return path


def check_rows(source, rows=ROWS):
    events = source.read(0, source.duration_us)
    np.testing.assert_array_equal(events.t + source.origin_us, rows[:, 0])
    for column, name in ((1, "x"), (2, "y"), (3, "p")):
        np.testing.assert_array_equal(getattr(events, name), rows[:, column])


def test_a_small_file_is_held_in_memory(recording):
    with contextlib.closing(open_events(recording)) as source:
        assert isinstance(source, MemorySource)
        check_rows(source)


def test_a_large_file_is_converted_once(recording, cache):
    fractions = []
    with contextlib.closing(
        open_events(recording, report=lambda fraction, _: fractions.append(fraction))
    ) as source:
        assert isinstance(source, ConvertedSource)
        check_rows(source)
        assert (source.path, source.format) == (recording, "Event Stream 2.0.0 (DVS)")
        assert (source.resolution, source.warnings) == ((64, 48), ())
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    copies = list(cache.iterdir())
    assert [copy.suffix for copy in copies] == [".h5"]
    made = copies[0].stat().st_ino
    with contextlib.closing(open_events(recording)) as source:
        check_rows(source)
    assert copies[0].stat().st_ino == made


def test_a_changed_file_is_converted_again(recording, cache):
    open_events(recording).close()
    recording.write_bytes(event_stream(ROWS[:5000]))
    with contextlib.closing(open_events(recording)) as source:
        check_rows(source, ROWS[:5000])
    assert len(list(cache.iterdir())) == 1


def test_a_damaged_copy_is_made_again(recording, cache):
    open_events(recording).close()
    copy = next(cache.iterdir())
    copy.write_bytes(copy.read_bytes()[:2000])
    with contextlib.closing(open_events(recording)) as source:
        check_rows(source)


def test_pictures_triggers_and_warnings_are_kept(tmp_path, cache):
    path = tmp_path / "a.aedat4"
    parts = [(0, events_buffer(ROWS)), (1, frame_buffer(9, 7, 11, np.zeros((48, 64), np.uint8)))]
    path.write_bytes(aedat4([*parts, (4, events_buffer(ROWS[:3]))], with_table=False))
    for _ in range(2):
        with contextlib.closing(open_events(path)) as source:
            assert (source.frames.times_us + source.origin_us).tolist() == [9]
            assert len(source.warnings) == 2
            assert source.metadata["camera"] == "DAVIS346_1"
            check_rows(source)
    assert cache.is_dir()


def test_a_file_that_cannot_be_decoded_leaves_nothing_behind(tmp_path, cache):
    path = tmp_path / "a.es"
    path.write_bytes(event_stream(ROWS[:0]))
    with pytest.raises(EventFileError, match="holds no events"):
        open_events(path)
    assert list(cache.iterdir()) == []


class _Stopped(Exception):
    pass


def test_a_conversion_can_be_stopped(recording, cache):
    def report(_fraction, message):
        assert message == f"Converting {recording.name}"
        raise _Stopped

    with pytest.raises(_Stopped):
        open_events(recording, report=report)
    assert list(cache.iterdir()) == []


def _hang(*_):
    time.sleep(600)


def test_a_decoder_that_hangs_is_ended(recording, cache, monkeypatch):
    monkeypatch.setattr(conversion, "_convert", _hang)
    monkeypatch.setattr(conversion, "_STALLED_S", 0.5)
    with pytest.raises(EventFileError, match="no progress"):
        open_events(recording)
    assert list(cache.iterdir()) == []


def _crash(*_):
    raise SystemExit(3)


@pytest.mark.usefixtures("cache")
def test_a_decoder_that_crashes_is_told(recording, monkeypatch):
    monkeypatch.setattr(conversion, "_convert", _crash)
    with pytest.raises(EventFileError, match="its decoder ended, 3"):
        open_events(recording)


def test_the_oldest_copies_go_first(recording, cache, tmp_path, monkeypatch):
    other = tmp_path / "b.es"
    other.write_bytes(event_stream(ROWS[:9000]))
    open_events(recording).close()
    monkeypatch.setattr(conversion, "_CACHE_BYTES", 1)
    open_events(other).close()
    assert len(list(cache.iterdir())) == 1
    with contextlib.closing(open_events(other)) as source:
        check_rows(source, ROWS[:9000])
