import contextlib
import json
from dataclasses import replace

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evface.annotations.edits_json import sync_to_json
from evface.annotations.track_parts import arrays_of, head_of
from evface.errors import FileError
from evface.interchange.array_files import read_hdf5, read_npz, write_hdf5, write_npz
from evface.interchange.labels import RecordingLabels

BOTH = pytest.mark.parametrize(
    ("write", "read", "suffix"),
    [(write_hdf5, read_hdf5, ".h5"), (write_npz, read_npz, ".npz")],
    ids=["hdf5", "npz"],
)


def same_labels(one, other):
    assert sync_to_json(one.sync) == sync_to_json(other.sync)
    for name in ("name", "media", "resolutions", "corrections", "longest_gaps_us"):
        assert getattr(one, name) == getattr(other, name), name
    for name in ("segments", "video_classes", "reviews"):
        assert getattr(one, name) == getattr(other, name), name
    np.testing.assert_array_equal(one.video_times_us, other.video_times_us)
    assert list(one.tracks) == list(other.tracks)
    for role, track in one.tracks.items():
        assert head_of(track) == head_of(other.tracks[role])
        arrays, others = arrays_of(track), arrays_of(other.tracks[role])
        assert arrays.keys() == others.keys()
        for name, array in arrays.items():
            np.testing.assert_array_equal(array, others[name], f"{role}/{name}")


@BOTH
def test_everything_comes_back(labels, tmp_path, write, read, suffix):
    path = tmp_path / f"labels{suffix}"
    exported = write(path, labels)
    assert exported.files == (path,)
    assert exported.counts == {"tracks": 4, "corrections": 7, "segments": 6}
    same_labels(labels, read(path))


@BOTH
def test_nothing_comes_back_as_nothing(tmp_path, write, read, suffix):
    path = tmp_path / f"labels{suffix}"
    write(path, RecordingLabels(name="empty"))
    same_labels(RecordingLabels(name="empty"), read(path))


def test_h5py_alone_finds_what_the_layout_promises(labels, tmp_path):
    write_hdf5(tmp_path / "labels.h5", labels)
    with h5py.File(tmp_path / "labels.h5") as file:
        head = json.loads(file.attrs["head"])
        assert (head["format"], head["version"]) == ("evface labels", 1)
        assert head["states"] == ["auto", "interpolated", "corrected", "verified"]
        assert head["tracks"]["teacher"]["text"]["scheme"] == "ibug68"
        shown = labels.labelled("teacher").laid()
        np.testing.assert_array_equal(file["shown/teacher/landmarks"], shown.landmarks)
        np.testing.assert_array_equal(file["shown/teacher/state"], shown.state)
        assert file["tracks/face/rotation"].shape == (12, 3, 3)
        assert file["segments/unit"].asstr()[:3].tolist() == ["AU12", "AU12", "AU4"]
        apex_us = file["segments/apex_us"][:]
        assert apex_us[0] == 400_001
        assert np.isnan(apex_us[1:]).all()
        assert file["corrections/teacher/author"].asstr()[2] == "ben"
        assert file["corrections/teacher/xy_px"][2].tolist() == [13.0, 31.0]


def test_what_nobody_corrected_is_in_hdf5_once(landmark_track, tmp_path):
    track = landmark_track(range(0, 100_000, 1_000))
    twin = replace(track, scheme=track.scheme)
    alone = RecordingLabels(name="alone", tracks={"teacher": track, "twin": twin})
    write_hdf5(tmp_path / "labels.h5", alone)
    with h5py.File(tmp_path / "labels.h5") as file:
        assert isinstance(file.get("shown/teacher/landmarks", getlink=True), h5py.SoftLink)
        np.testing.assert_array_equal(file["shown/teacher/landmarks"], track.landmarks)
    # Two tracks that share their arrays are two all the same.
    same_labels(alone, read_hdf5(tmp_path / "labels.h5"))


def test_numpy_alone_finds_what_the_layout_promises(labels, tmp_path):
    write_npz(tmp_path / "labels.npz", labels)
    with np.load(tmp_path / "labels.npz", allow_pickle=False) as file:
        assert json.loads(bytes(file["head"]))["recording"] == "first take"
        assert file["video/times_us"].dtype == np.int64
        assert file["segments/presence"].tolist().count("absent") == 1
        assert file["video_classes/unit"].tolist() == ["AU12", "AU6"]
        assert file["reviews/reasons"].tolist() == ["jerk\nfew events"]


