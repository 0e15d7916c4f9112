import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.simulation.protocols import SetSettings, plan_clips, plan_demo, split_subjects


def test_facemorphic_has_every_action_unit_twice_four_readings_and_one_free_play():
    clips = plan_clips(SetSettings(n_subjects=3))
    assert len(clips) == 3 * (24 * 2 + 4 + 1)
    assert len({clip.name for clip in clips}) == len(clips)
    labels = [clip.label for clip in clips if clip.subject == 1]
    assert labels.count("AU12") == labels.count("AU51") == 2
    assert labels.count("reading") == 4
    assert labels.count("free") == 1


@given(st.integers(1, 200), st.integers(0, 1000))
def test_splits_are_of_subjects_and_of_about_the_papers_sizes(n_subjects, seed):
    splits = split_subjects(n_subjects, seed)
    assert splits == split_subjects(n_subjects, seed)
    assert len(splits) == n_subjects
    assert "train" in splits
    if n_subjects > 2:
        assert {"train", "validation", "test"} == set(splits)
        assert abs(splits.count("test") - 0.2 * n_subjects) <= 1
    clips = plan_clips(SetSettings(n_subjects=min(n_subjects, 4), seed=seed, labels=("AU1",)))
    assert len({(clip.subject, clip.split) for clip in clips}) == min(n_subjects, 4)


def test_a_recording_does_not_depend_on_what_else_is_made():
    small = plan_clips(SetSettings(n_subjects=2, labels=("AU51",), n_repetitions=1))
    large = {clip.name: clip for clip in plan_clips(SetSettings(n_subjects=5))}
    for clip in small:
        one, other = clip.plan(), large[clip.name].plan()
        assert one.performance == other.performance
        assert one.person == other.person
        assert one.conditions == other.conditions
        assert one.video == other.video
        assert one.cameras.events == other.cameras.events


def test_the_clocks_of_facemorphic_differ_by_an_unknown_offset_and_drift():
    plans = [clip.plan() for clip in plan_clips(SetSettings(n_subjects=2))[:60]]
    offsets_us = np.array([plan.video.offset_us for plan in plans])
    assert offsets_us.std() > 150_000
    assert np.abs(offsets_us).max() <= 400_000
    drifts_ppm = np.array([plan.video.drift_ppm for plan in plans])
    assert 15 < np.abs(drifts_ppm).max() <= 60
    assert not any(plan.states_sync for plan in plans)
    # The movement lies where both cameras look.
    for plan in plans:
        video_us = plan.video_times_us()
        own = [g for g in plan.performance.gestures if g.name == plan.label]
        assert plan.label in ("reading", "free") or own
        for gesture in own:
            assert gesture.start_us >= max(0, video_us[0])
            assert gesture.stop_us <= min(plan.performance.duration_us, video_us[-1] + 34_000)


def test_a_rig_belongs_to_a_subject():
    plans = {clip.name: clip.plan() for clip in plan_clips(SetSettings(n_subjects=2))}
    assert plans["s000_AU1_1"].cameras.rgb == plans["s000_AU27_2"].cameras.rgb
    assert plans["s000_AU1_1"].cameras.rgb != plans["s001_AU1_1"].cameras.rgb
    assert plans["s000_AU1_1"].person != plans["s001_AU1_1"].person


def test_conditions_are_mixed_or_the_one_asked_for():
    names = {clip.plan().conditions.name for clip in plan_clips(SetSettings(n_subjects=1))}
    assert len(names) == 5
    dark = plan_clips(SetSettings(n_subjects=1, condition="low_light", labels=("AU1",)))
    assert {clip.plan().conditions.name for clip in dark} == {"low_light"}


@pytest.mark.parametrize("protocol", ["keypoints", "demo"])
def test_the_other_protocols_share_one_picture_and_clock(protocol):
    (first, *_) = plan_clips(SetSettings(protocol, n_subjects=2, resolution=(320, 240)))
    plan = first.plan()
    assert plan.states_sync
    assert plan.cameras.rgb == plan.cameras.events
    assert plan.cameras.rgb.resolution == (320, 240)
    assert plan.video.offset_us == 0


def test_some_clips_of_each_subject_are_chosen_at_random():
    clips = plan_clips(SetSettings(n_subjects=3, clips_per_subject=4))
    assert [sum(clip.subject == n for clip in clips) for n in range(3)] == [4, 4, 4]
    assert len({clip.label for clip in clips}) > 6


def test_the_demo_is_five_seconds_of_one_person():
    plan = plan_demo()
    assert plan.performance.duration_us == 5_000_000
    assert plan.n_frames == 150


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"protocol": "opera"}, "opera"),
        ({"condition": "fog"}, "fog"),
        ({"labels": ("AU1", "AU99")}, "AU99"),
        ({"n_subjects": 0}, "subject"),
        ({"resolution": (8, 8)}, "16 px"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, named):
    with pytest.raises(ValueError, match=named):
        SetSettings(**settings)


def test_settings_can_be_written_down():
    words = json.dumps(SetSettings(labels=("AU1",)).to_json())
    assert json.loads(words)["labels"] == ["AU1"]
