from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from evface.annotations.tracks import Camera
from evface.errors import RecordingError
from evface.interchange.cvat_writing import write_cvat
from evface.interchange.sidecar import read_sidecar
from evface.landmarks.schemes import IBUG68


@pytest.fixture
def path(tmp_path):
    return tmp_path / "labels.xml"


def skeletons(path):
    return ElementTree.parse(path).getroot().findall("track/skeleton")


def keyframes(path):
    return [
        (int(skeleton.get("frame")), point.get("label"))
        for skeleton in skeletons(path)
        for point in skeleton
        if point.get("keyframe") == "1" and point.get("outside") == "0"
    ]


def test_only_what_a_person_said_is_a_keyframe(labels, path):
    exported = write_cvat(path, labels, "teacher")
    assert exported.files == (path, path.with_name("labels.xml.evface.json"))
    assert exported.counts == {"frames": 12, "keyframes": 2}
    names = IBUG68.names
    assert sorted(keyframes(path)) == sorted([(2, names[30]), (2, names[5]), (6, names[30])])
    whole = [int(one.get("frame")) for one in skeletons(path) if one.get("keyframe") == "1"]
    assert whole == [2, 6]


def test_every_point_has_a_keyframe_without_which_cvat_cannot_load_it(labels, path):
    write_cvat(path, labels, "teacher")
    points = [
        (skeleton, point)
        for skeleton in skeletons(path)
        for point in skeleton
        if point.get("keyframe") == "1"
    ]
    assert {point.get("label") for _, point in points} == set(IBUG68.names)
    unsaid = set(IBUG68.names) - {IBUG68.names[30], IBUG68.names[5]}
    # They leave on the last frame; the task has none after it.
    gone = {(one.get("frame"), p.get("label")) for one, p in points if p.get("outside") == "1"}
    assert gone == {("11", name) for name in unsaid}


def test_it_nests_as_cvat_does(labels, path):
    write_cvat(path, labels, "teacher")
    root = ElementTree.parse(path).getroot()
    assert (root.tag, root.findtext("version")) == ("annotations", "1.1")
    task = root.find("meta/task")
    assert task.findtext("mode") == "interpolation"
    assert (task.findtext("size"), task.findtext("stop_frame")) == ("12", "11")
    assert task.findtext("original_size/width") == "640"
    stated = [(one.findtext("name"), one.findtext("type")) for one in task.findall("labels/label")]
    assert stated == [("face", "skeleton"), *((name, "points") for name in IBUG68.names)]
    assert {one.findtext("parent") for one in task.findall("labels/label")[1:]} == {"face"}
    (track,) = root.findall("track")
    assert (track.get("label"), track.get("source")) == ("face", "manual")
    skeleton = track.find("skeleton")
    assert list(skeleton.attrib) == ["frame", "keyframe", "z_order"]
    assert list(skeleton[0].attrib) == ["label", "keyframe", "outside", "occluded", "points"]
    assert [one.get("label") for one in skeleton] == list(IBUG68.names)


def test_flags_say_what_is_hidden_and_what_is_not_there(labels, path):
    write_cvat(path, labels, "teacher")
    by_frame = {int(one.get("frame")): one for one in skeletons(path)}
    assert [i for i, one in enumerate(by_frame[2]) if one.get("occluded") == "1"] == [5]
    assert {one.get("outside") for one in by_frame[3]} == {"1"}
    # CVAT counts pixels from the corner, evface from the centre of the first one.
    assert by_frame[2][5].get("points") == "40.6000,50.7000"


def test_a_track_of_a_machine_alone_says_so(labels, path):
    write_cvat(path, replace(labels, corrections={}), "teacher")
    (track,) = ElementTree.parse(path).getroot().findall("track")
    assert track.get("source") == "auto"
    # CVAT drops what is no keyframe, and would be left with nothing.
    assert {one.get("keyframe") for one in track} == {"1"}


def test_every_frame_can_be_made_a_keyframe_for_cvat_to_show(labels, path):
    write_cvat(path, labels, "teacher", all_keyframes=True)
    # On one of the twelve frames there is no face.
    assert len(keyframes(path)) == 11 * 68
    assert read_sidecar(path)["every_frame_is_keyframe"]


def test_a_face_that_leaves_ends_there(labels, path):
    teacher = labels.tracks["teacher"]
    fields = {name: np.asarray(getattr(teacher, name))[:5] for name in teacher.layout}
    write_cvat(path, replace(labels, tracks={"teacher": replace(teacher, **fields)}), "teacher")
    last = [one for one in skeletons(path) if one.get("frame") == "9"]
    assert [{p.get("outside") for p in one} for one in last] == [{"1"}]
    assert last[0].get("keyframe") == "1"


def test_names_are_escaped(labels, path):
    strange = replace(labels, name='a<b> & "c"', media={Camera.RGB: "<&>.mp4"})
    write_cvat(path, strange, "teacher")
    assert ElementTree.parse(path).getroot().findtext("meta/task/name") == 'a<b> & "c"'


def test_a_recording_without_the_video_is_refused(labels, path):
    with pytest.raises(RecordingError, match="size of the picture is not known"):
        write_cvat(path, replace(labels, resolutions={}), "teacher")
    assert not path.exists()
