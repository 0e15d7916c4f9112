import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.geometry.transforms import PlanarTransform


def test_the_default_is_the_identity_and_keeps_missing_points_missing():
    points = np.array([[1.0, 2.0], [np.nan, np.nan]])
    mapped = PlanarTransform().apply(points)
    assert mapped[0].tolist() == [1.0, 2.0]
    assert np.isnan(mapped[1]).all()
    assert points[0].tolist() == [1.0, 2.0]


def test_an_affine_map_scales_and_shifts():
    double = PlanarTransform.from_affine([[2, 0], [0, 2]], [10, -5])
    assert double.apply(np.array([[3.0, 4.0]])).tolist() == [[16.0, 3.0]]


@given(
    st.lists(st.floats(-0.3, 0.3), min_size=8, max_size=8),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=8),
)
def test_the_inverse_of_a_homography_restores_points(parameters, points):
    matrix = np.eye(3) + np.append(parameters, 0).reshape(3, 3) * [[1, 1, 1], [1, 1, 1], [0.5] * 3]
    if abs(np.linalg.det(matrix)) < 0.05:
        return
    transform = PlanarTransform(matrix)
    points = np.array(points, float).reshape(-1, 2)
    np.testing.assert_allclose(
        transform.inverse().apply(transform.apply(points)), points, atol=1e-6
    )


@pytest.mark.parametrize("matrix", [np.zeros((3, 3)), np.eye(2), np.full((3, 3), np.nan)])
def test_a_matrix_that_cannot_be_inverted_is_refused(matrix):
    with pytest.raises(ValueError, match="invertible"):
        PlanarTransform(matrix)
