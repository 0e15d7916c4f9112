import cv2
import numpy as np
import pytest

from evface.errors import FileError
from evface.export.sync_plot import write_sync_plot
from evface.geometry.clock import ClockSync
from evface.transfer.sync_finding import SyncFinding


def finding(**arrays):
    return SyncFinding(
        sync=ClockSync(50_000, 0.0, "correlation", 900.0), confidence=0.9, quality="good", **arrays
    )


def test_each_part_of_a_finding_gets_its_panel(tmp_path):
    ramp = np.linspace(-1, 1, 50).astype(np.float32)
    whole = finding(
        curve_offsets_us=np.arange(50) * 10_000,
        curve=ramp,
        signal_times_us=np.arange(50) * 33_333,
        video_signal=ramp,
        event_signal=-ramp,
        window_times_us=np.array([0, 10**6], np.int64),
        window_residuals_us=np.array([-500.0, 800.0]),
    )
    write_sync_plot(tmp_path / "all.png", whole, title="anna ä")
    marks = finding(window_times_us=np.array([5], np.int64), window_residuals_us=np.array([0.0]))
    write_sync_plot(tmp_path / "marks.png", marks, title="anna")
    tall, small = (cv2.imread(str(tmp_path / f"{name}.png")) for name in ("all", "marks"))
    assert tall.shape[1] == small.shape[1]
    assert tall.shape[0] - 40 == 3 * (small.shape[0] - 40)
    assert (tall < 250).any(axis=2).mean() > 0.01
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.png", "marks.png"]


def test_a_folder_that_is_not_there_is_one_clear_error(tmp_path):
    with pytest.raises(FileError, match="cannot be written"):
        write_sync_plot(tmp_path / "none" / "p.png", finding(), title="anna")
