import contextlib
from dataclasses import replace

import numpy as np
import pympi
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evface.annotations.segments import (
    UNITS,
    Decision,
    Intensity,
    Presence,
    Scale,
    Segment,
    Side,
)
from evface.annotations.tracks import Camera
from evface.errors import FileError
from evface.geometry.clock import ClockSync
from evface.interchange.elan_reading import read_elan
from evface.interchange.elan_writing import write_elan
from evface.interchange.labels import ImportedLabels, ImportTarget, RecordingLabels
from evface.interchange.sidecar import sidecar_path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "labels.eaf"


def write(path, labels):
    write_elan(path, labels, made_at="2026-11-21T12:00:00+00:00")


def by_pympi(path, *annotations, media=(), **tiers):
    """Write what pympi does: annotations of ``(tier, start_ms, stop_ms, value)``."""
    eaf = pympi.Elan.Eaf(author="carl")
    eaf.remove_tier("default")
    for name, origin_ms in media:
        eaf.add_linked_file(name, relpath=f"./{name}", mimetype="video/mp4", time_origin=origin_ms)
    for tier, start, stop, value in annotations:
        if tier not in eaf.get_tier_names():
            eaf.add_tier(tier, ann=tiers.get("annotator"))
        eaf.add_annotation(tier, start, stop, value)
    eaf.to_file(str(path))
    return path


def content(imported):
    return sorted(
        (one.unit, one.side, one.onset_us, one.offset_us, one.presence, one.intensity)
        for one in imported.segments
    )


def test_what_is_written_is_read_again_to_the_microsecond(labels, target, path):
    write(path, labels)
    imported = read_elan(path, target)
    assert {one.id: one for one in imported.segments} == labels.segments
    assert imported.video_classes == labels.video_classes


_times = st.integers(0, 3_600_000_000)
_graded = st.one_of(
    st.none(),
    st.sampled_from("ABCDE").map(Intensity.of_level),
    st.floats(0, 1).map(lambda value: Intensity(value, Scale.UNIT)),
    st.floats(0, 5).map(lambda value: Intensity(value, Scale.OPENFACE)),
)


@st.composite
def _any_segments(draw):
    segments = {}
    for number in range(draw(st.integers(0, 8))):
        onset_us = draw(_times)
        offset_us = onset_us + draw(st.integers(1, 5_000_000))
        presence = draw(st.sampled_from(Presence))
        segments[f"s{number}"] = Segment(
            f"s{number}",
            draw(st.sampled_from(UNITS)),
            onset_us,
            offset_us,
            apex_us=draw(st.one_of(st.none(), st.integers(onset_us, offset_us))),
            presence=presence,
            intensity=draw(_graded) if presence is Presence.PRESENT else None,
            side=draw(st.sampled_from(Side)),
            decision=draw(st.sampled_from(Decision)),
            author=draw(st.sampled_from(["anna", "ben & co", "<c>"])),
            made_at=draw(st.sampled_from(["2026-01-01", "2026-01-02"])),
            source=draw(st.text(max_size=5)),
        )
    return segments


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    segments=_any_segments(),
    offset_us=st.integers(-10_000_000, 10_000_000),
    drift_ppm=st.floats(-200, 200),
)
def test_any_segments_come_back(target, path, segments, offset_us, drift_ppm):
    sync = ClockSync(offset_us, drift_ppm)
    video_us = sync.to_sensor_us(np.arange(3, dtype=np.int64) * 40_000)
    written = RecordingLabels(
        name="r", media=target.media, sync=sync, video_times_us=video_us, segments=segments
    )
    write(path, written)
    if not segments:
        return
    there = replace(target, sync=sync, video_times_us=video_us)
    with contextlib.suppress(FileError):  # Of refused suggestions alone there is no tier.
        assert {one.id: one for one in read_elan(path, there).segments} == segments


