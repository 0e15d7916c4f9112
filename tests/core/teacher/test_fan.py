import sys
import urllib.error

import numpy as np
import pytest

from evface.errors import ModelFileError, TeacherError
from evface.teacher.fan import WEIGHTS, FanTeacher

torch = pytest.importorskip("torch")
face_alignment = pytest.importorskip("face_alignment")
from face_alignment import api  # noqa: E402
from face_alignment.detection.sfd import sfd_detector  # noqa: E402

# Boxes that the stand-in for the detector sees, x0, y0, x1, y1, score.
SMALL, LARGE = (20.0, 30.0, 60.0, 80.0, 0.99), (100.0, 40.0, 220.0, 190.0, 0.8)


class Points(torch.nn.Module):
    """Takes the place of the landmark network: a peak for each of the 68, on a grid."""

    def __init__(self, *_size):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1))

    def forward(self, crops):
        maps = torch.zeros(len(crops), 68, 64, 64)
        for number in range(68):
            maps[:, number, 10 + number // 8 * 5, 10 + number % 8 * 6] = 1.0
        return [maps * self.weight]


class Depth(Points):
    """Takes the place of the depth network."""

    def forward(self, stacked):
        return torch.arange(68.0).repeat(len(stacked), 1) * self.weight


class Faces(Points):
    """Takes the place of the face detector; its answers come from `detect` below."""


@pytest.fixture
def stand_ins(monkeypatch, tmp_path):
    """Put small networks of the same interface, and their weights, in place of the real ones."""
    monkeypatch.setattr(api, "FAN", Points)
    monkeypatch.setattr(api, "ResNetDepth", Depth)
    monkeypatch.setattr(sfd_detector, "s3fd", Faces)
    seen = [SMALL, LARGE]
    monkeypatch.setattr(sfd_detector, "detect", lambda *_, **__: [np.array(seen).reshape(-1, 5)])
    landmarks, depth, faces = (tmp_path / name for name in WEIGHTS)
    # The points come out once as they are and once mirrored, which this undoes.
    torch.save(Points().state_dict(), landmarks)
    torch.save({"state_dict": {"module.weight": torch.ones(1)}, "best": np.float64(1.5)}, depth)
    torch.save(Faces().state_dict(), faces)
    return tmp_path, seen


def test_the_larger_face_is_taken_with_its_landmarks_depth_and_confidence(stand_ins):
    folder, _ = stand_ins
    teacher = FanTeacher(folder)
    frame = np.full((240, 320, 3), 128, np.uint8)
    frame.flags.writeable = False  # as a video's frames are
    found = teacher.detect(frame, 0)
    assert found.landmarks.shape == (68, 3)
    assert found.landmarks.dtype == np.float32
    assert found.n_faces == 2
    assert found.confidence == pytest.approx(0.8)
    assert found.blendshapes is None
    x, y = found.landmarks[:, :2].mean(axis=0)
    assert 80 < x < 240
    assert 20 < y < 210
    assert found.landmarks[:, 2].mean() == pytest.approx(0.0, abs=1e-3)
    assert (np.diff(found.landmarks[:, 2]) > 0).all()
    teacher.close()


def test_a_picture_without_a_face_gives_none(stand_ins):
    folder, seen = stand_ins
    seen.clear()
    assert FanTeacher(folder).detect(np.zeros((64, 64, 3), np.uint8), 0) is None


def test_name_and_version_tell_the_package_and_its_weights(stand_ins):
    teacher = FanTeacher(stand_ins[0])
    assert teacher.name == "fan"
    assert teacher.version == f"{face_alignment.__version__}+7835d9f1"
    assert teacher.blendshape_names == ()


@pytest.mark.parametrize("missing", WEIGHTS)
def test_a_missing_file_of_weights_is_named(stand_ins, missing):
    folder, _ = stand_ins
    (folder / missing).unlink()
    with pytest.raises(ModelFileError, match=missing.split(".")[0]):
        FanTeacher(folder)


@pytest.mark.parametrize("damaged", WEIGHTS)
def test_damaged_weights_are_said_to_be(stand_ins, damaged):
    folder, _ = stand_ins
    (folder / damaged).write_bytes((folder / damaged).read_bytes()[:90])
    with pytest.raises(ModelFileError, match="damaged"):
        FanTeacher(folder)


class Spy:
    """Something that a careless reader of pickles would run."""

    ran: list[str] = []  # noqa: RUF012

    def __reduce__(self):
        return Spy.ran.append, ("executed",)


def test_nothing_in_a_file_of_weights_is_executed(stand_ins):
    folder, _ = stand_ins
    torch.save({"state_dict": {"module.weight": torch.ones(1)}, "spy": Spy()}, folder / WEIGHTS[1])
    with pytest.raises(ModelFileError):
        FanTeacher(folder)
    assert Spy.ran == []


def test_without_network_the_error_says_what_to_put_where(monkeypatch, tmp_path):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))

    def unreachable(*_arguments, **_options):
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr(sfd_detector, "load_state_dict_from_url", unreachable)
    with pytest.raises(TeacherError) as caught:
        FanTeacher()
    text = str(caught.value)
    assert "Name or service not known" in text
    assert WEIGHTS[1] in text
    assert str(tmp_path / "hub" / "checkpoints") in text


def test_without_the_package_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "face_alignment", None)
    with pytest.raises(TeacherError, match=r"evface\[fan\]"):
        FanTeacher()


def test_what_was_changed_while_loading_is_put_back(stand_ins):
    loader = api.load_file_from_url
    FanTeacher(stand_ins[0])
    assert api.load_file_from_url is loader
