import errno
import io

import numpy as np
import pytest

from evface.errors import DatasetError, FileError
from evface.events.events import Events
from evface.training_sets.file import TrainingSet
from evface.training_sets.writing import write_training_set


def smooth_rgb(n=6):
    y, x = np.mgrid[:36, :40]
    return np.stack([np.stack([3 * x + i, 4 * y, 100 + 0 * x], -1) for i in range(n)]).astype("u1")


def test_what_was_written_is_read_back(write_set, clip_of, assert_same_clip):
    clips = [
        clip_of(0, rgb=smooth_rgb(), split="train"),
        clip_of(1, events=Events.empty(), rgb=None, event_from_rgb=None, au_class=-1),
        clip_of(2, n=0, rgb=None, event_from_rgb=None, events=Events.empty()),
    ]
    training_set = write_set(*clips)
    for index, clip in enumerate(clips):
        assert_same_clip(clip, training_set.clip(index), rgb=8)


def test_clips_without_some_labels_go_with_those_that_have_them(write_set, clip_of):
    bare = clip_of(
        0,
        model="",
        landmarks=np.empty((6, 0, 2), np.float32),
        landmark_state=np.empty((6, 0), np.uint8),
    )
    training_set = write_set(bare, clip_of(1))
    read = training_set.clip(0)
    assert (training_set.about.model, read.model) == ("open-head-1", "open-head-1")
    assert read.coefficients.shape == (6, 32)
    assert np.isnan(read.coefficients).all()
    assert np.isnan(read.landmarks).all()
    assert read.landmarks.shape == (6, 68, 2)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"resolution": (64, 48)}, r"another resolution \(64x48\) than recording 0 \(48x48\)"),
        (
            {"model": "flame-1", "coefficients": np.zeros((6, 32), np.float32)},
            r"another model \(flame-1 of 32\) than recording 0 \(open-head-1 of 32\)",
        ),
        (
            {"coefficients": np.zeros((6, 31), np.float32)},
            "another model",
        ),
        ({"scheme": "wflw98"}, "another landmark scheme"),
    ],
)
def test_clips_that_do_not_go_together_are_refused(tmp_path, clip_of, changes, words):
    with pytest.raises(DatasetError, match=words):
        write_training_set(tmp_path / "a.evset", [clip_of(0), clip_of(1, **changes)])
    assert list(tmp_path.iterdir()) == []


def test_an_empty_set_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="would be empty"):
        write_training_set(tmp_path / "a.evset", [])
    assert list(tmp_path.iterdir()) == []


def test_infinite_labels_and_events_before_the_start_are_refused(tmp_path, clip_of):
    pose = np.zeros((6, 4), np.float32)
    pose[2, 1] = np.inf
    with pytest.raises(ValueError, match="recording 0: pose must be finite"):
        write_training_set(tmp_path / "a.evset", [clip_of(0, pose=pose)])
    early = Events(np.array([-1]), np.zeros(1, "u2"), np.zeros(1, "u2"), np.zeros(1, "?"))
    with pytest.raises(ValueError, match="must begin at the start"):
        write_training_set(tmp_path / "a.evset", [clip_of(0, events=early)])


def test_what_was_there_before_stays_when_writing_fails(tmp_path, clip_of, monkeypatch):
    path = tmp_path / "a.evset"
    write_training_set(path, [clip_of(0)])
    before = path.read_bytes()

    def clips():
        yield clip_of(1)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(FileError, match="No space left on device"):
        write_training_set(path, clips())
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]

    def full(self, content):  # noqa: ARG001
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(FileError, match=r"cannot be written \(No such file or directory\); check"):
        write_training_set(tmp_path / "none" / "a.evset", [clip_of(1)])
    # A file of which only the beginning finds room.
    real, n_written = io.FileIO.write, 0

    class Full(io.FileIO):
        def write(self, content):
            nonlocal n_written
            n_written += len(content)
            return real(self, content) if n_written < 2000 else full(self, content)

    monkeypatch.setattr("evface.training_sets.writing.io.FileIO", Full)
    with pytest.raises(FileError, match=r"cannot be written \(No space left on device\); check"):
        write_training_set(path, [clip_of(k) for k in range(3)])
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_same_clips_give_the_same_hash_and_others_another(tmp_path, clip_of):
    hashes = []
    for name, seed, source in (("a", 1, "here"), ("b", 1, "there"), ("c", 2, "here")):
        path = tmp_path / f"{name}.evset"
        write_training_set(path, [clip_of(0), clip_of(seed)], sources=[source])
        with TrainingSet(path) as training_set:
            hashes.append(training_set.content_hash)
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_single_label_changes_the_hash(write_set, clip_of):
    clip = clip_of(0)
    intensity = clip.intensity.copy()
    intensity[0, 0] = np.nan
    one, other = write_set(clip, name="a"), write_set(clip_of(0, intensity=intensity), name="b")
    assert one.content_hash != other.content_hash


def test_progress_is_told_after_each_clip(tmp_path, clip_of):
    told = []
    n = write_training_set(tmp_path / "a", [clip_of(0), clip_of(1)], report=told.append)
    assert (n, told) == (2, [1, 2])
