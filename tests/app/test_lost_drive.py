"""When the project's drive is gone, or full, the window says so once, and loses nothing."""

import sys

import pytest

from evface.annotations.landmark_edits import MoveLandmarks
from evface_studio.messages.notifications import Level

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="open files cannot be moved there")


def _settle(qtbot, window):
    qtbot.waitUntil(lambda: not window.document.is_busy, timeout=10_000)


def _move(window, x):
    document = window.document
    document.edit(MoveLandmarks(document.recording_id, "teacher", 33_333, {5: (x, 2.0)}))


def _shown(window):
    said = window.document.labels["teacher"].corrections.at(5, 33_333)
    return None if said is None else said.xy_px


def test_a_project_that_is_gone_is_said_once_and_nothing_is_shown_that_is_not_kept(
    qtbot, window, open_in, project_path, tmp_path
):
    open_in(window, project_path)
    _move(window, 1.0)
    _settle(qtbot, window)
    assert _shown(window) == (1.0, 2.0)
    away = project_path.parent.rename(tmp_path / "away")
    _move(window, 3.0)
    _settle(qtbot, window)
    (said,) = window.notifications.notifications
    assert said.level is Level.ERROR
    assert "is not where it was opened" in said.text
    assert _shown(window) == (1.0, 2.0)
    assert window.document.undo_label == "Move landmark"
    away.rename(project_path.parent)
    _move(window, 4.0)
    _settle(qtbot, window)
    assert _shown(window) == (4.0, 2.0)


def test_a_full_disk_is_said_once_and_editing_goes_on_when_there_is_room(
    qtbot, window, open_in, project_path
):
    open_in(window, project_path)
    _move(window, 1.0)
    _settle(qtbot, window)
    database = window.document.project._database
    with database.reading() as connection:
        (n_pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {n_pages}")
    everything = dict.fromkeys(range(68), (3.0, 3.0))
    document = window.document
    for t_us in (66_666, 99_999, 133_332):
        document.edit(MoveLandmarks(document.recording_id, "teacher", t_us, everything))
        _settle(qtbot, window)
    texts = [said.text for said in window.notifications.notifications]
    assert len(texts) == 1
    assert "the disk is full; nothing was changed; make room and try again" in texts[0]
    with database.reading() as connection:
        connection.execute("PRAGMA max_page_count = 100000000")
    _move(window, 4.0)
    _settle(qtbot, window)
    assert _shown(window) == (4.0, 2.0)
    assert window.document.project.check() == []
