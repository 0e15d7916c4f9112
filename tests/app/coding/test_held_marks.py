import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.annotations.reaction import NO_REACTION, ReactionTime
from evface_studio.coding.held_marks import Instant, span_of

STOP_US = 10_000_000
REACTION = ReactionTime(200_000, 180_000, 220_000, 10, 0)
TIMES = st.integers(1_000_000, 9_000_000)


@given(TIMES, st.integers(1_000, 500_000), st.sampled_from([0.1, 0.5, 1.0, 2.0]))
def test_while_time_runs_the_reaction_is_taken_off_both_ends(press_us, length_us, speed):
    press, release = Instant(press_us, speed), Instant(press_us + length_us, speed)
    late_us = round(200_000 * speed)
    assert span_of(press, release, REACTION, stop_us=STOP_US) == (
        press_us - late_us,
        press_us + length_us - late_us,
    )


@given(TIMES, st.integers(300_000, 500_000))
def test_where_time_stood_the_picture_counts(press_us, length_us):
    press, release = Instant(press_us, 1.0), Instant(press_us + length_us, 0.0)
    onset_us, offset_us = span_of(press, release, REACTION, stop_us=STOP_US)
    assert (onset_us, offset_us) == (press_us - 200_000, press_us + length_us)
    press = Instant(press_us, 0.0)
    onset_us, offset_us = span_of(press, release, REACTION, stop_us=STOP_US)
    assert (onset_us, offset_us) == (press_us, press_us + length_us)


def test_backward_the_press_is_the_offset_and_was_late_the_other_way():
    press, release = Instant(5_000_000, -1.0), Instant(4_000_000, -1.0)
    assert span_of(press, release, REACTION, stop_us=STOP_US) == (4_200_000, 5_200_000)


@given(
    st.integers(0, STOP_US),
    st.integers(0, STOP_US),
    st.sampled_from([-4.0, -1.0, 0.0, 0.01, 1.0, 4.0]),
    st.sampled_from([-4.0, -1.0, 0.0, 0.01, 1.0, 4.0]),
    st.sampled_from([NO_REACTION, REACTION]),
)
def test_whatever_is_held_is_a_segment_of_the_recording(press_us, release_us, v, w, reaction):
    onset_us, offset_us = span_of(
        Instant(press_us, v), Instant(release_us, w), reaction, stop_us=STOP_US
    )
    assert 0 <= onset_us < offset_us <= STOP_US


def test_nothing_measured_takes_nothing_off():
    span = span_of(Instant(10, 1.0), Instant(50_010, 1.0), NO_REACTION, stop_us=STOP_US)
    assert span == pytest.approx((10, 50_010))
