import pickle
import shutil

import h5py
import numpy as np
import pytest

from evface.annotations.tracks import LandmarkState
from evface.errors import DatasetError
from evface.training_sets.file import TrainingSet


def test_the_index_tells_of_the_clips_without_reading_them(write_set, clip_of):
    states = np.zeros((6, 68), np.uint8)
    states[0, :5], states[1, :3], states[2, 0] = 2, 3, 1
    landmarks = np.full((6, 68, 2), 3, np.float32)
    landmarks[5] = np.nan
    landmarks[0, 0] = np.nan
    pose = np.zeros((6, 4), np.float32)
    coefficients = np.full((6, 32), np.nan, np.float32)
    coefficients[3] = 1
    clip = clip_of(3, landmarks=landmarks, landmark_state=states, coefficients=coefficients,
                   pose=pose, split="test")  # fmt: skip
    training_set = write_set(clip_of(0), clip, sources=["p.evface"], label_filter={"a": "b"})
    entry = training_set.index[1]
    assert (entry.recording, entry.subject, entry.au_class) == ("recording 3", "s3", 3)
    assert (entry.n_events, entry.n_frames, entry.start_us) == (600, 6, 3000)
    assert entry.duration_us == 6 * 33_333
    assert entry.n_states == (5 * 68 - 9, 1, 4, 3)
    assert (entry.n_coefficients, entry.n_intensities, entry.n_landmarks) == (1, 6, 5)
    assert (entry.has_rgb, entry.is_registered) == (True, True)
    assert (entry.split, entry.condition) == ("test", "good_light")
    assert training_set.subjects == ("s0", "s3")
    assert training_set.about.sources == ("p.evface",)
    assert training_set.about.label_filter == {"a": "b"}
    assert training_set.count_states()[LandmarkState.VERIFIED] >= 3
    assert len(training_set) == 2


def test_parts_of_a_clip_are_read_alone(write_set, clip_of):
    clip = clip_of(0)
    training_set = write_set(clip)
    some = training_set.clip(0, rows=slice(2, 4))
    np.testing.assert_array_equal(some.times_us, clip.times_us[2:4])
    np.testing.assert_array_equal(some.pose, clip.pose[2:4])
    assert some.rgb.shape == (2, 36, 40, 3)
    assert len(some.events) == len(clip.events)
    bare = training_set.clip(0, with_events=False, with_rgb=False)
    assert (len(bare.events), bare.rgb) == (0, None)


def test_another_process_opens_the_set_anew(write_set, clip_of, assert_same_clip):
    training_set = write_set(clip_of(0))
    copy = pickle.loads(pickle.dumps(training_set))
    training_set.close()
    assert copy.content_hash == training_set.content_hash
    assert_same_clip(copy.clip(0), clip_of(0), rgb=None)
    copy.close()


def test_what_is_no_training_set_is_refused(tmp_path, write_set, clip_of):
    with pytest.raises(DatasetError, match="is not there"):
        TrainingSet(tmp_path / "none.evset")
    text = tmp_path / "text.evset"
    text.write_text("hello")
    with pytest.raises(DatasetError, match="is no training set; make it again"):
        TrainingSet(text)
    other = tmp_path / "other.evset"
    with h5py.File(other, "w") as file:
        file["x"] = 1
    with pytest.raises(DatasetError, match="is no whole training set"):
        TrainingSet(other)
    path = write_set(clip_of(0)).path
    newer = shutil.copy(path, tmp_path / "newer.evset")
    with h5py.File(newer, "a") as file:
        file.attrs["version"] = 99
    with pytest.raises(DatasetError, match="written by a newer evface"):
        TrainingSet(newer)
    cut = tmp_path / "cut.evset"
    cut.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(DatasetError, match="was cut short; make it again"):
        TrainingSet(cut)
    lost = shutil.copy(path, tmp_path / "lost.evset")
    with h5py.File(lost, "a") as file:
        del file["clips/000000"]
    with pytest.raises(DatasetError, match="clips are missing"):
        TrainingSet(lost)


def test_a_damaged_clip_is_named_and_the_others_can_be_read(write_set, clip_of, tmp_path):
    training_set = write_set(clip_of(0), clip_of(1))
    path = shutil.copy(training_set.path, tmp_path / "damaged.evset")
    with h5py.File(path, "r") as file:
        chunk = file["clips/000001/t"].id.get_chunk_info(0)
    content = bytearray(path.read_bytes())
    content[chunk.byte_offset + 20] ^= 0xFF
    path.write_bytes(content)
    with TrainingSet(path) as damaged:
        assert len(damaged.clip(0).events) == 600
        with pytest.raises(DatasetError, match=r"clip 1 \(recording 1\) is damaged"):
            damaged.clip(1)
