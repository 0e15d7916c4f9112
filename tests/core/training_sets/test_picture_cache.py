import numpy as np
import pytest

from evface.errors import FileError
from evface.training_sets.clip_inputs import ClipInputs
from evface.training_sets.picture_cache import cache_size_bytes, open_cache, shifted

INPUTS = ClipInputs(side_px=16, n_frames=4)


def test_pictures_are_drawn_once(three_subjects, tmp_path):
    told = []
    cache = open_cache(three_subjects, INPUTS, tmp_path / "cache", report=told.append)
    assert told[-1] == 1.0
    again = []
    open_cache(three_subjects, INPUTS, tmp_path / "cache", report=again.append)
    assert again == []
    (path,) = (tmp_path / "cache").iterdir()
    assert path.stat().st_size == pytest.approx(cache_size_bytes(three_subjects, INPUTS), abs=200)
    for index in range(3):
        np.testing.assert_array_equal(
            cache.clip(index)["events"], INPUTS.draw_events(three_subjects.clip(index))
        )


def test_other_inputs_and_other_sets_have_files_of_their_own(three_subjects, write_set, clip_of,
                                                             tmp_path):  # fmt: skip
    folder = tmp_path / "cache"
    open_cache(three_subjects, INPUTS, folder)
    open_cache(three_subjects, ClipInputs(side_px=16, representation="voxel"), folder)
    open_cache(write_set(clip_of(9), name="other"), INPUTS, folder)
    assert len(list(folder.iterdir())) == 3
    # What is cut from the pictures later makes no difference.
    open_cache(three_subjects, ClipInputs(side_px=16, n_frames=50), folder)
    assert len(list(folder.iterdir())) == 3


def test_a_damaged_cache_is_drawn_again(three_subjects, tmp_path):
    open_cache(three_subjects, INPUTS, tmp_path / "cache")
    (path,) = (tmp_path / "cache").iterdir()
    before = path.read_bytes()
    path.write_bytes(before[:100])
    open_cache(three_subjects, INPUTS, tmp_path / "cache")
    assert path.read_bytes() == before


def test_ending_the_drawing_leaves_nothing_behind(three_subjects, tmp_path):
    def stop(_fraction):
        raise FileError("x", "stopped")

    with pytest.raises(FileError):
        open_cache(three_subjects, INPUTS, tmp_path / "cache", report=stop)
    assert list((tmp_path / "cache").iterdir()) == []


def test_shifted_pictures_show_the_background_at_the_edge():
    pictures = np.zeros((2, 3, 4, 4), np.uint8) + 7
    pictures[..., 2, 1] = 200
    moved = shifted(pictures, (0.5, -0.25))
    assert (moved[..., 1, 3] == 200).all()
    assert (moved == 200).sum() == 6
    assert (moved == 7).sum() == moved.size - 6
    assert shifted(pictures, (0.0, 0.0)) is pictures
