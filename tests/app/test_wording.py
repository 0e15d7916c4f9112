from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface_studio.wording import (
    format_count,
    format_span,
    format_speed,
    format_time,
    format_when,
    parse_time,
)


@pytest.mark.parametrize(
    ("t_us", "text"),
    [
        (0, "0.000 000 s"),
        (1_900_000, "1.900 000 s"),
        (59_999_999, "59.999 999 s"),
        (125_123_456, "2:05.123 456"),
        (3_600_000_001, "1:00:00.000 001"),
        (-33_333, "−0.033 333 s"),
    ],
)
def test_moments_are_written_to_the_microsecond(t_us, text):
    assert format_time(t_us).replace("\u202f", " ") == text


@pytest.mark.parametrize(
    ("length_us", "text"),
    [
        (0, "0 µs"),
        (100, "100 µs"),
        (999.6, "1 ms"),
        (1_250, "1.25 ms"),
        (20_000, "20 ms"),
        (33_333, "33.3 ms"),
        (333_333, "333 ms"),
        (1_000_000, "1 s"),
    ],
)
def test_spans_take_their_handiest_unit(length_us, text):
    assert format_span(length_us).replace("\u202f", " ") == text


def test_counts_and_speeds_read_easily():
    assert format_count(1_234_567).replace("\u202f", " ") == "1 234 567"
    assert format_speed(1.0) == "1×"
    assert format_speed(0.01) == "0.01×"


@pytest.mark.parametrize(
    ("text", "t_us"),
    [
        ("1.9", 1_900_000),
        ("1,9 s", 1_900_000),
        ("20ms", 20_000),
        ("100 µs", 100),
        ("100 us", 100),
        (".5s", 500_000),
        ("2:05.5", 125_500_000),
        ("1:00:00", 3_600_000_000),
        ("", None),
        ("fast", None),
        ("-3", None),
        ("1:30 ms", None),
    ],
)
def test_what_people_type_is_understood_or_refused(text, t_us):
    assert parse_time(text) == t_us


def test_a_bare_number_counts_in_the_unit_asked_for():
    assert parse_time("20", unit="ms") == 20_000


@given(st.integers(0, 10**11))
def test_a_moment_written_is_read_back(t_us):
    assert parse_time(format_time(t_us)) == t_us


def test_when_something_was_done_is_told_as_far_as_it_matters():
    now = datetime(2026, 11, 21, 16, 0).astimezone()
    for made, words in (
        (datetime(2026, 11, 21, 9, 5), "today 09:05"),
        (datetime(2026, 3, 4, 9, 5), "4 Mar 09:05"),
        (datetime(2020, 3, 4, 9, 5), "4 Mar 2020"),
    ):
        utc = made.astimezone(UTC).isoformat()
        assert format_when(utc, now=now) == words
    assert format_when("once") == "once"
