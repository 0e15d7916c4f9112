import numpy as np
import pytest

from evface.morphable.camera import FRONTAL, head_angles_deg
from evface.morphable.facs import HEAD_NAMES
from evface.morphable.model import load_open_head
from evface.simulation.actor import Actor, facs_components
from evface.simulation.performance import Gesture, Look, Performance, demo_performance
from evface.simulation.rigs import shared_rig
from evface.simulation.views import View

RIG = shared_rig((320, 240))
VIEW = View(RIG.cameras.events, RIG.rgb_from_room)


def times(stop_us, step_us=1000):
    return np.arange(0, stop_us, step_us, dtype=np.int64)


def actor(seed=0):
    rng = np.random.default_rng(seed)
    return Actor(load_open_head(), rng.normal(0, 0.8, 100))


@pytest.mark.parametrize(
    ("motion", "column", "sign"),
    [("AU51", 0, 1), ("AU52", 0, -1), ("AU53", 1, 1), ("AU54", 1, -1), ("AU55", 2, 1),
     ("AU56", 2, -1)],
)  # fmt: skip
def test_a_head_motion_turns_the_head_its_way_by_its_angle(motion, column, sign):
    performance = Performance(
        1_000_000, (Gesture(0, 1000, 900_000, 1000, {motion: 0.5}),), sway_deg=0.0, sway_mm=0.0
    )
    done = actor().perform(performance, np.array([500_000]))
    expected = np.zeros(3)
    expected[column] = sign * 15.0
    np.testing.assert_allclose(
        head_angles_deg(FRONTAL @ done.room_from_head.rotation)[0], expected, atol=1e-9
    )
    np.testing.assert_allclose(done.head[0, HEAD_NAMES.index(motion)], 0.5, atol=1e-9)
    assert (np.delete(done.head[0], HEAD_NAMES.index(motion)) < 1e-9).all()


def test_the_head_sways_slowly_by_the_amounts_asked_for():
    performance = Performance(60_000_000, (), sway_deg=0.4, sway_mm=0.6)
    shifts = performance.shifts_mm(times(60_000_000, 20_000))
    assert 0.3 < shifts.std(axis=0).mean() < 0.9
    assert np.abs(np.diff(shifts, axis=0)).max() / 0.02 < 10
    done = actor().perform(performance, times(60_000_000, 20_000))
    angles = head_angles_deg(FRONTAL @ done.room_from_head.rotation)
    assert 0.15 < angles.std(axis=0).mean() < 0.6


def test_coefficients_rebuild_the_action_units_of_facs():
    head = load_open_head()
    shapes = head.shape(None, facs_components(head).sum(axis=0)) - head.mean_shape
    wanted = (head.facs_units @ head.units.reshape(52, -1)).reshape(shapes.shape)
    assert np.linalg.norm(shapes - wanted, axis=2).mean() < 0.06


@pytest.mark.parametrize("seed", range(4))
def test_a_full_blink_closes_every_persons_eyes(seed):
    performance = Performance(400_000, (Gesture(0, 75_000, 20_000, 150_000, {"AU45": 1.0}),))
    person = actor(seed)
    done = person.perform(performance, np.array([0, 85_000]))
    points = person.landmarks_px(done, VIEW)
    opening = points[:, [41, 40, 47, 46], 1] - points[:, [37, 38, 43, 44], 1]
    assert opening[0].mean() > 4.5
    assert abs(opening[1].mean()) < 1.2


def test_landmarks_are_those_of_the_shapes():
    person = actor()
    done = person.perform(demo_performance(0), times(5_000_000, 500_000))
    faces = person.shapes(done.coefficients)
    placed = VIEW.camera_from_room.after(done.room_from_head).apply(
        faces[:, person.model.landmarks]
    )
    points = VIEW.camera.project(placed)
    np.testing.assert_allclose(person.landmarks_px(done, VIEW), points, atol=1e-3)


@pytest.mark.parametrize("name", ["AU2", "AU6", "AU12", "AU45"])
def test_a_one_sided_movement_moves_that_side_of_the_face(name):
    person = actor()
    gesture = Gesture(0, 1000, 900_000, 1000, {name: 1.0}, name, (1.0, 0.0))
    done = person.perform(
        Performance(1_000_000, (gesture,), sway_deg=0, sway_mm=0), np.array([500_000])
    )
    moved = np.linalg.norm(person.shapes(done.coefficients)[0] - person.neutral, axis=1)
    is_left = person.neutral[:, 0] > 12
    is_right = person.neutral[:, 0] < -12
    assert moved[is_left].sum() > 4 * moved[is_right].sum()
    facs = person.model.facs_names.index(name)
    assert done.intensities[0, facs] > 0.7


def test_eyes_rest_where_they_looked_and_turn_there_quickly():
    performance = Performance(1_000_000, (), looks=(Look(0, 5.0, 1.0), Look(400_000, -5.0, 0.0)))
    gaze = actor().perform(performance, times(1_000_000)).gaze_deg
    np.testing.assert_allclose(gaze[[0, 300, 900]], [[0, 0], [5, 1], [-5, 0]], atol=1e-9)
    moving = np.flatnonzero(np.linalg.norm(np.diff(gaze[350:], axis=0), axis=1) > 1e-3)
    assert 20 < len(moving) < 60
