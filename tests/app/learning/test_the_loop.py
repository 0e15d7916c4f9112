"""Learning in the real window, from a processed recording round to the second network."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from evface.annotations.roles import PREDICTED_LANDMARKS, PREDICTED_UNITS
from evface.training.runs import DATA
from evface.training_sets.clips import AU_CLASSES
from evface.training_sets.file import TrainingSet

# Small enough for a test; all of it can be typed into the dialog.
TINY = """\
model.n_channels=[4, 8]
model.n_features=16
model.n_hidden=8
data.side_px=32
data.n_frames=3
run.device=cpu
run.epochs=2"""
LONG_MS = 180_000


@pytest.fixture
def opened(window, open_in, face_project, models, qtbot):
    """The window with a processed recording, a network of landmarks, and the models panel."""
    for name in ("units", "others"):
        for path in (models / name).iterdir():
            path.unlink()
        (models / name).rmdir()
    open_in(window, face_project)
    window.action("models_panel").trigger()
    qtbot.waitUntil(lambda: len(window.models.usable) == 1)
    return window


@pytest.fixture
def train(opened, qtbot, press):
    """Return a function that trains by keys and mouse; it returns what the dialog counted."""

    def train_network(name):
        press(opened, "Ctrl+T")
        dialog = opened.training.dialog
        qtbot.waitUntil(lambda: dialog.is_ready, timeout=10_000)
        coded = dialog.facts["Coded segments"].text()
        QTest.mouseClick(dialog.more_button, Qt.MouseButton.LeftButton)
        dialog.more_field.setPlainText(TINY)
        dialog.name_field.selectAll()
        QTest.keyClicks(dialog.name_field, name)
        with qtbot.waitSignal(opened.training.finished, timeout=LONG_MS):
            QTest.mouseClick(dialog.train_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: name in [run.name for run in opened.models.usable])
        return coded

    return train_network


@pytest.fixture
def predict(opened, qtbot, press):
    """Return a function that asks the networks that the dialog proposes."""

    def ask_networks(button=None):
        if button is None:
            press(opened, "Ctrl+Return")
        else:
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        dialog = opened.predicting.dialog
        proposed = dialog.landmarks_box.currentText(), dialog.units_box.currentText()
        with qtbot.waitSignal(opened.predicting.predicted, timeout=LONG_MS):
            QTest.mouseClick(dialog.predict_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: opened.workspace.is_complete, timeout=10_000)
        return proposed

    return ask_networks


def checkpoint_of(window, role):
    return window.document.tracks[role].source.settings["checkpoint"]


def test_people_train_predict_correct_and_train_again(opened, qtbot, focus, train, predict):
    document, workspace = opened.document, opened.workspace
    # A first network, whose curves grow.
    assert train("first") == "none"
    assert opened.models.chosen.name == "first"
    qtbot.waitUntil(lambda: len(opened.side_panels.models.curves.loss.curves[0].values) > 1)
    # What it says lies on the pictures and in the timeline.
    assert predict() == ("points (kp_slpt)", "first (au_light)")
    assert checkpoint_of(opened, PREDICTED_UNITS) == "first/best.safetensors"
    opened.view_state.set_time_us(200_000)
    qtbot.waitUntil(lambda: workspace.is_complete)
    assert workspace.events_pane.predicted.marks is not None
    assert workspace.rgb_pane.predicted.marks is not None
    # A person says otherwise.
    rows = workspace.timeline.rows
    opened.coding.units.choose(["AU1", "AU12"])
    opened.coding.choose_unit("AU1")
    focus(opened, rows)
    opened.view_state.set_time_us(100_000)
    with qtbot.waitSignal(document.coding_changed):
        qtbot.keyPress(rows, Qt.Key.Key_X)
        opened.view_state.set_time_us(300_000)
        qtbot.keyRelease(rows, Qt.Key.Key_X)
    qtbot.waitUntil(lambda: not document.is_busy)
    (coded,) = document.segments.values()
    # The next network learns from that, and replaces what the first one said.
    assert (coded.unit, coded.author) == ("AU1", document.annotator)
    assert train("second") == "AU1"
    folder = opened.training.folder / "second"
    with TrainingSet(folder / DATA) as learnt:
        values = [learnt.clip(row).intensity for row in range(len(learnt))]
    assert max(one[:, AU_CLASSES.index("AU1")].max() for one in values) > 0
    told = opened.notifications.notifications[0]
    assert told.text == "second: trained"
    (leads_on,) = (one for one in told.findChildren(QPushButton) if one.text() == "Predict…")
    assert predict(leads_on)[1] == "second (au_light)"
    assert checkpoint_of(opened, PREDICTED_UNITS) == "second/best.safetensors"
    assert checkpoint_of(opened, PREDICTED_LANDMARKS) == "points/best.safetensors"
    assert document.segments == {coded.id: coded}
