import contextlib
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evface.annotations.tracks import LandmarkState
from evface.errors import FileError
from evface.geometry.clock import ClockSync
from evface.interchange.cvat_reading import read_cvat
from evface.interchange.cvat_writing import write_cvat
from evface.interchange.labels import ImportedLabels
from evface.interchange.sidecar import sidecar_path

ROLE = "imported_cvat"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "labels.xml"


def foreign(path, *frames, source="manual", n_points=5, **track):
    """Write what CVAT does: frames of ``(number, keyframe, outside, x)``, y is 2 x."""
    shapes = "".join(
        f'<skeleton frame="{number}" keyframe="{keyframe}" z_order="0">'
        + "".join(
            f'<points label="{i + 1}" keyframe="{keyframe}" outside="{outside}" occluded="0" '
            f'points="{x + i:.2f},{2 * x:.2f}"></points>'
            for i in range(n_points)
        )
        + "</skeleton>"
        for number, keyframe, outside, x in frames
    )
    attributes = " ".join(f'{name}="{value}"' for name, value in track.items())
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version>'
        f'<track id="0" label="face" source="{source}" {attributes}>{shapes}</track></annotations>'
    )
    path.write_text(text)
    return path


def test_what_is_written_is_read_again_to_the_last_bit(labels, target, path, relaid, same_track):
    write_cvat(path, labels, "teacher")
    imported = read_cvat(path, target)
    shown = labels.labelled("teacher").laid()
    again = relaid(imported, ROLE).laid()
    same_track(again, shown)
    np.testing.assert_array_equal(again.confidence, shown.confidence)
    assert sorted(imported.corrections[ROLE], key=repr) == sorted(
        labels.corrections["teacher"], key=repr
    )
    assert imported.notes == ()


@pytest.mark.parametrize("has_sidecar", [True, False])
def test_keyframes_stay_peoples_and_only_those(labels, target, path, has_sidecar):
    write_cvat(path, labels, "teacher")
    if not has_sidecar:
        sidecar_path(path).unlink()
    imported = read_cvat(path, target)
    words = {
        (one.t_us, one.landmark)
        for one in imported.corrections[ROLE]
        if one.correction.state is not LandmarkState.INTERPOLATED
    }
    t2, t6 = int(labels.video_times_us[2]), int(labels.video_times_us[6])
    assert words == {(t2, 30), (t2, 5), (t6, 30)}
    if not has_sidecar:
        (hidden,) = (one.correction for one in imported.corrections[ROLE] if one.landmark == 5)
        assert hidden.is_occluded
        assert hidden.xy_px == pytest.approx((40.1, 50.2), abs=1e-4)
        assert (hidden.author, hidden.source) == ("", "imported from cvat")


def test_every_frame_a_keyframe_makes_no_one_say_more(labels, target, path):
    write_cvat(path, labels, "teacher", all_keyframes=True)
    assert len(read_cvat(path, target).corrections[ROLE]) == 5


def test_the_events_picture_keeps_its_times(labels, on_events, target, path, relaid, same_track):
    write_cvat(path, labels, "transferred")
    imported = read_cvat(path, on_events)
    again = relaid(imported, "imported_cvat_events").laid()
    same_track(again, labels.labelled("transferred").laid())
    with pytest.raises(FileError, match="import it with --camera events"):
        read_cvat(path, target)
    sidecar_path(path).unlink()
    with pytest.raises(FileError, match=r"keep its .evface.json beside it, or say --rate-hz"):
        read_cvat(path, on_events)


def redumped(path, change):
    """Rewrite a file as CVAT does when it was loaded there, changed and exported again."""
    tree = ElementTree.parse(path)
    for point in tree.getroot().iter("points"):
        x, y = map(float, point.get("points").split(","))
        point.set("points", f"{x:.2f},{y:.2f}")
    change(tree.getroot())
    tree.write(path)


def point_of(root, frame, landmark):
    return root.find(f"track/skeleton[@frame='{frame}']")[landmark]


