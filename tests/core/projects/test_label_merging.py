from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evface.annotations.corrections import Correction
from evface.annotations.reviews import Review, Verdict
from evface.annotations.segments import Intensity, Segment
from evface.annotations.tracks import LandmarkState
from evface.projects.label_merging import (
    Choice,
    ConflictKind,
    find_conflicts,
    merge_label_sets,
)
from evface.projects.label_set import CorrectionKey, LabelSet, ReviewKey
from evface.projects.versions import plain_author

# Few of each, so that the two sides often speak of the same.
authors = st.sampled_from(["anna", "ben", "anna (earlier)"])
moments = st.sampled_from(["2026-01-01", "2026-01-02", "2026-01-03"])


@st.composite
def corrections(draw):
    said = {}
    for _ in range(draw(st.integers(0, 5))):
        key = CorrectionKey(
            "teacher",
            "rgb",
            "ibug68",
            draw(st.integers(0, 1)),
            draw(st.integers(0, 1)),
            draw(authors),
        )
        xy = (float(draw(st.integers(0, 2))), 0.0)
        said[key] = Correction(xy, LandmarkState.CORRECTED, key.author, draw(moments), "drag")
    return said


@st.composite
def segments(draw):
    said = {}
    for name in draw(st.sets(st.sampled_from("abc"))):
        onset_us = draw(st.integers(0, 3))
        said[name] = Segment(
            name,
            draw(st.sampled_from(["AU1", "AU2"])),
            onset_us,
            onset_us + draw(st.integers(1, 3)),
            intensity=draw(st.sampled_from([None, Intensity(2)])),
            author=draw(st.sampled_from(["anna", "ben"])),
            made_at=draw(moments),
        )
    return said


@st.composite
def reviews(draw):
    keys = st.builds(ReviewKey, st.just("teacher"), st.integers(0, 1), authors)
    said = st.builds(Review, st.sampled_from(Verdict), st.just(()), moments)
    return draw(st.dictionaries(keys, said, max_size=3))


label_sets = st.builds(
    LabelSet,
    corrections(),
    segments(),
    st.dictionaries(authors, st.sampled_from(["AU1", "AU12"]), max_size=2),
    reviews(),
)


few = settings(max_examples=40)


def contents(labels):
    """Return what is said, whatever the versions are called."""
    said = {
        (key._replace(author=plain_author(key.author)), replace(one, author=""))
        for key, one in labels.corrections.items()
    }
    said |= {
        replace(one, id="", author=plain_author(one.author)) for one in labels.segments.values()
    }
    said |= {(plain_author(author), unit) for author, unit in labels.video_classes.items()}
    said |= {
        (key._replace(author=plain_author(key.author)), one) for key, one in labels.reviews.items()
    }
    return said


@few
@given(label_sets, label_sets)
def test_nothing_of_either_side_is_lost_and_nothing_is_made_up(mine, theirs):
    assert contents(merge_label_sets(mine, theirs)) == contents(mine) | contents(theirs)


@few
@given(label_sets, label_sets)
def test_it_does_not_matter_which_side_is_merged_into_which(mine, theirs):
    assert merge_label_sets(mine, theirs) == merge_label_sets(theirs, mine)


@few
@given(label_sets, label_sets)
def test_merging_again_changes_nothing_and_finds_no_conflict(mine, theirs):
    merged = merge_label_sets(mine, theirs)
    assert merge_label_sets(merged, theirs) == merged
    assert merge_label_sets(merged, mine) == merged
    assert find_conflicts(merged, theirs) == []
    assert find_conflicts(merged, merged) == []


@pytest.mark.parametrize("choice", [Choice.MINE, Choice.THEIRS])
@few
@given(mine=label_sets, theirs=label_sets)
def test_a_resolved_conflict_leaves_what_was_chosen(choice, mine, theirs):
    conflicts = [
        one for one in find_conflicts(mine, theirs) if one.kind is not ConflictKind.OVERLAP
    ]
    merged = merge_label_sets(mine, theirs, {one.key: choice for one in conflicts})
    said = contents(merged)
    for conflict in conflicts:
        for one in conflict.mine if choice is Choice.MINE else conflict.theirs:
            if isinstance(one, Segment):
                assert merged.segments[one.id] == one
            elif isinstance(one, Correction):
                assert replace(one, author="") in {part[-1] for part in said if _is_pair(part)}


def _is_pair(part):
    return isinstance(part, tuple)


def said(xy, made_at, author="anna"):
    return Correction(xy, LandmarkState.CORRECTED, author, made_at, "drag")


