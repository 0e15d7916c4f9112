import dataclasses

import numpy as np
import pytest

from evface.errors import ModelFileError
from evface.morphable.head_library import (
    find_model,
    install_head,
    installed_heads,
    key_of,
    library_folder,
    open_head_model,
)
from evface.morphable.model import load_open_head, write_model


@pytest.fixture
def installed(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    library_folder().mkdir(parents=True)
    head = dataclasses.replace(load_open_head(), name="mine", version="7")
    path = library_folder() / "renamed.npz"
    write_model(path, head)
    return path


def test_the_open_head_is_always_here():
    assert find_model("open-head-1") is load_open_head()
    assert installed_heads()["open-head-1"] is None
    assert open_head_model(None) is load_open_head()


def test_an_installed_head_is_found_by_its_key_whatever_its_file_is_called(installed):
    assert installed_heads()["mine-7"] == installed
    assert key_of(installed) == "mine-7"
    found = find_model("mine-7")
    assert found.key == "mine-7"
    assert find_model("mine-7") is found


def test_a_head_is_opened_by_file_or_key(installed):
    assert open_head_model(str(installed)).key == "mine-7"
    assert open_head_model("mine-7").key == "mine-7"


def test_a_head_that_was_replaced_is_loaded_anew(installed):
    find_model("mine-7")
    changed = dataclasses.replace(load_open_head(), name="mine", version="7", notice="new")
    write_model(installed, changed)
    assert find_model("mine-7").notice == "new"


@pytest.mark.usefixtures("installed")
def test_a_head_that_is_not_here_is_named_with_those_that_are():
    with pytest.raises(ModelFileError, match=r"flame-2020-x: .*`evface head import`.*mine-7"):
        find_model("flame-2020-x")


def test_files_that_are_no_heads_are_left_out(installed):
    np.savez(installed.with_name("other.npz"), a=np.ones(2))
    installed.with_name("broken.npz").write_bytes(b"PK")
    assert set(installed_heads()) == {"open-head-1", "mine-7"}
    with pytest.raises(ModelFileError, match="is not a head model"):
        key_of(installed.with_name("other.npz"))


@pytest.mark.parametrize("name", ["../../outside", "/outside", "a/b", "..\\outside", ".hidden"])
def test_no_head_is_kept_outside_the_library(tmp_path, monkeypatch, name):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    path = tmp_path / "elsewhere.npz"
    write_model(path, dataclasses.replace(load_open_head(), name=name))
    with pytest.raises(ModelFileError, match="is no name for a head"):
        install_head(path)
    assert list(tmp_path.rglob("*.npz")) == [path]


def test_a_file_from_elsewhere_is_installed_once(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    path = tmp_path / "elsewhere.npz"
    write_model(path, dataclasses.replace(load_open_head(), name="mine", version="8"))
    assert install_head(path) == "mine-8"
    path.unlink()
    assert find_model("mine-8").key == "mine-8"
    (stored,) = library_folder().iterdir()
    before = stored.stat().st_mtime_ns
    assert install_head(stored) == "mine-8"
    assert stored.stat().st_mtime_ns == before
    path.write_bytes(b"no head")
    with pytest.raises(ModelFileError, match="is not a head model"):
        install_head(path)
    assert len(list(library_folder().iterdir())) == 1
