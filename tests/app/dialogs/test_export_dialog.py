import json
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QLabel, QMessageBox, QPushButton

from evface.projects.editing_lock import EditingLock
from evface_studio.actions.table import all_actions


def choose(box, data):
    box.setCurrentIndex(box.findData(data))


def answer(box, text):
    """Press a button of a question."""
    (button,) = [one for one in box.buttons() if one.text() == text]
    button.click()


def export(qtbot, window, dialog):
    """Press Export and wait for the job; return what is told afterwards."""
    qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(window.jobs.jobs), timeout=10_000)
    qtbot.waitUntil(lambda: window.jobs.jobs[-1].is_over, timeout=30_000)
    assert window.jobs.jobs[-1].error == ""
    qtbot.waitUntil(lambda: bool(window.notifications.notifications))
    return window.notifications.notifications[0]


def test_an_export_names_its_file_and_its_sidecar_and_shows_their_folder(
    qtbot, opened, dialog_of, media, monkeypatch
):
    shown = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: shown.append(url.toLocalFile()) or True
    )
    before = opened.document.undo_label
    dialog = dialog_of(opened, "export_labels")
    choose(dialog.form_box, "cvat")
    assert "its sidecar face.xml.evface.json" in dialog.summary.text()
    told = export(qtbot, opened, dialog)
    assert "face.xml" in told.text
    assert "face.xml.evface.json" in told.text
    assert (media / "face.xml").exists()
    assert (media / "face.xml.evface.json").exists()
    qtbot.mouseClick(told.findChildren(QPushButton)[0], Qt.MouseButton.LeftButton)
    assert shown == [str(media)]
    assert opened.document.undo_label == before


def test_the_whole_export_works_by_keys(qtbot, opened, press, media):
    press(opened, "Ctrl+E")
    qtbot.waitUntil(lambda: opened.interchange.dialog is not None)
    dialog = opened.interchange.dialog
    qtbot.waitUntil(dialog.form_box.hasFocus)
    qtbot.keyClicks(dialog.form_box, "ELAN")
    assert dialog.form_box.currentData() == "elan"
    qtbot.keyClick(dialog, Qt.Key.Key_W, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(dialog.path_field.hasFocus)
    dialog.path_field.selectAll()
    qtbot.keyClicks(dialog.path_field, "mine")
    qtbot.keyClick(dialog.path_field, Qt.Key.Key_Return)
    qtbot.waitUntil((media / "mine.eaf").exists, timeout=30_000)
    qtbot.waitUntil(lambda: opened.jobs.jobs[-1].is_over)


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("coco", {"camera_box"}),
        ("cvat", {"camera_box", "keyframes_box"}),
        ("elan", set()),
        ("openface", {"camera_box", "units_box"}),
        ("hdf5", set()),
    ],
)
def test_only_what_matters_for_the_format_is_asked(opened, dialog_of, form, shown):
    dialog = dialog_of(opened, "export_labels")
    choose(dialog.form_box, form)
    fields = ("camera_box", "role_box", "units_box", "keyframes_box")
    assert {name for name in fields if getattr(dialog, name).isVisible()} == shown
    assert dialog.about.text()


def test_what_is_there_is_replaced_only_when_people_say_so(qtbot, opened, dialog_of, media):
    (media / "face.json").write_text("precious")
    dialog = dialog_of(opened, "export_labels")
    qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.findChild(QMessageBox, "replace") is not None)
    box = dialog.findChild(QMessageBox, "replace")
    assert "face.json is there already" in box.text()
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    qtbot.waitUntil(box.isHidden)
    assert dialog.isVisible()
    assert (media / "face.json").read_text() == "precious"
    assert not opened.jobs.jobs
    qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(dialog.findChildren(QMessageBox, "replace")) == 2)
    again = dialog.findChildren(QMessageBox, "replace")[-1]
    answer(again, "&Replace")
    qtbot.waitUntil(lambda: bool(opened.jobs.jobs), timeout=10_000)
    qtbot.waitUntil(lambda: opened.jobs.jobs[-1].is_over, timeout=30_000)
    assert json.loads((media / "face.json").read_text())["images"]


def test_all_recordings_go_into_a_folder_and_problems_are_said(
    qtbot, opened, dialog_of, media, tmp_path
):
    (tmp_path / "out").mkdir()
    dialog = dialog_of(opened, "export_labels")
    choose(dialog.recordings_box, "")
    assert dialog.recordings_box.currentText() == "All 2 recordings"
    assert dialog.path_field.text() == str(media)
    dialog.path_field.setText(str(tmp_path / "out"))
    export(qtbot, opened, dialog)
    texts = [one.text for one in opened.notifications.notifications]
    assert any("Exported face" in text for text in texts)
    assert any("other: has no landmarks on the video" in text for text in texts)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["face.json"]


