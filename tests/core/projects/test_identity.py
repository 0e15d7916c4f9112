from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from evface.geometry.clock import ClockSync
from evface.geometry.registration import Registration
from evface.projects.entries import RecordingEntry
from evface.projects.identity import match_recordings
from evface.projects.media import MediaEntry


def medium(content):
    return MediaEntry(Path(f"/{content}"), content, 1, content, is_missing=True)


def recording(name, events, video=None):
    return RecordingEntry(
        name,
        name,
        medium(events),
        None if video is None else medium(video),
        ClockSync(),
        Registration(),
    )


def matched(first, second):
    return [(one.id, other.id) for one, other in match_recordings(first, second)]


def test_content_decides_and_neither_name_nor_order():
    first = [recording("a", "e1", "v1"), recording("b", "e2", "v2")]
    second = [recording("a", "e2", "v2"), recording("b", "e1", "v1")]
    assert matched(first, second) == [("a", "b"), ("b", "a")]


def test_events_alone_are_the_same_as_these_events_with_a_video():
    alone, filmed = recording("a", "e"), recording("b", "e", "v")
    assert matched([alone], [filmed]) == [("a", "b")]
    assert matched([filmed], [alone]) == [("b", "a")]


def test_what_fits_wholly_goes_before_what_fits_in_part():
    first = [recording("a", "e"), recording("b", "e", "v")]
    assert matched(first, [recording("x", "e", "v")]) == [("b", "x")]
    assert matched([recording("x", "e", "v")], first) == [("x", "b")]


def test_one_sensor_with_two_videos_is_two_recordings():
    assert matched([recording("a", "e", "v1")], [recording("b", "e", "v2")]) == []


recordings = st.lists(
    st.tuples(st.sampled_from("ef"), st.sampled_from([None, "v", "w"])), max_size=4
).map(lambda all_: [recording(str(n), *one) for n, one in enumerate(all_)])


@given(recordings, recordings)
def test_everyone_has_one_partner_at_most(first, second):
    pairs = matched(first, second)
    assert len({one for one, _ in pairs}) == len({other for _, other in pairs}) == len(pairs)
