import numpy as np
import pytest

from evface.annotations.tracks import Camera
from evface.datasets.labels import box_track, landmark_track, presence_track, published
from evface.datasets.samples import StillPicture
from evface.datasets.stills import plan_still_video, write_still_video
from evface.landmarks.schemes import FIVE
from evface.video.reader import open_video

SOURCE = published("tests")


def brightest(frame):
    """Return the centre of the bright spot, px."""
    level = np.clip(frame.mean(axis=2) - 120, 0, None)
    y, x = np.mgrid[: frame.shape[0], : frame.shape[1]]
    return np.array([(x * level).sum(), (y * level).sum()]) / level.sum()


@pytest.mark.parametrize("scale", [1, 12])
def test_labels_follow_the_picture_to_a_fifth_of_a_pixel(tmp_path, write_spot, scale):
    spot = np.array([100, 60]) * scale
    picture = write_spot(tmp_path / "face.png", size=(160 * scale, 120 * scale), spot=spot)
    box = tuple(number * scale for number in (60.0, 30.0, 120.0, 90.0))
    still = StillPicture(picture, box)
    plan = plan_still_video(still, "face")
    write_still_video(tmp_path / "face.mp4", still, plan)
    points = np.full((1, 5, 2), np.nan)
    points[0, 2] = spot
    track = plan.carry(landmark_track(SOURCE, [0], points, scheme=FIVE))
    video = open_video(tmp_path / "face.mp4")
    np.testing.assert_array_equal(track.times_us, video.times_us)
    for index in (0, 7, 30):
        seen = brightest(video.read(index))
        np.testing.assert_allclose(track.landmarks[index, 2], seen, atol=0.2)
    assert np.isnan(track.landmarks[:, 0]).all()
    assert (track.camera, track.scheme) == (Camera.RGB, "five")


def test_the_face_moves_smoothly_and_stays_in_the_picture(tmp_path):
    still = StillPicture(tmp_path / "x.png", (200.0, 100.0, 500.0, 480.0))
    plan = plan_still_video(still, "x")
    boxes = plan.carry(box_track(SOURCE, [0], [still.box_px])).boxes_px
    assert boxes.min() > 0
    assert boxes.max() < 255
    steps = np.linalg.norm(np.diff(boxes[:, :2], axis=0), axis=1)
    assert 0.1 < steps.max() < 5
    np.testing.assert_allclose(boxes[0], boxes[-1], atol=1e-3)


def test_one_name_gives_one_motion_and_another_gives_another(tmp_path):
    still = StillPicture(tmp_path / "x.png", (0.0, 0.0, 10.0, 10.0))
    first, again, other = (plan_still_video(still, name) for name in ("a", "a", "b"))
    matrices = [
        np.array([move.matrix for move in plan.video_from_picture])
        for plan in (first, again, other)
    ]
    np.testing.assert_array_equal(matrices[0], matrices[1])
    assert np.abs(matrices[0] - matrices[2]).max() > 0.1


def test_only_labels_of_one_picture_are_carried():
    plan = plan_still_video(StillPicture("x.png", (0.0, 0.0, 10.0, 10.0)), "x")
    with pytest.raises(ValueError, match="one picture, got 2"):
        plan.carry(box_track(SOURCE, [0, 1], np.zeros((2, 4))))
    with pytest.raises(ValueError, match="action_units"):
        plan.carry(presence_track(SOURCE, [0], np.ones(1, bool), "AU1"))
