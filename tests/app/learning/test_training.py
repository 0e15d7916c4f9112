"""Training in the real window: from the dialog to the end, paused, stopped, killed and resumed."""

import json
import os
import signal
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from evface.jobs.spec import write_job_fields
from evface.projects.editing_lock import EditingLock
from evface.training.runs import JOB, LAST, models_folder, read_curves, read_run
from evface_studio.jobs.queue import JobState
from evface_studio.learning.training import TrainingRequest

# A network of the light kind, small enough for a test; all of it can be typed into the dialog.
TINY = (
    "model.n_channels=[4, 8]",
    "model.n_features=16",
    "model.n_hidden=8",
    "data.side_px=32",
    "data.n_frames=3",
    "data.caches_pictures=false",
    "run.metric=loss",
    "run.device=cpu",
)
LONG = (*TINY, "run.epochs=5000", "data.split=time")
# Trainings give way to everything else that the machine does.
TIMEOUT_MS = 180_000


@pytest.fixture
def opened(window, open_in, face_project):
    open_in(window, face_project)
    return window


@pytest.fixture
def dialog(qtbot, opened, press):
    press(opened, "Ctrl+T")
    dialog = opened.training.dialog
    qtbot.waitUntil(lambda: dialog.is_ready, timeout=10_000)
    return dialog


@pytest.fixture
def train(opened):
    """Return a function that begins a long training and returns its folder and its job."""

    def train(name, *settings):
        folder = opened.training.train(TrainingRequest(name, "au_light", (*LONG, *settings)))
        return folder, opened.training.job_of(folder)

    return train


@pytest.fixture
def until_measured(qtbot, opened):
    """Return a function that waits until a training has measured so many steps."""
    steps = {}
    opened.training.measured.connect(
        lambda folder, figures: steps.update({folder: figures["step"]})
    )

    def wait(folder, n=3):
        qtbot.waitUntil(lambda: steps.get(folder, 0) >= n, timeout=TIMEOUT_MS)
        return steps[folder]

    return wait


def type_into(field, text):
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)


def test_the_dialog_counts_what_can_be_learnt(dialog):
    assert dialog.facts["Landmarks"].text().startswith("1\N{NARROW NO-BREAK SPACE}020 auto")
    assert dialog.facts["Coefficients"].text() == "15 frames"
    assert dialog.facts["People"].text() == "1: two"
    assert "one person" in dialog.split_note.text()
    assert "nothing of other people" in dialog.split_note.text()


def test_presets_that_the_data_do_not_allow_say_why(dialog):
    rows = {dialog.preset_box.itemData(row): row for row in range(dialog.preset_box.count())}
    assert not [name for name in rows if name.endswith("_tiny")]
    assert dialog.preset_box.currentData() == "au_quick"
    for key, is_enabled in ((Qt.Key.Key_Home, True), (Qt.Key.Key_End, False)):
        QTest.keyClick(dialog.state_box, key)
        item = dialog.preset_box.model().item(rows["kp_slpt_events"])
        assert item.isEnabled() is is_enabled
    assert "no landmark on the events is verified" in item.text()


def test_settings_are_checked_while_they_are_typed(dialog):
    QTest.mouseClick(dialog.more_button, Qt.MouseButton.LeftButton)
    QTest.keyClicks(dialog.more_field, "optimiser.rat=1")
    assert "optimiser.rat: there is no such key" in dialog.problem.text()
    assert not dialog.train_button.isEnabled()
    type_into(dialog.more_field, "optimiser.rate=0.01")
    assert not dialog.problem.isVisible()
    assert dialog.train_button.isEnabled()