def test_a_point_moved_in_cvat_is_a_persons_and_the_rest_as_before(labels, target, path):
    write_cvat(path, labels, "teacher")

    def change(root):
        point_of(root, 2, 30).set("points", "99.50,88.50")
        moved = point_of(root, 9, 12)
        moved.set("points", "77.50,66.50")
        moved.set("keyframe", "1")
        point_of(root, 6, 30).set("keyframe", "0")

    redumped(path, change)
    imported = read_cvat(path, replace(target, person="carl"))
    times_us = labels.video_times_us
    words = {(one.t_us, one.landmark): one.correction for one in imported.corrections[ROLE]}
    said = {key: (one.author, one.xy_px) for key, one in words.items()}
    assert said[int(times_us[2]), 30] == ("carl", (99.0, 88.0))
    assert said[int(times_us[9]), 12] == ("carl", (77.0, 66.0))
    assert said[int(times_us[2]), 5] == ("anna", (40.1, 50.2))
    assert (int(times_us[6]), 30) not in said
    assert words[int(times_us[2]), 5].made_at == "2026-01-01T10:00:00.000+00:00"


def test_a_machines_track_that_was_corrected_in_cvat_says_which_points(labels, target, path):
    labels = replace(labels, corrections={})
    write_cvat(path, labels, "teacher")
    redumped(path, lambda root: point_of(root, 4, 7).set("points", "10.50,20.50"))
    imported = read_cvat(path, target)
    (one,) = imported.corrections[ROLE]
    assert (one.t_us, one.landmark) == (int(labels.video_times_us[4]), 7)
    assert one.correction.xy_px == (10.0, 20.0)
    teacher, track = labels.tracks["teacher"], imported.tracks[ROLE]
    np.testing.assert_array_equal(track.landmarks[3, :7], teacher.landmarks[4, :7])
    assert np.isnan(track.landmarks[3, 7]).all()


def through_cvat(path, n_frames):
    """Rewrite a file as CVAT does when it was loaded there and exported: only keyframes last."""
    root = ElementTree.parse(path).getroot()
    kept = {}
    for skeleton in root.iter("skeleton"):
        for point in skeleton:
            if point.get("keyframe") == "1":
                x, y = (round(float(c), 2) for c in point.get("points").split(","))
                shape = (
                    int(skeleton.get("frame")),
                    x,
                    y,
                    point.get("outside"),
                    point.get("occluded"),
                )
                kept.setdefault(point.get("label"), []).append(shape)
    frames = {}
    for label, shapes in kept.items():
        assert shapes, "CVAT cannot load a point without a keyframe"
        for shape, after in zip(shapes, [*shapes[1:], None], strict=True):
            start, x, y, outside, occluded = shape
            stop = n_frames if after is None else after[0]
            for frame in range(start, stop if outside == "0" else start + 1):
                share = 0 if after is None or after[3] == "1" else (frame - start) / (stop - start)
                x1, y1 = (x, y) if after is None else after[1:3]
                place = f"{x + share * (x1 - x):.2f},{y + share * (y1 - y):.2f}"
                key = int(frame == start)
                flags = f'keyframe="{key}" outside="{outside}" occluded="{occluded}"'
                frames.setdefault(frame, []).append(
                    f'<points label="{label}" {flags} points="{place}"/>'
                )
    skeletons = "".join(
        f'<skeleton frame="{frame}" keyframe="1" z_order="0">{"".join(points)}</skeleton>'
        for frame, points in sorted(frames.items())
    )
    track = f'<track id="0" label="face" source="file">{skeletons}</track>'
    path.write_text(f"<annotations><version>1.1</version>{track}</annotations>")


def test_what_cvat_packed_is_read_with_the_sidecar_from_elsewhere(labels, target, path):
    write_cvat(path, labels, "teacher")
    through_cvat(path, 12)
    packed = path.with_name("task_7.zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "annotations.xml")
    alone = read_cvat(packed, target)
    assert not alone.corrections[ROLE]
    known = read_cvat(packed, replace(target, sidecar=sidecar_path(path)))
    assert {one.correction.author for one in known.corrections[ROLE]} == {"anna", "ben"}
    with pytest.raises(FileError, match=r"none\.json: cannot be read"):
        read_cvat(packed, replace(target, sidecar=path.with_name("none.json")))


def test_archives_that_are_something_else_are_refused(target, path):
    packed = path.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "text")
    with pytest.raises(FileError, match="has 0 XML files in it"):
        read_cvat(packed, target)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("annotations.xml", f"<annotations>{'<a/>' * 10_000}</annotations>")
    whole = packed.read_bytes()
    packed.write_bytes(whole[:50] + b"\0\1\2\3" + whole[54:])
    with pytest.raises(FileError, match="is not a whole ZIP archive"):
        read_cvat(packed, target)


