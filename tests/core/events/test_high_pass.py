import numpy as np
import pytest

from evface.events.events import Events
from evface.events.high_pass import high_pass_pictures


def events_of(rows):
    t, x, y, p = (np.array(column) for column in zip(*rows, strict=True))
    return Events(t.astype(np.int64), x.astype(np.uint16), y.astype(np.uint16), p.astype(bool))


def pictures(events, *, sigma_px=0.0, n_pictures=5, box=(0, 0, 8, 6)):
    return high_pass_pictures(
        events, box, start_us=100_000, step_us=10_000, n_pictures=n_pictures,
        tau_us=20_000, sigma_px=sigma_px,
    )  # fmt: skip


def test_a_change_is_half_before_and_half_behind_it_and_fades_either_way():
    made = pictures(events_of([(120_000, 3, 2, True)]))[:, 2, 3]
    # It is known to have been in the step whose middle is at 125 ms.
    away = np.array([-25, -15, -5, 5, 15])
    np.testing.assert_allclose(made, np.sign(away) * np.exp(-np.abs(away) / 20) / 2, rtol=1e-5)


def test_time_reversed_events_of_the_other_sign_make_the_same_pictures_in_reverse():
    random = np.random.default_rng(0)
    # In the middle of steps, so that each is in the same step either way.
    t = np.sort(random.integers(0, 24, 200)) * 10_000 + 5_000
    rows = [(a, *random.integers(0, 6, 2), random.integers(0, 2)) for a in t]
    forward = pictures(events_of(rows))
    middle_us = 120_000
    backward = pictures(events_of([(2 * middle_us - a, x, y, not p) for a, x, y, p in rows[::-1]]))
    np.testing.assert_allclose(backward[::-1], forward, atol=1e-5)


def test_what_happens_outside_the_box_is_left_out():
    made = pictures(events_of([(120_000, 3, 2, True), (121_000, 7, 5, True)]), box=(2, 1, 5, 4))
    assert made.shape == (5, 3, 3)
    assert made[4, 1, 1] > 0
    assert np.count_nonzero(made[4]) == 1


def test_blurring_spreads_and_keeps_the_sum():
    events = events_of([(120_000, 10, 10, False)])
    plain = pictures(events, box=(0, 0, 21, 21))[4]
    blurred = pictures(events, box=(0, 0, 21, 21), sigma_px=1.5)[4]
    assert blurred.sum() == pytest.approx(plain.sum(), rel=1e-5)
    assert abs(blurred[10, 10]) < 0.2 * abs(plain[10, 10])
    np.testing.assert_allclose(blurred, blurred.T, atol=1e-7)


def test_no_events_make_empty_pictures():
    assert not pictures(Events.empty(), sigma_px=1.0).any()