def test_people_are_found_in_the_names_of_recordings(dialog):
    assert not dialog.who_field.isVisible()
    QTest.mouseClick(dialog.more_button, Qt.MouseButton.LeftButton)
    assert "say under More settings who is who" in dialog.split_note.text()
    type_into(dialog.who_field, "^[a-z]+")
    assert dialog.facts["People"].text() == "2: face, other"
    assert dialog.recordings_list.item(1).text() == "other   other"
    assert "who is who" not in dialog.split_note.text()
    assert dialog.request.subject_pattern == "^[a-z]+"
    assert dialog.request.not_coded == "machine"
    QTest.keyClick(dialog.not_coded_box, Qt.Key.Key_Down)
    assert dialog.request.not_coded == "unknown"
    type_into(dialog.who_field, "(")
    assert dialog.problem.text().startswith("Who is who: pattern is no regular expression")
    assert not dialog.train_button.isEnabled()


def test_a_name_that_is_taken_or_no_name_is_refused(opened, dialog):
    (opened.training.folder / "mine").mkdir(parents=True)
    for name, words in (
        ("mine", "is there already"),
        ("a/b", "no name for a folder"),
        ("", "Give it a name"),
    ):
        type_into(dialog.name_field, name)
        if not name:
            dialog.name_field.clear()
        assert words in dialog.problem.text()
        assert not dialog.train_button.isEnabled()


def test_without_pytorch_the_dialog_says_how_to_get_it(qtbot, opened, monkeypatch):
    monkeypatch.setattr("evface_studio.learning.training.find_spec", lambda _name: None)
    opened.training.show_dialog()
    dialog = opened.training.dialog
    qtbot.waitUntil(lambda: dialog.is_ready, timeout=10_000)
    assert dialog.missing.isVisible()
    assert "pip install" in dialog.missing.text()
    assert not dialog.train_button.isEnabled()


def test_a_network_is_trained_from_the_dialog_to_the_end(qtbot, opened, dialog):
    QTest.mouseClick(dialog.more_button, Qt.MouseButton.LeftButton)
    dialog.more_field.setPlainText("\n".join(TINY))
    qtbot.waitUntil(lambda: "as 3 steps took here" in dialog.time_note.text(), timeout=TIMEOUT_MS)
    type_into(dialog.name_field, "first")
    type_into(dialog.epochs_box.lineEdit(), "3")
    told = []
    opened.training.measured.connect(lambda _folder, figures: told.append(figures))
    QTest.mouseClick(dialog.train_button, Qt.MouseButton.LeftButton)
    folder = models_folder(opened.document.project.path) / "first"
    with qtbot.waitSignal(opened.training.finished, timeout=TIMEOUT_MS):
        pass
    run = read_run(folder)
    assert opened.training.job_of(folder).state is JobState.SUCCEEDED
    assert run.has_network
    assert run.is_finished
    assert [line["step"] for line in read_curves(folder)] == [line["step"] for line in told]
    assert any("validation/loss" in line for line in told)


def test_a_training_is_paused_cancelled_and_resumed(qtbot, opened, train, until_measured):
    (folder, job), (_, second) = train("one"), train("two")
    until_measured(folder)
    assert second.state is JobState.WAITING
    second.cancel()
    opened.training.pause(folder)
    assert job.state is JobState.PAUSED
    opened.training.resume(read_run(folder))
    assert job.state is JobState.RUNNING
    until_measured(folder, 6)
    opened.training.cancel(folder)
    qtbot.waitUntil(lambda: job.state is JobState.CANCELLED, timeout=TIMEOUT_MS)
    stopped = read_run(folder)
    assert stopped.step >= 6
    assert stopped.can_go_on
    opened.training.resume(stopped)
    resumed = opened.training.job_of(folder)
    assert resumed is not job
    until_measured(folder, stopped.step + 2)
    curves = [line["step"] for line in read_curves(folder) if "train/loss" in line]
    assert curves == sorted(set(curves))


