import dataclasses

import h5py
import numpy as np
import pytest

from evface.annotations.tracks import Camera, SourceKind
from evface.errors import FileError
from evface.geometry.cameras import CameraPair, PinholeCamera, RigidTransform
from evface.geometry.clock import ClockSync
from evface.morphable.camera import FRONTAL, HeadPose, rotation_matrix
from evface.morphable.model import load_open_head
from evface.simulation.truth import RecordingTruth, Segment, read_truth, truth_tracks, write_truth

N = 40


@pytest.fixture(scope="module")
def truth():
    head = load_open_head()
    rng = np.random.default_rng(3)
    cameras = CameraPair(
        PinholeCamera((640, 480), (700.0, 705.0), (320.0, 241.0)),
        PinholeCamera((1280, 720), (1600.0, 1600.0), (640.0, 360.0)),
        RigidTransform(rotation_matrix(np.array([0.05, -0.1, 0.02])), np.array([40.0, 60.0, 5.0])),
    )
    identity = rng.normal(0, 0.5, len(head.identity_basis)).astype(np.float32)
    coefficients = rng.uniform(0, 0.3, (N, len(head.action_unit_basis))).astype(np.float32)
    turn = rotation_matrix(rng.normal(0, 0.1, (N, 3)))
    rgb = RigidTransform(FRONTAL @ turn, np.tile([5.0, -10.0, 560.0], (N, 1)))
    events = cameras.event_from_rgb.after(rgb)
    points = head.shape(identity, coefficients)[:, head.landmarks]
    return RecordingTruth(
        subject=4,
        split="validation",
        protocol="facemorphic",
        label="AU12",
        condition="low_light",
        seed=11,
        model=head.key,
        times_us=np.arange(N, dtype=np.int64) * 1000 - 5000,
        identity=identity,
        action_units=coefficients,
        intensities=rng.uniform(0, 1, (N, len(head.facs_names))).astype(np.float32),
        facs_names=head.facs_names,
        head=rng.uniform(0, 1, (N, 6)).astype(np.float32),
        gaze_deg=rng.normal(0, 4, (N, 2)).astype(np.float32),
        rgb_from_head=rgb,
        events_from_head=events,
        landmarks_rgb_px=cameras.rgb.project(rgb.apply(points)).astype(np.float32),
        landmarks_events_px=cameras.events.project(events.apply(points)).astype(np.float32),
        cameras=cameras,
        video_times_us=np.array([-4000, 29_333], np.int64),
        exposure_us=np.array([8000, 9000], np.int64),
        sync=ClockSync(-4000, 31.5, "simulated"),
        segments=(Segment("AU12", 1000, 9000, 15_000, 30_000, 0.8, "left"),),
    )


def assert_same(one, other):
    assert type(one) is type(other)
    if isinstance(one, np.ndarray):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    elif isinstance(one, Segment):
        assert one == other
    elif dataclasses.is_dataclass(one):
        for field in dataclasses.fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, tuple):
        assert len(one) == len(other)
        for mine, its in zip(one, other, strict=True):
            assert_same(mine, its)
    else:
        assert one == other or (one != one and other != other)


def test_what_is_written_is_read_again(truth, tmp_path):
    write_truth(tmp_path / "truth.h5", truth)
    assert_same(read_truth(tmp_path / "truth.h5"), truth)
    assert [entry.name for entry in tmp_path.iterdir()] == ["truth.h5"]


def test_the_same_truth_gives_the_same_bytes(truth, tmp_path):
    for name in ("one.h5", "other.h5"):
        write_truth(tmp_path / name, truth)
    assert (tmp_path / "one.h5").read_bytes() == (tmp_path / "other.h5").read_bytes()


def test_tracks_begin_at_the_first_event_and_agree_with_each_other(truth):
    tracks = truth_tracks(truth)
    assert set(tracks) == {"truth_landmarks", "truth_face", "truth_action_units"}
    for track in tracks.values():
        assert track.times_us[0] == 0
        assert len(track) == N - 5
        assert track.source.kind is SourceKind.TRUTH
    landmarks, face = tracks["truth_landmarks"], tracks["truth_face"]
    assert landmarks.camera is face.camera is Camera.EVENTS
    np.testing.assert_array_equal(landmarks.landmarks, truth.landmarks_events_px[5:])
    head = load_open_head()
    points = head.shape(face.identity, face.action_units)[:, head.landmarks]
    pose = HeadPose(face.rotation, face.scale_px_per_mm, face.translation_px)
    misses = np.linalg.norm(pose.project(points) - landmarks.landmarks, axis=-1)
    np.testing.assert_allclose(misses.mean(axis=1), face.residual_px, atol=0.01)
    # The perspective of a face this near bends the picture by a few px of its 500, no more.
    assert 0 < face.residual_px.max() < 12
    assert tracks["truth_action_units"].name_list()[-6:] == [f"AU{n}" for n in range(51, 57)]


def test_a_truth_of_another_model_is_refused(truth):
    with pytest.raises(ValueError, match="flame"):
        truth_tracks(dataclasses.replace(truth, model="flame-2020"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("head", np.zeros((N, 5), np.float32)),
        ("gaze_deg", np.zeros((N, 2))),
        ("intensities", np.zeros((N, 3), np.float32)),
        ("rgb_from_head", RigidTransform.identity()),
        ("exposure_us", np.zeros(3, np.int64)),
    ],
)
def test_arrays_of_another_shape_or_type_are_refused(truth, name, value):
    with pytest.raises(ValueError, match=name):
        dataclasses.replace(truth, **{name: value})


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileError, match=r"none\.h5: is not there"):
        read_truth(tmp_path / "none.h5")


def test_a_damaged_file_gives_one_clear_error(truth, tmp_path):
    path = tmp_path / "truth.h5"
    write_truth(path, truth)
    whole = path.read_bytes()
    for damaged in (b"", b"words", whole[: len(whole) // 2], whole[:3000] + bytes(len(whole))):
        path.write_bytes(damaged)
        with pytest.raises(FileError, match=r"truth\.h5: .*make the recording again"):
            read_truth(path)


@pytest.mark.parametrize("part", ["times_us", "sync", "cameras/rgb", "rgb_from_head/rotation"])
def test_a_file_that_lacks_a_part_gives_one_clear_error(truth, tmp_path, part):
    path = tmp_path / "truth.h5"
    write_truth(path, truth)
    with h5py.File(path, "a") as file:
        del file[part]
    with pytest.raises(FileError, match="make the recording again"):
        read_truth(path)


def test_a_file_of_a_newer_version_asks_for_an_update(truth, tmp_path):
    path = tmp_path / "truth.h5"
    write_truth(path, truth)
    with h5py.File(path, "a") as file:
        file.attrs["version"] = 99
    with pytest.raises(FileError, match="update evface"):
        read_truth(path)


def test_a_folder_that_is_not_there_is_said(truth, tmp_path):
    with pytest.raises(FileError, match="cannot be written"):
        write_truth(tmp_path / "none" / "truth.h5", truth)
