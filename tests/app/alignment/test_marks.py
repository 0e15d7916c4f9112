import pytest

from evface_studio.alignment.marks import Mark, finding_of_marks, with_side


def test_a_side_completes_the_first_mark_that_lacks_it():
    marks = ()
    for side in (
        Mark(video_us=1_000),
        Mark(video_us=9_000),
        Mark(sensor_us=3_000),
        Mark(sensor_us=11_000),
        Mark(sensor_us=20_000),
    ):
        marks = with_side(marks, side)
    assert marks == (Mark(1_000, 3_000), Mark(9_000, 11_000), Mark(None, 20_000))
    assert [None in (mark.video_us, mark.sensor_us) for mark in marks] == [False, False, True]


def test_whole_marks_give_the_sync():
    assert finding_of_marks(()) is None
    assert finding_of_marks((Mark(video_us=5),)) is None
    marks = (Mark(0, 40_000), Mark(60_000_000, 60_040_000), Mark(70_000_000, None))
    finding = finding_of_marks(marks)
    assert finding.sync.offset_us == pytest.approx(40_000, abs=1)
    assert finding.sync.method == "marks"
    assert len(finding.window_times_us) == 2
