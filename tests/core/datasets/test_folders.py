from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.datasets.folders import inside, natural_key, read_lines, read_numbers, read_table
from evface.errors import DatasetError

FOLDER = Path("/data/set")


@given(st.text(max_size=30))
def test_no_name_leads_out(text):
    try:
        path = inside(FOLDER, text, named_in=FOLDER / "list.txt")
    except DatasetError:
        return
    assert path.resolve().is_relative_to(FOLDER)


@given(st.lists(st.text("ab123_", max_size=6), max_size=10))
def test_any_names_can_be_sorted(names):
    paths = [Path(name) for name in names]
    backwards = paths[::-1]
    assert sorted(paths, key=natural_key) == sorted(backwards, key=natural_key)


def test_backslashes_part_folders_as_slashes_do():
    assert inside(FOLDER, "a\\b.png", named_in=FOLDER) == FOLDER / "a" / "b.png"


def test_lines_lose_their_mark_and_empty_ones(tmp_path):
    path = tmp_path / "list.txt"
    path.write_bytes(b"\xef\xbb\xbfone\r\n\r\ntwo\n")
    assert read_lines(path) == ["one", "two"]
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DatasetError, match="is not text"):
        read_lines(path)
    with pytest.raises(DatasetError, match="cannot be read"):
        read_lines(tmp_path / "none.txt")


def test_numbers_that_are_missing_are_counted():
    assert read_numbers(FOLDER, 3, ["1", "2.5", "x"], 2) == [1.0, 2.5]
    with pytest.raises(DatasetError, match="line 3: expected 3 numbers, got 1"):
        read_numbers(FOLDER, 3, ["1"], 3)


def test_a_table_counts_its_lines_as_an_editor_does(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(b'\xef\xbb\xbfa,b\r\n\r\n , \r\n1,"2,3"\n')
    assert list(read_table(path)) == [(1, ["a", "b"]), (4, ["1", "2,3"])]


def test_a_quote_that_never_ends_is_named(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n" + '"' + "1,2\n" * 50_000)
    with pytest.raises(DatasetError, match=r"table\.csv: line \d+: field larger than"):
        list(read_table(path))
