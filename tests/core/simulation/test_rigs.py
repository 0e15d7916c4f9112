import numpy as np
import pytest

from evface.simulation.rigs import draw_apart_rig, look_at, shared_rig


@pytest.mark.parametrize("roll_deg", [0.0, 10.0])
def test_a_camera_sees_what_it_looks_at_in_its_middle_and_up_as_up(roll_deg):
    place, target = np.array([80.0, 40.0, 600.0]), np.array([5.0, -10.0, 20.0])
    pose = look_at(place, target, roll_deg=roll_deg)
    np.testing.assert_allclose(pose.rotation @ pose.rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(pose.rotation) == pytest.approx(1.0)
    seen = pose.apply(np.stack([target, place, target + np.array([0.0, 10.0, 0.0])]))
    np.testing.assert_allclose(seen[0, :2], 0, atol=1e-9)
    assert seen[0, 2] == pytest.approx(np.linalg.norm(target - place))
    np.testing.assert_allclose(seen[1], 0, atol=1e-9)
    # y points down; a camera turned clockwise sees the scene turned the other way.
    assert seen[2, 1] < 0
    assert np.degrees(np.arctan2(-seen[2, 0], -seen[2, 1])) == pytest.approx(roll_deg, abs=0.5)


def test_a_shared_picture_is_the_same_for_both_cameras():
    rig = shared_rig((640, 480))
    assert rig.cameras.rgb == rig.cameras.events
    np.testing.assert_array_equal(rig.cameras.event_from_rgb.rotation, np.eye(3))


@pytest.mark.parametrize("seed", range(6))
def test_cameras_apart_both_see_the_head_but_not_alike(seed):
    rig = draw_apart_rig((640, 480), (1280, 720), np.random.default_rng(seed))
    head = np.array([[x, y, 0.0] for x in (-80.0, 80.0) for y in (-110.0, 110.0)])
    seen = rig.rgb_from_room.apply(head)
    for camera, points in (
        (rig.cameras.rgb, seen),
        (rig.cameras.events, rig.cameras.event_from_rgb.apply(seen)),
    ):
        pixels = camera.project(points)
        assert (pixels > 0).all()
        assert (pixels < camera.resolution).all()
        assert np.ptp(pixels[:, 1]) > 0.5 * camera.resolution[1]
    assert 60 < np.linalg.norm(rig.cameras.event_from_rgb.translation_mm) < 300
    assert rig.cameras.rgb.focal_px[0] != rig.cameras.rgb.focal_px[1]
