import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog


def cell(table, row_name, column):
    header = [table.headerItem().text(c) for c in range(table.columnCount())]
    row = next(row for row in table.cells if row_name in row)
    return row[header.index(column)]


@pytest.fixture
def dialog(qtbot, opened, trigger):
    dialog = trigger(opened, "agreement")
    qtbot.waitUntil(lambda: bool(dialog.events.cells), timeout=10_000)
    return dialog


def test_two_annotators_are_compared_at_once(dialog):
    assert (dialog.first_box.currentText(), dialog.second_box.currentText()) == ("anna", "ben")
    assert cell(dialog.landmarks, "all", "Points\nboth") == "2"
    assert cell(dialog.landmarks, "all", "Distance\npx") == "3.00"
    assert cell(dialog.moments, "AU12", "Moments\nboth") == "40"
    assert cell(dialog.edges, "AU12", "Onset\nmedian, ms") == "+20"
    assert "Shrout and Fleiss" in dialog.explained.toPlainText()


def test_other_settings_are_compared_anew(qtbot, dialog):
    dialog.step_field.setValue(50)
    qtbot.waitUntil(lambda: cell(dialog.moments, "AU12", "Moments\nboth") == "8")
    dialog.step_field.setValue(10)
    dialog.absent_box.click()
    qtbot.waitUntil(lambda: int(cell(dialog.moments, "AU12", "Moments\nboth")) > 40)


def test_somebody_of_another_project_can_be_second(qtbot, dialog, other_path):
    dialog.choose_other(other_path)
    qtbot.waitUntil(lambda: "other.evface" in dialog.second_box.currentText())
    row = dialog.second_box.findText("anna (other.evface)")
    dialog.second_box.setCurrentIndex(row)
    dialog.second_box.activated.emit(row)
    qtbot.waitUntil(lambda: cell(dialog.edges, "AU12", "Onset\nmedian, ms") == "+100")
    qtbot.mouseClick(dialog.same_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: cell(dialog.edges, "AU12", "Onset\nmedian, ms") == "+20")


def test_the_same_annotator_twice_is_not_compared(dialog):
    dialog.second_box.setCurrentIndex(0)
    dialog.second_box.activated.emit(0)
    assert dialog.summary.text() == "Choose two different annotators."
    assert not dialog.export_button.isEnabled()


def test_the_report_is_written_in_the_form_chosen(qtbot, dialog, tmp_path, monkeypatch):
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "report"), "Table (*.csv)")
    )
    qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil((tmp_path / "report.csv").exists)
    qtbot.waitUntil(lambda: "report.csv" in dialog.summary.text())


def test_without_labels_it_is_said_what_is_lacking(qtbot, window, open_in, project_path, trigger):
    open_in(window, project_path)
    dialog = trigger(window, "agreement")
    qtbot.waitUntil(lambda: "Nobody has labelled" in dialog.summary.text())
    assert not dialog.export_button.isEnabled()
