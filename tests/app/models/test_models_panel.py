"""The models panel in the real window, with networks that were trained."""

import json
import shutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox

from evface.training.evaluation_file import read_evaluation
from evface_studio.messages.notifications import Level

_LONG_MS = 180_000


def labels_of(menu):
    return {one.text().replace("&", ""): one for one in menu.actions() if one.text()}


def errors_of(window):
    shown = window.notifications.notifications
    return [one.text for one in shown if one.level is Level.ERROR]


def test_without_models_it_says_how_to_get_one(window, open_in, project_path, qtbot):
    open_in(window, project_path)
    window.action("models_panel").trigger()
    panel = window.side_panels.models
    assert panel.isVisible()
    assert panel.is_empty
    assert "Train a network" in panel.empty.words[1]
    qtbot.mouseClick(panel.train, Qt.MouseButton.LeftButton)
    assert window.training.dialog is not None
    window.training.dialog.reject()


def test_models_are_listed_and_one_is_chosen_by_a_click(opened, qtbot):
    panel = opened.side_panels.models
    assert {name for name, _ in panel.list.rows} == {"points", "units", "other units"}
    assert {state for _, state in panel.list.rows} == {"ready"}
    row = [name for name, _ in panel.list.rows].index("units")
    place = panel.list.visualItemRect(panel.list.item(row)).center()
    qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert opened.models.chosen.name == "units"
    qtbot.waitUntil(lambda: bool(panel.curves.loss.curves), timeout=_LONG_MS)
    assert "Trained on" in panel.about.toPlainText()
    assert "Measure" in panel.confusion.words


def test_measuring_says_on_whom_and_shows_intervals(opened, qtbot, choose):
    choose(opened, "units")
    panel = opened.side_panels.models
    assert panel.figures.note.startswith("These are figures of the validation")
    panel.tabs.setCurrentWidget(panel.figures)
    qtbot.mouseClick(panel.figures.measure, Qt.MouseButton.LeftButton)
    assert opened.models.state_of(opened.models.chosen).words.startswith(("measure", "waiting"))
    assert not panel.measure_button.isEnabled()
    qtbot.waitUntil(lambda: opened.models.evaluation is not None, timeout=_LONG_MS)
    assert panel.figures.note == "Measured on 2 people whom it never saw."
    titles = [group.title for group in panel.figures.bars.groups]
    assert {"Face, 18 action units", "Head, 6 action units", "Told right, of the face"} < {*titles}
    assert opened.models.evaluation.n_rows == 12


def test_a_bar_and_a_cell_list_clips_and_a_click_goes_there(opened, qtbot, choose):
    choose(opened, "other units")
    panel = opened.side_panels.models
    panel.tabs.setCurrentWidget(panel.figures)
    panel.figures.bars.chosen.emit("AU12")
    clips = panel.figures.clips
    assert clips.title.endswith("of 4 told right")
    assert clips.list.count() == 4
    assert opened.document.recording.name == "face"
    rows = range(clips.list.count())
    row = next(row for row in rows if "0.100" in clips.list.item(row).text())
    place = clips.list.visualItemRect(clips.list.item(row)).center()
    qtbot.mouseClick(clips.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(
        lambda: (
            opened.document.recording is not None
            and opened.document.recording.name == "other"
            and opened.view_state.time_us == 100_000
        ),
        timeout=10_000,
    )
    found = opened.models.evaluation
    panel.tabs.setCurrentWidget(panel.confusion)
    matrix = panel.confusion.matrix
    column = int(found.confusion[0].argmax())
    cell = matrix.grid.place_of(0, column).center().toPoint()
    qtbot.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=cell)
    assert panel.confusion.words.startswith("AU1 told ")
    assert panel.confusion.clips.list.count() == found.confusion[0, column]


def test_clips_of_recordings_that_are_elsewhere_cannot_be_gone_to(opened, choose):
    choose(opened, "other units")
    panel = opened.side_panels.models
    panel.figures.bars.chosen.emit("AU51")
    item = panel.figures.clips.list.item(0)
    assert not item.flags() & Qt.ItemFlag.ItemIsEnabled
    assert "not in the open project" in item.toolTip()


def test_landmarks_have_bars_by_region(opened, choose):
    choose(opened, "points")
    panel = opened.side_panels.models
    groups = {group.title: group for group in panel.figures.bars.groups}
    assert len(groups["Error of each region"].bars) == 9
    panel.figures.bars.chosen.emit("left_eye")
    assert panel.figures.clips.title == "left eye: clips where it is furthest off"
    assert "NME" in panel.figures.clips.list.item(0).text()
    assert "not taken for one another" in panel.confusion.words


def test_a_model_is_renamed_unless_the_name_is_taken(opened, qtbot, choose, monkeypatch):
    choose(opened, "units")
    names = iter([("points", True), ("a/b", True), ("better", True)])
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: next(names))
    for words in ("is there already", "is no name for a folder"):
        labels_of(opened.side_panels.models.menu_of(opened.models.chosen))["Rename…"].trigger()
        assert any(words in text for text in errors_of(opened))
    labels_of(opened.side_panels.models.menu_of(opened.models.chosen))["Rename…"].trigger()
    qtbot.waitUntil(lambda: opened.models.chosen is not None)
    assert opened.models.chosen.name == "better"
    assert (opened.models.folder / "better" / "best.safetensors").exists()


