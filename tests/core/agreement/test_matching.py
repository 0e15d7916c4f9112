import itertools

from hypothesis import given
from hypothesis import strategies as st

from evface.agreement.matching import match_segments
from evface.annotations.segments import Segment

spans = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 30)).map(
        lambda one: Segment("s", "AU1", one[0], one[0] + one[1])
    ),
    max_size=4,
)


def can_pair(one, other, tolerance_us):
    overlaps = min(one.offset_us, other.offset_us) > max(one.onset_us, other.onset_us)
    return overlaps and abs(one.onset_us - other.onset_us) <= tolerance_us


def cost(one, other):
    return abs(one.onset_us - other.onset_us) + abs(one.offset_us - other.offset_us)


def best_by_trying_all(first, second, tolerance_us):
    """Return the most pairs that can be, and the least that they can lie apart together."""
    if len(first) > len(second):
        first, second = second, first
    best = (0, 0)
    for chosen in itertools.permutations(range(len(second)), len(first)):
        pairs = [
            (first[i], second[j])
            for i, j in enumerate(chosen)
            if can_pair(first[i], second[j], tolerance_us)
        ]
        best = min(best, (-len(pairs), sum(cost(*pair) for pair in pairs)))
    return -best[0], best[1]


@given(spans, spans, st.integers(0, 30))
def test_as_many_as_can_be_are_paired_and_of_those_the_closest(first, second, tolerance_us):
    pairs = match_segments(first, second, tolerance_us=tolerance_us)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    assert all(can_pair(first[i], second[j], tolerance_us) for i, j in pairs)
    apart = sum(cost(first[i], second[j]) for i, j in pairs)
    assert (len(pairs), apart) == best_by_trying_all(first, second, tolerance_us)


def test_segments_that_only_touch_are_not_one_event(segment):
    assert match_segments([segment(0, 10)], [segment(10, 20)], tolerance_us=10**6) == []
    assert match_segments([segment(0, 11)], [segment(10, 20)], tolerance_us=10**6) == [(0, 0)]


def test_onsets_too_far_apart_are_two_events(segment):
    first, second = [segment(0, 900)], [segment(501, 900)]
    assert match_segments(first, second, tolerance_us=500_000) == []
    assert match_segments(first, second, tolerance_us=501_000) == [(0, 0)]
