import numpy as np
import pytest

from evface.events.events import Events
from evface.geometry.transforms import PlanarTransform
from evface.training_sets.clip_inputs import ClipInputs
from evface.training_sets.clips import boxes_around
from evface.training_sets.placement import Jitter, Square


def test_the_face_is_shown_where_it_is_known_else_the_middle(clip_of):
    landmarks = np.tile(np.array([[10, 10], [30, 26]], np.float32), (6, 34, 1))
    clip = clip_of(0, landmarks=landmarks)
    assert ClipInputs().square_of(clip) == Square((23.5, 23.5), 48.0)
    assert ClipInputs(crop="face").square_of(clip) == Square((20.0, 18.0), 1.6 * 20)
    unknown = np.full((6, 68, 2), np.nan, np.float32)
    clip = clip_of(0, landmarks=unknown, boxes_px=boxes_around(unknown))
    assert ClipInputs(crop="face").square_of(clip) == Square((23.5, 23.5), 48.0)


def test_a_sensor_wider_than_high_is_cut_and_made_smaller(clip_of):
    events = Events(
        np.array([5, 6, 7]), np.array([16, 15, 79], "u2"), np.array([0, 3, 63], "u2"),
        np.array([True, True, False]),
    )  # fmt: skip
    clip = clip_of(0, n=1, events=events, resolution=(96, 64))
    (picture,) = ClipInputs(side_px=32).draw_events(clip)
    assert [tuple(place) for place in np.argwhere(picture[:2])] == [(0, 0, 0), (1, 31, 31)]


def test_small_pictures_are_enlarged_without_gaps(clip_of):
    clip = clip_of(0)
    native, large = ClipInputs(side_px=48), ClipInputs(side_px=96)
    np.testing.assert_array_equal(
        large.draw_events(clip), native.draw_events(clip).repeat(2, -1).repeat(2, -2)
    )


@pytest.mark.parametrize("jitter", [None, Jitter(1.2, 0.4, (0.1, -0.05))])
def test_video_and_events_show_the_same_place(clip_of, jitter):
    rgb = np.zeros((1, 48, 48, 3), np.uint8)
    rgb[0, 19:22, 29:32] = 255
    onto_events = PlanarTransform.from_affine(np.eye(2), [-4.0, 6.0])
    x, y = (a.ravel().astype("u2") for a in np.meshgrid([25, 26, 27], [25, 26, 27]))
    events = Events(np.full(9, 30_000), x, y, np.ones(9, bool))
    clip = clip_of(0, n=1, rgb=rgb, event_from_rgb=onto_events, events=events)
    inputs = ClipInputs(side_px=96)
    centres = []
    for shown in (inputs.draw_events(clip, jitter)[0, 0], inputs.draw_rgb(clip, jitter)[0, 0]):
        rows, columns = np.mgrid[:96, :96]
        centres.append([(shown * columns).sum() / shown.sum(), (shown * rows).sum() / shown.sum()])
    np.testing.assert_allclose(centres[0], centres[1], atol=0.8)


def test_a_video_whose_place_nobody_knows_shows_its_own_middle(clip_of):
    rgb = np.zeros((1, 40, 80, 3), np.uint8)
    rgb[:, :, 20:60] = 200
    clip = clip_of(0, n=1, rgb=rgb, event_from_rgb=None)
    assert (ClipInputs(side_px=20).draw_rgb(clip) >= 150).all()
