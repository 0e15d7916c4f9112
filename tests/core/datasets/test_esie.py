import numpy as np

from evface.annotations.tracks import Camera
from evface.datasets.esie import E_SIE


def test_five_points_lie_on_both_pictures(esie):
    (sample,) = E_SIE.iter_samples(esie)
    assert (sample.name, sample.subject, sample.split) == ("u1/a", "u1", "test")
    assert sample.events is None
    assert not sample.is_simulated
    assert [path.name for path in sample.video.paths] == ["9.png", "10.png"]
    assert set(sample.event_frames) == {"frame", "voxel"}
    tracks = sample.read_tracks()
    for role, camera in (
        ("published_landmarks", Camera.RGB),
        ("published_landmarks_events", Camera.EVENTS),
    ):
        track = tracks[role]
        assert (track.scheme, track.camera) == ("five", camera)
        # Eyes, nose and mouth, right ones first; the file begins with the nose.
        expected = [[22, 12], [38, 13], [30, 20], [25, 30], [35, 30]]
        np.testing.assert_array_equal(track.landmarks[0], expected)
        np.testing.assert_array_equal(track.landmarks[1, 2], [31, 20])
        np.testing.assert_array_equal(track.times_us, sample.video.times_us)
    np.testing.assert_array_equal(tracks["published_boxes"].boxes_px[0], [20, 5, 40, 40])


def test_a_representation_that_lacks_pictures_is_left_out_and_named(esie, split_findings):
    (esie / "voxel" / "u1" / "a" / "10.png").unlink()
    (sample,), missing = split_findings(E_SIE, esie)
    assert set(sample.event_frames) == {"frame"}
    folder = esie / "voxel" / "u1" / "a"
    assert missing == [f"{folder}: lacks 1 of 2 pictures, the first 10.png; copy it again"]


def test_a_short_line_is_named(esie, split_findings):
    path = esie / "label" / "u1" / "a" / "9.txt"
    path.write_text("1 2 3")
    _, missing = split_findings(E_SIE, esie)
    assert missing == [f"{path}: line 1: expected 14 numbers, got 3; download it again"]


def test_an_empty_folder_says_what_it_lacks(tmp_path, split_findings):
    samples, missing = split_findings(E_SIE, tmp_path)
    assert not samples
    assert missing == [
        f"{tmp_path / 'label'}: is missing; copy it there",
        f"{tmp_path / 'rgb'}: is missing; copy it there",
        f"{tmp_path}: holds no pictures of events; copy one or more of frame, voxel, timesurface "
        "there",
    ]
