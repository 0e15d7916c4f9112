from dataclasses import replace

import numpy as np
import pytest
import torch

from evface.annotations.segments import UNITS
from evface.annotations.tracks import SourceKind
from evface.errors import RecordingError
from evface.inference.action_units import tell_units
from evface.inference.guide import Guide, read_for
from evface.training_sets.clips import PERIOD_US

from .conftest import DURATION_US, HEAD, STATISTICS, face_track, landmark_track


def test_every_moment_is_told_and_signed(open_media, make_trained):
    trained, recording = make_trained("au_light"), open_media()
    track = tell_units(recording, trained, Guide(landmark_track())).units_track()
    n = recording.events.duration_us // PERIOD_US
    assert track.times_us.tolist() == [PERIOD_US * i for i in range(1, n + 1)]
    assert track.name_list() == list(UNITS)
    assert track.scale == "unit"
    assert ((track.intensity[track.valid] > 0) & (track.intensity[track.valid] < 1)).all()
    assert track.source.kind is SourceKind.MODEL
    assert track.source.name == "au_light"
    assert track.source.version == trained.digest
    assert track.source.settings["crop"] == "face"
    assert track.source.settings["checkpoint"].endswith(f"/{trained.path.name}")


def test_a_single_window_is_what_the_network_says_of_it(open_media, make_trained):
    trained = make_trained("au_light")
    recording, guide = open_media(), Guide(landmark_track())
    told = tell_units(recording, trained, guide, period_us=66_000)
    times_us = told.times_us
    assert len(times_us) == 6  # One window.
    footage = read_for(recording, times_us, window_us=PERIOD_US, with_rgb=False)
    assert len(footage.events) > 0
    said_again = tell_units(recording, trained, guide, period_us=66_000, stride=6)
    np.testing.assert_array_equal(said_again.intensity, told.intensity)
    assert np.isnan(told.confidence).all()
    z = (told.coefficients - 0.1) / 0.5
    assert np.abs(z).max() < 3  # A fresh network says little: it was taken out of z-scores.
    assert told.source.settings["misses_face"] is False
    lost = tell_units(recording, trained, Guide(), period_us=66_000)
    assert lost.source.settings["misses_face"] is True
    assert len(told.classes) == 1
    np.testing.assert_allclose(told.classes.sum(axis=1), 1, rtol=1e-5)


def test_overlapping_windows_are_blended_and_say_how_far_they_agree(open_media, make_trained):
    told = tell_units(open_media(), make_trained("au_light"), Guide(landmark_track()))
    assert len(told.class_times_us) == 3
    assert np.isfinite(told.intensity).all()
    inner = told.confidence[3:-3]
    assert ((inner > 0) & (inner <= 1)).all()
    np.testing.assert_array_equal(told.units_track().confidence, told.confidence)


def test_there_is_nothing_where_there_is_no_face(open_media, make_trained):
    guide = Guide(landmark_track(gap=(0, 250_000)))
    told = tell_units(open_media(), make_trained("au_light"), guide)
    is_gone = told.times_us < 250_000
    track = told.units_track()
    assert np.isnan(track.intensity[is_gone]).all()
    assert not track.valid[is_gone].any()
    assert np.isfinite(track.intensity[track.valid]).all()
    assert track.valid.any()


def test_nobody_seen_at_all_is_no_class(open_media, make_trained):
    guide = Guide(landmark_track(gap=(0, DURATION_US)))
    told = tell_units(open_media(), make_trained("au_light"), guide)
    assert not told.valid.any()
    assert len(told.classes_track()) == 0
    assert "class" not in told.source.settings


def test_without_a_guide_the_whole_picture_is_seen(open_media, make_trained):
    told = tell_units(open_media(), make_trained("au_light"), Guide())
    assert told.valid.all()
    assert told.source.settings["crop"] == "picture"


