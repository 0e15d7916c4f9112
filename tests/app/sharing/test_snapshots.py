from PySide6.QtCore import Qt

from evface.annotations.coding_edits import SetSegments
from evface.events.filters.regions import Polarity
from evface.projects.snapshots import list_snapshots, snapshot_folder

_LONG_MS = 30_000


def names(dialog):
    return [row[0] for row in dialog.table.cells]


def edit(qtbot, window, change):
    with qtbot.waitSignal(window.document.coding_changed, timeout=10_000):
        window.document.edit(change)


def test_a_daily_snapshot_is_made_when_a_project_with_labels_is_opened(qtbot, opened):
    path = opened.document.project.path
    qtbot.waitUntil(lambda: len(list_snapshots(path)) == 1)
    (snapshot,) = list_snapshots(path)
    assert snapshot.is_daily
    assert set(snapshot.counts) == {"anna", "ben"}


def test_none_is_made_of_a_project_without_labels(window, open_in, project_path):
    open_in(window, project_path)
    window.sharing.snapshots.close()  # waits for what is being written
    assert not snapshot_folder(project_path).exists()


def test_a_named_one_is_taken_and_restored_undoably(qtbot, opened, trigger):
    dialog = trigger(opened, "snapshots")
    qtbot.keyClicks(dialog.name_field, "before review")
    qtbot.keyClick(dialog.name_field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "before review" in names(dialog))
    dialog.close()
    recording_id = opened.document.recording_id
    edit(qtbot, opened, SetSegments(recording_id, {"anna-smile": None}))
    assert "anna-smile" not in opened.document.segments
    dialog = trigger(opened, "snapshots")
    qtbot.waitUntil(lambda: "before review" in names(dialog))
    dialog.table.setCurrentItem(dialog.table.items()[names(dialog).index("before review")])
    qtbot.waitUntil(dialog.restore_button.isEnabled)
    assert "adds 1, changes 0 and removes 0 labels" in dialog.note.text()
    with qtbot.waitSignal(opened.document.coding_changed, timeout=10_000):
        qtbot.mouseClick(dialog.restore_button, Qt.MouseButton.LeftButton)
    assert "anna-smile" in opened.document.segments
    assert opened.document.undo_label == "Restore snapshot before review"
    with qtbot.waitSignal(opened.document.coding_changed, timeout=10_000):
        opened.action("undo").trigger()
    assert "anna-smile" not in opened.document.segments


def test_filters_of_then_are_set_back(qtbot, opened, trigger):
    opened.document.set_filters((Polarity(),))
    qtbot.waitUntil(lambda: opened.document.recording.filters == (Polarity(),), timeout=_LONG_MS)
    dialog = trigger(opened, "snapshots")
    dialog.name_field.setText("one polarity")
    qtbot.mouseClick(dialog.take_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "one polarity" in names(dialog), timeout=_LONG_MS)
    dialog.close()
    with qtbot.waitSignal(opened.document.filters_changed, timeout=_LONG_MS):
        opened.document.set_filters(())
    dialog = trigger(opened, "snapshots")
    qtbot.waitUntil(lambda: "one polarity" in names(dialog), timeout=_LONG_MS)
    dialog.table.setCurrentItem(dialog.table.items()[names(dialog).index("one polarity")])
    qtbot.waitUntil(dialog.restore_button.isEnabled, timeout=_LONG_MS)
    assert "sets back the filters of 1 recording" in dialog.note.text()
    with qtbot.waitSignal(opened.document.filters_changed, timeout=_LONG_MS):
        qtbot.mouseClick(dialog.restore_button, Qt.MouseButton.LeftButton)
    assert opened.document.recording.filters == (Polarity(),)


def test_a_name_that_is_taken_is_refused_in_the_dialog(qtbot, opened, trigger):
    dialog = trigger(opened, "snapshots")
    for _ in range(2):
        dialog.name_field.setText("twice")
        qtbot.mouseClick(dialog.take_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: "twice" in names(dialog))
    qtbot.waitUntil(lambda: "has a snapshot 'twice' already" in dialog.note.text())


def test_without_snapshots_it_is_said_when_one_is_made(
    qtbot, window, open_in, project_path, trigger
):
    open_in(window, project_path)
    dialog = trigger(window, "snapshots")
    qtbot.waitUntil(lambda: "no snapshots yet" in dialog.note.text())
    assert not dialog.restore_button.isEnabled()
