"""Figures against what they say by hand."""

import numpy as np
import pytest

from evface.training.au_metrics import ActionUnitMetrics, ActionUnitsTold
from evface.training.bootstrap import measure_with_intervals
from evface.training.keypoint_metrics import LandmarkMetrics, LandmarksTold


def units(true, first, *, n_frames=20, seed=0, quality=1.0):
    """Make clips told to be of the class `first`, with frames told as well as `quality` says."""
    random = np.random.default_rng(seed)
    n = len(true)
    scores = random.uniform(0, 0.5, (n, 24))
    scores[np.arange(n), first] = 1.0

    def told(k):
        t = random.normal(0, 1, (n, n_frames, k))
        return quality * t + (1 - quality) * random.normal(0, 1, t.shape), t

    c, true_c = told(3)
    p, true_p = told(4)
    i, true_i = told(24)
    ok = np.ones((n, n_frames), bool)
    return ActionUnitsTold(
        scores=scores, au_class=np.array(true), coefficients=c, true_coefficients=true_c,
        coefficients_mask=ok, pose=p, true_pose=true_p, pose_mask=ok, intensity=i,
        true_intensity=true_i, intensity_mask=np.ones((n, n_frames, 24), bool),
    )  # fmt: skip


def test_face_and_head_are_told_apart():
    metrics = ActionUnitMetrics(units([0, 0, 17, 18, 23, -1], [0, 3, 17, 18, 18, 5]))
    figures = metrics.figures()
    assert figures["top1"] == pytest.approx(3 / 5)
    assert figures["facial_top1"] == pytest.approx(2 / 3)
    assert figures["head_top1"] == pytest.approx(1 / 2)
    assert metrics.confusion().sum() == 5
    assert metrics.confusion()[23, 18] == 1


def test_top_3_and_5_look_further():
    told = units([0, 1, 2], [0, 0, 0])
    told.scores[1, :5] = [1.0, 0.9, 0.0, 0.0, 0.0]
    told.scores[2, :5] = [1.0, 0.95, 0.7, 0.9, 0.8]
    told.scores[:, 5:] = -1
    figures = ActionUnitMetrics(told).figures()
    assert [figures[f"top{k}"] for k in (1, 3, 5)] == pytest.approx([1 / 3, 2 / 3, 1])


def test_f1_is_over_the_classes_that_are_shown():
    figures = ActionUnitMetrics(units([0, 0, 1, 1], [0, 1, 1, 1])).figures()
    assert figures["macro_f1"] == pytest.approx((2 / 3 + 4 / 5) / 2)


def test_frames_that_are_told_well_have_figures_near_one():
    good = ActionUnitMetrics(units([0, 1], [0, 1])).figures()
    names = ("intensity_correlation", "coefficients_r2", "angles_r2")
    assert [good[name] for name in names] == pytest.approx([1, 1, 1])
    bad = ActionUnitMetrics(units([0, 1], [0, 1], quality=0.0)).figures()
    assert abs(bad["intensity_correlation"]) < 0.2
    assert bad["coefficients_r2"] < 0


def test_frames_without_a_label_count_for_nothing():
    told = units([0, 1], [0, 1], quality=0.7)
    told.coefficients_mask[1] = False
    told.intensity_mask[1] = False
    before = ActionUnitMetrics(told).figures(np.array([0]))
    told.true_coefficients[1] = told.true_intensity[1] = np.nan
    after = ActionUnitMetrics(told).figures()
    for name in ("coefficients_r2", "intensity_correlation"):
        assert after[name] == pytest.approx(before[name])


def test_correlations_and_confusions_are_told_by_unit():
    told = units([4, 4, 4, 9], [4, 9, 9, 9])
    told.intensity[..., 4] *= -1
    by_unit = {unit.unit: unit for unit in ActionUnitMetrics(told).per_unit()}
    assert by_unit["AU7"].intensity_correlation == pytest.approx(-1)
    assert by_unit["AU7"].recall == pytest.approx(1 / 3)
    assert by_unit["AU7"].confused_with == by_unit["AU15"].unit == "AU15"
    assert by_unit["AU15"].precision == pytest.approx(1 / 3)
    assert np.isnan(by_unit["AU1"].recall)


