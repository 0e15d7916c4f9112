"""A recording that is being written while it is looked at."""

import numpy as np
import pytest

from evface.events.formats import raw_indexing
from evface.events.index import index_paths

HEADER = b"% evt 2.0\n% format EVT2;height=240;width=320\n% end\n"


def evt2(start_us, stop_us):
    """Return an event each 50 us, as EVT2 words: the upper time, then events of 64 us."""
    t = np.arange(start_us, stop_us, 50)
    is_new = np.diff(t >> 6, prepend=-1) != 0
    words = np.zeros((len(t), 2), np.int64)
    words[:, 0] = 8 << 28 | t >> 6
    words[:, 1] = 1 << 28 | (t & 63) << 22 | (t // 50 % 320) << 11 | t // 50 % 240
    keep = np.column_stack((is_new, np.ones(len(t), bool)))
    return words[keep].astype("<u4").tobytes()


@pytest.fixture
def growing(tmp_path, monkeypatch):
    """Return a RAW file of half a second, and a function that records on."""
    monkeypatch.setattr(raw_indexing, "_QUIET_S", 1.0)
    path = tmp_path / "growing.raw"
    path.write_bytes(HEADER + evt2(0, 500_000))

    def record(start_us, stop_us):
        with path.open("ab") as file:
            file.write(evt2(start_us, stop_us))

    return path, record


def test_a_recording_being_written_is_followed_by_all_that_shows_it(
    qtbot, window, open_in, growing
):
    path, record = growing
    open_in(window, path)
    qtbot.waitUntil(lambda: window.view_state.duration_us == 499_951)
    view, timeline = window.view_state, window.workspace.timeline
    view.set_time_us(100_000)
    qtbot.waitUntil(lambda: "Being written" in window.workspace.growth.note)
    record(500_000, 1_200_000)
    qtbot.waitUntil(lambda: view.duration_us == 1_199_951)
    assert view.time_us == 100_000
    assert view.visible_range == (0, 1_199_951)
    qtbot.waitUntil(lambda: timeline.is_idle)
    view.set_time_us(1_100_000)
    assert timeline.rate_label.values["Events"].startswith("20")
    view.set_time_us(view.duration_us)
    record(1_200_000, 1_500_000)
    qtbot.waitUntil(lambda: view.duration_us == 1_499_951)
    assert view.time_us == 1_499_951
    qtbot.waitUntil(lambda: window.workspace.growth.note == "")
    assert index_paths(path)[0].exists()


def test_closing_while_a_recording_is_being_written_is_safe(qtbot, window, open_in, growing):
    path, record = growing
    open_in(window, path)
    qtbot.waitUntil(lambda: window.view_state.duration_us == 499_951)
    record(500_000, 900_000)
    window.document.close()
    qtbot.waitUntil(lambda: not window.document.is_busy)
    record(900_000, 1_000_000)
    assert window.document.recording is None
    assert window.workspace.growth.note == ""


def test_labels_can_be_made_while_a_recording_is_being_written(
    qtbot, window, open_in, growing, tmp_path
):
    path, record = growing
    open_in(window, path)
    qtbot.waitUntil(lambda: window.view_state.duration_us == 499_951)
    window.document.save_as_project(tmp_path / "kept.evface")
    qtbot.waitUntil(lambda: window.document.project is not None and not window.document.is_busy)
    record(500_000, 1_200_000)
    window.coding.draw("AU12", 200_000, 300_000)
    qtbot.waitUntil(lambda: len(window.document.segments) == 1)
    qtbot.waitUntil(lambda: window.view_state.duration_us == 1_199_951)
    assert len(window.document.segments) == 1


def test_damage_found_after_the_recording_was_opened_is_told(qtbot, window, open_in, growing):
    path, record = growing
    open_in(window, path)
    qtbot.waitUntil(lambda: window.view_state.duration_us == 499_951)
    told = []
    window.workspace.growth.warned.connect(told.append)
    with path.open("ab") as file:
        file.write(np.full(5, 0xFFFFFFF | 5 << 28, "<u4").tobytes())
    record(500_000, 900_000)
    qtbot.waitUntil(lambda: bool(told))
    assert told == ["growing: 5 words are damaged; events and times near them may be wrong"]
