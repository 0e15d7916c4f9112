import numpy as np
import pytest

from evface.annotations.segments import (
    Decision,
    Intensity,
    Presence,
    Scale,
    Segment,
    Side,
)
from evface.training_sets.clips import AU_CLASSES
from evface.training_sets.coded_units import lay_segments, shown_unit

TIMES = np.array([10, 20, 30, 40, 50])
AU12 = AU_CLASSES.index("AU12")
MACHINE = np.full((5, 24), 0.3, np.float32)


def segment(start=10, stop=40, **changes):
    values = {"id": f"{start}-{changes}", "unit": "AU12", "onset_us": start, "offset_us": stop}
    return Segment(**values | changes)


def laid(*segments, machine=MACHINE, **settings):
    return lay_segments(machine, segments, TIMES, **settings)[:, AU12]


@pytest.mark.parametrize(
    ("grade", "expected"),
    [
        (Intensity.of_level("A"), 0.15),
        (Intensity.of_level("B"), 0.275),
        (Intensity.of_level("C"), 0.5),
        (Intensity.of_level("D"), 0.75),
        (Intensity.of_level("E"), 1.0),
        (Intensity(0.62, Scale.UNIT), 0.62),
        (Intensity(0.5, Scale.OPENFACE), 0.1),
    ],
)
def test_a_grade_counts_throughout_a_segment_without_apex(grade, expected):
    np.testing.assert_allclose(
        laid(segment(intensity=grade)), [0.3, expected, expected, expected, 0.3], atol=1e-6
    )


def test_with_an_apex_it_grows_and_fades():
    found = laid(segment(0, 60, apex_us=30, intensity=Intensity(1.0, Scale.UNIT)))
    np.testing.assert_allclose(found, [0.4, 0.7, 1.0, 0.7, 0.4], atol=1e-6)


def test_absent_is_0_and_not_visible_is_unknown():
    np.testing.assert_allclose(laid(segment(presence=Presence.ABSENT)), [0.3, 0, 0, 0, 0.3])
    found = laid(segment(presence=Presence.NOT_VISIBLE))
    np.testing.assert_allclose(found, [0.3, np.nan, np.nan, np.nan, 0.3])


def test_without_a_grade_the_machine_says_how_strong():
    assert laid(segment())[1] == pytest.approx(0.3)
    assert laid(segment(), machine=MACHINE * 0)[1] == pytest.approx(0.1)
    assert laid(segment(), machine=MACHINE * np.nan)[1] == pytest.approx(0.5)


def test_what_was_not_coded_can_count_as_unknown():
    found = laid(segment(presence=Presence.ABSENT), not_coded_is_known=False)
    np.testing.assert_allclose(found, [np.nan, 0, 0, 0, np.nan])


def test_the_last_word_counts_and_refused_ones_do_not():
    first = segment(made_at="2026-01-01T00:00:00Z", presence=Presence.ABSENT)
    second = segment(20, 30, made_at="2026-01-02T00:00:00Z", intensity=Intensity.of_level("E"))
    for order in ((first, second), (second, first)):
        np.testing.assert_allclose(laid(*order), [0.3, 0, 1, 0, 0.3])
    assert laid(segment(decision=Decision.REFUSED)).tolist() == MACHINE[:, AU12].tolist()


def test_of_two_sides_the_stronger_counts():
    left = segment(side=Side.LEFT, intensity=Intensity.of_level("E"), made_at="1")
    right = segment(side=Side.RIGHT, intensity=Intensity.of_level("A"), made_at="2")
    assert laid(left, right)[1] == 1.0


def test_units_that_are_no_classes_are_passed_over_and_the_machine_s_are_kept():
    np.testing.assert_array_equal(lay_segments(MACHINE, [segment(unit="AU18")], TIMES), MACHINE)
    assert (np.float32(0.3) == MACHINE).all()


def test_a_recording_shows_the_only_unit_that_was_seen():
    other = segment(unit="AU1")
    assert shown_unit([segment()]) == AU12
    assert shown_unit([segment(), other]) == -1
    absent, refused = Presence.ABSENT, Decision.REFUSED
    assert shown_unit([segment(), segment(unit="AU1", presence=absent)]) == AU12
    assert shown_unit([segment(), segment(unit="AU1", decision=refused)]) == AU12
    assert shown_unit([segment(unit="AU18")]) == -1
    assert shown_unit([]) == -1
