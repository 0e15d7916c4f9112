from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from evface.errors import EventFileError
from evface.events.content import Content, identify
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.events.sources import iter_batches, open_events

OTHERS = {
    "clip.mp4": (b"\0\0\0\x20ftypisom" + bytes(300), "is a video"),
    "clip.mkv": (b"\x1a\x45\xdf\xa3" + bytes(300), "is a video"),
    "clip.avi": (b"RIFF\x10\0\0\0AVI LIST" + bytes(300), "is a video"),
    "clip.ts": ((b"G" + bytes(187)) * 4, "is a video"),
    "face.png": (b"\x89PNG\r\n\x1a\n" + bytes(30), "is a picture"),
    "face.jpg": (b"\xff\xd8\xff\xe0" + bytes(30), "is a picture"),
    "a.zip": (b"PK\x03\x04" + bytes(30), "is a damaged zip archive"),
    "a.gz": (b"\x1f\x8b" + bytes(30), "is an archive"),
    "a.npy": (b"\x93NUMPY" + bytes(30), "is a damaged NumPy file"),
    "notes.txt": (b"a few words and 1 number\n" * 40, "is text"),
    "paper.tex": (b"% a paper\n\\documentclass{article}\n" + b"words " * 60, "is text"),
    "a.raw": (b"hello world, this is no recording" * 9, "is text"),
    "a.dat": (b"% Data file containing CD events\n% Version 2\n" + bytes(90), "DAT"),
    "a.aedat4": (b"#!AER-DAT4.0\r\n" + bytes(90), "AEDAT4"),
    "a.aedat": (b"#!AER-DAT1.0\r\n" + bytes(90), "AEDAT"),
    "a.es": (b"Event Stream\x02\0\0" + bytes(90), "Event Stream"),
    "a.evface": (b"SQLite format 3\0" + bytes(90), "SQLite"),
    "empty.raw": (b"", "is empty"),
    "zeros.raw": (bytes(1001), "not an event file that evface knows"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_files_are_named_in_one_line(name, tmp_path):
    data, problem = OTHERS[name]
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    with pytest.raises(EventFileError) as caught:
        open_events(path)
    assert problem in caught.value.problem
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_folders_and_missing_files_are_told(tmp_path):
    with pytest.raises(EventFileError, match="is a folder"):
        open_events(tmp_path)
    with pytest.raises(EventFileError, match="does not exist"):
        open_events(tmp_path / "missing.raw")


def test_the_content_counts_and_not_the_name(write_raw, make_rows, opened):
    path = write_raw("EVT3", rows=make_rows(500, duration_us=9000), name="face.mp4")
    assert identify(path) is Content.RAW
    assert opened(path).format == "RAW EVT3"


def test_batches_are_bounded_and_leave_nothing_out(write_raw, make_rows, opened):
    source = opened(write_raw("EVT2", rows=make_rows(20_000, duration_us=400_000)))
    batches = list(iter_batches(source, 1234, 300_001, max_events=1000))
    expected = source.read(1234, 300_001)
    np.testing.assert_array_equal(np.concatenate([b.t for b in batches]), expected.t)
    n_most = source.rate(1000).max()
    assert max(len(b) for b in batches) <= 1000 + n_most
    assert list(iter_batches(source, 500_000)) == []


@pytest.mark.parametrize("kind", ["raw", "h5"])
def test_several_threads_may_read(kind, write_raw, make_rows, opened, tmp_path):
    source = opened(write_raw("EVT3", rows=make_rows(40_000, duration_us=400_000)))
    whole = source.read(0, source.duration_us)
    if kind == "h5":
        write_events_hdf5(tmp_path / "a.h5", [whole], resolution=source.resolution)
        source = opened(tmp_path / "a.h5")

    def check(seed):
        rng = np.random.default_rng(seed)
        for start, stop in np.sort(rng.integers(0, 400_000, (30, 2)), axis=1):
            found, expected = source.read(int(start), int(stop)), whole.between(start, stop)
            np.testing.assert_array_equal(found.to_structured(), expected.to_structured())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(check, range(4)))