def test_the_class_of_the_recording_is_the_likeliest_of_its_windows(open_media, make_trained):
    told = tell_units(open_media(), make_trained("au_light"), Guide())
    said = told.source.settings
    mean = told.classes.mean(axis=0)
    assert said["class"] == UNITS[int(mean.argmax())]
    assert said["class_probability"] == pytest.approx(float(mean.max()), abs=1e-4)
    assert told.classes_track().scale == "probability"


@pytest.mark.parametrize("name", ["au_coefficients_lstm", "au_coefficients_transformer"])
def test_networks_of_coefficients_read_the_fitted_head(open_media, make_trained, name):
    trained = make_trained(name)
    told = tell_units(open_media(), trained, Guide(face=face_track()))
    assert np.isfinite(told.intensity).all()
    with pytest.raises(RecordingError, match=f"has no fitted {HEAD.key}"):
        tell_units(open_media(), trained, Guide())
    with pytest.raises(RecordingError, match="has no fitted"):
        tell_units(open_media(), trained, Guide(face=face_track("other-head-1")))


@pytest.mark.parametrize(
    ("quality", "allows", "words"),
    [
        ("good", False, "registration good"),
        ("assumed", False, "its own middle; not used: its registration was never measured"),
        ("assumed", True, "registration assumed"),
        ("bad", True, "its own middle; not used: its registration is bad"),
    ],
)
def test_networks_of_video_say_how_it_was_laid(open_media, make_trained, quality, allows, words):
    trained = make_trained("au_light", modality="rgb")
    told = tell_units(open_media(quality), trained, Guide(landmark_track()), allows_assumed=allows)
    assert told.source.settings["rgb"] == words


def test_networks_of_video_need_one(open_media, make_trained):
    with pytest.raises(RecordingError, match="has no video"):
        tell_units(open_media(), make_trained("au_light", modality="rgb"), Guide())


def test_events_and_video_together_are_seen_where_there_are_both(open_media, make_trained):
    trained = make_trained("au_fusion", modality="both", stage="middle")
    with_video = tell_units(open_media("good"), trained, Guide(landmark_track()))
    assert with_video.source.settings["uses_rgb"] is True
    assert with_video.source.settings["rgb"] == "registration good"
    unsure = tell_units(open_media("assumed"), trained, Guide(landmark_track()))
    assert unsure.source.settings["uses_rgb"] is False
    without = tell_units(open_media(), trained, Guide(landmark_track()))
    assert without.source.settings["rgb"] == "no video"
    np.testing.assert_allclose(unsure.intensity, without.intensity, atol=1e-6)
    assert np.abs(with_video.intensity - without.intensity).max() > 1e-5


def test_a_fusion_that_never_learnt_to_do_without_needs_a_video(open_media, make_trained):
    trained = make_trained("au_fusion", modality="both", missing_rgb=0.0)
    with pytest.raises(RecordingError, match="has no video"):
        tell_units(open_media(), trained, Guide())
    told = tell_units(open_media("assumed"), trained, Guide())
    assert told.source.settings["rgb"].startswith("its own middle")


def test_a_recording_shorter_than_a_frame_is_refused(open_media, make_trained):
    with pytest.raises(RecordingError, match="is shorter than a frame"):
        tell_units(open_media(), make_trained("au_light"), Guide(), period_us=1_000_000)


def test_z_scores_are_taken_out(open_media, make_trained):
    trained = make_trained("au_light")
    recording = open_media()
    told = tell_units(recording, trained, Guide())
    other = replace(
        trained,
        info=replace(
            trained.info,
            statistics={
                **STATISTICS,
                "coefficient_std": [1.0] * len(STATISTICS["coefficient_std"]),
            },
        ),
    )
    wider = tell_units(recording, other, Guide())
    np.testing.assert_allclose(
        wider.coefficients - 0.1, 2 * (told.coefficients - 0.1), rtol=1e-4, atol=1e-6
    )


def test_asking_twice_says_the_same(open_media, make_trained):
    trained, recording = make_trained("au_light"), open_media()
    one, other = (tell_units(recording, trained, Guide()) for _ in range(2))
    np.testing.assert_array_equal(one.intensity, other.intensity)
    assert torch.is_grad_enabled()
