import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.errors import FileError
from evface.interchange.destinations import file_names, refuse_own_files
from evface.projects.project import Project


@given(st.lists(st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=4)))
def test_no_two_recordings_get_the_same_file_on_any_system(names):
    found = file_names(names, ".csv")
    assert len({name.casefold() for name in found}) == len(names)
    assert not any(set(name) & set('/\\:*?"<>|') for name in found)


def test_names_that_differ_only_where_a_file_cannot_are_numbered():
    assert file_names(["a/b", "a:b", "c"], ".eaf") == ["a_b.eaf", "a_b (2).eaf", "c.eaf"]


def test_an_export_never_takes_the_place_of_the_project(tmp_path):
    with Project.create(tmp_path / "p.evface") as project:
        for name in ("p.evface", "p.evface-wal"):
            with pytest.raises(FileError, match="belongs to the project"):
                refuse_own_files(project, tmp_path / name)
        refuse_own_files(project, tmp_path / "p.json")
