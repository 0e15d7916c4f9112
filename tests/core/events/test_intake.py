from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.events.decoding import Piece, gather
from evface.events.events import Events
from evface.events.intake import MAX_DURATION_US, Intake

HOUR_US = 3_600_000_000


def piece(t, x=None, y=None):
    n = len(t)
    x = np.arange(n) % 60 if x is None else x
    y = np.arange(n) % 40 if y is None else y
    return Piece(
        np.array(t, np.int64), np.array(x, np.int32), np.array(y, np.int32),
        np.arange(n) % 2 > 0, 1.0,
    )  # fmt: skip


def take_all(intake, *pieces):
    return Events.concatenate([*(intake.take(part) for part in pieces), intake.finish()])


def counts(intake):
    return (intake.n_outside, intake.n_impossible, intake.n_late, intake.n_restarts)


def test_sound_events_pass_as_they_are():
    intake, given_piece = Intake((64, 48)), piece(range(0, 10_000, 10))
    events = take_all(intake, given_piece)
    np.testing.assert_array_equal(events.t, given_piece.t)
    np.testing.assert_array_equal(events.x, given_piece.x)
    np.testing.assert_array_equal(events.p, given_piece.p)
    assert counts(intake) == (0, 0, 0, 0)
    assert (intake.origin_us, intake.duration_us, intake.n_events) == (0, 9991, 1000)


def test_nothing_gives_nothing():
    intake = Intake(None)
    assert len(take_all(intake)) == len(take_all(intake, piece([]))) == 0
    assert (intake.origin_us, intake.duration_us) == (None, 0)


@given(
    steps=st.lists(st.integers(-300, 3000), min_size=1, max_size=60),
    cuts=st.lists(st.integers(0, 60), max_size=5),
)
def test_pieces_may_be_cut_anywhere(steps, cuts):
    t = np.cumsum(steps)
    whole, split = Intake((64, 48)), Intake((64, 48))
    expected = take_all(whole, piece(t))
    parts = piece(t)
    bounds = [0, *sorted(min(cut, len(t)) for cut in cuts), len(t)]
    found = take_all(
        split,
        *(
            Piece(parts.t[a:b], parts.x[a:b], parts.y[a:b], parts.p[a:b], 1.0)
            for a, b in pairwise(bounds)
        ),
    )
    assert np.all(np.diff(found.t) >= 0)
    np.testing.assert_array_equal(found.t, expected.t)
    np.testing.assert_array_equal(found.x, expected.x)


def test_late_events_get_the_time_of_the_event_before():
    intake = Intake((64, 48))
    events = take_all(intake, piece([0, 10, 20, 15, 30, 40]))
    assert events.t.tolist() == [0, 10, 20, 20, 30, 40]
    assert (intake.n_late, intake.max_late_us) == (1, 5)


@pytest.mark.parametrize("wrong_us", [10**15, -(10**15), 2**62, -(2**63), 5_000_000])
def test_single_impossible_times_are_left_out(wrong_us):
    t = [*range(0, 5000, 10)]
    t[200] = wrong_us
    intake = Intake((64, 48))
    events = take_all(intake, piece(t))
    assert events.t.tolist() == t[:200] + t[201:]
    assert counts(intake) == (0, 1, 0, 0)


def test_a_clock_that_starts_again_goes_on_after_a_gap():
    intake = Intake((64, 48))
    events = take_all(intake, piece([*range(5_000_000, 5_010_000, 10), *range(0, 10_000, 10)]))
    assert intake.n_restarts == 1
    assert np.all(np.diff(events.t) >= 0)
    assert events.t[-1] - events.t[0] < 25_000


def test_a_pause_of_days_is_shortened():
    intake = Intake((64, 48))
    events = take_all(intake, piece([0, 10, 20, 100 * HOUR_US, 100 * HOUR_US + 10]))
    assert events.t.tolist() == [0, 10, 20, 1020, 1030]
    assert intake.n_restarts == 1


def test_what_comes_after_the_longest_duration_is_left_out():
    intake = Intake((64, 48))
    step_us = HOUR_US // 2
    events = take_all(intake, piece(range(0, 40 * HOUR_US, step_us)))
    assert intake.is_full
    assert events.t[-1] < MAX_DURATION_US
    assert len(events) == MAX_DURATION_US // step_us


def test_events_outside_are_counted_and_the_extent_is_kept():
    intake = Intake((64, 48))
    x, y = [5, 64, -1, 63], [5, 5, 5, 48]
    assert len(take_all(intake, piece([0, 1, 2, 3], x, y))) == 1
    assert intake.n_outside == 3
    unstated = Intake(None)
    take_all(unstated, piece([0, 1, 2], [5, 300, 9000], [7, 3, 3]))
    assert (unstated.extent, unstated.n_outside) == ((301, 8), 1)


def test_small_pieces_are_gathered():
    pieces = [piece(range(k, k + 3)) for k in range(0, 30, 3)]
    gathered = list(gather(pieces, 10))
    assert [len(one) for one in gathered] == [12, 12, 6]
    assert np.concatenate([one.t for one in gathered]).tolist() == list(range(30))