def test_one_annotators_labels_are_exported_alone(qtbot, opened, dialog_of, media):
    dialog = dialog_of(opened, "export_labels")
    qtbot.waitUntil(lambda: dialog.author_box.count() == 3)
    texts = [dialog.author_box.itemText(row) for row in range(3)]
    assert texts == ["Everyone", "Ana", "Ben"]
    choose(dialog.author_box, "Ben")
    export(qtbot, opened, dialog)
    written = json.loads((media / "face.json").read_text())
    authors = {row[6] for face in written["annotations"] for row in face["evface"]["corrections"]}
    assert authors == {"Ben"}


def test_a_blind_annotator_exports_only_their_own_labels(qtbot, opened, dialog_of):
    opened.document.set_blind(True)
    qtbot.waitUntil(lambda: opened.document.is_blind and not opened.document.is_busy)
    dialog = dialog_of(opened, "export_labels")
    with qtbot.waitSignal(opened.interchange.annotators_found):
        opened.interchange.find_annotators()
    box = dialog.author_box
    assert [box.itemText(row) for row in range(box.count())] == ["Cleo"]


def test_a_file_of_the_project_is_never_replaced(qtbot, opened, dialog_of, media):
    before = (media / "face.h5").read_bytes()
    dialog = dialog_of(opened, "export_labels")
    choose(dialog.form_box, "hdf5")
    dialog.path_field.setText(str(media / "face.h5"))
    qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.findChild(QMessageBox, "replace") is not None)
    answer(dialog.findChild(QMessageBox, "replace"), "&Replace")
    qtbot.waitUntil(lambda: bool(opened.jobs.jobs), timeout=10_000)
    qtbot.waitUntil(lambda: opened.jobs.jobs[-1].is_over, timeout=30_000)
    told = opened.notifications.notifications[0].text
    assert "belongs to the project" in told
    assert (media / "face.h5").read_bytes() == before


def test_an_export_that_is_cancelled_leaves_no_half_written_file(
    qtbot, opened, dialog_of, media, monkeypatch
):
    # Stands in for a job that is killed while it writes.
    code = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('half'); input()"
    half = media / ".face.json.part"
    monkeypatch.setattr(
        "evface_studio.jobs.launcher.job_command", lambda _: [sys.executable, "-c", code, str(half)]
    )
    dialog = dialog_of(opened, "export_labels")
    qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(half.exists, timeout=10_000)
    opened.jobs.jobs[-1].cancel()
    qtbot.waitUntil(lambda: opened.jobs.jobs[-1].is_over, timeout=10_000)
    qtbot.waitUntil(lambda: not half.exists())
    assert not (media / "face.json").exists()


def test_without_a_project_there_is_nothing_to_export(window):
    assert not window.action("export_labels").isEnabled()
    assert not window.action("import_labels").isEnabled()


def test_a_project_that_can_only_be_read_is_exported_but_takes_nothing(
    window, open_in, labelled_path
):
    lock = EditingLock(labelled_path)
    try:
        open_in(window, labelled_path)
        assert window.document.is_read_only
        assert window.action("export_labels").isEnabled()
        assert not window.action("import_labels").isEnabled()
        (info,) = [one for one in all_actions() if one.key == "import_labels"]
        assert "reading only" in info.is_enabled.otherwise
    finally:
        lock.release()


def test_every_field_has_a_name_and_a_letter(opened, dialog_of):
    for key in ("export_labels", "import_labels"):
        dialog = dialog_of(opened, key)
        labels = [one for one in dialog.findChildren(QLabel) if one.buddy() is not None]
        letters = [one.text()[one.text().index("&") + 1].lower() for one in labels]
        letters += [
            one.text()[one.text().index("&") + 1].lower()
            for one in dialog.findChildren(QPushButton)
            if "&" in one.text()
        ]
        assert len(letters) == len(set(letters)) > 6
        assert all(one.buddy().accessibleName() for one in labels)


def test_what_is_proposed_is_never_the_name_of_the_events(opened, dialog_of, media):
    dialog = dialog_of(opened, "export_labels")
    choose(dialog.form_box, "hdf5")
    assert dialog.paths == [media / "face labels.h5"]
    choose(dialog.recordings_box, "")
    assert dialog.paths == [media / "face labels.h5", media / "other labels.h5"]
    choose(dialog.form_box, "npz")
    assert dialog.paths == [media / "face.npz", media / "other.npz"]


def test_a_name_that_people_chose_stays_and_gets_the_formats_ending(opened, dialog_of, media):
    dialog = dialog_of(opened, "export_labels")
    dialog.path_field.setText("mine.json")
    choose(dialog.form_box, "elan")
    assert dialog.paths == [media / "mine.eaf"]
