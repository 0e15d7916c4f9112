import numpy as np
import pytest

from evface.morphable.facs import HEAD_NAMES
from evface.morphable.model import load_open_head
from evface.simulation.acting import act_label, act_poses

LABELS = (*load_open_head().facs_names, *HEAD_NAMES)
DURATION_US = 1_700_000
SEEN_US = (300_000, 1_700_000)
TIMES_US = np.arange(0, DURATION_US, 1000, dtype=np.int64)


def act(label, seed):
    return act_label(label, DURATION_US, SEEN_US, np.random.default_rng(seed))


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("seed", range(3))
def test_an_action_unit_is_shown_while_both_cameras_look(label, seed):
    performance = act(label, seed)
    amounts = performance.intensities(TIMES_US, (label,))[:, 0]
    own = [gesture for gesture in performance.gestures if gesture.name == label]
    assert own
    for gesture in own:
        assert SEEN_US[0] <= gesture.start_us
        assert gesture.stop_us <= SEEN_US[1]
    assert amounts.max() > 0.25
    others = performance.intensities(TIMES_US, tuple(set(LABELS) - {label, "AU45"}))
    assert others.max() < 0.5 * amounts.max()


def test_speed_strength_and_sides_vary_and_some_are_micro_expressions():
    own = [act("AU12", seed).gestures[0] for seed in range(200)]
    lasts_us = np.array([gesture.stop_us - gesture.start_us for gesture in own])
    assert 8 < (lasts_us < 80_000).sum() < 50
    assert lasts_us.max() > 900_000
    strengths = np.array([gesture.amounts["AU12"] for gesture in own])
    assert strengths.min() < 0.45
    assert strengths.max() > 0.95
    left, right = np.array([gesture.sides for gesture in own]).T
    assert (np.maximum(left, right) == 1).all()
    assert 30 < (left < right).sum() + (right < left).sum() < 120
    assert (left < right).any()
    assert (right < left).any()


def test_closed_eyes_stay_closed_longer_than_a_blink():
    for seed in range(20):
        shut = act("AU43", seed).gestures[0]
        assert shut.apex_us > 500_000
        blinking = act("AU45", seed).gestures
        assert all(gesture.stop_us - gesture.start_us < 400_000 for gesture in blinking)


def test_people_blink_about_every_three_seconds():
    n = sum(
        gesture.name == "blink" for seed in range(200) for gesture in act("AU12", seed).gestures
    )
    assert 0.2 < n / (200 * 1.7) < 0.4


def test_readers_look_along_lines_and_move_their_lips_all_the_time():
    performance = act_label("reading", 3_400_000, (0, 3_400_000), np.random.default_rng(1))
    times_us = np.arange(0, 3_400_000, 1000, dtype=np.int64)
    left_deg = performance.gaze_deg(times_us)[:, 0]
    steps = np.diff([look.left_deg for look in performance.looks])
    # Many small steps to the subject's right, few long ones back.
    assert (steps < 0).sum() > 3 * (steps > 5).sum() > 0
    assert np.ptp(left_deg) > 10
    lips = performance.intensities(times_us, ("AU25", "AU23", "AU24", "AU10")).max(axis=1)
    assert (lips > 0.1).mean() > 0.5


def test_free_play_moves_face_and_head():
    names = {
        gesture.name
        for seed in range(12)
        for gesture in act_label(
            "free", 3_400_000, (0, 3_400_000), np.random.default_rng(seed)
        ).gestures
    }
    assert len(names & set(HEAD_NAMES)) > 2
    assert len(names - set(HEAD_NAMES)) > 6


def test_poses_are_wide_and_turn_from_side_to_side():
    facs = load_open_head().facs_names
    turns = []
    for seed in range(30):
        performance = act_poses(facs, DURATION_US, np.random.default_rng(seed))
        amounts = performance.intensities(TIMES_US, HEAD_NAMES)
        turns.append(30 * (amounts[:, 0] - amounts[:, 1]))
    assert np.max(turns) > 25
    assert np.min(turns) < -25
    assert all(course.max() > 0 > course.min() for course in turns)
