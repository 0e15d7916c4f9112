import numpy as np
import pytest

from evface.morphable import localised_components as learning


@pytest.fixture(scope="module")
def movements():
    """Return four movements, each of a quarter of 40 vertices, and sparse mixtures of them."""
    rng = np.random.default_rng(0)
    atoms = np.zeros((4, 40, 3))
    for k in range(4):
        atoms[k, 10 * k : 10 * k + 10] = 5.0 * rng.normal(size=(10, 3))
    codes = np.where(rng.uniform(size=(200, 4)) < 0.5, rng.uniform(0.1, 1.0, (200, 4)), 0.0)
    return atoms, np.tensordot(codes, atoms, 1)


def test_the_candidates_that_made_the_samples_are_chosen(movements):
    atoms, samples = movements
    rng = np.random.default_rng(1)
    candidates = np.concatenate([rng.normal(size=(5, 40, 3)), atoms])
    groups = [[0], [1, 2], [3], [4], [5, 6], [7], [8]]
    assert sorted(learning.choose_atoms(samples, candidates, groups, 4)) == [5, 6, 7, 8]


def test_components_are_found_local_and_of_unit_scale_from_a_blurred_start(movements):
    atoms, samples = movements
    rng = np.random.default_rng(2)
    start = atoms + 0.3 * rng.normal(size=atoms.shape)
    basis, codes = learning.learn_localised_basis(
        samples, start=start, sparsity_mm=0.05, n_rounds=60
    )
    rest = samples - np.tensordot(codes, basis, 1)
    assert np.abs(rest).mean() < 0.05
    assert codes.min() >= 0
    np.testing.assert_allclose(np.percentile(codes, 99, axis=0), 1, atol=0.15)
    for k in range(4):
        active = np.linalg.norm(basis[k], axis=1) > 0.1
        assert active[10 * k : 10 * k + 10].all()
        assert active.sum() == 10


def test_learning_does_not_change_its_input(movements):
    atoms, samples = movements
    kept = samples.copy(), atoms.copy()
    learning.learn_localised_basis(samples, start=atoms, sparsity_mm=0.1, n_rounds=2)
    np.testing.assert_array_equal(samples, kept[0])
    np.testing.assert_array_equal(atoms, kept[1])


def test_signed_codes_with_one_axis_are_sparse_pca():
    rng = np.random.default_rng(3)
    rows = np.zeros((2, 60))
    rows[0, :20], rows[1, 30:60] = rng.normal(size=20), rng.normal(size=30)
    codes = rng.normal(size=(300, 2))
    samples = codes @ rows + 0.01 * rng.normal(size=(300, 60))
    start = (rows + 0.2 * rows[::-1])[..., None]
    basis, found = learning.learn_localised_basis(
        samples[..., None], start=start, sparsity_mm=0.05, n_rounds=40, is_signed=True
    )
    assert found.min() < -0.5
    assert (np.abs(basis[0, 20:, 0]) == 0).mean() > 0.9
    assert (np.abs(basis[1, :30, 0]) == 0).mean() > 0.9


def test_a_start_is_found_where_each_movement_is(movements):
    atoms, samples = movements
    start = learning.spread_components(samples, 4)
    size = np.linalg.norm(start, axis=2).reshape(4, 4, 10).sum(axis=2)
    assert sorted(size.argmax(axis=1)) == [0, 1, 2, 3]
    basis, _ = learning.learn_localised_basis(samples, start=start, sparsity_mm=0.05, n_rounds=60)
    similar = np.abs(
        np.einsum("kvi,lvi->kl", basis, atoms)
        / np.linalg.norm(basis, axis=(1, 2))[:, None]
        / np.linalg.norm(atoms, axis=(1, 2))
    )
    assert similar.max(axis=1).min() > 0.98
