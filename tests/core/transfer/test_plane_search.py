import cv2
import numpy as np
import pytest

from evface.geometry.transforms import PlanarTransform
from evface.transfer.edges import MovingEdges
from evface.transfer.plane_search import find_plane

N, RGB, EVENTS = 8, (120, 90), (200, 150)


def _edges(event_from_rgb, *, noise=0.3):
    """Blobs that come and go, seen by two cameras."""
    random = np.random.default_rng(1)
    rgb, events = [], []
    for _ in range(N):
        picture = np.zeros((RGB[1], RGB[0]), np.float32)
        x, y = random.integers(35, 85, 12), random.integers(20, 70, 12)
        picture[y, x] = random.choice([-9.0, 9.0], 12)
        picture = cv2.GaussianBlur(picture, (0, 0), 2.0)
        rgb.append(picture)
        seen = cv2.warpPerspective(picture, event_from_rgb.matrix, EVENTS)
        events.append(seen + noise * picture.std() * random.normal(size=seen.shape))
    times_us = np.arange(N, dtype=np.int64)
    return MovingEdges(
        times_us, times_us + 1, np.stack(rgb), np.stack(events).astype(np.float32), 1.0, 1.0
    )


@pytest.mark.parametrize(
    ("scale", "turn_deg", "offset"),
    [(1.5, 0.0, (8, -5)), (0.9, 5.0, (60, 30)), (2.0, -7.0, (-40, -20))],
)
def test_scale_roll_and_place_are_found(scale, turn_deg, offset):
    turn = np.deg2rad(turn_deg)
    linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    truth = PlanarTransform.from_affine(linear, offset)
    plain, mirrored = find_plane(_edges(truth), (30.0, 15.0, 90.0, 75.0))
    points = np.array([[40.0, 25.0], [80.0, 25.0], [60.0, 65.0], [60.0, 45.0]])
    away = np.linalg.norm(plain.event_from_rgb.apply(points) - truth.apply(points), axis=1)
    assert away.max() < 0.06 * 60 * scale
    assert plain.correlation > mirrored.correlation + 0.2
    assert not plain.is_mirrored


def test_a_mirrored_picture_is_found_mirrored():
    truth = PlanarTransform.from_affine([[-1.4, 0.0], [0.0, 1.4]], (185, 5))
    plain, mirrored = find_plane(_edges(truth), (30.0, 15.0, 90.0, 75.0))
    assert mirrored.correlation > plain.correlation + 0.2
    points = np.array([[40.0, 25.0], [80.0, 25.0], [60.0, 65.0]])
    away = np.linalg.norm(mirrored.event_from_rgb.apply(points) - truth.apply(points), axis=1)
    assert away.max() < 5.0
