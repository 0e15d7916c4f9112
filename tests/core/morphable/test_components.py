import numpy as np
import pytest

from evface.morphable.components import (
    METHODS,
    learn_components,
    measure_basis,
    principal_components,
)


@pytest.fixture(scope="module")
def moves():
    """Return places, offsets that six local movements make, and some that were not learnt from."""
    rng = np.random.default_rng(0)
    shape = rng.uniform(-80, 80, (120, 3))
    centres = rng.uniform(-60, 60, (6, 3))
    distance = np.linalg.norm(shape[None] - centres[:, None], axis=2)
    reach = np.exp(-((distance / 25.0) ** 2)) * (distance < 60)
    units = 5.0 * reach[..., None] * rng.normal(size=(6, 1, 3))
    codes = np.where(rng.uniform(size=(160, 6)) < 0.5, rng.uniform(0, 1, (160, 6)), 0.0)
    offsets = np.tensordot(codes, units, 1).astype(np.float32)
    return shape, offsets[:120], offsets[120:]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_rebuilds_faces_that_it_did_not_see(moves, method):
    shape, train, test = moves
    kept = train.copy()
    learnt = learn_components(train, 6, method=method)
    quality = measure_basis(learnt.basis, test, shape)
    assert quality.rest < 0.12
    assert learnt.basis.shape == (6, 120, 3)
    assert (learnt.weights > 0).all()
    np.testing.assert_array_equal(train, kept)


def test_a_coefficient_of_one_is_a_full_activation(moves):
    _, train, _ = moves
    for method in METHODS:
        learnt = learn_components(train, 6, method=method)
        codes = np.linalg.lstsq(learnt.basis.reshape(6, -1).T, train.reshape(120, -1).T, rcond=None)
        largest = np.percentile(np.abs(codes[0].T), 99, axis=0)
        assert 0.5 < np.median(largest) < 2.0


@pytest.mark.parametrize("method", METHODS)
def test_the_larger_movements_of_a_component_are_positive(moves, method):
    _, train, _ = moves
    rows = learn_components(-train, 6, method=method).basis.reshape(6, -1)
    codes = np.linalg.lstsq(rows.T, -train.reshape(120, -1).T, rcond=None)[0]
    assert ((codes**3).sum(axis=1) > 0).mean() > 0.8


def test_the_sparse_methods_are_more_local_than_principal_components(moves):
    shape, train, test = moves
    quality = {
        m: measure_basis(learn_components(train, 6, method=m).basis, test, shape) for m in METHODS
    }
    assert quality["localised"].active < 0.7 * quality["pca"].active
    assert quality["localised"].spread_mm < quality["pca"].spread_mm
    assert quality["sparse-pca"].active < quality["pca"].active
    assert quality["pca"].error_mm <= min(q.error_mm for q in quality.values()) + 1e-6


def test_principal_components_are_those_of_a_singular_value_decomposition():
    samples = np.random.default_rng(1).normal(size=(20, 50)) * np.linspace(3, 0.1, 50)
    rows, deviations = principal_components(samples, 5)
    _, sizes, expected = np.linalg.svd(samples, full_matrices=False)
    np.testing.assert_allclose(np.abs((rows * expected[:5]).sum(axis=1)), 1, atol=1e-4)
    np.testing.assert_allclose(deviations, sizes[:5] / np.sqrt(20), rtol=1e-4)


def test_a_perfect_basis_leaves_nothing_and_a_missing_one_everything(moves):
    shape, _, test = moves
    perfect = measure_basis(test[:30], test[:30], shape)
    assert perfect.error_mm < 1e-4
    nothing = np.zeros((1, 120, 3))
    nothing[0, 0, 0] = 1e-9
    assert measure_basis(nothing, test, shape).rest > 0.95


def test_locality_is_measured_with_the_halves_of_the_face_folded():
    shape = np.array([[-50.0, 0, 0], [50, 0, 0], [-10, 80, 0], [10, 80, 0]])
    both = np.zeros((1, 4, 3))
    both[0, :2, 1] = 1.0
    quality = measure_basis(both, both, shape)
    assert quality.spread_mm < 1e-6
    assert quality.active == 0.5


@pytest.mark.parametrize(("n", "method"), [(0, "pca"), (200, "pca"), (3, "magic")])
def test_mistakes_are_told(moves, n, method):
    with pytest.raises(ValueError, match=r"samples|method"):
        learn_components(moves[1], n, method=method)
