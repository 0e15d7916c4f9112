import numpy as np

from evface.agreement.coding import Coded, coded_segments, sample, step_times_us
from evface.annotations.segments import Decision, Intensity, Presence, Scale, Side


def test_steps_are_known_by_their_middles():
    assert step_times_us(25_000, 10_000).tolist() == [5_000, 15_000, 25_000]
    assert step_times_us(0, 10_000).tolist() == []


def test_absent_not_coded_and_not_visible_are_three_values(segment, absent):
    said = [
        segment(10, 20, level="B"),
        absent(20, 30),
        segment(30, 40, presence=Presence.NOT_VISIBLE),
    ]
    coded, grade = sample(said, step_times_us(50_000, 10_000))
    assert coded.tolist() == [
        Coded.NOTHING,
        Coded.PRESENT,
        Coded.ABSENT,
        Coded.NOT_VISIBLE,
        Coded.NOTHING,
    ]
    np.testing.assert_array_equal(grade, [np.nan, 2, 0, np.nan, np.nan])


def test_sides_count_together_with_the_stronger_grade(segment, absent):
    said = [
        segment(0, 20, level="A", side=Side.LEFT),
        segment(10, 30, level="D", side=Side.RIGHT),
        absent(0, 30),
    ]
    coded, grade = sample(said, step_times_us(30_000, 10_000))
    assert coded.tolist() == [Coded.PRESENT] * 3
    assert grade.tolist() == [1, 4, 4]


def test_grades_of_other_scales_are_not_taken_for_levels(segment):
    said = [segment(0, 10)]
    coded, grade = sample(said, step_times_us(10_000, 10_000))
    assert coded.tolist() == [Coded.PRESENT]
    assert np.isnan(grade).all()
    openface = segment(0, 10)
    object.__setattr__(openface, "intensity", Intensity(2.0, Scale.OPENFACE))
    assert np.isnan(sample([openface], step_times_us(10_000, 10_000))[1]).all()


def test_only_that_persons_unit_counts_and_no_refused_suggestion(segment):
    mine = segment(5, 6)
    said = [
        segment(7, 8, decision=Decision.REFUSED),
        segment(0, 1, "AU1"),
        segment(0, 1, author="ben"),
        mine,
    ]
    assert coded_segments(said, "AU12", "anna") == [mine]
