import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from evface.annotations.coding_edits import SetSegments
from evface.annotations.edits import ReplaceTracks
from evface.annotations.landmark_edits import MoveLandmarks
from evface.annotations.segments import Intensity, Segment, Side
from evface.annotations.tracks import ActionUnitTrack, Camera, LandmarkTrack, Source, SourceKind
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.projects.project import Project
from evface.video.writer import write_video

FORMATS = ("coco", "cvat", "elan", "openface", "openface-exact", "hdf5", "npz")
WITH_SIDECAR = ("cvat", "elan", "openface", "openface-exact")


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A project of two recordings, of which the first is labelled."""
    folder = tmp_path_factory.mktemp("made")
    t = np.arange(1500, dtype=np.int64) * 100
    zeros = np.zeros(len(t), np.uint16)
    for name, n in (("ev", 1500), ("other", 1200)):
        events = Events(t[:n], zeros[:n], zeros[:n], np.ones(n, bool))
        path = folder / f"{name}.h5"
        write_events_hdf5(path, [events], resolution=(64, 48), video_offset_us=250)
    write_video(folder / "v.mp4", [np.zeros((48, 64, 3), np.uint8)] * 3, rate_hz=25)
    with Project.create(folder / "p.evface") as project:
        entry = project.add_recording(folder / "ev.h5", folder / "v.mp4", name="first")
        project.add_recording(folder / "other.h5", name="a/b")
        times_us = np.array([250, 40_250, 80_250], np.int64)
        tracks = {
            "teacher": _landmarks(times_us, Camera.RGB),
            "transferred": _landmarks(np.arange(4) * 10_000, Camera.EVENTS),
            "action_units": _units(times_us),
        }
        project.apply(ReplaceTracks(entry.id, tracks))
        project.author = "anna"
        project.apply(MoveLandmarks(entry.id, "teacher", 40_250, {30: (11.5, 12.5)}, "drag"))
        project.author = "ben"
        project.apply(MoveLandmarks(entry.id, "teacher", 40_250, {30: (21.5, 22.5)}, "drag"))
        segment = Segment("s", "AU12", 5, 50_005, intensity=Intensity.of_level("B"), side=Side.LEFT)
        project.apply(SetSegments(entry.id, {"s": segment}))
    return folder


@pytest.fixture
def folder(made, tmp_path, monkeypatch):
    """A copy of it as the current folder."""
    shutil.copytree(made, tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def _landmarks(times_us, camera):
    n = len(times_us)
    return LandmarkTrack(
        times_us=times_us.astype(np.int64),
        valid=np.ones(n, bool),
        source=Source(SourceKind.TEACHER, "tester", "1"),
        landmarks=np.random.default_rng(0).uniform(0, 40, (n, 68, 2)).astype(np.float32),
        confidence=np.ones(n, np.float32),
        state=np.zeros((n, 68), np.uint8),
        camera=camera,
    )


def _units(times_us):
    return ActionUnitTrack(
        times_us=times_us,
        valid=np.ones(len(times_us), bool),
        source=Source(SourceKind.FIT, "fit", "1"),
        intensity=np.array([[0.0], [0.5], [1.0]], np.float32),
        names="AU12",
    )


def content_of(folder):
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.is_file()
    }


@pytest.mark.parametrize("form", FORMATS)
def test_exporting_never_changes_the_project_or_what_lies_beside_it(folder, evface, form):
    before = content_of(folder)
    code, out, err = evface(
        "export", "p.evface", "--format", form, "--recording", "first", "--out", "out.x"
    )
    assert (code, err) == (0, "")
    after = content_of(folder)
    written = {"out.x"} | ({"out.x.evface.json"} if form in WITH_SIDECAR else set())
    assert after.keys() - before.keys() == written
    assert {name: after[name] for name in before} == before
    assert all(name in out for name in written)


def test_the_sidecar_is_named_in_the_output(folder, evface):
    arguments = ("export", "p.evface", "--format", "cvat", "--recording", "first", "--json")
    code, out, _ = evface(*arguments)
    assert code == 0
    report = json.loads(out)
    assert (report["project"], report["format"]) == ("p.evface", "cvat")
    (one,) = report["exports"]
    assert one == {
        "recording": "first",
        "files": ["first.xml", "first.xml.evface.json"],
        "frames": 3,
        "keyframes": 1,
        "notes": ["CVAT shows keyframes alone; for the automatic frames too, say --all-keyframes"],
    }
    assert (folder / "first.xml").exists()
    _, out, _ = evface(*arguments[:-1])
    assert "first.xml: 3 frames, 1 keyframe\n" in out
    assert "first.xml.evface.json: what the format has no place for; keep it beside" in out


def test_all_recordings_go_into_a_folder(folder, evface):
    code, out, _ = evface("export", "p.evface", "--format", "hdf5", "--out", "all", "--json")
    assert code == 0
    assert [one["files"] for one in json.loads(out)["exports"]] == [
        ["all/first.h5"],
        ["all/a_b.h5"],
    ]
    code, out, err = evface("export", "p.evface", "--format", "coco", "--out", "all")
    # What can be written is, and what cannot is said.
    assert code == 1
    assert "all/first.json: 3 frames" in out
    assert err == "error: a/b: has no landmarks on the video; process it first\n"
    assert (folder / "all" / "first.json").exists()


def exported(evface, *arguments):
    code, _, err = evface(
        "export", "p.evface", "--recording", "first", "--format", "coco", *arguments
    )
    assert (code, err) == (0, "")
    return json.loads(Path("first.json").read_text())


@pytest.mark.usefixtures("folder")
def test_the_latest_word_counts_unless_a_person_is_asked_for(evface):
    def point(content):
        return content["annotations"][1]["keypoints"][90:93]

    assert point(exported(evface)) == [21.5, 22.5, 2]
    assert point(exported(evface, "--author", "anna")) == [11.5, 12.5, 2]


@pytest.mark.usefixtures("folder")
def test_the_camera_and_the_track_are_chosen(evface):
    assert exported(evface, "--camera", "events")["info"]["evface"]["role"] == "transferred"
    assert exported(evface, "--role", "transferred")["info"]["evface"]["role"] == "transferred"
    code, _, err = evface(
        "export", "p.evface", "--recording", "first", "--format", "coco", "--role", "none"
    )
    assert code == 1
    assert "has no landmarks 'none'" in err


@pytest.mark.parametrize("out", ["p.evface", "v.mp4", "ev.h5", "./other.h5"])
def test_an_export_never_takes_the_place_of_the_project_or_its_media(folder, evface, out):
    before = content_of(folder)
    code, _, err = evface(
        "export", "p.evface", "--recording", "first", "--format", "npz", "--out", out
    )
    assert code == 1
    assert "belongs to the project, which an export never changes" in err
    assert content_of(folder) == before


def test_the_video_is_written_still(folder, evface):
    code, out, err = evface(
        "export", "p.evface", "--format", "video", "--recording", "first", "--out", "o.mp4"
    )
    assert (code, err) == (0, "")
    assert "o.mp4: " in out
    assert (folder / "o.mp4").exists()


@pytest.mark.usefixtures("folder")
def test_mistakes_are_one_line(evface):
    assert evface("export", "p.evface")[0] == 2
    assert evface("export", "p.evface", "--format", "yolo")[0] == 2
    for arguments, words in (
        (("none.evface", "--format", "coco"), "does not exist"),
        (("p.evface", "--format", "coco", "--recording", "none"), "has no recording 'none'"),
        (
            ("p.evface", "--format", "coco", "--recording", "first", "--out", "no/such/x.json"),
            "cannot be written",
        ),
    ):
        code, out, err = evface("export", *arguments)
        assert (code, out) == (1, "")
        assert words in err
        assert err.count("\n") == 1
