import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evface.annotations.tracks import ActionUnitTrack, Source, SourceKind
from evface_studio.timeline.spans import invalid_spans


def make_track(valid):
    n = len(valid)
    return ActionUnitTrack(
        times_us=np.arange(n, dtype=np.int64) * 10,
        valid=np.array(valid, np.bool_),
        source=Source(SourceKind.FIT, "test"),
        intensity=np.where(np.array(valid, np.bool_), 0.0, np.nan)[:, None].astype(np.float32),
        names="AU1",
    )


def test_nothing_is_missing_where_all_is_valid():
    assert invalid_spans(make_track([True] * 4)).tolist() == []


def test_a_gap_lasts_until_the_face_is_back():
    assert invalid_spans(make_track([True, False, False, True])).tolist() == [[10, 30]]


def test_gaps_at_both_ends_are_found():
    assert invalid_spans(make_track([False, True, False])).tolist() == [[0, 10], [20, 20]]


def test_an_empty_track_has_no_gaps():
    assert invalid_spans(make_track([])).shape == (0, 2)


@given(st.lists(st.booleans(), min_size=1, max_size=40).filter(lambda valid: valid[-1]))
def test_every_missing_sample_lies_in_a_gap_and_no_other_does(valid):
    track = make_track(valid)
    times_us, spans = track.times_us, invalid_spans(track)
    inside = np.zeros(len(valid), bool)
    for start, stop in spans.tolist():
        inside |= (times_us >= start) & (times_us < stop)
    np.testing.assert_array_equal(inside, ~np.array(valid))
