import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evface.annotations.segment_changes import moved, with_edge_moved
from evface.annotations.segments import Decision, Intensity, Presence, Scale, Segment, Side
from evface.annotations.tracks import ActionUnitTrack, Source, SourceKind
from evface.coding.suggestions import (
    FACE,
    Thresholds,
    accept_edit,
    change_edit,
    refuse_edit,
    suggest_segments,
)

STEP_US = 10_000


def track_of(*curves, names="AU12", scale="unit"):
    intensity = np.array(curves, np.float32).T.reshape(len(curves[0]), len(curves))
    n = len(intensity)
    return ActionUnitTrack(
        times_us=np.arange(n, dtype=np.int64) * STEP_US,
        valid=np.ones(n, bool),
        source=Source(SourceKind.FIT, "fit"),
        intensity=intensity,
        names=names,
        scale=scale,
    )


SMILE = np.interp(np.arange(100), [0, 20, 40, 60, 80, 99], [0, 0, 0.7, 0.7, 0, 0])
SMILE[50] = 0.75


def test_a_smile_is_suggested_from_its_trace_with_apex_and_level():
    (segment,) = suggest_segments(track_of(SMILE))
    assert segment.unit == "AU12"
    # The ramps pass 0.1 at a seventh of their 200 ms.
    assert segment.onset_us == pytest.approx(200_000 + 200_000 / 7, abs=1)
    assert segment.offset_us == pytest.approx(800_000 - 200_000 / 7, abs=1)
    assert segment.apex_us == 500_000
    assert segment.intensity.level == "D"
    assert (segment.side, segment.presence) == (Side.BOTH, Presence.PRESENT)
    assert segment.source == "suggested by fit"


def test_a_dip_that_stays_above_the_lower_threshold_divides_nothing():
    dipped = SMILE.copy()
    dipped[48:53] = 0.15
    assert len(suggest_segments(track_of(dipped))) == 1
    dipped[48:53] = 0.05
    assert len(suggest_segments(track_of(dipped))) == 2


@pytest.mark.parametrize("weak", [SMILE * 0.25, np.where(np.arange(100) == 50, 0.9, 0.0)])
def test_traces_and_single_spikes_are_not_suggested(weak):
    assert suggest_segments(track_of(weak)) == []


def test_missing_samples_end_a_segment_and_a_held_curve_lasts_to_the_end():
    curve = np.full(100, 0.5)
    curve[40:60] = np.nan
    first, second = suggest_segments(track_of(curve))
    assert (first.onset_us, first.offset_us) == (0, 400_000)
    assert (second.onset_us, second.offset_us) == (600_000, 1_000_000)
    invalid = replace(track_of(np.full(100, 0.5)), valid=np.arange(100) < 40)
    assert [one.offset_us for one in suggest_segments(invalid)] == [400_000]


def test_no_samples_suggest_nothing():
    assert suggest_segments(track_of(np.empty(0))) == []


@pytest.mark.parametrize("decision", Decision)
def test_what_was_decided_is_not_suggested_again(decision):
    track = track_of(SMILE)
    (segment,) = suggest_segments(track)
    decided = replace(with_edge_moved(segment, "onset", 0), decision=decision)
    assert suggest_segments(track, [decided]) == []
    # Another unit's, or one that only touches it, decides nothing about it.
    assert suggest_segments(track, [replace(decided, unit="AU6")])
    assert suggest_segments(track, [Segment("x", "AU12", 0, segment.onset_us + 20_000)])


def test_what_a_clip_shows_says_nothing_of_when():
    assert suggest_segments(track_of(SMILE, scale="probability")) == []
    with pytest.raises(ValueError, match="cannot be suggested from"):
        suggest_segments(track_of(SMILE, scale="furlongs"))


def test_scales_are_kept_apart():
    presence = (SMILE > 0.3).astype(float)
    (segment,) = suggest_segments(track_of(presence, scale="presence"))
    assert segment.intensity is None
    (segment,) = suggest_segments(track_of(4 * SMILE, scale="openface"))
    assert segment.intensity == Intensity(3.0, Scale.OPENFACE)
    (segment,) = suggest_segments(track_of(SMILE, names="AU51"))
    assert segment.intensity is None
    with pytest.raises(ValueError, match="'percent'"):
        suggest_segments(track_of(SMILE, scale="percent"))


def test_units_can_be_chosen():
    track = track_of(SMILE, SMILE, names="AU6,AU12")
    assert [one.unit for one in suggest_segments(track)] == ["AU6", "AU12"]
    assert [one.unit for one in suggest_segments(track, units=["AU12", "AU20"])] == ["AU12"]


def test_a_jaw_that_drops_wide_is_suggested_once():
    wide = np.interp(np.arange(100), [0, 22, 40, 60, 78, 99], [0, 0, 0.8, 0.8, 0, 0])
    # Read as a drop on the way, and not at all where it is wide.
    drop = np.where(wide < 0.4, np.minimum(2 * np.roll(wide, -4) + np.roll(wide, 4), 0.8), 0.0)
    track = track_of(drop, wide, names="AU26,AU27")
    (segment,) = suggest_segments(track)
    assert segment.unit == "AU27"
    (alone,) = suggest_segments(track, units=["AU26"])
    assert (alone.unit, alone.intensity.level) == ("AU26", "E")
    assert alone.onset_us < segment.apex_us < alone.offset_us
    small = track_of(0.4 * SMILE, 0 * SMILE, names="AU26,AU27")
    assert [one.unit for one in suggest_segments(small)] == ["AU26"]


CURVES = arrays(
    np.float32, st.integers(0, 60), elements=st.sampled_from([0.0, 0.09, 0.15, 0.3, 1.2, np.nan])
)


@given(CURVES, st.integers(0, 200_000))
def test_suggestions_hold_every_strong_sample_and_nothing_twice(curve, shortest_us):
    track = track_of(curve)
    chosen = replace(FACE, shortest_us=shortest_us)
    segments = suggest_segments(track, thresholds=chosen)
    for one, next_one in itertools.pairwise(segments):
        assert one.offset_us <= next_one.onset_us
    assert all(one.duration_us >= shortest_us for one in segments)
    if shortest_us == 0:
        for t_us, value in zip(track.times_us.tolist(), curve.tolist(), strict=True):
            is_in = any(one.onset_us <= t_us < one.offset_us for one in segments)
            assert is_in or not value >= chosen.start
    assert suggest_segments(track, segments, thresholds=chosen) == []


def test_decisions_are_edits_that_leave_author_and_time_to_the_store():
    (segment,) = suggest_segments(track_of(SMILE))
    accepted = accept_edit("r", [segment])
    assert accepted.label == "Accept suggested AU12"
    assert accepted.segments[segment.id] == replace(segment, decision=Decision.ACCEPTED)
    refused = refuse_edit("r", [segment, replace(segment, id="other")])
    assert refused.label == "Refuse 2 suggestions"
    assert {one.decision for one in refused.segments.values()} == {Decision.REFUSED}
    changed = change_edit("r", moved(segment, 50_000))
    assert changed.segments[segment.id].decision is Decision.CHANGED
    assert changed.segments[segment.id].source == "suggested by fit"


def test_thresholds_must_be_in_order():
    with pytest.raises(ValueError, match="stop <= start"):
        Thresholds(start=0.1, stop=0.2)
