import importlib.util
from pathlib import Path

import numpy as np
import pytest

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"


@pytest.fixture(scope="module")
def learning():
    spec = importlib.util.spec_from_file_location(
        "localised_basis", PACKAGING / "localised_basis.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def movements():
    """Return four movements, each of a quarter of 40 vertices, and sparse mixtures of them."""
    rng = np.random.default_rng(0)
    atoms = np.zeros((4, 40, 3))
    for k in range(4):
        atoms[k, 10 * k : 10 * k + 10] = 5.0 * rng.normal(size=(10, 3))
    codes = np.where(rng.uniform(size=(200, 4)) < 0.5, rng.uniform(0.1, 1.0, (200, 4)), 0.0)
    return atoms, np.tensordot(codes, atoms, 1)


def test_the_candidates_that_made_the_samples_are_chosen(learning, movements):
    atoms, samples = movements
    rng = np.random.default_rng(1)
    candidates = np.concatenate([rng.normal(size=(5, 40, 3)), atoms])
    groups = [[0], [1, 2], [3], [4], [5, 6], [7], [8]]
    assert sorted(learning.choose_atoms(samples, candidates, groups, 4)) == [5, 6, 7, 8]


def test_components_are_found_local_and_of_unit_scale_from_a_blurred_start(learning, movements):
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


def test_learning_does_not_change_its_input(learning, movements):
    atoms, samples = movements
    kept = samples.copy(), atoms.copy()
    learning.learn_localised_basis(samples, start=atoms, sparsity_mm=0.1, n_rounds=2)
    np.testing.assert_array_equal(samples, kept[0])
    np.testing.assert_array_equal(atoms, kept[1])
