import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.morphable.robust import robust_weights


@pytest.mark.parametrize("loss", ["huber", "geman_mcclure"])
@given(residual=st.floats(-1e6, 1e6))
def test_weights_lie_between_nought_and_one_and_fall_with_distance(loss, residual):
    near, far = robust_weights(np.array([residual, 2 * residual]), loss)
    assert 0 < far <= near <= 1
    assert near == robust_weights(np.array([-residual]), loss)[0]


def test_an_outlier_pulls_no_harder_with_huber_and_less_and_less_with_geman_mcclure():
    distances = np.array([3.0, 30.0, 300.0])
    np.testing.assert_allclose(distances * robust_weights(distances), 3.0)
    pulls = distances * robust_weights(distances, "geman_mcclure")
    assert (np.diff(pulls) < 0).all()
    assert robust_weights(np.array([3.0]), "geman_mcclure")[0] == 0.25


def test_nan_stays_nan_and_the_input_is_left_alone():
    residuals = np.array([np.nan, 5.0])
    assert np.isnan(robust_weights(residuals)[0])
    np.testing.assert_array_equal(residuals, [np.nan, 5.0])


def test_an_unknown_loss_and_a_limit_of_nought_are_refused():
    with pytest.raises(ValueError, match="tukey"):
        robust_weights(np.zeros(1), "tukey")
    with pytest.raises(ValueError, match="limit"):
        robust_weights(np.zeros(1), limit=0.0)
