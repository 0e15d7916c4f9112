import math

import numpy as np
import pytest

from evface.errors import FileError
from evface.geometry.registration import Registration
from evface.transfer.registration_finding import RegistrationFinding, read_finding, write_finding

FINDING = RegistrationFinding(
    registration=Registration(method="head", residual_px=1.5, quality="fair"),
    map_px=np.array([[1.0, np.nan], [0.5, 2.0]], np.float32),
    coverage=0.75,
    instants_us=np.array([10, 20], np.int64),
    residuals_px=np.array([1.0, np.nan]),
    spread_px=math.nan,
    explained=0.4,
    n_pairs=1,
    reasons=("moving edges agree by 0.28 only",),
)


def test_what_is_read_is_what_was_written(tmp_path):
    write_finding(tmp_path / "f.json", FINDING)
    read = read_finding(tmp_path / "f.json")
    assert read.registration.maps_like(FINDING.registration)
    for name in ("map_px", "coverage", "instants_us", "residuals_px", "spread_px", "explained"):
        np.testing.assert_array_equal(getattr(read, name), getattr(FINDING, name))
    assert (read.n_pairs, read.reasons) == (1, FINDING.reasons)
    assert [path.name for path in tmp_path.iterdir()] == ["f.json"]


def test_it_says_itself_in_one_line():
    assert FINDING.in_words == (
        "fair (head, residual 1.5 px, 2 moments, 1 pair); moving edges agree by 0.28 only"
    )


@pytest.mark.parametrize("text", ["", "{}", '{"format": 99}', "[1]"])
def test_what_is_no_finding_is_told(tmp_path, text):
    path = tmp_path / "f.json"
    path.write_text(text)
    with pytest.raises(FileError, match="is not a finding"):
        read_finding(path)
    with pytest.raises(FileError, match="cannot be read"):
        read_finding(tmp_path / "none.json")
