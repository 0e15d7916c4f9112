import numpy as np
import pytest

from evface.geometry.cameras import PinholeCamera, RigidTransform
from evface.morphable.camera import FRONTAL, HeadPose, rotation_matrix
from evface.morphable.model import load_open_head
from evface.simulation.appearance import Appearance
from evface.simulation.display import encode_srgb
from evface.simulation.head import HeadRenderer
from evface.simulation.rigs import look_at
from evface.simulation.views import View, view_of_pose

SIZE = (128, 96)
SCALE = 96 * 1.52 / 480


def pose(turn_deg=0.0, shift=0.0):
    own = rotation_matrix(np.radians([0.0, turn_deg, 0.0]))
    return HeadPose(FRONTAL @ own, np.array(SCALE), np.array([64.0 + shift, 46.0]))


class Drawing:
    """A renderer before scaled-orthographic cameras."""

    def __init__(self, seed, size):
        self.size = size
        self.of_person = HeadRenderer(load_open_head(), Appearance.draw(seed), texture_width=512)

    def render(self, face, camera, **settings):
        return self.of_person.render(face, *view_of_pose(camera, self.size), **settings)


def renderer(seed=2, size=SIZE):
    return Drawing(seed, size)


@pytest.fixture(scope="module")
def person():
    return renderer()


def shape(**amounts):
    head = load_open_head()
    intensity = np.array([amounts.get(name, 0.0) for name in head.facs_names])
    return head.unit_shape(intensity @ head.facs_units)


def test_the_same_seed_gives_the_same_picture_and_another_another(person):
    first = person.render(shape(), pose()).colour
    again = renderer().render(shape(), pose()).colour
    np.testing.assert_array_equal(first, again)
    other = renderer(3).render(shape(), pose()).colour
    assert np.abs(first - other).mean() > 0.02


def test_a_picture_is_linear_colour_of_the_resolution_asked_for(person):
    picture = person.render(shape(), pose())
    assert picture.colour.shape == (96, 128, 3)
    assert picture.colour.dtype == np.float32
    assert np.isfinite(picture.colour).all()
    assert picture.colour.min() >= 0
    # Well exposed: hardly anything is burnt out.
    assert 0.05 < picture.luminance().mean() < 0.6
    assert (picture.luminance() > 1).mean() < 0.01


def test_landmarks_are_those_of_the_models_vertices(person):
    head = load_open_head()
    face, camera = shape(AU12=1.0), pose(15.0)
    expected = camera.project(face[head.landmarks])
    np.testing.assert_allclose(person.render(face, camera).landmarks, expected, atol=0.01)


def test_the_face_is_drawn_where_its_landmarks_are(person):
    still = person.render(shape(), pose())
    blink = person.render(shape(AU45=1.0), pose())
    change = np.abs(still.luminance() - blink.luminance())
    y, x = np.unravel_index(np.argmax(change), change.shape)
    eyes = still.landmarks[36:48]
    assert np.linalg.norm(eyes - [x, y], axis=1).min() < 3
    jaw = np.abs(still.luminance() - person.render(shape(AU27=0.8), pose()).luminance())
    y, x = np.unravel_index(np.argmax(jaw), jaw.shape)
    assert abs(x - still.landmarks[62, 0]) < 10
    assert still.landmarks[51, 1] - 2 < y < still.landmarks[8, 1] + 14


def test_eyes_are_darkest_in_the_pupil_and_teeth_show_in_an_open_mouth():
    big = renderer(size=(320, 240))
    camera = HeadPose(FRONTAL, np.array(1.6), np.array([160.0, 120.0]))
    light = big.render(shape(AU27=0.9), camera)
    eye = light.landmarks[36:42]
    x0, y0 = eye.min(axis=0).astype(int)
    x1, y1 = eye.max(axis=0).astype(int) + 1
    inside = light.luminance()[y0:y1, x0:x1]
    assert inside.min() < 0.1 < 0.25 < inside.max()
    upper, lower = light.landmarks[62], light.landmarks[66]
    column = light.luminance()[int(upper[1]) + 1 : int(lower[1]), round(float(upper[0]))]
    assert column.min() < 0.05
    assert column.max() > 0.12


