import numpy as np

from evface.geometry.registration import Registration
from evface.geometry.transforms import PlanarTransform
from evface.inference.smoothing import OneEuro
from evface.live.taught_face import FaceTaught
from evface.morphable.camera import FRONTAL, HeadPose
from evface.morphable.fitting import project_landmarks
from evface.morphable.model import load_open_head
from evface.teacher.base import Detection

HEAD = load_open_head()
FRAME = np.zeros((480, 640, 3), np.uint8)


class KnowingTeacher:
    """Finds the landmarks of a head whose coefficients are set."""

    name, version, blendshape_names = "knowing", "1+1", ()

    def __init__(self):
        self.action_units = np.zeros(len(HEAD.action_unit_basis))
        self.has_face = True
        self.times_us = []

    def detect(self, _frame, t_us):
        self.times_us.append(t_us)
        if not self.has_face:
            return None
        pose = HeadPose(FRONTAL[None], np.array([2.0]), np.array([[320.0, 240.0]]))
        points = project_landmarks(
            HEAD, pose, identity=np.zeros(1), action_units=self.action_units[None]
        )[0]
        landmarks = np.zeros((68, 3), np.float32)
        landmarks[:, :2] = points
        return Detection(landmarks, 0.9)

    def close(self):
        pass


def test_landmarks_lie_where_the_registration_puts_them():
    teacher = KnowingTeacher()
    taught = FaceTaught(teacher, HEAD, None)
    plain = taught.look(FRAME, 0, Registration())
    moved = taught.look(
        FRAME, 33_000, Registration(PlanarTransform.from_affine(2 * np.eye(2), [5.0, -7.0]))
    )
    assert np.allclose(plain.landmarks, plain.rgb_landmarks, atol=3.0)
    assert np.allclose(moved.landmarks, 2 * plain.landmarks + [5.0, -7.0], atol=0.1)


def test_a_thinned_picture_gives_landmarks_of_the_whole_one():
    teacher = KnowingTeacher()
    taught = FaceTaught(teacher, HEAD, None)
    whole = taught.look(FRAME, 0, Registration())
    thinned = taught.look(FRAME, 33_000, Registration(), step=2)
    assert np.allclose(thinned.rgb_landmarks, 2 * whole.rgb_landmarks)


def test_action_units_are_told_once_the_neutral_face_is_known():
    teacher = KnowingTeacher()
    taught = FaceTaught(teacher, HEAD, None)
    first = taught.look(FRAME, 0, Registration())
    assert first.intensity == {}
    for k in range(1, 20):
        seen = taught.look(FRAME, k * 100_000, Registration())
    assert max(seen.intensity[name] for name in HEAD.facs_names if name in seen.intensity) < 0.3
    assert "AU43" not in seen.intensity


def test_somebody_after_a_while_is_somebody_else():
    teacher = KnowingTeacher()
    taught = FaceTaught(teacher, HEAD, None)
    for k in range(20):
        seen = taught.look(FRAME, k * 100_000, Registration())
    assert seen.intensity
    teacher.has_face = False
    assert taught.look(FRAME, 2_000_000, Registration()) is None
    teacher.has_face = True
    assert taught.look(FRAME, 9_000_000, Registration()).intensity == {}


def test_the_teacher_is_told_times_that_increase_also_when_the_clock_begins_anew():
    teacher = KnowingTeacher()
    taught = FaceTaught(teacher, HEAD, None)
    for t_us in (1_000_000, 1_033_000):
        taught.look(FRAME, t_us, Registration())
    taught.restart()
    for t_us in (0, 33_000):
        assert taught.look(FRAME, t_us, Registration()) is not None
    assert teacher.times_us == sorted(set(teacher.times_us))


def test_an_estimated_clock_may_step_back_under_smoothing():
    taught = FaceTaught(KnowingTeacher(), HEAD, OneEuro())
    for t_us in (1_000_000, 1_033_000, 1_020_000, 1_053_000):
        assert taught.look(FRAME, t_us, Registration()).t_us == t_us
