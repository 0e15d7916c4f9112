import shutil

import numpy as np
import pytest

from evface.errors import DatasetError, FileError
from evface.simulation.truth import read_truth
from evface.training_sets.clips import AU_CLASSES
from evface.training_sets.cutting import Cutting
from evface.training_sets.from_synth import is_synthetic_set, iter_synthetic_clips


def test_clips_hold_the_truth_at_their_moments(synthetic_set):
    clips = list(iter_synthetic_clips(synthetic_set))
    assert [(clip.subject, AU_CLASSES[clip.au_class]) for clip in clips] == [
        (f"s{subject:03}", label) for subject in range(3) for label in ("AU12", "AU51")
    ]
    clip = clips[0]
    truth = read_truth(synthetic_set / "clips" / clip.recording / "truth.h5")
    assert (clip.split, clip.condition, clip.model) == ("train", "low_light", truth.model)
    assert clip.times_us.tolist() == [33_333, 66_666, 99_999, 133_332, 166_665]
    # The truth has a row a millisecond, from 5 ms before the first event.
    rows = np.rint(clip.times_us / 1000).astype(int) + 5
    np.testing.assert_allclose(clip.coefficients, truth.action_units[rows], atol=0.01)
    np.testing.assert_allclose(clip.landmarks, truth.landmarks_events_px[rows], atol=0.2)
    facial = clip.intensity[:, AU_CLASSES.index("AU12")]
    np.testing.assert_allclose(
        facial, truth.intensities[rows, truth.facs_names.index("AU12")], atol=0.02
    )
    assert np.isfinite(clip.pose).all()
    assert len(clip.events) == pytest.approx(400, abs=10)


def test_the_video_lies_on_the_events_as_the_truth_says(synthetic_set):
    clip = next(iter_synthetic_clips(synthetic_set))
    # The made-up truth has the video's landmarks one pixel further right and down.
    np.testing.assert_allclose(
        clip.event_from_rgb.apply(np.array([20.0, 30.0])), [19, 29], atol=0.01
    )
    bare = next(iter_synthetic_clips(synthetic_set, cutting=Cutting(with_rgb=False)))
    assert (bare.rgb, bare.event_from_rgb) == (None, None)


def test_only_conditions_that_were_asked_for_are_taken(synthetic_set):
    assert list(iter_synthetic_clips(synthetic_set, conditions=["good_light"])) == []
    assert len(list(iter_synthetic_clips(synthetic_set, conditions=["low_light"]))) == 6


def test_sets_that_are_missing_damaged_or_not_made_are_told(synthetic_set, tmp_path):
    assert is_synthetic_set(synthetic_set)
    assert not is_synthetic_set(tmp_path)
    with pytest.raises(FileError, match="synth"):
        next(iter_synthetic_clips(tmp_path))
    copy = tmp_path / "copy"
    shutil.copytree(synthetic_set, copy)
    (copy / "clips" / "s000_AU12_1" / "truth.h5").write_text("damaged")
    with pytest.raises(FileError, match="is not a whole truth"):
        next(iter_synthetic_clips(copy))
    shutil.rmtree(copy / "clips")
    with pytest.raises(DatasetError, match="holds no recording that is whole"):
        next(iter_synthetic_clips(copy))
