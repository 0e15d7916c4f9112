from pathlib import Path

import pytest

from evface.errors import RecordingError
from evface_studio.opening import Media, sort_paths


def test_a_project_is_told_by_its_name():
    assert sort_paths([Path("a.EVFACE")]) == Media(project=Path("a.EVFACE"))


def test_an_event_file_may_have_any_other_name():
    assert sort_paths([Path("a.strange")]) == Media(events=Path("a.strange"))


@pytest.mark.parametrize("order", [("a.raw", "b.MP4"), ("b.MP4", "a.raw")])
def test_events_and_video_come_in_any_order(order):
    assert sort_paths([Path(name) for name in order]) == Media(
        events=Path("a.raw"), video=Path("b.MP4")
    )


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["a.mp4"], "needs its events"),
        (["a.raw", "b.raw"], "too many"),
        (["a.raw", "a.mp4", "b.mp4"], "too many"),
        (["a.evface", "a.raw"], "by itself"),
        ([], "nothing"),
    ],
)
def test_anything_else_is_refused_with_advice(names, words):
    with pytest.raises(RecordingError, match=words):
        sort_paths([Path(name) for name in names])
