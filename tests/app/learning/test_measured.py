"""What a training measured: columns that grow, and go on from earlier steps."""

import math

from evface_studio.learning.measured import Measured


def line(step, epoch=0, **figures):
    return {"step": step, "epoch": epoch} | {k.replace("__", "/"): v for k, v in figures.items()}


def values(measured, key):
    return [column.tolist() for column in measured.curve(key)]


def test_each_figure_has_the_steps_at_which_it_was_measured():
    measured = Measured([line(1, train__loss=4.0), line(2, train__loss=2.0, validation__nme=0.5)])
    assert measured.keys == ["train/loss", "validation/nme"]
    assert values(measured, "train/loss") == [[1, 2], [4, 2]]
    assert values(measured, "validation/nme") == [[2], [0.5]]
    assert values(measured, "train/rate") == [[], []]


def test_an_earlier_step_takes_the_place_of_what_came_after_it():
    measured = Measured(
        [line(step, train__loss=float(step), validation__nme=1.0) for step in (1, 5)]
    )
    measured.add(line(3, train__loss=9.0))
    assert values(measured, "train/loss") == [[1, 3], [1, 9]]
    assert values(measured, "validation/nme") == [[1], [1]]


def test_the_same_line_counts_once():
    measured = Measured([line(1, train__loss=4.0)] * 2)
    assert values(measured, "train/loss") == [[1], [4]]


def test_what_is_no_number_is_left_out():
    measured = Measured(
        [{"step": "one", "train/loss": 1.0}, line(1, train__loss=math.nan, train__rate="fast"), {}]
    )
    assert measured.keys == []


def test_the_step_of_an_epoch_is_the_first_one_measured_in_it():
    measured = Measured([line(step, step // 10, train__loss=1.0) for step in range(30)])
    assert measured.step_of_epoch("train/loss", 2) == 20
    assert measured.step_of_epoch("train/loss", 3) is None
    assert measured.step_of_epoch("train/loss", None) is None
    assert measured.step_of_epoch("train/rate", 2) is None
