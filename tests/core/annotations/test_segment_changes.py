from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.annotations.segment_changes import (
    SHORTEST_US,
    coded,
    graded,
    merge_edit,
    merged,
    moved,
    neighbours,
    remove_edit,
    set_edit,
    split,
    with_apex,
    with_edge_moved,
    with_presence,
    with_side,
)
from evface.annotations.segments import (
    Decision,
    Intensity,
    Presence,
    Scale,
    Segment,
    Side,
    new_segment_id,
)

STOP_US = 20_000_000
TIMES = st.integers(-(10**7), 4 * 10**7)


@st.composite
def segments(draw, unit="AU12", presence=Presence.PRESENT):
    onset_us = draw(st.integers(0, STOP_US - 2 * SHORTEST_US))
    offset_us = draw(st.integers(onset_us + SHORTEST_US, STOP_US))
    level = draw(st.none() | st.sampled_from("ABCDE"))
    return Segment(
        new_segment_id(),
        unit,
        onset_us,
        offset_us,
        apex_us=draw(st.none() | st.integers(onset_us, offset_us)),
        presence=presence,
        intensity=None if level is None else Intensity.of_level(level),
        side=draw(st.sampled_from(Side)),
        decision=draw(st.sampled_from(Decision)),
        author="ann",
        made_at="2026-01-01T00:00:00+00:00",
    )


def said(segment):
    """What a segment says, whoever said it."""
    return replace(segment, id="", author="", made_at="", decision=Decision.CODED)


@given(segments(), st.sampled_from(["onset", "offset"]), TIMES)
def test_an_edge_goes_where_it_is_moved_and_never_through_the_other(segment, edge, t_us):
    changed = with_edge_moved(segment, edge, t_us, stop_us=STOP_US)
    kept = "offset" if edge == "onset" else "onset"
    assert getattr(changed, f"{kept}_us") == getattr(segment, f"{kept}_us")
    assert changed.duration_us >= SHORTEST_US
    assert 0 <= changed.onset_us < changed.offset_us <= STOP_US
    asked = replace(segment, apex_us=None)
    is_free = (
        0 <= t_us <= asked.offset_us - SHORTEST_US
        if edge == "onset"
        else asked.onset_us + SHORTEST_US <= t_us <= STOP_US
    )
    assert not is_free or getattr(changed, f"{edge}_us") == t_us
    assert changed.id == segment.id
    assert (changed.author, changed.made_at) == ("", "")


@given(segments(), st.integers(-3 * STOP_US, 3 * STOP_US))
def test_a_segment_moves_whole_and_stays_within_the_recording(segment, by_us):
    changed = moved(segment, by_us, stop_us=STOP_US)
    assert changed.duration_us == segment.duration_us
    assert 0 <= changed.onset_us < changed.offset_us <= STOP_US
    if segment.onset_us + by_us >= 0 and segment.offset_us + by_us <= STOP_US:
        assert changed.onset_us == segment.onset_us + by_us
    if segment.apex_us is not None:
        assert changed.apex_us - changed.onset_us == segment.apex_us - segment.onset_us


@given(segments(), st.data())
def test_what_was_split_merges_into_what_it_was(segment, data):
    if segment.duration_us < 2 * SHORTEST_US:
        return
    t_us = data.draw(
        st.integers(segment.onset_us + SHORTEST_US, segment.offset_us - SHORTEST_US), "t_us"
    )
    first, second = split(segment, t_us)
    assert (first.onset_us, first.offset_us) == (segment.onset_us, t_us)
    assert (second.onset_us, second.offset_us) == (t_us, segment.offset_us)
    assert first.id == segment.id != second.id
    assert [one.apex_us for one in (first, second) if one.apex_us is not None] == (
        [] if segment.apex_us is None else [segment.apex_us]
    )
    assert said(merged([second, first])) == said(segment)


