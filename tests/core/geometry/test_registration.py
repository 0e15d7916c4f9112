import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from evface.geometry.cameras import CameraPair, PinholeCamera, RigidTransform
from evface.geometry.registration import Registration
from evface.geometry.transforms import PlanarTransform

PAIR = CameraPair(
    PinholeCamera((640, 480), (600.0, 600.0), (319.5, 239.5)),
    PinholeCamera((1280, 720), (1500.0, 1510.0), (639.5, 359.5)),
    RigidTransform(Rotation.from_rotvec([0.02, -0.1, 0.01]).as_matrix(), np.array([80.0, 5, 3])),
)


def test_a_plane_maps_points_whatever_their_depth():
    double = Registration(PlanarTransform.from_affine([[2, 0], [0, 2]], [10, -5]))
    points = np.array([[0.0, 0.0], [3.0, 4.0]])
    expected = [[10, -5], [16, 3]]
    assert double.map_points(points).tolist() == expected
    assert double.map_points(points, np.array([500.0, 900.0])).tolist() == expected
    assert double.map_face(points, np.zeros(2), np.array(0.9)).tolist() == expected


def test_points_of_space_meet_in_both_pictures():
    points_mm = np.random.default_rng(0).normal([0, 0, 600], [60, 80, 40], (50, 3))
    mapped = Registration(cameras=PAIR).map_points(PAIR.rgb.project(points_mm), points_mm[:, 2])
    expected = PAIR.events.project(PAIR.event_from_rgb.apply(points_mm))
    np.testing.assert_allclose(mapped, expected, atol=1e-9)


def test_the_scale_of_a_face_says_its_distance():
    points_mm = np.random.default_rng(1).normal([0, 0, 0], [60, 80, 40], (50, 3))
    moved_mm = points_mm + np.array([20.0, -10.0, 750.0])
    mapped = Registration(cameras=PAIR).map_face(
        PAIR.rgb.project(moved_mm)[None], points_mm[None, :, 2], np.array([600.0 / 750.0])
    )
    expected = PAIR.events.project(PAIR.event_from_rgb.apply(moved_mm))
    np.testing.assert_allclose(mapped[0], expected, atol=1e-9)


def test_nan_stays_nan():
    points = np.array([[np.nan, np.nan], [3.0, 4.0]])
    mapped = Registration(cameras=PAIR).map_points(points, np.array([600.0, 600.0]))
    assert np.isnan(mapped[0]).all()
    assert np.isfinite(mapped[1]).all()


def test_the_same_map_is_told_from_another_whatever_is_said_of_it():
    moved = RigidTransform(PAIR.event_from_rgb.rotation, np.array([81.0, 5, 3]))
    other = CameraPair(PAIR.rgb, PAIR.events, moved)
    assert Registration(cameras=PAIR).maps_like(Registration(cameras=PAIR, quality="good"))
    assert not Registration(cameras=PAIR).maps_like(Registration())
    assert not Registration(cameras=PAIR).maps_like(Registration(cameras=other))
    assert Registration().maps_like(Registration())


def test_an_unknown_quality_is_refused():
    with pytest.raises(ValueError, match="quality must be one of"):
        Registration(quality="superb")
