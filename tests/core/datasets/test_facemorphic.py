from pathlib import Path

import numpy as np
import pytest

from evface.datasets.facemorphic import FACEMORPHIC
from evface.errors import DatasetError


def by_label(folder: Path):
    return {sample.label: sample for sample in FACEMORPHIC.iter_samples(folder)}


def test_a_clip_has_events_frames_in_time_and_its_action_unit(facemorphic):
    sample = by_label(facemorphic)["AU12"]
    assert (sample.name, sample.subject) == ("anna/AU_12/1", "anna")
    assert sample.events is not None
    assert sample.events.name == "event_1.raw"
    # In the order of time although "10" comes before "2", and past midnight.
    np.testing.assert_array_equal(sample.video.times_us, np.arange(11) * 40_000)
    assert sample.video.paths[10].name == "frame_10_00:00:00.350000.jpg"
    assert sample.video_start_us == 40_000
    assert len(sample.event_frames["frame"]) == 2


def test_the_action_is_present_between_the_frames_annotated(facemorphic):
    track = by_label(facemorphic)["AU12"].read_tracks()["published_action_units"]
    assert (track.names, track.scale, str(track.source.kind)) == ("AU12", "presence", "published")
    np.testing.assert_array_equal(track.intensity[:, 0], [0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    np.testing.assert_array_equal(track.times_us, np.arange(11) * 40_000)


def test_reading_is_a_class_without_action(facemorphic):
    sample = by_label(facemorphic)["reading"]
    assert sample.video is None
    assert sample.read_tracks() == {}


def test_users_last_in_the_alphabet_train_and_the_rest_test(tmp_path):
    for user in "abcdefghij":
        events = tmp_path / user / "AU_1" / "event_1.raw"
        events.parent.mkdir(parents=True)
        events.write_bytes(b"")
    splits = {sample.subject: sample.split for sample in FACEMORPHIC.iter_samples(tmp_path)}
    assert splits == {user: "test" if user in "ab" else "train" for user in "abcdefghij"}


def test_a_folder_of_something_else_is_told_apart_from_a_part(tmp_path, split_findings):
    _, missing = split_findings(FACEMORPHIC, tmp_path)
    (line,) = missing
    assert "holds no folders such as USER/AU_12" in line


def test_each_missing_piece_gives_one_line(facemorphic, split_findings):
    clip = facemorphic / "recordings" / "anna" / "AU_12"
    (clip / "event_1.raw").unlink()
    samples, missing = split_findings(FACEMORPHIC, facemorphic)
    assert f"{clip / 'event_1.raw'}: is missing; copy it again" in missing
    assert any("holds 2 of 64 users" in line for line in missing)
    reading = facemorphic / "recordings" / "berta" / "AU_READING"
    assert any(line.startswith(f"{reading / 'frames_1'}: is missing") for line in missing)
    # Its pictures of events are still there, and no others are made up for them.
    assert {sample.label: sample.is_recording for sample in samples} == {
        "AU12": False,
        "reading": True,
    }


def test_a_frame_without_time_is_named(facemorphic, split_findings):
    frames = facemorphic / "recordings" / "anna" / "AU_12" / "frames_1"
    next(frames.iterdir()).rename(frames / "frame_x.jpg")
    _, missing = split_findings(FACEMORPHIC, facemorphic)
    assert any("frame_x.jpg: has no time such as" in line for line in missing)


@pytest.mark.parametrize(
    "said",
    ["[", '{"start": 1}', '{"start": Infinity, "end": 2}', '{"start": "x", "end": 2}', "[1, 2]"],
)
def test_a_damaged_annotation_is_named(facemorphic, said):
    path = facemorphic / "recordings" / "anna" / "AU_12" / "event_frames_1" / "annotation.json"
    path.write_text(said)
    with pytest.raises(DatasetError, match=r"annotation.json: does not say start and end"):
        by_label(facemorphic)["AU12"].read_tracks()
    assert any(line.path == path for line in FACEMORPHIC.find(facemorphic).missing)


def test_an_annotation_of_no_frame_gives_no_track(facemorphic):
    path = facemorphic / "recordings" / "anna" / "AU_12" / "event_frames_1" / "annotation.json"
    path.write_text('{"start": 133, "end": 134}')
    assert by_label(facemorphic)["AU12"].read_tracks() == {}