_words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)


@BOTH
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(author=_words, source=_words, name=_words)
def test_any_words_survive(labels, said, tmp_path, write, read, suffix, author, source, name):
    path = tmp_path / f"labels{suffix}"
    words = (said(5, 3, author=author, source=source),)
    wordy = replace(
        labels,
        name=name,
        corrections={"teacher": words},
        video_classes={author: "AU1"},
    )
    write(path, wordy)
    back = read(path)
    assert (back.name, back.corrections, back.video_classes) == (
        name,
        {"teacher": words},
        {author: "AU1"},
    )


@BOTH
def test_other_files_are_refused_with_a_reason(labels, tmp_path, write, read, suffix):
    path = tmp_path / f"labels{suffix}"
    with pytest.raises(FileError, match="cannot be read"):
        read(path)
    path.write_bytes(b"")
    with pytest.raises(FileError, match=r"whole|cannot be read"):
        read(path)
    path.write_bytes(b"something else")
    with pytest.raises(FileError, match=r"whole|cannot be read"):
        read(path)
    write(path, labels)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(FileError, match=r"whole|cannot be read"):
        read(path)


def test_hdf5_of_another_kind_and_of_a_newer_evface_is_refused(labels, tmp_path):
    path = tmp_path / "labels.h5"
    with h5py.File(path, "w") as file:
        file["events"] = [1, 2]
    with pytest.raises(FileError, match="is HDF5 of another kind"):
        read_hdf5(path)
    write_hdf5(path, labels)
    with h5py.File(path, "r+") as file:
        file.attrs["head"] = file.attrs["head"].replace('"version": 1', '"version": 2')
    with pytest.raises(FileError, match="written by a newer evface; update evface"):
        read_hdf5(path)


def test_arrays_of_other_files_and_of_any_size_are_refused(labels, tmp_path):
    path = tmp_path / "labels.h5"
    write_hdf5(path, labels)
    (tmp_path / "secret.bin").write_bytes(bytes(96))
    with h5py.File(path, "r+") as file:
        del file["video/times_us"]
        file["video"].create_dataset(
            "times_us", (12,), np.int64, external=[(str(tmp_path / "secret.bin"), 0, 96)]
        )
    with pytest.raises(FileError, match="from other files"):
        read_hdf5(path)
    with h5py.File(path, "r+") as file:
        del file["video/times_us"]
        file["video"].create_dataset("times_us", (1 << 40,), np.int64, chunks=(1 << 20,))
    with pytest.raises(FileError, match="more numbers than it can hold"):
        read_hdf5(path)


def test_pickles_are_never_loaded(labels, tmp_path):
    path = tmp_path / "labels.npz"
    write_npz(path, labels)
    with np.load(path) as file:
        arrays = dict(file)
    arrays["segments/unit"] = np.array([print], object)
    np.savez(path, **arrays)
    with pytest.raises(FileError, match="is not a whole file of evface labels"):
        read_npz(path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("segments/presence", np.array(["maybe"] * 6)),
        ("segments/intensity", np.full(6, 99.0)),
        ("segments/offset_us", np.zeros(6, np.int64)),
        ("corrections/teacher/xy_px", np.full((5, 2), np.inf)),
        ("corrections/teacher/state", np.full(5, 9)),
        ("corrections/teacher/t_us", np.zeros(3, np.int64)),
        ("tracks/teacher/times_us", np.zeros(12, np.int64)),
        ("tracks/teacher/landmarks", np.zeros((3, 3))),
        ("reviews/verdict", np.array(["maybe"])),
        ("head", np.frombuffer(b"{}", np.uint8)),
        ("head", np.frombuffer(b"[]", np.uint8)),
        ("head", np.frombuffer(b"\xff", np.uint8)),
    ],
)
def test_values_that_cannot_be_are_refused(labels, tmp_path, name, value):
    path = tmp_path / "labels.npz"
    write_npz(path, labels)
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **(arrays | {name: value}))
    with pytest.raises(FileError, match="is not a whole file of evface labels"):
        read_npz(path)


@BOTH
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(data=st.data())
def test_no_damage_raises_anything_but_a_file_error(labels, tmp_path, write, read, suffix, data):
    path = tmp_path / f"labels{suffix}"
    write(path, labels)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content))
    with contextlib.suppress(FileError):
        assert isinstance(read(path), RecordingLabels)
