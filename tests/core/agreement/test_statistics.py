import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from evface.agreement.statistics import (
    agreement_index,
    cohens_kappa,
    compute_spread,
    intraclass_correlations,
)

# Shrout and Fleiss 1979, table 2: six targets, four judges; their ICCs to two places.
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
)
# Drawn at random; the figures are those of scikit-learn 1.9.1 and pingouin 0.7.0.
YES_NO = (
    "1111111000011001010010001010011111111101",
    "1111111100011001011011011010001111110111",
)
THREE = ("120110221212210010220100122111", "120120222212221011221101220122")
GRADES = np.array([[2, 3, 2, 3, 3, 4, 5, 0, 3, 2, 2, 1], [1, 3, 4, 2, 3, 5, 5, 0, 2, 3, 1, 1]]).T


def table_of(first, second, k):
    counts = np.zeros((k, k), int)
    for one, other in zip(first, second, strict=True):
        counts[int(one), int(other)] += 1
    return counts


@pytest.mark.parametrize(
    ("said", "k", "kappa"), [(YES_NO, 2, 0.6236559139784946), (THREE, 3, 0.44067796610169496)]
)
def test_kappa_is_that_of_scikit_learn(said, k, kappa):
    figure = cohens_kappa(table_of(*said, k), "abc")
    assert figure.value == pytest.approx(kappa, abs=1e-12)
    assert figure.n == len(said[0])


def test_f1_is_that_of_scikit_learn():
    counts = table_of(*YES_NO, 2)
    figure = agreement_index(counts[1, 1], counts[1].sum(), counts[:, 1].sum())
    assert figure.value == pytest.approx(0.8627450980392157, abs=1e-12)


def test_the_iccs_are_those_of_shrout_and_fleiss():
    absolute, consistent = intraclass_correlations(SHROUT_FLEISS)
    assert (round(absolute.value, 2), round(consistent.value, 2)) == (0.29, 0.71)
    assert absolute.n == 6


def test_the_iccs_are_those_of_pingouin():
    absolute, consistent = intraclass_correlations(GRADES)
    assert absolute.value == pytest.approx(0.805654, abs=1e-6)
    assert consistent.value == pytest.approx(0.791667, abs=1e-6)


def test_a_rater_who_always_says_one_more_is_consistent_but_does_not_agree():
    grades = np.array([[1, 2], [2, 3], [3, 4], [4, 5]])
    absolute, consistent = intraclass_correlations(grades)
    assert consistent.value == pytest.approx(1.0)
    assert absolute.value < 0.9


@given(
    hnp.arrays(np.int64, (6, 2), elements=st.integers(0, 5)),
    hnp.arrays(np.int64, 6, elements=st.integers(1, 4)),
)
def test_counted_ratings_are_as_good_as_repeated_ones(ratings, counts):
    counted = intraclass_correlations(ratings, counts)
    repeated = intraclass_correlations(np.repeat(ratings, counts, axis=0))
    for one, other in zip(counted, repeated, strict=True):
        assert one.n == other.n
        assert one.reason == other.reason
        assert one.value == pytest.approx(other.value, nan_ok=True, abs=1e-9)


@given(hnp.arrays(np.int64, (3, 3), elements=st.integers(0, 20)))
def test_kappa_does_not_depend_on_who_is_first_and_is_one_at_most(counts):
    figure = cohens_kappa(counts, "abc")
    swapped = cohens_kappa(counts.T, "abc")
    assert figure.value == pytest.approx(swapped.value, nan_ok=True)
    assert bool(figure.reason) == math.isnan(figure.value)
    if figure.is_defined:
        assert figure.value <= 1.0 + 1e-12
        off_diagonal = counts.sum() - np.trace(counts)
        assert (figure.value == pytest.approx(1.0)) == (off_diagonal == 0)


def test_what_is_undefined_says_why():
    words = ("absent", "present")
    assert cohens_kappa(np.zeros((2, 2), int), words).reason == "nothing that both coded"
    only_absent = cohens_kappa(np.array([[7, 0], [0, 0]]), words)
    assert only_absent.reason == "both coded nothing but absent"
    assert only_absent.n == 7
    assert agreement_index(0, 0, 0).reason == "neither coded it as present"
    assert "nothing" in intraclass_correlations(np.empty((0, 2)))[0].reason
    assert "only one" in intraclass_correlations(np.array([[1, 2]]))[0].reason
    alike = intraclass_correlations(np.full((5, 2), 3))
    assert {figure.reason for figure in alike} == {"every grade is the same"}
    assert compute_spread(np.empty(0)).reason == "nothing that both coded"


def test_the_index_is_that_of_facs():
    # Investigator's Guide: 3 agreed, 4 scored by one and 5 by the other.
    assert agreement_index(3, 4, 5).value == pytest.approx(2 * 3 / 9)
    assert agreement_index(0, 4, 5).value == 0.0


def test_differences_are_given_by_median_and_quartiles():
    spread = compute_spread(np.array([-2.0, 0.0, 1.0, 3.0, 8.0]))
    assert (spread.lower_quartile, spread.median, spread.upper_quartile) == (0.0, 1.0, 3.0)
    assert spread.n == 5
