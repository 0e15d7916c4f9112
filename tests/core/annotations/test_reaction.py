import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.annotations.reaction import (
    N_TAPS,
    NO_REACTION,
    ReactionError,
    ReactionTime,
    estimate_reaction,
    without_reaction,
)
from evface.annotations.segment_changes import SHORTEST_US

MOMENTS_US = [2_000_000 * (i + 1) for i in range(N_TAPS)]


@given(
    st.integers(150_000, 600_000), st.lists(st.integers(-50_000, 50_000), min_size=10, max_size=10)
)
def test_the_delay_is_that_of_the_taps(delay_us, jitter_us):
    taps_us = [m + delay_us + j for m, j in zip(MOMENTS_US, jitter_us, strict=True)]
    found = estimate_reaction(MOMENTS_US, taps_us)
    assert found.delay_us == pytest.approx(delay_us + np.median(jitter_us), abs=1)
    assert found.lower_us <= found.delay_us <= found.upper_us
    assert (found.n_used, found.n_refused) == (10, 0)


def test_double_taps_guesses_and_sleep_do_not_matter():
    taps_us = [m + 300_000 for m in MOMENTS_US]
    taps_us[3] = MOMENTS_US[3] + 1_500_000  # asleep
    taps_us[5] = MOMENTS_US[5] + 20_000  # a guess
    taps_us += [MOMENTS_US[0] + 500_000, 7]  # twice, and before anything was to be seen
    found = estimate_reaction(MOMENTS_US, taps_us[::-1])
    assert found == ReactionTime(300_000, 300_000, 300_000, 8, 4)


@pytest.mark.parametrize("taps_us", [[], [m + 300_000 for m in MOMENTS_US[:5]], MOMENTS_US])
def test_too_few_answers_are_refused(taps_us):
    with pytest.raises(ReactionError, match="of 10 flashes were answered"):
        estimate_reaction(MOMENTS_US, taps_us)


def test_taps_that_come_anyhow_are_refused():
    late_us = np.linspace(150_000, 950_000, 10).astype(int)
    with pytest.raises(ReactionError, match="too uneven"):
        estimate_reaction(MOMENTS_US, np.add(MOMENTS_US, late_us).tolist())


def test_what_was_held_began_and_ended_earlier_by_the_delay():
    reaction = ReactionTime(300_000, 0, 0, 10, 0)
    held = (1_000_000, 2_000_000)
    assert without_reaction(*held, reaction) == (700_000, 1_700_000)
    assert without_reaction(*held, reaction, speed=0.5) == (850_000, 1_850_000)
    # Backwards, the recording's time at the press is the later, and is shown too early.
    assert without_reaction(*held[::-1], reaction, speed=-1.0) == (1_300_000, 2_300_000)
    assert without_reaction(*held, NO_REACTION) == held


@given(
    st.integers(0, 10_000_000),
    st.integers(0, 10_000_000),
    st.integers(0, 1_000_000),
    st.floats(-8, 8),
)
def test_it_stays_within_the_recording_and_never_vanishes(press_us, release_us, delay_us, speed):
    reaction = ReactionTime(delay_us, delay_us, delay_us, 10, 0)
    onset_us, offset_us = without_reaction(
        press_us, release_us, reaction, speed=speed, stop_us=10_000_000
    )
    assert 0 <= onset_us <= offset_us - SHORTEST_US
    assert offset_us <= 10_000_000
