import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.errors import FileError
from evface.training_sets.clip_inputs import ClipInputs
from evface.training_sets.picture_cache import moved, open_cache
from evface.training_sets.placement import Jitter, Square, lay_square

INPUTS = ClipInputs(side_px=16, n_frames=4)


def test_pictures_are_drawn_once(three_subjects, tmp_path):
    told = []
    cache = open_cache(three_subjects, INPUTS, tmp_path / "cache", report=told.append)
    assert told[-1] == 1.0
    again = []
    open_cache(three_subjects, INPUTS, tmp_path / "cache", report=again.append)
    assert again == []
    (path,) = (tmp_path / "cache").iterdir()
    assert path.stat().st_size == pytest.approx(18 * 3 * 16 * 16, abs=200)
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


def test_moved_pictures_show_the_background_at_the_edge():
    pictures = np.zeros((2, 3, 4, 4), np.uint8) + 7
    pictures[..., 2, 1] = 200
    there = moved(pictures, Jitter(shift=(0.5, -0.25)))
    assert (there[..., 1, 3] == 200).all()
    assert (there == 200).sum() == 6
    assert (there == 7).sum() == there.size - 6
    assert moved(pictures, Jitter()) is pictures


@given(st.floats(0.8, 1.25), st.floats(-0.5, 0.5), st.floats(-0.1, 0.1), st.floats(-0.1, 0.1))
def test_pictures_are_moved_as_events_are(scale, angle, x, y):
    jitter = Jitter(scale, angle, (x, y))
    pictures = np.zeros((1, 3, 48, 48), np.uint8)
    pictures[0, :, 18:21, 28:31] = 255
    expected = lay_square(Square((23.5, 23.5), 48.0), 48, jitter).apply(np.array([29.0, 19.0]))
    there = moved(pictures, jitter)[0, 0].astype(float)
    rows, columns = np.mgrid[:48, :48]
    found = [(there * columns).sum() / there.sum(), (there * rows).sum() / there.sum()]
    np.testing.assert_allclose(found, expected, atol=0.75)