def test_without_its_sidecar_it_is_known_to_the_millisecond(labels, target, path):
    write(path, labels)
    sidecar_path(path).unlink()
    imported = read_elan(path, target)
    assert len(imported.segments) == 5
    (left,) = (one for one in imported.segments if one.intensity == Intensity.of_level("B"))
    assert (left.unit, left.side, left.author) == ("AU12", Side.LEFT, "anna")
    assert (left.source, left.decision) == ("imported from elan", Decision.CODED)
    assert left.onset_us == pytest.approx(123_456, abs=501)
    assert left.offset_us == pytest.approx(789_012, abs=501)
    (unit,) = (one for one in imported.segments if one.unit == "AU6")
    assert (unit.intensity, unit.author) == (Intensity(0.4, Scale.UNIT), "ben")
    presences = {one.unit: one.presence for one in imported.segments}
    assert presences["AU4"] is Presence.NOT_VISIBLE
    assert presences["AU1"] is Presence.ABSENT


def test_what_was_changed_in_elan_is_new_and_the_rest_as_before(labels, target, path):
    write(path, labels)
    text = path.read_text()
    value = "<ANNOTATION_VALUE>B</ANNOTATION_VALUE>"
    assert text.count(value) == 1
    path.write_text(text.replace(value, "<ANNOTATION_VALUE>D</ANNOTATION_VALUE>"))
    imported = {one.id: one for one in read_elan(path, target).segments}
    assert imported.keys() == labels.segments.keys()
    assert {key: one for key, one in imported.items() if key != "s1"} == {
        key: one for key, one in labels.segments.items() if key != "s1"
    }
    changed = imported["s1"]
    assert changed.intensity == Intensity.of_level("D")
    assert (changed.source, changed.author) == ("imported from elan", "anna")
    # Who imports it says when: it is later than what the project has.
    assert changed.made_at == ""


def test_what_was_removed_in_elan_stays_away(labels, target, path):
    write(path, labels)
    text = path.read_text()
    start = text.index("<ANNOTATION>", text.index('TIER_ID="AU6@ben"'))
    stop = text.index("</ANNOTATION>", start) + len("</ANNOTATION>")
    path.write_text(text[:start] + text[stop:])
    assert {one.id for one in read_elan(path, target).segments} == {"s1", "s2", "s3", "s5", "s6"}


def test_files_of_pympi_are_read(path):
    by_pympi(
        path,
        ("AU12_L", 100, 200, "c"),
        ("AU12_R", 100, 250, "12E"),
        ("AU 04", 0, 50, "absent"),
        ("L-AU9", 0, 50, ""),
        ("au43@anna", 10, 20, "not visible"),
        ("utterance", 0, 1000, "hello"),
        ("L1", 0, 1000, "bonjour"),
    )
    imported = read_elan(path, ImportTarget(person="dora"))
    assert content(imported) == sorted(
        [
            ("AU12", Side.LEFT, 100_000, 200_000, Presence.PRESENT, Intensity.of_level("C")),
            ("AU12", Side.RIGHT, 100_000, 250_000, Presence.PRESENT, Intensity.of_level("E")),
            ("AU4", Side.BOTH, 0, 50_000, Presence.ABSENT, None),
            ("AU9", Side.LEFT, 0, 50_000, Presence.PRESENT, None),
            ("AU43", Side.BOTH, 10_000, 20_000, Presence.NOT_VISIBLE, None),
        ]
    )
    authors = {one.unit: one.author for one in imported.segments}
    assert (authors["AU43"], authors["AU4"]) == ("anna", "dora")
    (note,) = imported.notes
    assert note == "annotations of other tiers left out: 2 (L1, utterance)"


def test_values_that_are_no_intensity_are_said(path):
    by_pympi(path, ("AU12", 0, 9, "strong"), ("AU12", 20, 30, "strong"), ("AU6", 0, 9, "7 unit"))
    imported = read_elan(path, ImportTarget())
    assert {(one.presence, one.intensity) for one in imported.segments} == {
        (Presence.PRESENT, None)
    }
    assert imported.notes == (
        "'strong' is no intensity; taken as present, not graded: 2",
        "'7 unit' is no intensity; taken as present, not graded: 1",
    )


