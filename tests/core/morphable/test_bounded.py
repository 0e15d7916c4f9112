import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evface.morphable.bounded import solve_bounded


def problem(seed, n=4, k=5):
    rng = np.random.default_rng(seed)
    basis = rng.normal(size=(12, k))
    return basis.T @ basis + 0.1 * np.eye(k), rng.normal(size=(n, k)) * 4


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_the_minimum_fulfils_the_conditions_of_optimality(seed):
    normal, right = problem(seed)
    solved = solve_bounded(normal, right, lower=0.0, upper=1.0)
    slope = solved @ normal - right
    assert (solved >= 0).all()
    assert (solved <= 1).all()
    free = (solved > 0) & (solved < 1)
    np.testing.assert_allclose(slope[free], 0.0, atol=2e-3)
    assert (slope[solved == 0] > -2e-3).all()
    assert (slope[solved == 1] < 2e-3).all()


def test_wide_bounds_give_the_plain_solution():
    normal, right = problem(3)
    solved = solve_bounded(normal, right, lower=-1e6, upper=1e6)
    np.testing.assert_allclose(solved, np.linalg.solve(normal, right.T).T, atol=1e-3)


def test_a_row_with_nan_is_nan_and_leaves_the_others_alone():
    normal, right = problem(4)
    holed = right.copy()
    holed[1, 2] = np.nan
    before = holed.copy()
    solved = solve_bounded(normal, holed, lower=0.0, upper=1.0)
    assert np.isnan(solved[1]).all()
    whole = solve_bounded(normal, right, lower=0.0, upper=1.0)
    np.testing.assert_array_equal(solved[[0, 2, 3]], whole[[0, 2, 3]])
    np.testing.assert_array_equal(holed, before)
    assert solve_bounded(normal, right[:0], lower=0.0, upper=1.0).shape == (0, 5)


@pytest.mark.parametrize(
    ("normal", "right", "bounds", "words"),
    [
        (np.eye(2), np.zeros((1, 3)), (0, 1), "do not fit"),
        (-np.eye(2), np.zeros((1, 2)), (0, 1), "positive definite"),
        (np.eye(2), np.zeros((1, 2)), (1, 1), "below upper"),
    ],
)
def test_what_cannot_be_solved_is_refused(normal, right, bounds, words):
    with pytest.raises(ValueError, match=words):
        solve_bounded(normal, right, lower=bounds[0], upper=bounds[1])
