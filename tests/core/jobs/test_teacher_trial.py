import numpy as np

from evface.jobs.teacher_trial import try_teacher
from evface.morphable.model import load_open_head
from evface.simulation.stills import StillsPlan
from evface.teacher.base import Detection

MODEL = load_open_head()


class BlinkingTeacher:
    """Sees a face in the middle of the picture, but not in every second picture."""

    name, version, blendshape_names = "blinking", "1+x", ("jawOpen",)

    def __init__(self):
        self.times_us = []

    def detect(self, frame, t_us):
        self.times_us.append(t_us)
        # Each picture is shown twice.
        if len(self.times_us) // 2 % 2 == 0 and len(self.times_us) % 2 == 0:
            return None
        landmarks = np.full((68, 3), frame.shape[1] / 2, np.float32)
        return Detection(landmarks, 0.9, np.array([0.25], np.float32))

    def close(self):
        pass


def test_a_teachers_findings_stand_beside_the_truth_and_missed_pictures_are_counted():
    teacher, told = BlinkingTeacher(), []
    plan = StillsPlan(n_neutral=1, n_turned=0, n_moving=1)
    trial = try_teacher(MODEL, teacher, [5], plan, told.append)
    assert told == [1]
    assert trial.n_missed == 1
    np.testing.assert_array_equal(trial.frames.persons, [0])
    assert trial.frames.neutral.all()
    assert trial.identities.shape == (1, len(MODEL.identity_basis))
    assert trial.frames.true_px.shape == (1, 68, 2)
    np.testing.assert_array_equal(trial.frames.scores, 0.25)
    assert (np.diff(teacher.times_us) > 0).all()
