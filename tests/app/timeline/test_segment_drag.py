from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF

from evface.annotations.segment_changes import SHORTEST_US
from evface.annotations.segments import Segment, Side
from evface_studio.timeline.blocks import RowPlace
from evface_studio.timeline.row_segments import RowSegments
from evface_studio.timeline.segment_drag import Drag, Draw, Part, hit_at
from evface_studio.timeline.time_scale import TimeScale

STOP_US = 1_000_000
SCALE = TimeScale(0, STOP_US, 1_000)  # a millisecond a pixel
PLACE = RowPlace(0, 40)
BASE = Segment("a", "AU1", 200_000, 400_000)


def hit(x, *segments, y=20, chosen=None, is_others=False):
    layers = ((RowSegments(segments), is_others),)
    return hit_at(QPointF(x, y), layers, PLACE, SCALE, chosen=chosen)


@pytest.mark.parametrize(
    ("x", "part"),
    [(196, Part.ONSET), (204, Part.ONSET), (300, Part.BODY), (397, Part.OFFSET), (190, None)],
)
def test_an_edge_is_grasped_from_both_sides(x, part):
    found = hit(x, BASE)
    assert (None if found is None else found.part) is part


def test_the_apex_can_be_grasped():
    assert hit(301, replace(BASE, apex_us=300_000)).part is Part.APEX


def test_where_two_meet_the_nearer_edge_counts():
    other = replace(BASE, id="b", onset_us=402_000, offset_us=600_000)
    assert hit(399, BASE, other).segment.id == "a"
    assert hit(403, BASE, other).segment.id == "b"


def test_the_chosen_one_goes_before_others():
    same = replace(BASE, id="b")
    assert hit(200, BASE, same, chosen=same).segment.id == "b"
    assert hit(200, BASE, same, chosen=BASE).segment.id == "a"


def test_a_narrow_one_can_still_be_chosen_whole():
    narrow = replace(BASE, offset_us=209_000)
    assert hit(204.5, narrow).part is Part.BODY


def test_sides_have_their_own_half():
    left, right = replace(BASE, side=Side.LEFT), replace(BASE, id="b", side=Side.RIGHT)
    assert hit(300, left, right, y=8).segment.side is Side.RIGHT
    assert hit(300, left, right, y=30).segment.side is Side.LEFT


@given(st.sampled_from([Part.ONSET, Part.OFFSET, Part.WHOLE]), st.integers(-STOP_US, STOP_US))
def test_whatever_is_dragged_stays_a_segment_of_the_recording(part, by_us):
    shown = Drag(BASE, part, 0, STOP_US).moved_to(by_us).shown
    assert 0 <= shown.onset_us < shown.offset_us <= STOP_US
    assert shown.duration_us >= SHORTEST_US
    if part is Part.WHOLE:
        assert shown.duration_us == BASE.duration_us
    elif part is Part.ONSET:
        assert shown.offset_us == BASE.offset_us
    else:
        assert shown.onset_us == BASE.onset_us


@given(st.integers(0, STOP_US), st.integers(0, STOP_US))
def test_a_segment_is_drawn_in_either_direction(from_us, to_us):
    first_us, last_us = Draw("AU1", from_us, from_us).moved_to(to_us).span_us
    assert (first_us, last_us) == tuple(sorted((from_us, to_us)))