def test_unlabelled_clips_leave_nothing_to_say():
    figures = ActionUnitMetrics(units([-1, -1], [0, 1])).figures()
    assert np.isnan(figures["top1"])
    assert np.isnan(figures["macro_f1"])


def test_intervals_are_over_people_not_over_clips():
    subjects = ["a"] * 50 + ["b"] * 50
    hits = np.array([1.0] * 50 + [0.0] * 50)

    def mean(rows):
        return {"hits": float(hits[rows].mean())}

    found = measure_with_intervals(mean, subjects)["hits"]
    # Two people who differ: with either alone the figure is 0 or 1.
    assert (found.low, found.value, found.high) == (0.0, 0.5, 1.0)
    many = measure_with_intervals(mean, [str(k) for k in range(100)])["hits"]
    assert 0.35 < many.low < 0.45 < 0.55 < many.high < 0.65
    alone = measure_with_intervals(mean, ["a"] * 100)["hits"]
    assert alone.value == 0.5
    assert np.isnan(alone.low)


def faces(errors, *, clip=None, row=None, side_px=100.0):
    """Make faces whose landmarks are off by shares of the distance between the eyes, along x."""
    errors = np.asarray(errors, float)
    n, m = errors.shape
    truth = np.random.default_rng(0).uniform(0.2, 0.8, (n, m, 2))
    told = truth.copy()
    told[..., 0] += 0.4 * np.nan_to_num(errors)
    to_picture = np.zeros((n, 2, 3))
    to_picture[:, 0, 0] = to_picture[:, 1, 1] = side_px
    return LandmarksTold(
        told, truth, np.isfinite(errors), np.full(n, 0.4), to_picture,
        np.zeros(n, int) if clip is None else np.array(clip),
        10 * np.arange(n) if row is None else np.array(row),
    )  # fmt: skip


def test_both_conventions_of_failing():
    # One landmark of the first face is far off, the second face fails as a whole.
    errors = [[0.05, 0.05, 0.05, 0.13], [0.2, 0.2, 0.05, 0.2]]
    figures = LandmarkMetrics(faces(errors)).figures()
    assert figures["nme"] == pytest.approx((0.07 + 0.1625) / 2)
    assert figures["fr10"] == 0.5
    assert figures["landmark_fr10"] == pytest.approx((0.25 + 0.75) / 2)
    assert figures["auc10"] == pytest.approx((0.3 + 0) / 2)
    assert figures["landmark_auc10"] == pytest.approx((0.75 + 0.25) / 2 * 0.5, abs=0.01)


def test_missing_landmarks_are_left_out():
    whole = LandmarkMetrics(faces([[0.02, 0.04]])).figures()
    missing = LandmarkMetrics(faces([[0.02, 0.04, np.nan], [np.nan] * 3])).figures()
    assert missing == pytest.approx(whole)


def test_flicker_is_what_moves_between_neighbours_alone():
    steady = LandmarkMetrics(faces([[0.1, 0.2], [0.1, 0.2]], row=[3, 4])).figures()
    assert steady["nmf"] == pytest.approx(0, abs=1e-6)
    # 0.1 x 0.4 of a square: 4 px of 100, or 10.24 of 256.
    moved = LandmarkMetrics(faces([[0.1, 0.1], [0.2, 0.2]], row=[3, 4])).figures()
    assert moved["nmf"] == pytest.approx(100 * 0.04 * 256)
    for apart in ({"row": [3, 5]}, {"row": [3, 4], "clip": [0, 1]}):
        assert "nmf" not in LandmarkMetrics(faces([[0.1], [0.2]], **apart)).figures()
