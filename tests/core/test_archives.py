import numpy as np
import pytest

from evface.archives import Archive
from evface.errors import FileError

THING = Archive("evface thing", 2, "a whole thing", "make it again")


def test_words_and_arrays_come_back(tmp_path):
    path = tmp_path / "a.npz"
    THING.write(path, {"names": ["a", "b"]}, {"x": np.arange(3), "0.y": np.eye(2)})
    with THING.reading(path) as (words, arrays):
        assert words["names"] == ["a", "b"]
        np.testing.assert_array_equal(arrays["x"], [0, 1, 2])
        np.testing.assert_array_equal(arrays["0.y"], np.eye(2))


def read(path):
    with THING.reading(path) as (words, arrays):
        return words["names"], arrays["x"]


def test_what_is_missing_damaged_or_something_else_is_told(tmp_path):
    path = tmp_path / "a.npz"
    with pytest.raises(FileError, match="cannot be read"):
        read(path)
    path.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(FileError, match=r"is not a whole thing \(.+\); make it again"):
        read(path)
    Archive("evface other", 1, "", "").write(path, {"names": []}, {"x": np.arange(3)})
    with pytest.raises(FileError, match="another format"):
        read(path)
    THING.write(path, {"names": []}, {})
    with pytest.raises(FileError, match="is not a whole thing"):
        read(path)
    Archive("evface thing", 3, "", "").write(path, {"names": []}, {"x": np.arange(3)})
    with pytest.raises(FileError, match="newer evface"):
        read(path)
