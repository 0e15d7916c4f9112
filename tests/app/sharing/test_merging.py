from PySide6.QtCore import Qt

from evface.projects.project import Project


def authors_of(window):
    return {one.author for one in window.document.segments.values()}


def choose(qtbot, dialog, path):
    dialog.choose_project(path)
    qtbot.waitUntil(lambda: dialog.merge_button.isEnabled() or "already" in dialog.summary.text())


def merge(qtbot, window, dialog):
    with qtbot.waitSignal(window.document.coding_changed, timeout=10_000):
        qtbot.mouseClick(dialog.merge_button, Qt.MouseButton.LeftButton)


def test_both_sides_are_kept_and_one_undo_takes_theirs_out(qtbot, opened, trigger, other_path):
    dialog = trigger(opened, "merge")
    choose(qtbot, dialog, other_path)
    assert "2 conflicts" in dialog.summary.text()
    assert [row[-1] for row in dialog.table.cells] == ["both", "both"]
    merge(qtbot, opened, dialog)
    assert authors_of(opened) == {"anna", "anna (earlier)", "ben", "carla"}
    assert opened.document.segments["anna-smile"].onset_us == 200_000
    assert opened.document.undo_label == "Merge projects"
    with qtbot.waitSignal(opened.document.coding_changed, timeout=10_000):
        opened.action("undo").trigger()
    assert authors_of(opened) == {"anna", "ben"}
    assert opened.document.segments["anna-smile"].onset_us == 100_000


def test_conflicts_are_resolved_row_by_row_with_the_keyboard(qtbot, opened, trigger, other_path):
    dialog = trigger(opened, "merge")
    choose(qtbot, dialog, other_path)
    dialog.table.setFocus()
    qtbot.keyClick(dialog.table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(dialog, Qt.Key.Key_I, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: [row[-1] for row in dialog.table.cells] == ["mine", "mine"])
    merge(qtbot, opened, dialog)
    assert authors_of(opened) == {"anna", "ben", "carla"}
    assert opened.document.segments["anna-smile"].onset_us == 100_000


def test_merging_again_has_nothing_to_bring(qtbot, opened, trigger, other_path):
    dialog = trigger(opened, "merge")
    choose(qtbot, dialog, other_path)
    merge(qtbot, opened, dialog)
    dialog = trigger(opened, "merge")
    choose(qtbot, dialog, other_path)
    assert not dialog.merge_button.isEnabled()
    assert dialog.summary.text() == "Everything of that project is here already."


def test_recordings_that_only_the_other_has_are_listed_after_merging(
    qtbot, opened, trigger, labelled_path, tmp_path
):
    path = tmp_path / "more.evface"
    (folder := labelled_path.parent).joinpath("more.h5").write_bytes(
        (folder / "other.h5").read_bytes() + b"another recording"
    )
    with Project.create(path) as project:
        project.add_recording(folder / "more.h5", name="more")
    dialog = trigger(opened, "merge")
    choose(qtbot, dialog, path)
    assert "1 recording more" in dialog.summary.text()
    dialog.merge_button.click()
    qtbot.waitUntil(
        lambda: "more" in {one.entry.name for one in opened.document.listed.values()},
        timeout=10_000,
    )


def test_what_is_no_project_is_said_so_and_changes_nothing(qtbot, opened, trigger, tmp_path):
    (tmp_path / "no.evface").write_bytes(b"no project")
    dialog = trigger(opened, "merge")
    dialog.choose_project(tmp_path / "no.evface")
    qtbot.waitUntil(lambda: "is not an evface project" in dialog.summary.text())
    assert not dialog.merge_button.isEnabled()