@given(st.lists(segments(), min_size=2, max_size=5))
def test_merging_covers_all_takes_the_strongest_and_does_not_depend_on_the_order(row):
    whole = merged(row)
    assert whole.onset_us == min(one.onset_us for one in row)
    assert whole.offset_us == max(one.offset_us for one in row)
    strongest = max((one.intensity.value for one in row if one.intensity), default=None)
    assert (whole.intensity.value if whole.intensity else None) == strongest
    assert whole.id in {one.id for one in row}
    sides = {one.side for one in row}
    assert whole.side == (sides.pop() if len(sides) == 1 else Side.BOTH)
    if len({(one.onset_us, one.offset_us) for one in row}) == len(row):
        assert merged(row[::-1]) == whole


@given(segments(), st.sampled_from([Presence.ABSENT, Presence.NOT_VISIBLE]))
def test_what_is_not_there_loses_its_level_and_cannot_be_graded(segment, presence):
    gone = with_presence(segment, presence)
    assert (gone.presence, gone.intensity, gone.apex_us) == (presence, None, None)
    with pytest.raises(ValueError, match="has no intensity"):
        graded(gone, "C")
    assert said(with_presence(gone, Presence.PRESENT)).intensity is None


@given(segments(), TIMES)
def test_an_apex_stays_within_its_segment(segment, t_us):
    changed = with_apex(segment, t_us)
    assert changed.onset_us <= changed.apex_us <= changed.offset_us
    if segment.onset_us <= t_us <= segment.offset_us:
        assert changed.apex_us == t_us
    assert with_apex(segment, None).apex_us is None


@given(segments())
def test_changing_what_was_suggested_says_so_and_what_was_coded_stays_coded(segment):
    for changed in (
        moved(segment, 0),
        with_edge_moved(segment, "onset", 0),
        with_side(segment, Side.LEFT),
        graded(segment, "E"),
    ):
        was_coded = segment.decision is Decision.CODED
        assert changed.decision is (Decision.CODED if was_coded else Decision.CHANGED)


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        ({"unit": "AU6"}, "AU12 and AU6"),
        ({"presence": Presence.ABSENT}, "cannot be merged"),
        ({"intensity": Intensity(0.4, Scale.UNIT)}, "different scales"),
    ],
)
def test_what_says_different_things_is_not_merged(other, problem):
    one = coded("AU12", 0, 1_000_000, level="B")
    with pytest.raises(ValueError, match=problem):
        merged([one, replace(coded("AU12", 2_000_000, 3_000_000), **other)])
    with pytest.raises(ValueError, match="two segments"):
        merged([one])


def test_a_segment_is_not_split_at_its_edge():
    with pytest.raises(ValueError, match="well within"):
        split(coded("AU12", 0, 1_000_000), 1_000_000)


def test_held_backwards_a_key_marks_the_same_and_a_short_press_is_no_empty_segment():
    assert said(coded("AU12", 9_000, 2_000)) == said(coded("AU12", 2_000, 9_000))
    short = coded("AU12", STOP_US, STOP_US, stop_us=STOP_US)
    assert (short.onset_us, short.offset_us) == (STOP_US - SHORTEST_US, STOP_US)


def test_edits_name_what_they_do_and_remove_what_was_merged_away():
    first, second = coded("AU12", 0, 1_000_000), coded("AU12", 2_000_000, 3_000_000)
    edit = merge_edit("r", [second, first])
    assert edit.label == "Merge AU12"
    assert edit.segments[second.id] is None
    assert edit.segments[first.id].offset_us == 3_000_000
    assert remove_edit("r", [first]).label == "Remove AU12"
    other = coded("AU6", 0, 5_000)
    edit = remove_edit("r", [first, other])
    assert (edit.label, list(edit.segments.values())) == ("Remove 2 segments", [None, None])
    assert set_edit("r", [other], "Code AU6").segments == {other.id: other}


def test_neighbours_are_of_the_same_unit_and_not_refused():
    row = [coded("AU12", 1_000_000 * i, 1_000_000 * i + 500_000) for i in range(5)]
    row[1] = replace(row[1], decision=Decision.REFUSED)
    row.append(coded("AU6", 1_600_000, 1_700_000))
    before, after = neighbours(row, row[2])
    assert (before.id, after.id) == (row[0].id, row[3].id)
    assert neighbours(row, row[0])[0] is None
    assert neighbours(row, row[4])[1] is None