def test_a_model_goes_to_the_wastebasket_only_when_it_was_asked(
    opened, qtbot, choose, monkeypatch, tmp_path
):
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    run = choose(opened, "units")
    answers = iter([QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Yes])
    monkeypatch.setattr(QMessageBox, "question", lambda *_: next(answers))
    remove = labels_of(opened.side_panels.models.menu_of(run))["Move to the wastebasket…"]
    remove.trigger()
    assert run.folder.exists()
    remove.trigger()
    qtbot.waitUntil(lambda: len(opened.models.runs) == 2)
    assert (tmp_path / "data" / "Trash" / "files" / "units").exists()
    assert not run.folder.exists()
    assert "units" not in [one.name for one in opened.models.runs]


def test_a_network_is_written_as_onnx(opened, qtbot, choose, monkeypatch, tmp_path):
    choose(opened, "units")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "net"), ""))
    labels_of(opened.side_panels.models.menu_of(opened.models.chosen))["Export as ONNX…"].trigger()
    with qtbot.waitSignal(opened.model_work.succeeded, timeout=_LONG_MS) as told:
        pass
    assert told.args == ["units: written to net.onnx"]
    assert (tmp_path / "net.onnx").stat().st_size > 1_000


@pytest.fixture
def import_file(opened, qtbot, monkeypatch):
    def import_it(path):
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
        qtbot.mouseClick(opened.side_panels.models.import_button, Qt.MouseButton.LeftButton)

    return import_it


def test_a_network_made_elsewhere_is_imported_and_chosen(opened, qtbot, import_file, made_models):
    import_file(made_models / "theirs.safetensors")
    qtbot.waitUntil(
        lambda: opened.models.chosen is not None and opened.models.chosen.name == "theirs",
        timeout=_LONG_MS,
    )
    assert opened.models.state_of(opened.models.chosen).words == "ready"


def test_code_damage_and_other_versions_are_refused_in_plain_words(
    opened, qtbot, import_file, made_models, tmp_path
):
    packed = (made_models / "theirs.safetensors").read_bytes()
    newer = packed.replace(b'\\"version\\": 1', b'\\"version\\": 9', 1)
    assert newer != packed
    for name, content, words in (
        ("code", b"\x80\x04code", "could run code"),
        ("newer", newer, "written by a newer evface"),
        ("short", packed[:400], "damaged"),
    ):
        (tmp_path / f"{name}.safetensors").write_bytes(content)
        with qtbot.waitSignal(opened.launcher.failed, timeout=_LONG_MS) as told:
            import_file(tmp_path / f"{name}.safetensors")
        assert words in told.args[0]
        assert not (opened.models.folder / name).exists()


def test_damaged_runs_and_foreign_files_are_listed_as_such(opened, qtbot):
    folder = opened.models.folder
    (folder / "evil").mkdir()
    (folder / "evil" / "best.safetensors").write_bytes(b"\x80\x04code")
    (folder / "notes.txt").write_text("mine")
    (folder / "empty").mkdir()
    (folder / "units" / "evaluation.json").write_text('{"network": 1}')
    opened.models.refresh()
    qtbot.waitUntil(lambda: len(opened.models.runs) == 4)
    run = next(run for run in opened.models.runs if run.name == "evil")
    opened.models.choose(run)
    assert dict(opened.side_panels.models.list.rows)["evil"] == "damaged"
    assert not opened.side_panels.models.predict.isEnabled()
    assert not opened.side_panels.models.measure_button.isEnabled()
    assert "best.safetensors" in opened.side_panels.models.figures.note
    opened.models.choose(next(run for run in opened.models.runs if run.name == "units"))
    qtbot.waitUntil(lambda: "measure the network again" in opened.side_panels.models.figures.note)


def test_figures_of_a_network_that_was_trained_further_do_not_count(opened, qtbot, choose):
    run = choose(opened, "other units")
    shutil.copy(opened.models.folder / "units" / "best.safetensors", run.checkpoint)
    opened.models.refresh()
    qtbot.waitUntil(lambda: opened.models.evaluation is None)
    assert "trained further" in opened.side_panels.models.figures.note


def test_a_training_that_stopped_can_be_resumed(opened, qtbot, choose):
    run = choose(opened, "units")
    assert opened.side_panels.models.resume.isHidden()
    (run.folder / "job.json").write_text(json.dumps({"kind": "train_project"}))
    packed = (run.folder / "last.safetensors").read_bytes()
    begun = packed.replace(b'\\"step\\": 2', b'\\"step\\": 1', 1)
    assert begun != packed
    (run.folder / "last.safetensors").write_bytes(begun)
    opened.models.refresh()
    qtbot.waitUntil(opened.side_panels.models.resume.isVisible)
    assert opened.models.state_of(opened.models.chosen).words.endswith("can be resumed")


def test_an_evaluation_on_another_set_is_kept_with_the_run(
    opened, qtbot, choose, monkeypatch, made_models
):
    run = choose(opened, "units")
    path = made_models / "people.evset"
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    labels_of(opened.side_panels.models.menu_of(run))["Measure on another set…"].trigger()
    qtbot.waitUntil(lambda: opened.models.evaluation is not None, timeout=_LONG_MS)
    assert path.samefile(read_evaluation(run.folder / "evaluation.json").set_path)
