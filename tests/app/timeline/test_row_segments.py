from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evface.annotations.segments import Segment
from evface_studio.timeline.row_segments import RowSegments

SPANS = st.lists(
    st.tuples(st.integers(0, 200), st.integers(1, 100)).map(lambda s: (s[0], s[0] + s[1])),
    max_size=30,
)
BASE = Segment("0", "AU1", 0, 1)


def row_of(spans):
    return RowSegments(
        replace(BASE, id=str(i), onset_us=a, offset_us=b) for i, (a, b) in enumerate(spans)
    )


@given(SPANS, st.integers(0, 300), st.integers(0, 100))
def test_what_reaches_into_a_stretch_is_found(spans, start_us, length_us):
    row = row_of(spans)
    stop_us = start_us + length_us
    found = {row.segments[i].id for i in row.between(start_us, stop_us)}
    expected = {
        one.id for one in row.segments if one.onset_us < stop_us and one.offset_us > start_us
    }
    assert found == expected


def test_they_are_in_the_order_of_onsets_and_longer_ones_below():
    row = row_of([(50, 60), (10, 20), (10, 90)])
    assert [one.id for one in row.segments] == ["2", "1", "0"]


def test_an_empty_row_holds_nothing():
    row = RowSegments()
    assert len(row) == 0
    assert np.array_equal(row.between(0, 100), [])
