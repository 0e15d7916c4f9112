import numpy as np
import pytest

from evface_studio.timeline.event_rate import EventRate, format_rate
from evface_studio.timeline.pyramid import Pyramid
from evface_studio.timeline.ruler import format_mark, step_of


@pytest.mark.parametrize(
    ("seconds", "spacing", "words"),
    [
        (0, 1, "0 s"),
        (0.25, 0.05, "0.25 s"),
        (1.5, 0.5, "1.5 s"),
        (0.0001, 0.0001, "0.0001 s"),
        (90, 10, "1:30"),
        (90.5, 0.5, "1:30.5"),
        (59.999999, 1, "1:00"),
        (3600, 600, "1:00:00"),
        (3725.25, 0.05, "1:02:05.25"),
    ],
)
def test_marks_read_like_times(seconds, spacing, words):
    assert format_mark(seconds, spacing) == words


@pytest.mark.parametrize(
    ("least_s", "step_s"), [(0.9, 1), (1, 1), (1.1, 2), (3, 5), (6, 10), (0.012, 0.02), (70, 100)]
)
def test_marks_are_at_least_as_far_apart_as_asked_for(least_s, step_s):
    assert step_of(least_s) == pytest.approx(step_s)


@pytest.mark.parametrize(
    ("rate_hz", "words"),
    [
        (0, "0 /s"),
        (999, "999 /s"),
        (12_300, "12.3 k/s"),
        (952_000, "952 k/s"),
        (1.28e6, "1.28 M/s"),
    ],
)
def test_rates_read_in_their_handiest_unit(rate_hz, words):
    assert format_rate(rate_hz).replace("\u202f", " ") == words


def test_a_rate_is_looked_up_by_time():
    rates_hz = np.array([1.0, 2.0, 3.0, 4.0])
    rate = EventRate(1_000, rates_hz, Pyramid((np.arange(4) + 0.5) * 1e-3, rates_hz))
    assert [rate.at(t_us) for t_us in (0, 999, 1_000, 3_999)] == [1.0, 1.0, 2.0, 4.0]
    assert rate.at(4_000) is None
    assert rate.at(-1) is None