def test_a_still_face_draws_the_same_picture_again(person):
    first = person.render(shape(), pose())
    person.render(shape(AU27=1.0), pose(30.0))
    np.testing.assert_array_equal(first.colour, person.render(shape(), pose()).colour)


def test_a_small_shift_changes_the_picture_little():
    big = renderer(size=(320, 240))

    def light(x):
        camera = HeadPose(FRONTAL, np.array(0.76), np.array([x, 115.0]))
        return np.log(big.render(shape(), camera).luminance() + 0.007)

    changed = np.abs(light(160.05) - light(160.0)) > 0.2
    assert changed.mean() < 0.01


def test_the_trunk_stays_when_the_head_turns(person):
    _, view = view_of_pose(pose(), SIZE)
    still = person.of_person.render(shape(), RigidTransform.identity(), view).colour
    own = RigidTransform(rotation_matrix(np.radians([0.0, 25.0, 0.0])), np.zeros(3))
    turned = person.of_person.render(shape(), own, view).colour
    np.testing.assert_allclose(turned[-4:], still[-4:], atol=0.05)
    assert np.abs(turned[30:60] - still[30:60]).mean() > 0.01


def test_what_is_drawn_lies_where_the_camera_projects_it(person):
    camera = PinholeCamera((160, 120), (150.0, 155.0), (81.0, 60.0))
    place = look_at(np.array([60.0, 40.0, 480.0]), np.array([5.0, -5.0, 0.0]), roll_deg=4.0)
    head = load_open_head()
    own = RigidTransform(rotation_matrix(np.radians([3.0, 10.0, 0.0])), np.array([4.0, 2.0, 9.0]))
    view = View(camera, place)
    still = person.of_person.render(shape(), own, view)
    expected = camera.project(place.after(own).apply(shape()[head.landmarks]))
    np.testing.assert_allclose(still.landmarks, expected, atol=0.01)
    blink = person.of_person.render(shape(AU45=1.0), own, view)
    change = np.abs(still.luminance() - blink.luminance())
    y, x = np.unravel_index(np.argmax(change), change.shape)
    assert np.linalg.norm(still.landmarks[36:48] - [x, y], axis=1).min() < 3


def test_two_cameras_see_the_same_light_from_different_places(person):
    camera = PinholeCamera((160, 120), (170.0, 170.0), (79.5, 59.5))
    origin = np.zeros(3)
    views = [View(camera, look_at(np.array([x, 0.0, 500.0]), origin)) for x in (-120.0, 120.0)]
    left, right = (
        person.of_person.render(shape(), RigidTransform.identity(), view) for view in views
    )
    assert np.linalg.norm(left.landmarks - right.landmarks, axis=1).max() > 5
    # The forehead turns no highlight to either camera: both see it in the same light.
    brightness = [
        picture.luminance()[tuple(np.rint(picture.landmarks[27]).astype(int)[::-1] - [9, 0])]
        for picture in (left, right)
    ]
    assert abs(brightness[0] / brightness[1] - 1) < 0.2


def test_eyes_follow_the_gaze():
    big = renderer(size=(160, 120))
    camera = HeadPose(FRONTAL, np.array(2.2), np.array([80.0, 75.0]))

    def dark_x(gaze_deg):
        picture = big.render(shape(), camera, gaze_deg=gaze_deg)
        eye = picture.landmarks[42:48]
        x0, y0 = eye.min(axis=0).astype(int)
        x1, y1 = eye.max(axis=0).astype(int)
        dark = np.maximum(0.3 - picture.luminance()[y0 + 2 : y1, x0 + 8 : x1 - 8], 0)
        return (dark.sum(axis=0) * np.arange(dark.shape[1])).sum() / dark.sum()

    # The subject's left is on the viewer's right.
    assert dark_x((18.0, 0.0)) > dark_x((0.0, 0.0)) + 1
    assert dark_x((-18.0, 0.0)) < dark_x((0.0, 0.0)) - 1


def test_srgb_is_monotonous_and_rolls_highlights_off():
    values = np.linspace(0, 2.5, 1000, dtype=np.float32)
    encoded = encode_srgb(values).astype(int)
    assert (np.diff(encoded) >= 0).all()
    assert encoded[0] == 0
    assert encode_srgb(np.array([0.2140]))[0] == 127
    assert 225 < encode_srgb(np.array([0.8]))[0] < encode_srgb(np.array([1.2]))[0] <= 255
