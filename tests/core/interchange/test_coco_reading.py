import contextlib
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evface.annotations.tracks import LandmarkState, SourceKind
from evface.errors import FileError
from evface.geometry.clock import ClockSync
from evface.interchange.coco_reading import read_coco
from evface.interchange.coco_writing import write_coco
from evface.interchange.labels import ImportedLabels, ImportTarget


@pytest.fixture
def path(tmp_path):
    return tmp_path / "labels.json"


def foreign(n_frames=3, *, n_points=68, v=2, name="take/frame_{:06d}.PNG", **more):
    """What another tool writes."""
    points = [c for i in range(n_points) for c in (10.5 + i, 20.25 + i, v)]
    return {
        "images": [
            {"id": i + 7, "file_name": name.format(i), "width": 640, "height": 480}
            for i in range(n_frames)
        ],
        "annotations": [
            {"id": i, "image_id": i + 7, "category_id": 1, "keypoints": points, **more}
            for i in range(n_frames)
        ],
        "categories": [{"id": 1, "name": "face"}],
    }


def written(path, content):
    path.write_text(json.dumps(content))
    return path


def test_what_is_written_is_read_again_to_the_last_bit(labels, target, path, relaid, same_track):
    exported = write_coco(path, labels, "teacher")
    assert exported.files == (path,)
    assert exported.counts == {"frames": 12, "keyframes": 2}
    imported = read_coco(path, target)
    (role,) = imported.tracks
    assert role == "imported_coco"
    assert imported.notes == ()
    shown = labels.labelled("teacher").laid()
    again = relaid(imported, role).laid()
    same_track(again, shown)
    np.testing.assert_array_equal(again.confidence, shown.confidence)
    assert sorted(imported.corrections[role], key=repr) == sorted(
        labels.corrections["teacher"], key=repr
    )
    assert imported.tracks[role].source.kind is SourceKind.IMPORTED


def test_the_events_picture_keeps_its_times(labels, on_events, target, path, relaid, same_track):
    write_coco(path, labels, "transferred")
    imported = read_coco(path, on_events)
    (role,) = imported.tracks
    assert role == "imported_coco_events"
    same_track(relaid(imported, role).laid(), labels.labelled("transferred").laid())
    with pytest.raises(FileError, match="import it with --camera events"):
        read_coco(path, target)


def test_labels_of_the_video_stay_on_its_frames_when_the_sync_has_changed(labels, target, path):
    write_coco(path, labels, "teacher")
    sync = ClockSync(-12_345, -80.0)
    video_us = sync.to_sensor_us(labels.sync.to_video_us(labels.video_times_us))
    moved = replace(target, sync=sync, video_times_us=video_us)
    imported = read_coco(path, moved)
    np.testing.assert_array_equal(imported.tracks["imported_coco"].times_us, video_us)
    times_us = {one.t_us for one in imported.corrections["imported_coco"]}
    assert times_us == {int(video_us[i]) for i in (2, 6, 8)}


def test_others_labels_are_a_machines_unless_a_person_is_named(target, path):
    written(path, foreign(score=0.75))
    imported = read_coco(path, target)
    track = imported.tracks["imported_coco"]
    np.testing.assert_array_equal(track.times_us, target.video_times_us[:3])
    assert track.landmarks[0, 2].tolist() == [12.5, 22.25]
    assert (track.state == LandmarkState.AUTO).all()
    assert track.confidence.tolist() == [0.75] * 3
    assert not imported.corrections["imported_coco"]
    assert "taken for a machine's" in imported.notes[0]
    by_person = read_coco(path, replace(target, person="carl"))
    words = by_person.corrections["imported_coco"]
    assert len(words) == 3 * 68
    assert {(one.correction.author, one.correction.source) for one in words} == {
        ("carl", "imported from coco")
    }
    assert np.isnan(by_person.tracks["imported_coco"].landmarks).all()


def test_a_score_beyond_reason_is_refused(target, path):
    with pytest.raises(FileError, match="a score is beyond reason"):
        read_coco(written(path, foreign(score=1e300)), target)


def test_points_that_are_named_are_sorted_by_name(target, path):
    content = foreign(1)
    names = [str(i + 1) for i in range(68)]
    order = sorted(range(68), key=lambda i: names[i])
    content["categories"][0]["keypoints"] = [names[i] for i in order]
    points = np.array(content["annotations"][0]["keypoints"]).reshape(68, 3)
    content["annotations"][0]["keypoints"] = points[order].ravel().tolist()
    track = read_coco(written(path, content), target).tracks["imported_coco"]
    np.testing.assert_array_equal(track.landmarks[0], points[:, :2])


