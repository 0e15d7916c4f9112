"""Figures, bars and tables of models: what can be said without a window."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt

from evface.training.bootstrap import Figure
from evface.training.evaluation_file import ClipTold, Evaluation
from evface.training.runs import Run
from evface_studio.learning.model_words import (
    are_comparable,
    better_of,
    evaluation_groups,
    main_figure,
    state_of,
)
from evface_studio.look.theme import DARK
from evface_studio.panels.clip_list import words_of
from evface_studio.panels.confusion_matrix import (
    CellGrid,
    ConfusionMatrix,
    cell_in_words,
    shares_of,
)
from evface_studio.panels.figure_bars import Bar, BarGroup, FigureBars, share_of

NAN = math.nan
FIGURES = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(
    lambda edges: Figure(sum(edges) / 2, min(edges), max(edges))
)


def evaluation(**changes):
    values = {
        "network": "au_light", "part": "test", "subjects": ("a", "b"), "n_rows": 3,
        "figures": {}, "per_unit": (), "confusion": np.zeros((24, 24), np.int64), "set_hash": "x",
    }  # fmt: skip
    return Evaluation(**values | changes)


@given(FIGURES, FIGURES)
def test_which_is_better_turns_round_with_the_two(first, second):
    for name in ("top1", "nme"):
        said = better_of(name, first, second)
        assert said == {0: 0, 1: 2, 2: 1}[better_of(name, second, first)]
        if max(first.low, second.low) <= min(first.high, second.high):
            assert said == 0


def test_of_errors_the_lower_is_better():
    low, high = Figure(0.1, 0.05, 0.2), Figure(0.5, 0.4, 0.6)
    assert better_of("top1", low, high) == 2
    assert better_of("nme", low, high) == 1
    assert better_of("nme", low, None) == better_of("nme", low, Figure(0.5, NAN, NAN)) == 0


def test_what_was_measured_on_others_is_not_compared():
    assert not are_comparable(evaluation(), evaluation())
    assert "different people" in are_comparable(evaluation(), evaluation(subjects=("a", "c")))
    assert "different people" in are_comparable(evaluation(), evaluation(set_hash="y"))
    assert "landmarks" in are_comparable(evaluation(), evaluation(confusion=None))


def test_face_and_head_stand_apart_and_infinite_bars_have_no_length():
    figures = {
        "facial_top1": Figure(0.5, 0.4, 0.6),
        "head_top1": Figure(1.0, NAN, NAN),
        "angles_r2": Figure(-40.0, NAN, NAN),
    }
    groups = evaluation_groups(evaluation(figures=figures))
    assert [(group.title, group.bars[0].words) for group in groups] == [
        ("Face, 18 action units", "50.0 %"), ("Head, 6 action units", "100.0 %"),
        ("Over time", "-40.000"),
    ]  # fmt: skip
    assert groups[0].bars[0].more == "(40.0 – 60.0)"
    assert not groups[1].bars[0].more


@given(st.floats(-1e6, 1e6), st.floats(0.01, 1e3))
def test_a_bar_stays_in_its_room(value, top):
    assert 0 <= share_of(value, top) <= 1


@given(st.floats(0, 100), st.floats(0, 100), st.floats(1, 40), st.integers(1, 24), st.data())
def test_a_cell_is_found_where_it_lies(left, top, side, n, data):
    grid = CellGrid(left, top, side, n)
    row, column = data.draw(st.integers(0, n - 1)), data.draw(st.integers(0, n - 1))
    middle = grid.place_of(row, column).center()
    assert grid.cell_at(middle.x(), middle.y()) == (row, column)
    assert grid.cell_at(left - 1, middle.y()) is None
    assert grid.cell_at(middle.x(), top + side * (n + 0.5)) is None


@given(st.lists(st.lists(st.integers(0, 50), min_size=3, max_size=3), min_size=3, max_size=3))
def test_shares_of_a_row_are_one_or_nothing(rows):
    table = np.array(rows, np.int64)
    before = table.copy()
    sums = shares_of(table).sum(axis=1)
    assert np.allclose(sums, table.any(axis=1))
    assert np.array_equal(table, before)


def test_a_cell_says_who_is_taken_for_whom():
    table = np.array([[5, 3], [0, 0]])
    names = ("AU2", "AU1")
    assert cell_in_words(table, names, 0, 1) == "AU2 told as AU1: 3 of 8"
    assert cell_in_words(table, names, 0, 0) == "AU2 told right: 5 of 8"
    assert cell_in_words(table, names, 1, 0) == "No clip shows AU1"


def test_a_run_says_how_it_stands(tmp_path):
    assert state_of(Run(tmp_path, "a", has_network=True)).words == "ready"
    assert state_of(Run(tmp_path, "a")).words == "no network yet"
    assert state_of(Run(tmp_path, "a", problem="cut short")).words == "damaged"
    stopped = Run(tmp_path, "a", step=43, n_steps=100, has_network=True, has_job=True)
    assert state_of(stopped).words == "stopped at 43%, can be resumed"


def test_the_main_figure_is_the_most_telling_one(tmp_path):
    def run(task, **figures):
        return Run(tmp_path, "a", task=task, figures=figures)

    assert main_figure(run("action_units", top1=0.25, facial_top1=0.5)) == "face (18), top-1 50.0 %"
    assert main_figure(run("landmarks", nme=0.041, loss=1.0)) == "NME 4.1 %"
    assert main_figure(run("self_supervised", loss=-0.5)) == "loss -0.50"
    assert main_figure(run("landmarks")) == ""


def test_clips_are_told_in_a_line():
    unit = ClipTold("walk", "s1", 1_500_000, "AU2", "AU1", 0.642)
    assert words_of(unit).startswith("walk, 1.500")
    assert words_of(unit).endswith("told AU1, 64%")
    assert words_of(ClipTold("walk", "s1", 0, error=0.034)) == "walk  ·  NME 3.4 %"


# --- widgets of their own -------------------------------------------------------------------------


@pytest.fixture
def matrix(qtbot):
    matrix = ConfusionMatrix(DARK)
    qtbot.addWidget(matrix)
    matrix.resize(300, 300)
    matrix.show_table(np.array([[5, 3], [0, 0]]), ("AU2", "AU1"), n_first=1)
    matrix.show()
    return matrix


def test_a_click_on_a_cell_tells_which(qtbot, matrix):
    place = matrix.grid.place_of(0, 1).center().toPoint()
    said = []
    matrix.pointed.connect(said.append)
    with qtbot.waitSignal(matrix.chosen) as told:
        qtbot.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=place)
    assert told.args == [0, 1]
    assert said[-1] == "AU2 told as AU1: 3 of 8"
    assert matrix.grab().toImage().pixelColor(place + QPoint(30, 30)).name() != DARK.background


def test_cells_are_walked_and_chosen_by_keys(qtbot, matrix):
    qtbot.keyClick(matrix, Qt.Key.Key_Down)
    qtbot.keyClick(matrix, Qt.Key.Key_Right)
    with qtbot.waitSignal(matrix.chosen) as told:
        qtbot.keyClick(matrix, Qt.Key.Key_Return)
    assert told.args == [0, 1]


def test_bars_with_a_key_are_clicked_and_walked(qtbot):
    bars = FigureBars("Figures", DARK)
    qtbot.addWidget(bars)
    rows = (Bar("plain", 0.5), Bar("AU1", 0.5, 0.4, 0.6, "1 of 2", key="AU1"),
            Bar("AU2", NAN, key="AU2"))  # fmt: skip
    bars.show_groups((BarGroup("A", rows[:1]), BarGroup("B", rows[1:])))
    bars.resize(400, bars.height())
    bars.show()
    assert not bars.grab().isNull()
    with qtbot.waitSignal(bars.chosen) as told:
        qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=bars.place_of("AU1"))
    assert told.args == ["AU1"]
    with qtbot.waitSignal(bars.chosen) as told:
        qtbot.keyClick(bars, Qt.Key.Key_Down)
    assert told.args == ["AU2"]
