import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.datasets.splits import SPLITS, assign_splits, split_of

names = st.lists(st.text(min_size=1, max_size=8), max_size=40)


@given(names, st.integers(0, 5))
def test_every_subject_has_one_split_whatever_the_order(subjects, seed):
    splits = assign_splits(subjects, seed=seed)
    assert set(splits) == set(subjects)
    assert set(splits.values()) <= set(SPLITS)
    assert assign_splits(sorted(subjects * 2), seed=seed) == splits


@given(st.integers(0, 200))
def test_shares_are_met_to_one_subject(n):
    splits = list(assign_splits(map(str, range(n)), fractions=(0.5, 0.2, 0.3)).values())
    for name, share in zip(SPLITS, (0.5, 0.2, 0.3), strict=True):
        assert abs(splits.count(name) - share * n) <= 1


def test_the_split_of_one_subject_never_changes():
    # Pinned: whoever trained on these must not test on them later.
    assert [split_of(f"video {i}") for i in range(6)] == [
        *("train", "train", "test", "train", "train", "test")
    ]
    shares = [split_of(str(i)) for i in range(2000)]
    assert abs(shares.count("train") / 2000 - 0.7) < 0.05
    assert abs(shares.count("test") / 2000 - 0.2) < 0.05


def test_another_seed_gives_another_split():
    subjects = [str(i) for i in range(50)]
    assert assign_splits(subjects, seed=0) != assign_splits(subjects, seed=1)


@pytest.mark.parametrize("fractions", [(0.5, 0.5, 0.5), (1.2, -0.2, 0.0)])
def test_shares_must_add_up(fractions):
    with pytest.raises(ValueError, match="three shares of 1"):
        assign_splits(["a"], fractions=fractions)
    with pytest.raises(ValueError, match="three shares of 1"):
        split_of("a", fractions=fractions)
