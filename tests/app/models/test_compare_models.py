"""Two models side by side, in the real window."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

_LONG_MS = 180_000


@pytest.fixture
def compare(opened, choose):
    """Return a function that compares a model with another, or with the labels."""
    dialogs = []

    def show(first, second):
        choose(opened, first)
        opened.action("compare_models").trigger()
        dialog = opened.model_work.comparison
        dialogs.append(dialog)
        pick(dialog.second_box, second)
        return dialog

    yield show
    for dialog in dialogs:
        dialog.reject()


def pick(box, name):
    row = [box.itemText(k) for k in range(box.count())].index(name)
    box.setCurrentIndex(row)
    box.activated.emit(row)


def wait(qtbot, dialog):
    qtbot.waitUntil(
        lambda: (
            not dialog.comparing.is_running
            and all(run is None or dialog.comparing.told(run) for run in dialog.runs)
        ),
        timeout=_LONG_MS,
    )


def test_two_models_are_drawn_in_step_with_the_time_and_nothing_is_stored(opened, qtbot, compare):
    dialog = compare("other units", "units")
    assert [run.name for run in dialog.runs] == ["other units", "units"]
    before = opened.document.undo_label
    wait(qtbot, dialog)
    rows = {row.name: row for row in dialog.curves.rows}
    assert all(curve is not None for curve in rows["AU12"].curves)
    assert rows["AU12"].truth is not None
    titles = [bars.groups[0].title for bars in dialog.rankings]
    assert [title.partition(",")[0] for title in titles] == ["other units", "units"]
    assert all(len(bars.groups[0].bars) == 5 for bars in dialog.rankings)
    opened.view_state.set_time_us(300_000)
    qtbot.waitUntil(lambda: "0.300" in dialog.rankings[0].groups[0].title)
    place = QPoint(dialog.curves.x_of(250_000), 20)
    qtbot.mouseClick(dialog.curves, Qt.MouseButton.LeftButton, pos=place)
    assert abs(opened.view_state.time_us - 250_000) <= 2 * dialog.curves.scale.us_per_px
    # One was measured, the other was not: nobody can say which is better.
    assert "Not measured: units" in dialog.note.text()
    named = {row[0]: row for row in dialog.elsewhere.cells}
    assert "%" in named["top-1"][1]
    assert named["top-1"][2:] == ["", ""]
    taken = {row[0]: row for row in dialog.here.cells}["Taken for"][1]
    assert taken == "none stands out" or taken.startswith("AU")
    # The labels in place of the second.
    pick(dialog.second_box, "The labels")
    wait(qtbot, dialog)
    rows = {row.name: row for row in dialog.curves.rows}
    assert rows["AU12"].curves[1] is None
    dialog.all_box.click()
    assert len(dialog.curves.rows) == 24
    assert opened.document.undo_label == before
    assert not [role for role in opened.document.tracks if role.startswith("predicted")]


def test_what_cannot_be_asked_is_told_and_the_other_is_shown(opened, qtbot, compare):
    path = opened.models.folder / "units" / "best.safetensors"
    path.write_bytes(b"\x80\x04code")
    dialog = compare("other units", "units")
    qtbot.waitUntil(lambda: "could run code" in dialog.words.text(), timeout=_LONG_MS)
    assert dialog.words.text().startswith("units: ")
    assert dialog.curves.rows


@pytest.mark.usefixtures("with_models")
def test_landmarks_have_an_error_over_time(window, open_in, face_project, qtbot, choose):
    open_in(window, face_project)
    window.action("models_panel").trigger()
    qtbot.waitUntil(lambda: len(window.models.runs) == 3)
    choose(window, "points")
    window.model_work.show_comparison()
    dialog = window.model_work.comparison
    pick(dialog.second_box, "The labels")
    wait(qtbot, dialog)
    row = dialog.curves.rows[0]
    assert row.name == "NME"
    assert np.isfinite(row.curves[0].highest)
    assert {cells[0]: cells[1] for cells in dialog.here.cells}["NME"].endswith(" %")
    dialog.reject()
