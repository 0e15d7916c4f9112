import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.errors import FileError
from evface.review.queue import SPACING_US, QueueItem, RecordingQueue, ReviewQueue, gather_items
from evface.review.queue_file import read_queue, write_queue
from evface.review.reasons import KINDS, Reason, ReasonKind, combined_score


def _reason(kind=ReasonKind.SWAPPED, t_us=0, value=0.2, threshold=0.05, role="transferred"):
    return Reason(kind, t_us, role, value, threshold, f"{kind} at {t_us}", (1, 2))


reasons = st.lists(
    st.builds(
        _reason,
        st.sampled_from(list(ReasonKind)),
        st.integers(0, 5_000_000),
        st.floats(0.05, 5.0),
        role=st.sampled_from(["transferred", "teacher"]),
    ),
    max_size=30,
)


@given(reasons)
def test_items_of_a_track_lie_apart_and_hold_every_kind_that_was_found(found):
    items = gather_items("r", "clip", found, "transferred")
    for role in ("transferred", "teacher"):
        times_us = [item.t_us for item in items if item.role == role]
        assert times_us == sorted(times_us)
        assert all(b - a >= SPACING_US for a, b in itertools.pairwise(times_us))
    told = {(one.kind, one.role) for item in items for one in item.reasons}
    lost = {(one.kind, one.role) for one in found} - told
    # A jump is a jerk too, and is told as the worse of the two.
    assert {kind for kind, _ in lost} <= {ReasonKind.JERK}


@given(reasons, st.randoms())
def test_the_order_in_which_reasons_come_does_not_matter(found, random):
    shuffled = list(found)
    random.shuffle(shuffled)
    one, other = (gather_items("r", "clip", some, "transferred") for some in (found, shuffled))
    assert [(i.role, i.t_us, i.score) for i in one] == [(i.role, i.t_us, i.score) for i in other]


@given(reasons)
def test_a_score_grows_with_every_reason_up_to_one(found):
    score = combined_score(tuple(found))
    assert 0 <= score <= 1
    more = combined_score((*found, _reason(ReasonKind.DISAGREEMENT)))
    assert score - 1e-9 <= more <= 1


def test_at_its_threshold_a_reason_counts_half_its_weight():
    for kind, info in KINDS.items():
        reason = _reason(kind, value=0.05, threshold=0.05)
        assert combined_score((reason,)) == pytest.approx(info.weight / 2)


def test_what_can_be_seen_on_the_frame_makes_the_item_rather_than_a_worse_jump():
    swap = _reason(ReasonKind.SWAPPED, 1_000_000, 0.06)
    jump = _reason(ReasonKind.JUMP, 1_040_000, 5.0)
    jerk = _reason(ReasonKind.JERK, 1_050_000, 5.0)
    (item,) = gather_items("r", "clip", [jump, jerk, swap], "transferred")
    assert item.t_us == 1_000_000
    assert item.kinds == (ReasonKind.SWAPPED, ReasonKind.JUMP)


def test_what_another_track_shows_joins_the_item_of_the_one_to_be_corrected():
    ours = _reason(t_us=1_000_000, value=0.06)
    theirs = _reason(t_us=1_100_000, value=0.5, role="teacher")
    alone = _reason(t_us=3_000_000, role="teacher")
    first, second = gather_items("r", "clip", [ours, theirs, alone], "transferred")
    assert (first.role, first.t_us, len(first.reasons)) == ("transferred", 1_000_000, 2)
    assert (second.role, second.t_us) == ("teacher", 3_000_000)


def _queue():
    items = tuple(
        QueueItem("r1", "one", "transferred", t_us, score, (_reason(t_us=t_us),))
        for t_us, score in ((0, 0.5), (400_000, 0.9))
    )
    other = (QueueItem("r2", "two", "action_units", 5, 0.9, (_reason(t_us=5),)),)
    return ReviewQueue(
        (
            RecordingQueue("r1", "one", "transferred", 500, items, ("events missing",)),
            RecordingQueue("r2", "two", "", 0, other),
        ),
        "maria",
        "2026-11-21T16:00:00+00:00",
    )


def test_the_most_doubtful_come_first_and_equals_in_the_projects_order():
    assert [item.t_us for item in _queue().items] == [400_000, 5, 0]


def test_a_queue_is_read_as_it_was_written(tmp_path):
    write_queue(tmp_path / "queue.jsonl", _queue())
    assert read_queue(tmp_path / "queue.jsonl") == _queue()


@pytest.mark.parametrize(
    "text", ["", "{}", '{"format": "evface review queue", "version": 99}', "\x00\xff"]
)
def test_what_is_no_queue_is_refused(tmp_path, text):
    path = tmp_path / "queue.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match="queue"):
        read_queue(path)


def test_a_queue_that_was_cut_off_is_refused(tmp_path):
    path = tmp_path / "queue.jsonl"
    write_queue(path, _queue())
    path.write_text(path.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    with pytest.raises(FileError, match="not a whole review queue"):
        read_queue(path)