def test_the_face_of_wholebody_is_read(target, path):
    content = foreign(2)
    for one in content["annotations"]:
        one["face_kpts"], one["keypoints"] = one["keypoints"], [0] * 51
    assert len(read_coco(written(path, content), target).tracks["imported_coco"]) == 2


def test_one_of_several_faces_is_chosen_by_its_number(target, path):
    content = foreign(2)
    for one in content["annotations"]:
        one["attributes"] = {"track_id": 3, "occluded": False}
    others = [
        {**one, "id": 9, "attributes": {"track_id": 4}, "keypoints": [1, 2, 2] * 68}
        for one in content["annotations"]
    ]
    content["annotations"] += others
    written(path, content)
    with pytest.raises(FileError, match="several faces on picture 7; say which by --face"):
        read_coco(path, target)
    track = read_coco(path, replace(target, face=4)).tracks["imported_coco"]
    assert (track.landmarks == [1, 2]).all()
    with pytest.raises(FileError, match="no keypoints of a face"):
        read_coco(path, replace(target, face=5))


def test_frames_are_times_only_where_it_is_known_when_they_were(target, on_events, path):
    written(path, foreign(12, name="f{:03d}.jpg"))
    assert len(read_coco(path, target).tracks["imported_coco"]) == 12
    written(path, foreign(13))
    with pytest.raises(FileError, match=r"a frame 12, .* ends with 11; if it counts from 1, say"):
        read_coco(path, target)
    content = foreign(12)
    for number, image in enumerate(content["images"], start=1):
        image["file_name"] = f"{number}.png"
    written(path, content)
    times_us = read_coco(path, replace(target, first_frame=1)).tracks["imported_coco"].times_us
    np.testing.assert_array_equal(times_us, target.video_times_us)
    written(path, foreign(2))
    with pytest.raises(FileError, match="does not say when they were"):
        read_coco(path, on_events)
    at_rate = read_coco(path, replace(on_events, rate_hz=500.0)).tracks["imported_coco_events"]
    assert at_rate.times_us.tolist() == [0, 2000]
    with pytest.raises(FileError, match="this recording lacks; say --rate-hz"):
        read_coco(path, ImportTarget())
    with pytest.raises(FileError, match=r"which frame face\.png is"):
        read_coco(written(path, foreign(1, name="face.png")), target)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not whole JSON"),
        ('{"images": [', "is not whole JSON"),
        ("[]", "needs images and categories"),
        ("{}", "lacks 'annotations'"),
        ('{"images": [], "annotations": [], "categories": []}', "no keypoints of a face"),
        (json.dumps(foreign()).replace("10.5,", "NaN,"), "NaN is not a number"),
        (json.dumps(foreign()).replace("10.5,", "1e400,"), "lies nowhere"),
        (json.dumps(foreign()).replace("10.5,", "1e9,"), "a million pixels away"),
        (json.dumps(foreign()).replace("10.5,", '"x",'), "is not whole COCO"),
        (json.dumps(foreign(n_points=17)), "faces of 17 points; evface knows faces of 68"),
        ("[" * 100_000, "is not whole JSON"),
        (json.dumps(foreign(name="9" * 30)), "is not whole COCO"),
    ],
)
def test_damaged_files_are_refused_with_a_reason(target, path, text, words):
    path.write_text(text)
    with pytest.raises(FileError, match=words) as raised:
        read_coco(path, target)
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


def test_faces_of_different_sizes_are_refused(target, path):
    content = foreign(2)
    content["annotations"][1]["keypoints"] = content["annotations"][1]["keypoints"][:-3]
    with pytest.raises(FileError, match="picture 8 has 67 points, others 68"):
        read_coco(written(path, content), target)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(cut=st.integers(0, 20_000), noise=st.binary(min_size=0, max_size=3))
def test_no_damage_raises_anything_but_a_file_error(labels, target, path, cut, noise):
    write_coco(path, labels, "teacher")
    content = path.read_bytes()
    cut %= len(content)
    path.write_bytes(content[:cut] + noise + content[cut + len(noise) :][: 10_000_000 * (cut % 2)])
    with contextlib.suppress(FileError):
        assert isinstance(read_coco(path, target), ImportedLabels)