def test_a_click_lets_a_training_go_on_that_waits_or_was_stopped(
    qtbot, opened, train, until_measured
):
    folder, job = train("one")
    until_measured(folder)
    opened.action("models_panel").trigger()
    panel = opened.side_panels.models
    qtbot.waitUntil(lambda: opened.models.chosen is not None)
    assert not panel.resume.isVisible()
    qtbot.waitUntil(panel.pause.isVisible)
    QTest.mouseClick(panel.pause, Qt.MouseButton.LeftButton)
    assert job.state is JobState.PAUSED
    qtbot.waitUntil(lambda: panel.resume.isVisible() and not panel.pause.isVisible())
    QTest.mouseClick(panel.resume, Qt.MouseButton.LeftButton)
    assert job.state is JobState.RUNNING
    opened.training.cancel(folder)
    qtbot.waitUntil(lambda: job.is_over and panel.resume.isVisible(), timeout=TIMEOUT_MS)
    step = read_run(folder).step
    QTest.mouseClick(panel.resume, Qt.MouseButton.LeftButton)
    assert opened.training.job_of(folder) is not job
    assert until_measured(folder, step + 1) > step


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal")
def test_a_training_that_is_killed_says_so_and_goes_on(qtbot, opened, train, until_measured):
    folder, job = train("one", "run.checkpoint_every_s=0.0")
    until_measured(folder)
    qtbot.waitUntil(lambda: (folder / LAST).exists(), timeout=TIMEOUT_MS)
    os.kill(job.process_id, signal.SIGKILL)
    qtbot.waitUntil(lambda: job.state is JobState.FAILED, timeout=TIMEOUT_MS)
    assert "crashed" in job.error
    said = opened.notifications.notifications[0].text
    assert "Train one" in said
    assert "can be resumed" in said
    before = read_run(folder)
    assert before.step > 0
    assert before.can_go_on
    opened.training.resume(before)
    assert until_measured(folder, before.step + 1) > before.step


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="no such limit")
def test_a_disk_that_is_full_is_told_and_training_goes_on_later(
    qtbot, opened, train, until_measured
):
    import resource

    folder, job = train("one", "run.checkpoint_every_s=0.0")
    until_measured(folder)
    qtbot.waitUntil(lambda: (folder / LAST).exists(), timeout=TIMEOUT_MS)
    # No file may grow any more, as on a full disk.
    resource.prlimit(job.process_id, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    qtbot.waitUntil(lambda: job.state is JobState.FAILED, timeout=TIMEOUT_MS)
    said = opened.notifications.notifications[0].text
    assert "cannot be written (File too large)" in said
    assert said.endswith("what was trained is kept, and can be resumed")
    step = read_run(folder).step
    opened.training.resume(read_run(folder))
    assert until_measured(folder, step + 1) > step


def test_a_training_that_another_program_began_is_not_resumed(opened, tmp_path):
    opened.training.resume(read_run(tmp_path))
    assert "cannot go on" in opened.notifications.notifications[0].text
    assert not opened.jobs.jobs


def test_a_training_goes_on_where_its_project_lies_now(opened):
    folder = opened.training.folder / "one"
    folder.mkdir(parents=True)
    stale = {"project": "gone.evface", "config": "au_light", "output": "gone"}
    write_job_fields(folder / JOB, "train_project", stale)
    opened.training.resume(read_run(folder))
    opened.training.cancel(folder)
    fields = json.loads((folder / JOB).read_text())
    assert fields["project"] == str(opened.document.project.path)
    assert fields["output"] == str(folder)


def test_a_folder_that_cannot_be_written_is_told_in_the_dialog(opened, dialog):
    models = models_folder(opened.document.project.path)
    # A file where the folder should be: not even the superuser can make it.
    models.write_text("in the way")
    QTest.mouseClick(dialog.train_button, Qt.MouseButton.LeftButton)
    assert "cannot be made" in dialog.problem.text()
    assert dialog.isVisible()


def test_a_project_that_can_only_be_read_is_trained_on(qtbot, window, open_in, face_project):
    lock = EditingLock(face_project)
    try:
        open_in(window, face_project)
        assert window.document.is_read_only
        assert window.action("train").isEnabled()
        settings = (*TINY, "run.epochs=1", "data.split=time")
        with qtbot.waitSignal(window.training.finished, timeout=TIMEOUT_MS):
            folder = window.training.train(TrainingRequest("one", "au_light", settings))
        assert read_run(folder).has_network
    finally:
        lock.release()
