import pytest

from evface.errors import ModelFileError
from evface.teacher.registry import TEACHERS, open_teacher


def test_an_unknown_teacher_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="mediapipe, fan"):
        open_teacher("dlib")


@pytest.mark.parametrize("name", TEACHERS)
def test_weights_that_are_not_there_are_named(name, tmp_path):
    with pytest.raises(ModelFileError, match="nowhere"):
        open_teacher(name, weights=tmp_path / "nowhere")


def test_a_teacher_is_opened_by_name(shared_data):
    teacher = open_teacher("mediapipe", weights=shared_data("models/face_landmarker.task"))
    assert teacher.name == "mediapipe"
    assert teacher.version.endswith("+64184e22")
    teacher.close()