KEY = CorrectionKey("teacher", "rgb", "ibug68", 30, 1000, "anna")


def test_the_later_of_two_keeps_the_name_and_the_earlier_is_kept_beside_it():
    old, new = said((1, 1), "2026-01-01"), said((2, 2), "2026-01-02")
    merged = merge_label_sets(LabelSet({KEY: old}), LabelSet({KEY: new})).corrections
    assert merged == {
        KEY: new,
        KEY._replace(author="anna (earlier)"): replace(old, author="anna (earlier)"),
    }


def test_three_versions_are_all_kept():
    first, second, third = (said((n, n), f"2026-01-0{n}") for n in (1, 2, 3))
    merged = LabelSet({KEY: first})
    for other in (third, second):
        merged = merge_label_sets(merged, LabelSet({KEY: other}))
    assert {key.author: one.xy_px for key, one in merged.corrections.items()} == {
        "anna": (3, 3),
        "anna (earlier)": (2, 2),
        "anna (earlier 2)": (1, 1),
    }


def test_two_people_about_one_point_are_no_conflict():
    mine = LabelSet({KEY: said((1, 1), "2026-01-01")})
    bens = KEY._replace(author="ben")
    theirs = LabelSet({bens: said((2, 2), "2026-01-02", "ben")})
    assert find_conflicts(mine, theirs) == []
    assert merge_label_sets(mine, theirs).corrections.keys() == {KEY, bens}


def test_all_points_of_one_moment_are_one_conflict():
    mine = {KEY._replace(landmark=n): said((1, 1), "2026-01-01") for n in range(68)}
    theirs = {KEY._replace(landmark=n): said((2, 2), "2026-01-02") for n in range(68)}
    (conflict,) = find_conflicts(LabelSet(mine), LabelSet(theirs))
    assert conflict.kind is ConflictKind.LANDMARKS
    assert (len(conflict.mine), len(conflict.theirs)) == (68, 68)
    chosen = merge_label_sets(LabelSet(mine), LabelSet(theirs), {conflict.key: Choice.MINE})
    assert chosen.corrections == mine
    chosen = merge_label_sets(LabelSet(mine), LabelSet(theirs), {conflict.key: Choice.THEIRS})
    assert chosen.corrections == theirs


def smile(onset_us=0, offset_us=10, *, name="s", author="anna", made_at="2026-01-01"):
    return Segment(name, "AU12", onset_us, offset_us, author=author, made_at=made_at)


def segments_of(*parts):
    return LabelSet(segments={part.id: part for part in parts})


def test_a_segment_changed_on_both_sides_is_kept_twice():
    mine, theirs = segments_of(smile(0, 10)), segments_of(smile(2, 12, made_at="2026-01-02"))
    (conflict,) = find_conflicts(mine, theirs)
    assert conflict.kind is ConflictKind.SEGMENT
    merged = merge_label_sets(mine, theirs).segments
    assert merged["s"].onset_us == 2
    (earlier,) = (one for key, one in merged.items() if key != "s")
    assert (earlier.onset_us, earlier.author) == (0, "anna (earlier)")


def test_a_segment_that_another_changed_keeps_both_authors():
    mine = segments_of(smile())
    theirs = segments_of(smile(2, 12, author="ben", made_at="2026-01-02"))
    merged = merge_label_sets(mine, theirs).segments
    assert {(one.author, one.onset_us) for one in merged.values()} == {("anna", 0), ("ben", 2)}


def test_one_persons_overlapping_segments_of_two_sides_are_shown_as_conflict():
    mine, theirs = segments_of(smile(0, 10, name="a")), segments_of(smile(5, 15, name="b"))
    (conflict,) = find_conflicts(mine, theirs)
    assert conflict.kind is ConflictKind.OVERLAP
    kept = {
        choice: set(merge_label_sets(mine, theirs, {conflict.key: choice}).segments)
        for choice in Choice
    }
    assert kept == {Choice.BOTH: {"a", "b"}, Choice.MINE: {"a"}, Choice.THEIRS: {"b"}}


@pytest.mark.parametrize("choice", [Choice.MINE, Choice.THEIRS])
def test_classes_of_the_recording_are_resolved_as_chosen(choice):
    mine, theirs = LabelSet(video_classes={"anna": "AU1"}), LabelSet(video_classes={"anna": "AU2"})
    (conflict,) = find_conflicts(mine, theirs)
    merged = merge_label_sets(mine, theirs, {conflict.key: choice})
    assert merged == (mine if choice is Choice.MINE else theirs)
