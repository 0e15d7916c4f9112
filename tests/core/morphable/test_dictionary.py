import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.morphable.dictionary import ElasticNet, encode, learn_dictionary


@pytest.fixture(scope="module")
def sparse_samples():
    """Return eight atoms of length 1 and samples that two of them make."""
    rng = np.random.default_rng(0)
    atoms = rng.normal(size=(8, 300))
    atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
    codes = np.zeros((250, 8))
    for row in codes:
        row[rng.choice(8, 2, replace=False)] = rng.uniform(0.5, 2.0, 2) * rng.choice([-1, 1], 2)
    return atoms, codes @ atoms


def test_the_atoms_that_made_the_samples_are_found(sparse_samples):
    atoms, samples = sparse_samples
    found, codes = learn_dictionary(samples, 8, settings=ElasticNet(l1=0.05), seed=1)
    similar = np.abs(found @ atoms.T) / np.linalg.norm(found, axis=1, keepdims=True)
    assert similar.max(axis=0).min() > 0.98
    assert np.linalg.norm(found, axis=1).max() < 1 + 1e-9
    assert np.linalg.norm(samples - codes @ found) < 0.2 * np.linalg.norm(samples)
    assert (codes != 0).sum(axis=1).mean() < 3.5


def test_the_size_of_the_samples_does_not_matter(sparse_samples):
    _, samples = sparse_samples
    settings = ElasticNet(n_epochs=3)
    atoms, codes = learn_dictionary(samples, 4, settings=settings)
    again, more = learn_dictionary(1000 * samples, 4, settings=settings)
    np.testing.assert_allclose(again, atoms, atol=1e-6)
    np.testing.assert_allclose(more, 1000 * codes, atol=1e-3)


def test_the_same_seed_gives_the_same_dictionary(sparse_samples):
    _, samples = sparse_samples
    kept = samples.copy()
    settings = ElasticNet(n_epochs=2)
    first, _ = learn_dictionary(samples, 5, settings=settings, seed=3)
    second, _ = learn_dictionary(samples, 5, settings=settings, seed=3)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(samples, kept)


@given(st.integers(0, 1000), st.floats(0.0, 0.5), st.floats(0.0, 0.5))
def test_codes_meet_the_conditions_of_their_minimum(seed, l1, l2):
    rng = np.random.default_rng(seed)
    atoms, samples = rng.normal(size=(4, 12)) / 4, rng.normal(size=(3, 12))
    codes = encode(samples, atoms, l1=l1, l2=l2)
    slope = (samples - codes @ atoms) @ atoms.T - l2 * codes
    active = codes != 0
    np.testing.assert_allclose(slope[active], l1 * np.sign(codes[active]), atol=1e-2)
    assert np.abs(slope[~active]).max(initial=0.0) <= l1 + 1e-2


def test_an_atom_more_than_the_samples_need_does_not_break_it():
    samples = np.outer(np.linspace(-1, 1, 30), np.ones(5))
    atoms, codes = learn_dictionary(samples, 3, settings=ElasticNet(l1=0.01, n_epochs=5))
    assert np.isfinite(atoms).all()
    np.testing.assert_allclose(codes @ atoms, samples, atol=0.1)


@pytest.mark.parametrize("samples", [np.zeros((0, 5)), np.zeros((4, 5))])
def test_nothing_to_learn_from_is_an_error(samples):
    with pytest.raises(ValueError, match="not all 0"):
        learn_dictionary(samples, 2)
