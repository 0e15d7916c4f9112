import numpy as np
import pytest

from evface.datasets.fes import FES
from evface.datasets.samples import Clock
from evface.errors import DatasetError


def by_subject(folder):
    return {sample.subject: sample for sample in FES.iter_samples(folder)}


def test_the_laboratory_names_people_and_the_wild_scenes(fes):
    samples = by_subject(fes)
    assert {subject: (s.name, s.split) for subject, s in samples.items()} == {
        "lab/20211123_1": ("lab/20211123_1/20211123_1_19", ""),
        "wild/03": ("wild/03_11", "train"),
    }
    assert all(
        sample.clock is Clock.EVENTS and sample.counts_from_file for sample in samples.values()
    )


def test_labels_of_xml_lie_at_30_hz_from_the_files_beginning(fes):
    tracks = by_subject(fes)["lab/20211123_1"].read_tracks()
    boxes = tracks["published_boxes_events"]
    # The last one is marked as outside of the picture.
    np.testing.assert_array_equal(boxes.times_us, [0, 100_000])
    np.testing.assert_array_equal(boxes.boxes_px, [[10, 12, 30, 40], [11, 12, 31, 40]])
    landmarks = tracks["published_landmarks_events"]
    assert (landmarks.scheme, landmarks.camera) == ("five", "events")
    np.testing.assert_array_equal(landmarks.times_us, [100_000])
    expected = [[14.5, 20], [24, 20], [19, 26], [15, 32], [23, 33]]
    np.testing.assert_array_equal(landmarks.landmarks[0], expected)


def test_several_faces_are_several_tracks(fes):
    tracks = by_subject(fes)["wild/03"].read_tracks()
    assert set(tracks) == {
        *("published_boxes_events", "published_boxes_events_2"),
        *("published_landmarks_events", "published_landmarks_events_2"),
    }
    second = tracks["published_boxes_events_2"]
    np.testing.assert_array_equal(second.boxes_px, [[40, 12, 60, 42]])
    np.testing.assert_array_equal(second.times_us, [33_333])


def test_arrays_say_the_same_as_tables(fes):
    table = fes / "train" / "03_11.txt"
    expected = by_subject(fes)["wild/03"].read_tracks()
    fields = [("ts", "<u8"), *((name, "<f4") for name in "xywh"), ("class_id", "u1")]
    fields += [("track_id", "<u4"), ("class_confidence", "<f4")]
    fields += [(f"{axis}{i}", "<f4") for i in range(5) for axis in "xy"]
    rows = [
        (33333, 10, 12, 20, 30, 0, 0, 1, *range(1, 11)),
        (33333, 40, 12, 20, 30, 0, 4, 1, *range(1, 11)),
    ]
    np.save(table.with_name("03_11_bbox.npy"), np.array(rows, fields))
    table.unlink()
    read = by_subject(fes)["wild/03"].read_tracks()
    assert set(read) == set(expected)
    np.testing.assert_array_equal(
        read["published_landmarks_events"].landmarks,
        expected["published_landmarks_events"].landmarks,
    )


def test_an_array_of_times_beyond_all_numbers_is_damaged(fes):
    table = fes / "train" / "03_11.txt"
    fields = [("ts", "<f8"), *((name, "<f4") for name in "xywh"), ("track_id", "<u4")]
    np.save(table.with_suffix(".npy"), np.array([(np.inf, 10, 12, 20, 30, 0)], fields))
    table.unlink()
    with pytest.raises(DatasetError, match="holds no labels of faces"):
        by_subject(fes)["wild/03"].read_tracks()


def test_recordings_without_labels_and_histograms_are_named(fes, split_findings):
    (fes / "train" / "03_11.txt").unlink()
    _, missing = split_findings(FES, fes)
    events = fes / "wild" / "03_11.raw"
    assert missing == [f"{events}: has no labels (.xml, .txt or .npy of its name); copy them too"]
    for path in fes.rglob("*.raw"):
        path.rename(path.with_suffix(".h5"))
    with pytest.raises(DatasetError, match=r"its .h5 files are histograms made from events"):
        next(FES.iter_samples(fes))


@pytest.mark.parametrize(
    "text",
    [
        "<annotations><track>",
        '<!DOCTYPE a [<!ENTITY b "bbbb">]><annotations>&b;</annotations>',
        '<a><track><points frame="0" points="1,2"/></track></a>',
        '<a><track><box frame="99999999999999999999" xtl="0" ytl="0" xbr="1" ybr="1"/></track></a>',
        '<a><track><box frame="x" xtl="0" ytl="0" xbr="1" ybr="1"/></track></a>',
    ],
)
def test_damaged_xml_is_named_and_never_expanded(fes, text):
    path = fes / "lab" / "xml" / "20211123_1" / "19" / "annotations.xml"
    path.write_text(text)
    (line,) = FES.find(fes).missing
    assert str(line).startswith(f"{path}: holds no labels of faces (")
