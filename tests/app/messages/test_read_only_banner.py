import pytest
from PySide6.QtWidgets import QPushButton

from evface.annotations.landmark_edits import MoveLandmarks
from evface_studio.main_window import MainWindow
from evface_studio.settings import Settings


@pytest.fixture
def opened(qtbot, window, open_in, project_path):
    open_in(window, project_path)
    qtbot.waitUntil(lambda: not window.document.is_busy)
    return window


@pytest.fixture
def second(qtbot, opened, tmp_path, project_path):
    """Return a second window on the same project."""
    assert opened.document.project is not None
    window = MainWindow(Settings(tmp_path / "second.ini"))
    qtbot.addWidget(window, before_close_func=lambda w: w.shut_down())
    window.show()
    with qtbot.waitSignal(window.document.tracks_changed, timeout=10_000):
        window.document.open_project(project_path)
    qtbot.waitUntil(lambda: not window.document.is_busy)
    return window


def test_whoever_can_edit_is_told_that_all_is_saved(opened):
    assert not opened.read_only_banner.isVisible()
    assert opened.status_bar.saved == "● All changes saved"


def test_nothing_is_said_of_saving_where_there_is_nothing_to_save(window):
    assert window.status_bar.saved == ""


def test_a_second_window_says_that_it_only_reads_and_why(second):
    assert second.read_only_banner.isVisible()
    assert second.read_only_banner.text.startswith("two.evface can only be read:")
    assert second.document.read_only_reason in second.read_only_banner.text
    assert second.status_bar.saved == "● Read-only"


def test_trying_again_makes_it_editable_once_the_other_has_closed(qtbot, opened, second):
    opened.document.close()
    qtbot.waitUntil(lambda: opened.document.project is None and not opened.document.is_busy)
    with qtbot.waitSignal(second.document.project_changed, timeout=10_000):
        second.read_only_banner.findChild(QPushButton).click()
    qtbot.waitUntil(lambda: not second.document.is_busy)
    assert not second.read_only_banner.isVisible()
    assert second.status_bar.saved == "● All changes saved"


def test_saving_is_said_while_it_lasts(qtbot, opened):
    document = opened.document
    document.edit(MoveLandmarks(document.recording_id, "teacher", 0, {3: (1.0, 2.0)}))
    assert document.is_writing
    qtbot.waitUntil(lambda: not document.is_writing)
    assert opened.status_bar.saved == "● All changes saved"
