import json

import numpy as np
import pytest

from evface.training_sets.statistics import (
    TargetStatistics,
    measure_rests,
    measure_targets,
    rest_of,
)


def test_only_the_clips_that_are_trained_on_count_and_only_labelled_frames(write_set, clip_of):
    clips = [clip_of(k) for k in range(3)]
    clips[0].coefficients[2] = np.nan
    training_set = write_set(*clips)
    found = measure_targets(training_set, [0, 1])
    rows = np.concatenate([np.delete(clips[0].coefficients, 2, 0), clips[1].coefficients])
    np.testing.assert_allclose(found.coefficient_mean, rows.mean(0), atol=1e-6)
    np.testing.assert_allclose(found.coefficient_std, rows.std(0), rtol=1e-5)
    poses = np.concatenate([clip.pose - rest_of(clip.pose) for clip in clips[:2]])
    np.testing.assert_allclose(found.pose_mean, poses.mean(0), atol=1e-6)


def test_a_head_is_at_rest_where_it_is_in_most_of_a_persons_clips(write_set, clip_of):
    held = np.tile(np.array([0.3, -0.2, 0.1, 1.5], np.float32), (6, 1))
    turned = held.copy()
    turned[1:, 0] += 0.4
    turned[0] = np.nan
    unknown = np.full((6, 4), np.nan, np.float32)
    poses = {"a": [held, turned, held], "b": [unknown]}
    clips = [clip_of(k, subject=s, pose=p) for s in poses for k, p in enumerate(poses[s])]
    rests = measure_rests(write_set(*clips), range(4))
    np.testing.assert_allclose(rests["a"], [0.3, -0.2, 0.1, 0], atol=1e-6)
    assert not rests["b"].any()


def test_what_never_moves_is_not_blown_up(write_set, clip_of):
    still = clip_of(0, coefficients=np.full((6, 32), 0.2, np.float32))
    found = measure_targets(write_set(still), [0])
    assert (found.coefficient_std == np.float32(0.01)).all()
    unlabelled = clip_of(1, coefficients=np.full((6, 32), np.nan, np.float32))
    found = measure_targets(write_set(unlabelled, name="b"), [0])
    assert (found.coefficient_mean == 0).all()
    assert (found.coefficient_std == 1).all()


def test_targets_come_back_from_what_networks_tell(write_set, clip_of):
    clip = clip_of(0)
    clip.pose[1] = np.nan
    found = measure_targets(write_set(clip), [0])
    z = found.coefficients_to_z(clip.coefficients)
    np.testing.assert_allclose(z.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(found.coefficients_from_z(z), clip.coefficients, atol=1e-5)
    np.testing.assert_allclose(found.pose_from_z(found.pose_to_z(clip.pose)), clip.pose, atol=1e-5)
    copy = TargetStatistics.from_json(json.loads(json.dumps(found.to_json())))
    np.testing.assert_array_equal(copy.coefficient_std, found.coefficient_std)
    np.testing.assert_array_equal(copy.pose_mean, found.pose_mean)


def test_statistics_that_lack_a_part_are_refused():
    with pytest.raises(ValueError, match="coefficient_std is missing"):
        TargetStatistics.from_json({"coefficient_mean": []})