@pytest.mark.parametrize("all_keyframes", [False, True])
def test_peoples_words_survive_cvat_and_nobody_says_more(
    labels, target, path, relaid, all_keyframes
):
    write_cvat(path, labels, "teacher", all_keyframes=all_keyframes)
    through_cvat(path, 12)
    imported = read_cvat(path, replace(target, person="carl"))
    said = [
        one
        for one in labels.corrections["teacher"]
        if one.correction.state is not LandmarkState.INTERPOLATED
    ]
    words = [
        one
        for one in imported.corrections[ROLE]
        if one.correction.state is not LandmarkState.INTERPOLATED
    ]
    assert sorted(words, key=repr) == sorted(said, key=repr)
    if all_keyframes:
        shown = labels.labelled("teacher").laid()
        again = relaid(imported, ROLE).laid()
        np.testing.assert_array_equal(again.landmarks, shown.landmarks[shown.valid])
        np.testing.assert_array_equal(again.state, shown.state[shown.valid])


def test_what_lies_between_keyframes_is_no_ones_word(target, path, relaid):
    foreign(path, (1, 1, 0, 10.5), (2, 0, 0, 12.5), (5, 1, 0, 30.5), (7, 1, 1, 0.0))
    imported = read_cvat(path, target)
    track = imported.tracks[ROLE]
    assert track.scheme == "five"
    np.testing.assert_array_equal(track.times_us, target.video_times_us[1:7])
    shown = relaid(imported, ROLE).laid()
    # Frame 2 as the file has it, 3 and 4 on the way to 5, 6 as 5 until the face has left.
    assert shown.landmarks[:, 0, 0].tolist() == [10, 12, 18, 24, 30, 30]
    corrected, between = LandmarkState.CORRECTED, LandmarkState.INTERPOLATED
    assert shown.state[:, 0].tolist() == [corrected, between, between, between, corrected, between]
    assert len(imported.corrections[ROLE]) == 2 * 5


def test_a_track_that_came_into_cvat_from_a_file_is_a_persons_if_so_said(target, path):
    foreign(path, (1, 1, 0, 10.5), source="file")
    imported = read_cvat(path, target)
    assert not imported.corrections[ROLE]
    assert "taken for a machine's; say --by NAME if a person did" in imported.notes[0]
    words = read_cvat(path, replace(target, person="carl"))
    assert {one.correction.author for one in words.corrections[ROLE]} == {"carl"}
    assert words.notes == ()


@pytest.mark.parametrize("source", ["auto", "semi-auto", "file"])
def test_a_machines_frames_stay_as_they_came(target, path, source):
    foreign(path, (1, 1, 0, 10.5), (5, 1, 0, 30.5), (6, 0, 0, 31.5), source=source)
    imported = read_cvat(path, target)
    track = imported.tracks[ROLE]
    np.testing.assert_array_equal(track.times_us, target.video_times_us[[1, 5, 6]])
    assert track.state[:, 0].tolist() == [0, 0, LandmarkState.INTERPOLATED]
    assert not imported.corrections[ROLE]
    assert imported.longest_gaps_us == {ROLE: 0}


def test_plain_points_are_a_face_too(target, path):
    text = foreign(path).read_text()
    shape = '<points frame="3" keyframe="1" outside="0" occluded="1" points="{}" z_order="0"/>'
    points = ";".join(f"{i + 0.5},{i + 1.5}" for i in range(68))
    path.write_text(text.replace("</track>", shape.format(points) + "</track>"))
    words = read_cvat(path, target).corrections[ROLE]
    assert [one.correction.xy_px for one in words] == [(i, i + 1) for i in range(68)]
    assert all(one.correction.is_occluded for one in words)


