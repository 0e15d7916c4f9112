import itertools
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pympi
import pytest

from evface.annotations.segments import Intensity, Scale, Segment, Side
from evface.geometry.clock import ClockSync
from evface.interchange.elan_writing import value_of, write_elan
from evface.interchange.labels import RecordingLabels
from evface.interchange.sidecar import read_sidecar

NOW = "2026-11-21T12:00:00+00:00"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "labels.eaf"


def write(path, labels):
    return write_elan(path, labels, made_at=NOW)


def without_video(labels):
    return replace(labels, video_times_us=np.empty(0, np.int64), media={})


def test_pympi_reads_the_tiers_of_each_unit_side_and_person(labels, path):
    exported = write(path, without_video(labels))
    assert exported.files == (path, path.with_name("labels.eaf.evface.json"))
    assert exported.counts == {"segments": 5, "tiers": 5}
    eaf = pympi.Elan.Eaf(str(path))
    tiers = {name: eaf.get_annotation_data_for_tier(name) for name in eaf.get_tier_names()}
    assert tiers == {
        "AU1@ben": [(300, 400, "absent")],
        "AU4@anna": [(20, 21, "not visible")],
        "AU6@ben": [(100, 200, "0.4 unit")],
        "AU12_L@anna": [(123, 789, "B")],
        "AU12_L#2@anna": [(500, 889, "present")],
    }
    assert eaf.get_parameters_for_tier("AU6@ben")["ANNOTATOR"] == "ben"
    entries = eaf.get_cv_entries("intensity")
    words = [values[0][0] for values, _ in entries.values()]
    assert words == [*"ABCDE", "present", "absent", "not visible"]
    assert eaf.get_parameters_for_linguistic_type("action unit") == {
        "CONTROLLED_VOCABULARY_REF": "intensity",
        "GRAPHIC_REFERENCES": "false",
        "LINGUISTIC_TYPE_ID": "action unit",
        "TIME_ALIGNABLE": "true",
    }


def test_one_persons_tiers_are_named_after_the_unit_alone(labels, path):
    mine = {key: one for key, one in labels.segments.items() if one.author == "anna"}
    write(path, replace(labels, segments=mine))
    names = set(pympi.Elan.Eaf(str(path)).get_tier_names())
    assert names == {"AU4", "AU12_L", "AU12_L#2"}


def test_no_tier_has_annotations_that_overlap(path):
    segments = [
        Segment(f"s{i}", "AU12", 1_000 * i, 1_000 * i + 2_500, author="anna") for i in range(20)
    ]
    write(path, RecordingLabels(name="r", segments={one.id: one for one in segments}))
    eaf = pympi.Elan.Eaf(str(path))
    spans = [
        sorted(eaf.get_annotation_data_for_tier(name), key=lambda one: one[:2])
        for name in eaf.get_tier_names()
    ]
    assert sum(map(len, spans)) == 20
    for tier in spans:
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(tier))


@pytest.mark.parametrize(
    ("sync", "origin_ms", "span_ms"),
    [
        # The video began 2.5 s before the first event, which is the annotations' time zero.
        (ClockSync(-2_500_000), 2500, (100, 200)),
        # It began 50 ms after: ELAN knows no times before zero, so the video's is taken.
        (ClockSync(50_000), 0, (50, 150)),
        (ClockSync(150_000), 0, (0, 50)),
    ],
)
def test_the_time_origin_says_where_in_the_video_time_zero_is(path, sync, origin_ms, span_ms):
    labels = RecordingLabels(
        name="r",
        media={"rgb": "my video.mp4"},
        sync=sync,
        video_times_us=sync.to_sensor_us(np.arange(3, dtype=np.int64) * 40_000),
        segments={"s": Segment("s", "AU1", 100_000, 200_000)},
    )
    write(path, labels)
    eaf = pympi.Elan.Eaf(str(path))
    (medium,) = eaf.get_linked_files()
    assert medium["TIME_ORIGIN"] == str(origin_ms)
    assert medium["RELATIVE_MEDIA_URL"] == "./my%20video.mp4"
    assert medium["MIME_TYPE"] == "video/mp4"
    assert eaf.get_annotation_data_for_tier("AU1")[0][:2] == span_ms


def test_what_ends_before_the_video_is_kept_in_the_sidecar_and_said(path):
    labels = RecordingLabels(
        name="r",
        media={"rgb": "v.mp4"},
        sync=ClockSync(300_000),
        video_times_us=np.array([300_000], np.int64),
        segments={
            "s": Segment("s", "AU1", 100_000, 200_000),
            "t": Segment("t", "AU2", 100_000, 400_000),
        },
    )
    exported = write(path, labels)
    assert exported.counts["segments"] == 1
    assert exported.notes[0] == "what ends before the video begins is in the sidecar alone: 1"
    assert "what begins before the video" in exported.notes[1]
    assert [one["id"] for one in read_sidecar(path)["segments"]] == ["s", "t"]


def test_times_are_in_order(labels, path):
    write(path, labels)
    slots = ElementTree.parse(path).getroot().findall("TIME_ORDER/TIME_SLOT")
    values = [int(slot.get("TIME_VALUE")) for slot in slots]
    assert values == sorted(values)
    assert [slot.get("TIME_SLOT_ID") for slot in slots] == [
        f"ts{i + 1}" for i in range(len(values))
    ]


def test_refused_suggestions_are_no_annotations(labels, path):
    exported = write(path, labels)
    assert "AU7" not in path.read_text()
    assert "refused suggestions are in the sidecar alone: 1" in exported.notes
    assert {one["id"] for one in read_sidecar(path)["segments"]} == set(labels.segments)


def test_values_keep_their_scale():
    graded = Segment("s", "AU12", 0, 1, intensity=Intensity(2.75, Scale.OPENFACE), side=Side.RIGHT)
    assert value_of(graded) == "2.75 openface"
    assert value_of(replace(graded, intensity=Intensity.of_level("E"))) == "E"


def test_without_segments_it_is_a_whole_file(path):
    write(path, RecordingLabels(name="nothing yet"))
    assert list(pympi.Elan.Eaf(str(path)).get_tier_names()) == []
