import pickle
from contextlib import suppress
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evface.annotations.tracks_file import read_tracks, write_tracks
from evface.errors import FileError


def _same(a, b):
    assert type(a) is type(b)
    for field in fields(a):
        x, y = getattr(a, field.name), getattr(b, field.name)
        if isinstance(x, np.ndarray):
            assert x.dtype == y.dtype
            np.testing.assert_array_equal(x, y)
        else:
            assert x == y


def test_tracks_come_back_as_they_were_written(tracks, tmp_path):
    path = tmp_path / "tracks.npz"
    tracks["a/b '.."] = tracks["teacher"]
    write_tracks(path, tracks)
    read = read_tracks(path)
    assert list(read) == list(tracks)
    for role, track in tracks.items():
        _same(track, read[role])
    assert list(tmp_path.iterdir()) == [path]


def test_no_tracks_are_a_whole_file(tmp_path):
    write_tracks(tmp_path / "none.npz", {})
    assert read_tracks(tmp_path / "none.npz") == {}


def test_writing_replaces_an_older_file(tracks, tmp_path):
    path = tmp_path / "tracks.npz"
    write_tracks(path, tracks)
    write_tracks(path, {"teacher": tracks["teacher"]})
    assert list(read_tracks(path)) == ["teacher"]


def test_a_folder_that_is_not_there_is_one_clear_error(tracks, tmp_path):
    path = tmp_path / "missing" / "tracks.npz"
    with pytest.raises(FileError, match="cannot be written"):
        write_tracks(path, tracks)
    with pytest.raises(FileError, match="cannot be read"):
        read_tracks(path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_a_file_error_or_reads_as_before(tracks, tmp_path, data):
    path = tmp_path / "tracks.npz"
    write_tracks(path, tracks)
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        for _ in range(data.draw(st.integers(1, 8))):
            content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    with suppress(FileError):
        read = read_tracks(path)
        for role, track in tracks.items():
            _same(track, read[role])


@pytest.mark.parametrize("content", [b"", b"not a zip file", pickle.dumps({"a": 1})])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "other.npz"
    path.write_bytes(content)
    with pytest.raises(FileError):
        read_tracks(path)


def test_nothing_in_a_file_is_executed(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("the file was executed",))

    path = tmp_path / "bomb.npz"
    np.savez(path, head=np.array([Bomb()], object), allow_pickle=True)
    with pytest.raises(FileError):
        read_tracks(path)


def test_a_newer_file_says_so(tmp_path):
    head = np.frombuffer(b'{"format": "evface tracks", "version": 99, "tracks": {}}', np.uint8)
    np.savez(tmp_path / "new.npz", head=head)
    with pytest.raises(FileError, match="newer evface"):
        read_tracks(tmp_path / "new.npz")
