from PySide6.QtCore import Qt

from evface_studio.main_window import MainWindow
from evface_studio.sharing.annotator_button import AnnotatorButton


def test_the_name_is_taken_and_remembered(qtbot, opened, trigger, settings):
    dialog = trigger(opened, "annotator")
    qtbot.waitUntil(lambda: bool(dialog.table.cells))
    assert dialog.table.cells[0][:4] == ["anna", "2", "1", "2"]
    dialog.name_field.selectAll()
    qtbot.keyClicks(dialog.name_field, "carla")
    with qtbot.waitSignal(opened.document.annotator_changed):
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert opened.document.annotator == "carla"
    other = MainWindow(settings)
    qtbot.addWidget(other, before_close_func=lambda w: w.shut_down())
    assert other.document.annotator == "carla"


def button_of(window):
    return window.findChild(AnnotatorButton)


def test_the_bottom_of_the_window_says_who_annotates_and_asks_for_another(qtbot, opened):
    button = button_of(opened)
    assert button.isVisible()
    assert button.text() == "anna"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: opened.sharing.dialog is not None)
    assert opened.sharing.dialog.name_field.text() == "anna"


def test_blind_coders_see_only_their_own_labels(qtbot, opened):
    assert {one.author for one in opened.document.segments.values()} == {"anna", "ben"}
    with qtbot.waitSignal(opened.document.annotator_changed):
        opened.action("code_blind").trigger()
    assert {one.author for one in opened.document.segments.values()} == {"anna"}
    assert opened.action("code_blind").isChecked()
    assert button_of(opened).text() == "anna, blind"
    with qtbot.waitSignal(opened.document.annotator_changed):
        opened.action("code_blind").trigger()
    assert {one.author for one in opened.document.segments.values()} == {"anna", "ben"}


def test_without_a_name_nothing_is_taken(opened, trigger):
    dialog = trigger(opened, "annotator")
    dialog.name_field.clear()
    assert not dialog.take_button.isEnabled()


def test_dialogs_need_a_project_save_for_the_annotator(window):
    assert window.action("annotator").isEnabled()
    for key in ("agreement", "merge", "snapshots"):
        assert not window.action(key).isEnabled()
