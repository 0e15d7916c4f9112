import sys

import pytest
from PySide6.QtWidgets import QPushButton

from evface.projects.project import Project

# Stands in for the real job, which needs a face: reads what it was told and writes tracks.
JOB = """
import json, sys
from pathlib import Path
import numpy as np
from evface.annotations.tracks import ActionUnitTrack, Source, SourceKind
from evface.annotations.tracks_file import write_tracks
told = json.loads(Path(sys.argv[1]).read_text())
assert told["kind"] == "process"
times_us = np.arange(5, dtype=np.int64) * 100_000
track = ActionUnitTrack(
    times_us=times_us, valid=np.ones(5, bool), source=Source(SourceKind.FIT, "job"),
    intensity=np.ones((5, 1), np.float32), names="AU9",
)
write_tracks(Path(told["output"]), {"action_units": track})
print(json.dumps({"type": "Progress", "fraction": 0.5, "message": "half"}), flush=True)
sys.stdin.readline() if WAITS else None
print(json.dumps({"type": "Done", "output": told["output"]}), flush=True)
"""


@pytest.fixture
def opened(window, open_in, project_path):
    open_in(window, project_path)
    return window


@pytest.fixture
def use_job(monkeypatch):
    """Return a function that makes the studio run some code as its jobs."""

    def use(code):
        monkeypatch.setattr(
            "evface_studio.jobs.launcher.job_command",
            lambda path: [sys.executable, "-c", code, str(path)],
        )

    return use


def settle(qtbot, window):
    qtbot.waitUntil(
        lambda: not window.jobs.unfinished and not window.document.is_busy, timeout=10_000
    )


def test_a_processed_recording_is_one_edit_that_can_be_undone(qtbot, opened, use_job):
    use_job(f"WAITS = False\n{JOB}")
    before = opened.document.tracks["action_units"].name_list()
    opened.action("process").trigger()
    settle(qtbot, opened)
    assert opened.document.tracks["action_units"].name_list() == ["AU9"]
    assert opened.action("undo").text() == "&Undo Process face"
    assert opened.notifications.notifications[0].text == "face: processed"
    opened.action("undo").trigger()
    settle(qtbot, opened)
    assert opened.document.tracks["action_units"].name_list() == before


def test_the_list_says_that_a_recording_is_being_processed(qtbot, opened, use_job):
    use_job(f"WAITS = True\n{JOB}")
    process = next(b for b in opened.findChildren(QPushButton) if b.text() == "Process again")
    process.click()
    qtbot.waitUntil(lambda: opened.recordings_panel.details[0] == "processing, 50%", timeout=10_000)
    assert not process.isEnabled()
    opened.jobs.jobs[0].cancel()
    settle(qtbot, opened)


def test_one_recording_is_not_processed_twice_at_once(qtbot, opened, use_job):
    use_job(f"WAITS = True\n{JOB}")
    opened.action("process").trigger()
    opened.action("process").trigger()
    assert len(opened.jobs.jobs) == 1
    opened.jobs.jobs[0].cancel()
    settle(qtbot, opened)


def test_a_cancelled_job_changes_nothing(qtbot, opened, use_job):
    use_job("import sys; sys.stdin.readline(); sys.exit(1)")
    before = opened.document.undo_label
    opened.action("process").trigger()
    opened.jobs.jobs[0].cancel()
    settle(qtbot, opened)
    assert opened.notifications.notifications == ()
    assert opened.document.undo_label == before


def test_a_failed_job_is_told_with_its_reason(qtbot, opened, use_job):
    use_job("""print('{"type": "Failed", "error": "face: no face was found"}', flush=True)""")
    opened.action("process").trigger()
    settle(qtbot, opened)
    assert opened.notifications.notifications[0].text == "Process face: face: no face was found"


def test_a_crashed_job_leaves_the_window_as_it_was(qtbot, opened, use_job):
    use_job("import os; os.abort()")
    before = opened.document.undo_label
    opened.action("process").trigger()
    settle(qtbot, opened)
    assert "crashed" in opened.notifications.notifications[0].text
    assert opened.document.undo_label == before


def test_a_result_that_cannot_be_read_is_told(qtbot, opened, use_job):
    use_job("""print('{"type": "Done", "output": "/no/such/file.npz"}', flush=True)""")
    before = opened.document.undo_label
    opened.action("process").trigger()
    settle(qtbot, opened)
    assert "/no/such/file.npz" in opened.notifications.notifications[0].text
    assert opened.document.undo_label == before


def test_a_result_comes_to_the_project_it_was_made_for(qtbot, opened, use_job, project_path, media):
    use_job(f"WAITS = False\n{JOB}")
    recording_id = opened.document.recording_id
    opened.action("process").trigger()
    opened.document.open([media / "other.h5"])
    settle(qtbot, opened)
    with Project.open(project_path) as project:
        assert project.read_track(recording_id, "action_units").name_list() == ["AU9"]


def test_a_recording_without_video_is_not_processed_and_says_why(qtbot, opened):
    with qtbot.waitSignal(opened.document.tracks_changed, timeout=10_000):
        opened.recordings_panel.choose(1)
    opened.action("process").trigger()
    assert "has no video" in opened.notifications.notifications[0].text
    assert opened.jobs.jobs == ()


def test_media_alone_are_to_be_saved_as_a_project_first(window, open_in, media):
    open_in(window, media / "face.h5", media / "face.mp4")
    window.action("process").trigger()
    assert "project first" in window.notifications.notifications[0].text


def test_the_demo_is_opened_when_it_is_made(qtbot, window, use_job, project_path):
    use_job(f"""
import json
print(json.dumps({{"type": "Done", "output": {str(project_path)!r}}}), flush=True)
""")
    with qtbot.waitSignal(window.document.tracks_changed, timeout=10_000):
        window.action("demo").trigger()
    assert window.document.project.path == project_path
