"""The curves of a training: what is drawn, what they tell, and that they grow."""

import json
import threading

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from evface.training.runs import Run, read_curves
from evface_studio.look.theme import DARK, LIGHT
from evface_studio.panels import curves
from evface_studio.panels.curve_chart import Curve, CurveChart, format_value
from evface_studio.panels.curves import CurvesView, figure_name

_LONG_MS = 30_000


def line(step, epoch, **figures):
    return {"step": step, "epoch": epoch, **{k.replace("__", "/"): v for k, v in figures.items()}}


@pytest.fixture
def run(tmp_path):
    lines = [
        line(1, 0, train__loss=4.0, train__rate=0.1),
        line(2, 0, train__loss=2.0, train__rate=0.1),
        line(2, 0, validation__loss=3.0, validation__nme=0.3),
        line(3, 1, train__loss=1.0, train__rate=0.1),
        line(4, 1, validation__loss=1.5, validation__nme=0.125),
    ]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines))
    return Run(tmp_path, "a", "kp_slpt", task="landmarks", n_steps=8, training={"epoch": 1})


@pytest.fixture
def view(qtbot):
    view = CurvesView(DARK)
    qtbot.addWidget(view)
    view.resize(420, 460)
    view.show()
    yield view
    view.close_threads()


def show(qtbot, view, run):
    view.show_run(run)
    qtbot.waitUntil(lambda: not view.is_reading, timeout=_LONG_MS)


def test_without_a_training_the_curves_say_what_to_do(view):
    assert "Choose a training" in view.hint.text()
    assert not view.loss.isVisible()


def test_a_training_without_figures_says_so(qtbot, view, tmp_path):
    show(qtbot, view, Run(tmp_path, "new"))
    assert "Nothing is measured yet" in view.hint.text()


def test_the_loss_of_training_and_validation_are_drawn(qtbot, view, run):
    show(qtbot, view, run)
    training, validation = view.loss.curves
    assert training.values.tolist() == [4.0, 2.0, 1.0]
    assert validation.values.tolist() == [3.0, 1.5]
    assert validation.best_step == 4
    assert view.loss.isVisible()


def test_the_first_figure_of_the_validation_is_shown_in_its_unit(qtbot, view, run):
    show(qtbot, view, run)
    assert view.figure_box.currentText() == "Validation: NME, inter-ocular, %"
    assert view.figure.curves[1].values.tolist() == [30.0, 12.5]


def test_the_window_goes_on_while_curves_are_read_and_what_is_told_meanwhile_is_drawn(
    qtbot, view, run, monkeypatch
):
    may_read = threading.Event()

    def wait_and_read(folder):
        assert may_read.wait(60)
        return read_curves(folder)

    monkeypatch.setattr(curves, "read_curves", wait_and_read)
    view.show_run(run)
    assert view.is_reading
    assert view.hint.text() == "Reading the curves…"
    # The first of these is in the file already.
    view.add(line(3, 1, train__loss=1.0))
    view.add(line(5, 2, train__loss=0.5))
    may_read.set()
    qtbot.waitUntil(lambda: not view.is_reading, timeout=_LONG_MS)
    assert view.loss.curves[0].steps.tolist() == [1, 2, 3, 5]
    assert view.loss.curves[0].values.tolist() == [4.0, 2.0, 1.0, 0.5]


def test_what_was_read_of_another_training_is_not_shown(qtbot, view, run, tmp_path, monkeypatch):
    may_read = threading.Event()

    def wait_and_read(folder):
        assert may_read.wait(60)
        return read_curves(folder)

    monkeypatch.setattr(curves, "read_curves", wait_and_read)
    view.show_run(run)
    view.show_run(Run(tmp_path / "other", "other"))
    may_read.set()
    qtbot.waitUntil(lambda: not view.is_reading, timeout=_LONG_MS)
    assert "Nothing is measured yet" in view.hint.text()


def test_curves_grow(qtbot, view, run):
    show(qtbot, view, run)
    view.add(line(5, 2, train__loss=0.5, train__rate=0.1))
    qtbot.waitUntil(lambda: view.loss.curves[0].values.tolist() == [4.0, 2.0, 1.0, 0.5])


def test_what_goes_on_from_an_earlier_step_replaces_what_came_after(qtbot, view, run):
    show(qtbot, view, run)
    view.add(line(2, 0, train__loss=9.0))
    qtbot.waitUntil(lambda: view.loss.curves[0].values.tolist() == [4.0, 9.0])


def test_another_figure_stays_chosen_while_curves_grow(qtbot, view, run):
    show(qtbot, view, run)
    row = view.figure_box.findData("train/rate")
    view.figure_box.setFocus()
    QTest.keyClicks(view.figure_box, "Training: learning")
    assert view.figure_box.currentIndex() == row
    view.add(line(6, 2, train__loss=0.4, train__rate=0.05))
    qtbot.waitUntil(lambda: view.loss.curves[0].steps[-1] == 6)
    assert view.figure_box.currentIndex() == row


def test_pointing_tells_the_values_of_that_step(qtbot, view, run):
    show(qtbot, view, run)
    chart = view.loss
    QTest.mouseMove(chart, QPoint(chart.width() - 3, chart.height() // 2))
    chart.point_at(2.2)
    assert chart.words == "step 2   training 2.00   validation 3.00"
    assert chart.accessibleDescription() == chart.words
    chart.point_at(None)
    assert chart.words == "training 1.00   validation 1.50"


def test_arrow_keys_go_along_the_curves(qtbot, view, run):
    show(qtbot, view, run)
    for key, step in ((Qt.Key.Key_Home, 1), (Qt.Key.Key_Right, 2), (Qt.Key.Key_Left, 1)):
        QTest.keyClick(view.loss, key)
        assert view.loss.words.startswith(f"step {step} ")
    QTest.keyClick(view.loss, Qt.Key.Key_Escape)
    assert not view.loss.words.startswith("step")


def test_losses_far_apart_are_drawn_logarithmically(qtbot):
    chart = CurveChart("Loss", LIGHT, may_be_log=True)
    qtbot.addWidget(chart)
    steps = np.arange(1.0, 4.0)
    chart.show_curves([Curve("near", steps, np.array([1.0, 2.0, 3.0]))])
    assert not chart.is_log
    chart.show_curves([Curve("far", steps, np.array([1.0, 20.0, 300.0]))])
    assert chart.is_log
    chart.show_curves([Curve("crossing zero", steps, np.array([-1.0, 20.0, 300.0]))])
    assert not chart.is_log


@pytest.mark.parametrize("n", [1, 2, 50_000])
@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_any_number_of_points_is_drawn(qtbot, n, theme):
    chart = CurveChart("Loss", theme, may_be_log=True)
    qtbot.addWidget(chart)
    chart.resize(300, 200)
    blank = chart.grab().toImage()
    chart.show_curves([Curve("training", np.arange(float(n)), np.full(n, 0.5))])
    assert chart.grab().toImage() != blank


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0"), (1.234, "1.23"), (0.01234, "0.0123"), (123.4, "123"), (0.00012, "1.2e-04")],
)
def test_values_have_three_digits_that_count(value, words):
    assert format_value(value) == words


def test_figures_have_names_for_people():
    assert figure_name("train/rate") == "Training: learning rate"
    assert figure_name("validation/top1") == "Validation: top-1, %"
