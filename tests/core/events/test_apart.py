import os
from pathlib import Path

import pytest

from evface.errors import EventFileError
from evface.events import apart
from evface.events.apart import call_apart


def _count(path):
    return len(path.read_bytes())


def _crash(_path):
    os._exit(3)


def test_what_a_function_returns_in_another_process_comes_back(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(5))
    assert call_apart(_count, path, kind="BIN") == 5


@pytest.mark.parametrize(
    ("look", "words"),
    [
        (_count, r"is a damaged BIN file \(.*No such file.*\); copy or record it again"),
        (_crash, "the BIN library cannot open it"),
    ],
)
def test_what_it_raises_and_where_it_crashes_the_file_is_damaged(tmp_path, look, words):
    with pytest.raises(EventFileError, match=words):
        call_apart(look, tmp_path / "none.bin", kind="BIN")


def test_where_no_process_can_begin_it_says_so(monkeypatch):
    def refuse(_process):
        raise OSError("Cannot allocate memory")

    monkeypatch.setattr(apart.multiprocessing.get_context("spawn").Process, "start", refuse)
    with pytest.raises(EventFileError, match="could not be opened in a process of its own"):
        call_apart(_count, Path("a.bin"), kind="BIN")
