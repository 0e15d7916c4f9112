"""The live view opened from the real window."""

import pytest

from evface.annotations.edits import SetSync
from evface.geometry.clock import ClockSync
from evface.projects.project import Project
from evface.projects.recorded_sync import write_recorded_sync
from evface_studio.live.choice import LiveChoice
from evface_studio.main_window import MainWindow
from evface_studio.settings import Settings

PATIENCE_MS = 30_000


@pytest.fixture
def studio(qtbot, tmp_path):
    window = MainWindow(Settings(tmp_path / "studio.ini"))
    qtbot.addWidget(window)
    yield window
    window.hide()
    window.shut_down()


def choose_without_teacher(live, choice):
    models = live.side.models
    models.teacher.setCurrentIndex(models.teacher.findData(""))
    live.choose(choice)


def test_the_menu_opens_one_live_view_that_asks_for_a_camera(qtbot, studio):
    studio.action("live").trigger()
    live = studio.live.window
    assert live.isVisible()
    assert live.camera_page.isVisible()
    studio.action("live").trigger()
    assert studio.live.window is live
    qtbot.waitUntil(lambda: not live.finding.is_looking, timeout=PATIENCE_MS)
    live.close()
    assert studio.live.window is None


def test_a_recording_goes_to_the_open_project_and_is_annotated_at_once(
    qtbot, studio, media, choice
):
    studio.document.open_project(media / "two.evface")
    qtbot.waitUntil(lambda: studio.document.recording is not None, timeout=PATIENCE_MS)
    shown_id = studio.document.recording_id
    studio.live.open()
    live = studio.live.window
    choose_without_teacher(live, choice)
    qtbot.waitUntil(lambda: live.pictures.events.shown is not None, timeout=PATIENCE_MS)
    live.toggle_recording()
    live.toggle_recording()
    qtbot.waitUntil(lambda: len(studio.document.listed) == 3, timeout=PATIENCE_MS)
    assert studio.document.recording_id == shown_id
    qtbot.waitUntil(live.record_bar.annotate.isVisible, timeout=PATIENCE_MS)
    live.record_bar.annotate.click()
    newest = list(studio.document.listed)[-1]
    qtbot.waitUntil(
        lambda: studio.document.recording_id == newest and studio.document.recording is not None,
        timeout=PATIENCE_MS,
    )
    assert studio.isVisible()
    assert studio.document.recording.events.n_events > 0
    live.toggle_recording()
    qtbot.waitUntil(lambda: not live.recording.is_on, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not studio.document.is_busy, timeout=PATIENCE_MS)
    assert studio.document.recording_id == newest


def test_closing_the_studio_ends_the_live_view(qtbot, studio, choice):
    studio.live.open()
    live = studio.live.window
    choose_without_teacher(live, choice)
    qtbot.waitUntil(lambda: live.session.pipeline is not None, timeout=PATIENCE_MS)
    studio.shut_down()
    assert studio.live.window is None
    assert live.session.pipeline is None


def test_cameras_that_cannot_be_used_say_why(qtbot, studio):
    studio.live.open()
    live = studio.live.window
    qtbot.waitUntil(lambda: not live.finding.is_looking, timeout=PATIENCE_MS)
    for row in live.camera_page.rows:
        assert row.button.isHidden() == bool(row.found.problem)
    live.choose(LiveChoice("nothing:0", ""))
    qtbot.waitUntil(lambda: live.session.choice is None, timeout=PATIENCE_MS)


def test_pictures_come_as_late_as_in_the_open_recording(qtbot, studio, media, choice):
    with Project.open(media / "two.evface") as project:
        entry = project.recordings()[0]
        # By when they arrived they lay 80 ms later than they are seen to now.
        project.apply(SetSync(entry.id, ClockSync(5_000, 0.0, "correlation")))
    arrived = ClockSync(85_000, 0.0, "arrival")
    write_recorded_sync(entry.events.path, entry.video.path, arrived)
    studio.document.open_project(media / "two.evface")
    qtbot.waitUntil(lambda: studio.document.recording is not None, timeout=PATIENCE_MS)
    studio.live.open()
    live = studio.live.window
    choose_without_teacher(live, choice)
    qtbot.waitUntil(
        lambda: live.session.pipeline is not None and live.session.pipeline.rgb_delay_us == 80_000,
        timeout=PATIENCE_MS,
    )
    qtbot.waitUntil(lambda: "come 80 ms after" in live.figures.toolTip(), timeout=PATIENCE_MS)