def test_the_time_origin_of_the_recordings_own_video_counts(path):
    sync = ClockSync(20_000, 100.0)
    target = ImportTarget(
        media={Camera.RGB: "Take 1.mp4"},
        sync=sync,
        video_times_us=sync.to_sensor_us(np.arange(5, dtype=np.int64) * 40_000),
    )
    by_pympi(path, ("AU1", 100, 200, "A"), media=[("sound.wav", 7_000), ("take%201.MP4", 1_500)])
    (one,) = read_elan(path, target).segments
    assert one.onset_us == int(sync.to_sensor_us(np.array([1_600_000]))[0])
    assert one.offset_us == int(sync.to_sensor_us(np.array([1_700_000]))[0])
    by_pympi(path, ("AU1", 100, 200, "A"), media=[("other.mp4", 2_000)])
    imported = read_elan(path, target)
    assert imported.segments[0].onset_us == int(sync.to_sensor_us(np.array([2_100_000]))[0])
    assert "its times are those of other.mp4" in imported.notes[0]
    assert "2000 ms after the video's beginning" in imported.notes[1]


def test_a_changed_time_origin_moves_what_was_written(labels, target, path):
    write(path, labels)
    text = path.read_text()
    assert 'TIME_ORIGIN="0"' in text
    path.write_text(text.replace('TIME_ORIGIN="0"', 'TIME_ORIGIN="1000"'))
    moved = {one.id: one for one in read_elan(path, target).segments}
    assert moved["s1"].onset_us == pytest.approx(1_123_456, abs=600)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('TIME_VALUE="100"', 'TIME_VALUE="x"', "is not whole ELAN"),
        ('TIME_VALUE="100"', 'TIME_VALUE="300"', "from 300 to 200 ms"),
        ('TIME_VALUE="100"', 'TIME_VALUE="-' + "9" * 30 + '"', "is not whole|ms"),
        ('TIME_VALUE="200"', 'TIME_VALUE="' + "9" * 30 + '"', "from 100 to 999"),
        ('TIME_SLOT_ID="', 'TIME_SLOT_ID="x', "lacks 'ts"),
        ('TIER_ID="AU12"', 'TIER_ID="words"', "no tier named after an action unit"),
        ("<HEADER", '<HEADER TIME_UNITS="PAL-frames"', "counts time in PAL-frames"),
        ("ANNOTATION_DOCUMENT", "DOCUMENT", "is not a file of ELAN"),
        ("</TIER>", "", "is not whole XML"),
        ("<HEADER", "<!DOCTYPE x><HEADER", "is not whole XML|not safe"),
    ],
)
def test_damaged_files_are_refused_with_a_reason(path, before, after, words):
    text = by_pympi(path, ("AU12", 100, 200, "B")).read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    with pytest.raises(FileError, match=words) as raised:
        read_elan(path, ImportTarget())
    assert "\n" not in str(raised.value)


def test_times_before_the_first_event_are_refused_or_cut(path):
    sync = ClockSync(-150_000)
    target = ImportTarget(media={Camera.RGB: "v.mp4"}, sync=sync)
    by_pympi(path, ("AU12", 100, 200, "B"))
    (one,) = read_elan(path, target).segments
    assert (one.onset_us, one.offset_us) == (0, 50_000)
    by_pympi(path, ("AU12", 100, 140, "B"))
    with pytest.raises(FileError, match="ends before the first event"):
        read_elan(path, target)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(cut=st.integers(0, 100_000), noise=st.binary(max_size=4), is_cut=st.booleans())
def test_no_damage_raises_anything_but_a_file_error(labels, target, path, cut, noise, is_cut):
    write(path, labels)
    content = path.read_bytes()
    cut %= len(content)
    path.write_bytes(content[:cut] + noise + (b"" if is_cut else content[cut + len(noise) :]))
    with contextlib.suppress(FileError):
        assert isinstance(read_elan(path, target), ImportedLabels)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(cut=st.integers(0, 100_000), noise=st.text('{}[]",:0a', max_size=3))
def test_a_damaged_sidecar_raises_nothing_but_a_file_error(labels, target, path, cut, noise):
    write(path, labels)
    beside = sidecar_path(path)
    text = beside.read_text()
    cut %= len(text)
    beside.write_text(text[:cut] + noise + text[cut + len(noise) :])
    with contextlib.suppress(FileError):
        assert isinstance(read_elan(path, target), ImportedLabels)
