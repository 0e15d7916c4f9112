import numpy as np

from evface.morphable.expressions import FACS, NOT_LEARNT, fit_readout, sample_activations
from evface.morphable.model import load_open_head


def test_facs_is_composed_of_the_open_heads_units():
    head = load_open_head()
    assert tuple(FACS) == head.facs_names
    for row, parts in zip(head.facs_units, FACS.values(), strict=True):
        assert {n: float(v) for n, v in zip(head.unit_names, row, strict=True) if v} == {
            name: float(np.float32(v)) for name, v in parts.items()
        }


def test_samples_are_expressions_of_a_few_action_units():
    head = load_open_head()
    rng = np.random.default_rng(0)
    intensities, activations = sample_activations(200, rng, head.facs_units, head.unit_names)
    active = (intensities[:, :-1] > 0).sum(axis=1)
    assert active.min() > 0
    assert active.max() <= 4
    assert activations.min() >= 0
    assert activations.max() <= 1.2
    # The eyes' two closures are one shape, and a jaw is open by one amount.
    np.testing.assert_array_equal(intensities[:, -1], intensities[:, -2])
    names = list(FACS)
    both = intensities[:, names.index("AU26")] * intensities[:, names.index("AU27")]
    assert (both == 0).all()
    unlearnt = [i for i, name in enumerate(head.unit_names) if name.startswith(NOT_LEARNT)]
    assert (activations[:, unlearnt] == 0).all()


def test_a_linear_read_out_is_found():
    rng = np.random.default_rng(1)
    coefficients, readout = rng.normal(size=(300, 5)), rng.normal(size=(3, 5))
    found = fit_readout(coefficients, coefficients @ readout.T)
    np.testing.assert_allclose(found, readout, atol=0.01)
