import numpy as np
import pytest

from evface.landmarks.schemes import IBUG68
from evface.teacher.mediapipe import IBUG68_FROM_MESH, MediapipeTeacher
from evface.video.reader import open_video


@pytest.fixture(scope="module")
def frames(shared_data):
    video = open_video(shared_data("video/face_cry_to_laugh_640x360_24fps.mp4"))
    yield [video.read(index) for index in (10, 300)]
    video.close()


@pytest.fixture
def teacher(shared_data):
    made = MediapipeTeacher(shared_data("models/face_landmarker.task"))
    yield made
    made.close()


def test_the_table_gives_each_landmark_one_mesh_point_of_its_own():
    assert len(set(IBUG68_FROM_MESH)) == IBUG68.n_landmarks == 68
    assert IBUG68_FROM_MESH.max() < 478


def test_a_face_is_found_with_landmarks_in_order_depth_and_scores(teacher, frames):
    crying, laughing = (teacher.detect(frame, 1_000_000 * i) for i, frame in enumerate(frames))
    for found in (crying, laughing):
        points = found.landmarks
        assert points.shape == (68, 3)
        assert points.dtype == np.float32
        assert found.n_faces == 1
        assert 0.5 < found.confidence <= 1.0
        # The subject's right eye is on the viewer's left; the chin is below the brows.
        assert points[36, 0] < points[39, 0] < points[42, 0] < points[45, 0]
        assert points[8, 1] > points[57, 1] > points[33, 1] > points[27, 1]
        # The nose is nearer to the camera than the ends of the jaw.
        assert points[30, 2] > points[[0, 16], 2].max() + 20
        assert found.blendshapes.shape == (len(teacher.blendshape_names),) == (52,)
    opened = [np.linalg.norm(f.landmarks[62, :2] - f.landmarks[66, :2]) for f in (crying, laughing)]
    assert opened[1] > opened[0] + 10
    smile = teacher.blendshape_names.index("mouthUpperUpLeft")
    assert laughing.blendshapes[smile] > crying.blendshapes[smile] + 0.3


def test_of_two_faces_the_larger_is_taken_and_both_are_counted(teacher, frames):
    face = frames[1]
    height, width = face.shape[:2]
    small = face[::2, ::2]
    both = np.full((height, width + small.shape[1], 3), 40, np.uint8)
    both[:, small.shape[1] :] = face
    both[: small.shape[0], : small.shape[1]] = small
    found = None
    for t_us in range(0, 200_000, 40_000):
        found = teacher.detect(both, t_us)
    assert found.n_faces == 2
    assert found.landmarks[:, 0].min() > small.shape[1]


def test_a_picture_without_a_face_gives_none(teacher):
    noise = np.random.default_rng(0).integers(0, 255, (240, 320, 3), np.uint8)
    assert teacher.detect(noise, 0) is None
    assert teacher.detect(np.zeros((48, 64, 3), np.uint8), 40_000) is None


def test_frames_closer_than_a_millisecond_are_no_trouble(teacher, frames):
    for t_us in (0, 300, 600, 900):
        assert teacher.detect(frames[0], t_us) is not None


def test_the_same_face_moves_with_the_picture(teacher, frames):
    first = teacher.detect(frames[0], 0).landmarks[:, :2]
    shifted = np.full_like(frames[0], 90)
    shifted[:, 40:] = frames[0][:, :-40]
    moved = teacher.detect(shifted, 1_000_000).landmarks[:, :2]
    np.testing.assert_allclose(np.median(moved - first, axis=0), [40, 0], atol=1.5)


def test_nothing_is_written_to_the_terminal(shared_data, frames, capfd):
    teacher = MediapipeTeacher(shared_data("models/face_landmarker.task"))
    teacher.detect(frames[0], 0)
    teacher.close()
    assert capfd.readouterr() == ("", "")
