import numpy as np
import pytest

from evface.errors import FileError
from evface.geometry.clock import ClockSync
from evface.transfer.sync_finding import SyncFinding, read_sync_finding, write_sync_finding


@pytest.fixture
def finding():
    rng = np.random.default_rng(0)
    return SyncFinding(
        sync=ClockSync(-1234, 12.5, "correlation", 900.0),
        confidence=0.7,
        quality="fair",
        problem="only 1.9 s in common",
        curve_offsets_us=np.arange(-5, 5) * 10_000,
        curve=rng.random(10).astype(np.float32),
        window_times_us=np.array([3, 4], np.int64),
        window_residuals_us=np.array([1.5, -2.0]),
    )


def test_a_finding_survives_its_file(finding, tmp_path):
    write_sync_finding(tmp_path / "found.npz", finding)
    read = read_sync_finding(tmp_path / "found.npz")
    assert (read.sync, read.confidence, read.quality) == (finding.sync, 0.7, "fair")
    assert read.problem == finding.problem
    for name in ("curve_offsets_us", "curve", "signal_times_us", "window_residuals_us"):
        np.testing.assert_array_equal(getattr(read, name), getattr(finding, name))
        assert getattr(read, name).dtype == getattr(finding, name).dtype
    assert [path.name for path in tmp_path.iterdir()] == ["found.npz"]


def test_it_describes_itself_in_one_line(finding):
    line = finding.describe()
    assert "1.2 ms before" in line
    assert "+12 ppm" in line
    assert "only 1.9 s in common" in line


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not whole", b"text"])
def test_damaged_files_are_refused(content, tmp_path):
    path = tmp_path / "found.npz"
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"found\.npz"):
        read_sync_finding(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(FileError, match="cannot be read"):
        read_sync_finding(tmp_path / "none.npz")
