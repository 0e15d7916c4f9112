import pytest

from evface.cameras.base import CameraKind, Control, Preset
from evface.cameras.registry import open_camera, open_frame_camera
from evface.cameras.settings import Settings
from evface.errors import CameraError


@pytest.mark.parametrize("key", ["", "nothing", "webcam:0", "prophesee:1"])
def test_keys_of_no_camera_are_refused_with_those_there_are(key):
    with pytest.raises(CameraError, match="is no camera; name one of prophesee-evk4"):
        open_camera(key)


@pytest.mark.parametrize("key", ["", "webcam:x", "video:", "prophesee-evk4"])
def test_keys_of_no_webcam_are_refused(key):
    with pytest.raises(CameraError, match="is no webcam; name webcam:NUMBER or video:FILE"):
        open_frame_camera(key)


@pytest.mark.parametrize("options", ["speed=0", "speed=x", "speed=nan", "loop=2", "fast=1", "x"])
def test_options_that_are_not_known_are_refused(options):
    with pytest.raises(CameraError, match="write FILE"):
        open_camera(f"replay:face.raw?{options}")


def test_a_file_alone_is_played(write_raw, known):
    path = write_raw(known.events(100))
    camera = open_camera(str(path))
    assert camera.info.kind is CameraKind.REPLAY
    assert camera.info.key == f"replay:{path}"


def test_a_file_with_a_question_mark_is_a_file(write_raw, known):
    truth = known.events(100)
    path = write_raw(truth, name="what?.raw")
    for key in (f"replay:{path}", f"replay:{path}?speed=inf"):
        camera = open_camera(key)
        camera.open()
        assert len(camera.read(1.0).events) <= len(truth)
        camera.close()


def test_settings_keep_to_their_bounds():
    settings = Settings("Camera", (Control("a", "A", "", 0, 10, 5, 5),), (Preset("P", ""),))
    settings.set("a", 10)
    settings.limit({"a": (0, 8)})
    assert settings.values == {"a": 8}
    # Bounds that leave no room for the default make no sense.
    settings.limit({"a": (6, 8)})
    assert settings.controls[0].minimum == 0
    with pytest.raises(ValueError, match="no control 'b'"):
        settings.apply(Preset("Q", "", {"b": 1}))
    settings.apply(Preset("R", "", {"a": 99}))
    assert settings.values == {"a": 8}
