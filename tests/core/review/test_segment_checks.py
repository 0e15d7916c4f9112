import pytest

from evface.annotations.segments import Decision, Intensity, Presence, Segment, Side
from evface.review.reasons import ReasonKind
from evface.review.segment_checks import find_coding_doubts

DURATION_US = 5_000_000


def _segment(onset_us, offset_us, *, unit="AU12", author="maria", **fields):
    name = f"{author}{unit}{onset_us}{fields}"
    return Segment(name, unit, onset_us, offset_us, author=author, **fields)


def _kinds(*segments):
    return [one.kind for one in find_coding_doubts(segments, DURATION_US)]


def test_segments_that_agree_raise_no_doubt():
    assert not _kinds(
        _segment(0, 1_000_000),
        _segment(1_000_000, 2_000_000, presence=Presence.ABSENT),
        _segment(0, 1_000_000, unit="AU4", presence=Presence.ABSENT),
        _segment(0, 1_000_000, author="tomas", intensity=Intensity.of_level("B")),
        _segment(500_000, 1_000_000, author="tomas", intensity=Intensity.of_level("B")),
    )


@pytest.mark.parametrize(
    "other",
    [
        {"presence": Presence.ABSENT},
        {"presence": Presence.NOT_VISIBLE},
        {"intensity": Intensity.of_level("E")},
        {"side": Side.LEFT, "presence": Presence.ABSENT},
    ],
)
def test_one_annotator_who_says_two_things_at_once_is_found(other):
    first = _segment(0, 2_000_000, intensity=Intensity.of_level("B"))
    second = _segment(1_500_000, 3_000_000, **other)
    (reason,) = find_coding_doubts([first, second], DURATION_US)
    assert reason.kind is ReasonKind.OVERLAPPING_SEGMENTS
    assert (reason.t_us, reason.value, reason.unit) == (1_500_000, 0.5, "AU12")
    assert "AU12 is coded twice by maria for 0.50 s" in reason.sentence


def test_the_two_sides_of_a_face_may_do_different_things():
    left = _segment(0, 2_000_000, side=Side.LEFT)
    right = _segment(0, 2_000_000, side=Side.RIGHT, presence=Presence.ABSENT)
    stronger = _segment(0, 2_000_000, unit="AU4", intensity=Intensity.of_level("B"))
    one_side = _segment(0, 2_000_000, unit="AU4", side=Side.LEFT, intensity=Intensity.of_level("E"))
    assert not _kinds(left, right, stronger, one_side)


def test_annotators_conflict_about_presence_and_about_more_than_one_level():
    present = _segment(0, 2_000_000, intensity=Intensity.of_level("B"))
    absent = _segment(1_000_000, 3_000_000, author="tomas", presence=Presence.ABSENT)
    next_level = _segment(0, 500_000, author="ann", intensity=Intensity.of_level("C"))
    far_level = _segment(500_000, 900_000, author="ann", intensity=Intensity.of_level("D"))
    found = find_coding_doubts([present, absent, next_level, far_level], DURATION_US)
    assert [(one.kind, one.t_us) for one in found] == [
        (ReasonKind.CONFLICTING_ANNOTATORS, 500_000),
        (ReasonKind.CONFLICTING_ANNOTATORS, 1_000_000),
    ]


def test_what_goes_on_after_the_end_is_found():
    (reason,) = find_coding_doubts([_segment(4_000_000, 5_500_000)], DURATION_US)
    assert (reason.kind, reason.value) == (ReasonKind.LATE_SEGMENT, 0.5)
    (reason,) = find_coding_doubts([_segment(6_000_000, 6_500_000)], DURATION_US)
    assert "begins after the end" in reason.sentence


def test_refused_suggestions_are_left_out():
    refused = _segment(0, 9_000_000, decision=Decision.REFUSED, presence=Presence.ABSENT)
    assert not _kinds(refused, _segment(0, 1_000_000))
