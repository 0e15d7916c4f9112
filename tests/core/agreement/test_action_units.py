import pytest

from evface.agreement.action_units import CodingSettings, compare_codings
from evface.annotations.segments import Presence, Side

BOTH = ("anna", "ben")


def compare(*recordings, **settings):
    agreements = compare_codings(recordings, authors=BOTH, settings=CodingSettings(**settings))
    return {one.unit: one for one in agreements}


@pytest.fixture
def worked(segment, absent):
    """One recording of a second, coded by both, with a worked-out answer."""
    anna = [absent(0, 200), segment(200, 600, level="B"), absent(600, 1000)]
    ben = [
        absent(0, 300, author="ben"),
        segment(300, 500, level="C", author="ben"),
        absent(500, 1000, author="ben"),
    ]
    return anna, ben, 1_000_000


def test_moments_are_those_that_both_coded(worked):
    frames = compare(worked)["AU12"].frames
    # 20 steps present to both, 20 to anna alone, 60 to neither.
    assert frames.agreed.n == 100
    assert frames.agreed.value == pytest.approx(0.8)
    expected = 0.4 * 0.2 + 0.6 * 0.8
    assert frames.kappa.value == pytest.approx((0.8 - expected) / (1 - expected))
    assert frames.f1.value == pytest.approx(2 * 20 / (40 + 20))
    assert (frames.n_not_coded, frames.n_not_visible, frames.n_ungraded) == (0, 0, 0)


def test_grades_give_the_iccs_of_moments(worked):
    import numpy as np

    from evface.agreement.statistics import intraclass_correlations

    frames = compare(worked)["AU12"].frames
    grades = np.array([[0, 0]] * 60 + [[2, 0]] * 20 + [[2, 3]] * 20)
    absolute, consistent = intraclass_correlations(grades)
    assert frames.icc_2_1.value == pytest.approx(absolute.value)
    assert frames.icc_3_1.value == pytest.approx(consistent.value)


def test_events_are_matched_and_their_edges_compared(worked):
    events = compare(worked)["AU12"].events
    assert (events.n_first, events.n_second, events.n_matched) == (3, 3, 3)
    assert events.kappa_matched.value == pytest.approx(1.0)
    assert events.index.value == pytest.approx(1.0)
    assert events.onset_us.median == 100_000
    assert events.offset_us.median == -100_000
    assert events.onset_us.n == 1


def test_unmatched_events_lower_kappa_and_index_but_not_kappa_of_the_matched(worked, segment):
    anna, ben, duration_us = worked
    more = [*anna, segment(2000, 2500), segment(3000, 3500)]
    events = compare((more, ben, duration_us))["AU12"].events
    assert events.kappa_matched.value == pytest.approx(1.0)
    assert events.kappa_all.value < 1.0
    assert events.index.value == pytest.approx(2 * 1 / (3 + 1))


def test_what_one_could_not_see_or_did_not_code_is_left_out_and_counted(segment, absent):
    anna = [segment(0, 100), absent(100, 200), segment(300, 400)]
    ben = [
        segment(0, 100, author="ben"),
        segment(100, 200, author="ben", presence=Presence.NOT_VISIBLE),
        segment(300, 400, author="ben", presence=Presence.NOT_VISIBLE),
        absent(500, 600, author="ben"),
    ]
    agreement = compare((anna, ben, 600_000))["AU12"]
    assert agreement.frames.agreed.n == 10
    assert agreement.frames.n_not_visible == 20
    assert agreement.frames.n_not_coded == 10
    assert agreement.frames.kappa.reason == "both coded nothing but present"
    # Anna's absence and her second smile lie where ben could not see: neither is held against them.
    assert agreement.events.n_not_visible == 2
    assert (agreement.events.n_first, agreement.events.n_matched) == (1, 1)


def test_those_who_code_presence_alone_can_count_the_rest_as_absent(segment):
    anna = [segment(0, 100, level="C")]
    ben = [segment(50, 100, level="C", author="ben")]
    strict = compare((anna, ben, 1_000_000))["AU12"].frames
    assert strict.agreed.n == 5
    assert not strict.kappa.is_defined
    rest = compare((anna, ben, 1_000_000), is_uncoded_absent=True)["AU12"].frames
    assert rest.agreed.n == 100
    assert rest.agreed.value == pytest.approx(0.95)
    assert rest.n_not_coded == 0
    assert rest.icc_3_1.n == 100


def test_who_coded_nothing_in_a_recording_did_not_say_that_all_is_absent(segment):
    frames = compare(([segment(0, 100)], [], 1_000_000), is_uncoded_absent=True)["AU12"].frames
    assert frames.agreed.n == 0
    assert frames.kappa.reason == "nothing that both coded"


def test_recordings_add_up_and_units_add_up_to_all(worked, segment):
    one = compare(worked)["AU12"].frames.agreed.n
    both = compare(worked, worked, ([segment(0, 10, "AU1")], [], 10_000))
    assert both["AU12"].frames.agreed.n == 2 * one
    assert both["all"].events.n_first == both["AU12"].events.n_first + 1
    assert list(both) == ["AU1", "AU12", "all"]


def test_sides_are_compared_where_both_saw_it(segment):
    anna = [segment(0, 100, side=Side.LEFT), segment(200, 300, side=Side.BOTH)]
    ben = [
        segment(0, 100, side=Side.RIGHT, author="ben"),
        segment(200, 300, side=Side.BOTH, author="ben"),
    ]
    same_side = compare((anna, ben, 0))["AU12"].events.same_side
    assert (same_side.value, same_side.n) == (0.5, 2)


def test_levels_of_matched_events_give_iccs(segment):
    anna = [segment(200 * i, 200 * i + 100, level=level) for i, level in enumerate("ABCDE")]
    ben = [
        segment(200 * i, 200 * i + 100, level=level, author="ben")
        for i, level in enumerate("ABCDE")
    ]
    events = compare((anna, ben, 0))["AU12"].events
    assert events.icc_2_1.value == pytest.approx(1.0)
    assert events.icc_3_1.n == 5


def test_nothing_coded_gives_nothing():
    assert compare(([], [], 1_000_000)) == {}


def test_senseless_settings_are_refused():
    with pytest.raises(ValueError, match="step_us"):
        CodingSettings(step_us=0)
