"""Suggestions. The curves of AU12 and AU25 rise and fall once."""

import pytest

from evface.annotations.segments import Decision, Scale


def near(t_us):
    """Within a pixel or two of the pointer."""
    return pytest.approx(t_us, abs=1_000)


def test_suggestions_are_shown_and_accepted_one_by_one(press, opened, stored, settle):
    settle()
    suggested = list(opened.coding.suggested.values())
    assert [one.unit for one in suggested] == ["AU12", "AU25"]
    press(opened, "G")
    first = opened.coding.chosen
    press(opened, "Y")
    assert opened.coding.chosen is not None
    assert opened.coding.chosen.id != first.id
    (segment,) = stored()
    assert (segment.id, segment.decision) == (first.id, Decision.ACCEPTED)
    assert segment.intensity.scale is Scale.FACS
    assert first.id not in opened.coding.suggested


def test_a_refused_suggestion_never_comes_again_but_can_be_brought_back(
    press, opened, stored, settle, open_in, project_path
):
    settle()
    press(opened, "G")
    refused = opened.coding.chosen
    press(opened, "N")
    assert [one.decision for one in stored()] == [Decision.REFUSED]
    open_in(opened, project_path)
    settle()
    assert refused.unit not in {one.unit for one in opened.coding.suggested.values()}
    opened.action("show_refused").trigger()
    row = next(row for row in opened.workspace.timeline.rows.rows if row.unit == refused.unit)
    assert [one.id for one in row.suggested.segments] == [refused.id]
    opened.coding.choose(row.suggested.segments[0])
    press(opened, "Y")
    assert [one.decision for one in stored()] == [Decision.ACCEPTED]


def test_a_dragged_suggestion_counts_as_changed(drag, opened, stored, settle):
    settle()
    suggestion = next(one for one in opened.coding.suggested.values() if one.unit == "AU25")
    drag("AU25", suggestion.offset_us, suggestion.offset_us - 100_000)
    (segment,) = stored()
    assert (segment.id, segment.decision) == (suggestion.id, Decision.CHANGED)
    assert segment.offset_us == near(suggestion.offset_us - 100_000)


def test_a_level_typed_on_a_suggestion_changes_it_and_the_same_level_accepts(
    press, opened, stored, settle
):
    settle()
    press(opened, "G")
    level = opened.coding.chosen.intensity.level
    press(opened, "B" if level != "B" else "A")
    assert [one.decision for one in stored()] == [Decision.CHANGED]
    press(opened, "G")
    press(opened, opened.coding.chosen.intensity.level)
    assert sorted(one.decision for one in stored()) == [Decision.ACCEPTED, Decision.CHANGED]


def test_all_of_a_row_are_accepted_by_one_edit_and_undone_by_one(press, opened, stored, settle):
    settle()
    opened.coding.choose_unit("AU12")
    press(opened, "Shift+Y")
    assert [one.unit for one in stored()] == ["AU12"]
    press(opened, "Ctrl+Z")
    assert stored() == []
    assert "AU12" in {one.unit for one in opened.coding.suggested.values()}