def test_tracks_that_follow_one_another_are_one_face(target, path):
    first = foreign(path, (0, 1, 0, 1.5), (2, 1, 1, 0.0)).read_text()
    second = foreign(path, (4, 1, 0, 9.5)).read_text()
    track = second[second.index("<track") : second.index("</annotations>")]
    both = first.replace("</annotations>", track.replace('id="0"', 'id="1"') + "</annotations>")
    path.write_text(both)
    imported = read_cvat(path, target)
    np.testing.assert_array_equal(imported.tracks[ROLE].times_us, target.video_times_us[[0, 1, 4]])
    path.write_text(both.replace('frame="4"', 'frame="0"'))
    with pytest.raises(FileError, match=r"several faces at a time \(tracks 0, 1\)"):
        read_cvat(path, target)
    (one, *_) = read_cvat(path, replace(target, face=1)).corrections[ROLE]
    assert one.correction.xy_px == (9.0, 18.5)
    with pytest.raises(FileError, match="no track of points"):
        read_cvat(path, replace(target, face=8))


def test_the_sync_of_today_counts(labels, target, path):
    write_cvat(path, labels, "teacher")
    sync = ClockSync(777)
    video_us = sync.to_sensor_us(labels.sync.to_video_us(labels.video_times_us))
    imported = read_cvat(path, replace(target, sync=sync, video_times_us=video_us))
    np.testing.assert_array_equal(imported.tracks[ROLE].times_us, video_us)
    assert {one.t_us for one in imported.corrections[ROLE]} == {int(video_us[i]) for i in (2, 6, 8)}


BOMB = """<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><annotations>&b;</annotations>"""
EXTERNAL = """<?xml version="1.0"?>
<!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/hostname">]><annotations>&a;</annotations>"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not whole XML"),
        ("<annotations><track", "is not whole XML"),
        (BOMB, "not safe to read"),
        (EXTERNAL, "not safe to read"),
        ("<a/>", "is not a file of CVAT"),
        ("<annotations><image/></annotations>", "export the task as CVAT for video"),
        ("<annotations/>", "no track of points"),
        ("<annotations>" + "<a>" * 100, "nests its elements too deep"),
    ],
)
def test_other_and_hostile_files_are_refused_with_a_reason(target, path, text, words):
    path.write_text(text)
    with pytest.raises(FileError, match=words) as raised:
        read_cvat(path, target)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('points="10.50,21.00"', 'points="nan,21.00"', "a point of frame 1 lies nowhere"),
        ('points="10.50,21.00"', 'points="1e9,21.00"', "a million pixels away"),
        ('points="10.50,21.00"', 'points="inf,21.00"', "a point of frame 1 lies nowhere"),
        ('points="10.50,21.00"', 'points="10.50"', "is not whole CVAT XML"),
        ('points="10.50,21.00"', 'points="1,2;3,4"', "a point of a skeleton has 2 places"),
        ('outside="0"', "", "lacks 'outside'"),
        ('label="1"', 'label="77"', "not numbered from 1 to 5"),
        ('label="2"', 'label="1"', "faces of 4 points"),
        ('frame="1"', 'frame="-1"', "a frame is number -1"),
        ('frame="1"', 'frame="1.5"', "is not whole CVAT XML"),
        ('frame="1"', 'frame="' + "9" * 30 + '"', "a frame is number 999"),
        ('frame="1"', 'frame="' + "9" * 5000 + '"', "is not whole CVAT XML"),
        ('frame="1"', 'frame="12"', "a frame 12, but the recording's video ends with 11"),
    ],
)
def test_damaged_values_are_refused_with_a_reason(target, path, before, after, words):
    text = foreign(path, (1, 1, 0, 10.5)).read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    with pytest.raises(FileError, match=words):
        read_cvat(path, target)


def test_a_number_that_would_fill_the_memory_is_refused(target, path):
    foreign(path, (1, 1, 0, 10.5), (700_000, 1, 0, 10.5))
    with pytest.raises(FileError, match=r"over 700,000 frames, more than the 600,000"):
        read_cvat(path, target)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(cut=st.integers(0, 100_000), noise=st.binary(max_size=4), is_cut=st.booleans())
def test_no_damage_raises_anything_but_a_file_error(labels, target, path, cut, noise, is_cut):
    write_cvat(path, labels, "teacher")
    content = path.read_bytes()
    cut %= len(content)
    path.write_bytes(content[:cut] + noise + (b"" if is_cut else content[cut + len(noise) :]))
    with contextlib.suppress(FileError):
        assert isinstance(read_cvat(path, target), ImportedLabels)
