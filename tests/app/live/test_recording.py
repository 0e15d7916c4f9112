import shutil
from dataclasses import replace
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt

from evface.events.sources import open_events
from evface.live.recorder import LEAST_FREE_BYTES
from evface.projects.project import Project
from evface_studio.live.record_bar import words_of

PATIENCE_MS = 30_000


@pytest.fixture
def shown(qtbot, window, choice):
    window.show()
    window.choose(choice)
    qtbot.waitUntil(lambda: window.pictures.events.shown is not None, timeout=PATIENCE_MS)
    return window


def n_recorded(window):
    state = window.recording.state
    return 0 if state is None else state.n_events


def test_nothing_is_recorded_before_everybody_agreed(qtbot, shown):
    shown.top.record.click()
    assert shown.record_bar.is_asking
    assert "agreed" in shown.record_bar.text
    shown.record_bar.no.click()
    qtbot.wait(50)
    assert not shown.recording.is_on
    assert not shown.recordings.folder.exists()


def test_a_recording_opens_and_is_in_a_project_while_it_goes_on(qtbot, shown):
    shown.top.record.click()
    qtbot.mouseClick(shown.record_bar.yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown.recordings.can_open, timeout=PATIENCE_MS)
    assert shown.recording.is_on
    qtbot.waitUntil(lambda: "free" in shown.record_bar.text, timeout=PATIENCE_MS)
    qtbot.waitUntil(shown.record_bar.annotate.isVisible, timeout=PATIENCE_MS)
    with qtbot.waitSignal(shown.recording.finished, timeout=PATIENCE_MS) as finished:
        shown.record_bar.stop.click()
    path = finished.args[0]
    qtbot.waitUntil(lambda: not shown.recordings.is_busy, timeout=PATIENCE_MS)
    source = open_events(path)
    assert source.n_events > 0
    source.close()
    with Project.open(path.parent / "live.evface") as project:
        [entry] = project.recordings()
        assert entry.video is not None
    assert not shown.record_bar.isVisible()


def test_closing_the_window_ends_a_recording_well(qtbot, shown):
    shown.top.record.click()
    shown.record_bar.yes.click()
    qtbot.waitUntil(lambda: n_recorded(shown) > 0, timeout=PATIENCE_MS)
    shown.close()
    [path] = shown.recordings.folder.glob("*.raw")
    source = open_events(path)
    assert source.n_events > 0
    source.close()


def test_choosing_another_camera_ends_a_recording(qtbot, shown, choice):
    shown.top.record.click()
    shown.record_bar.yes.click()
    qtbot.waitUntil(lambda: n_recorded(shown) > 0, timeout=PATIENCE_MS)
    shown.choose(choice)
    qtbot.waitUntil(lambda: not shown.recording.is_on, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: shown.pictures.events.shown is not None, timeout=PATIENCE_MS)


def test_a_recording_that_is_ended_before_it_began_leaves_nothing_running(qtbot, shown, choice):
    shown.top.record.click()
    shown.record_bar.yes.click()
    shown.choose(choice)
    qtbot.waitUntil(lambda: not shown.recording.is_on, timeout=PATIENCE_MS)
    qtbot.wait(200)
    assert shown.recording.state is None


def test_a_folder_that_cannot_be_written_is_told(qtbot, shown):
    shown.recordings.folder.parent.joinpath("kept").write_text("a file is in the way")
    shown.top.record.click()
    shown.record_bar.yes.click()
    qtbot.waitUntil(lambda: not shown.recording.is_on, timeout=PATIENCE_MS)
    assert not shown.record_bar.isVisible()
    assert shown.notifications.isVisible()


def test_a_drive_that_is_pulled_ends_a_recording_and_the_view_goes_on(qtbot, shown):
    shown.top.record.click()
    shown.record_bar.yes.click()
    qtbot.waitUntil(lambda: shown.recordings.can_open, timeout=PATIENCE_MS)
    shutil.rmtree(shown.recordings.folder)
    qtbot.waitUntil(lambda: not shown.recording.is_on, timeout=PATIENCE_MS)
    told = [one.text for one in shown.notifications.notifications]
    assert len([text for text in told if "its drive was pulled" in text]) == 1
    number = shown.pictures.events.shown.number
    qtbot.waitUntil(lambda: shown.pictures.events.shown.number > number + 5, timeout=PATIENCE_MS)


def test_little_room_is_told_and_for_how_long_it_will_do(qtbot, shown, monkeypatch):
    room = SimpleNamespace(free=LEAST_FREE_BYTES + 1_000)
    monkeypatch.setattr("evface.live.recorder.shutil.disk_usage", lambda _: room)
    shown.top.record.click()
    shown.record_bar.yes.click()
    qtbot.waitUntil(
        lambda: any("nearly full" in one.text for one in shown.notifications.notifications),
        timeout=PATIENCE_MS,
    )
    state = shown.recording.state
    assert "free, for 90 s" in words_of(replace(state, left_s=90.0))
    assert "free, for 10 min" in words_of(replace(state, left_s=600.0))
