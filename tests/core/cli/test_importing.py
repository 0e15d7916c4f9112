import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from evface.annotations.coding_edits import SetSegments
from evface.annotations.edits import ReplaceTracks
from evface.annotations.landmark_edits import MoveLandmarks, VerifyLandmarks
from evface.annotations.segments import Intensity, Segment, Side
from evface.annotations.tracks import Camera, LandmarkTrack, Source, SourceKind
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.interchange.reading import read_labels
from evface.projects.project import Project
from evface.video.writer import write_video


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """``p.evface`` with a labelled recording, and ``q.evface`` with the same one not labelled."""
    folder = tmp_path_factory.mktemp("made")
    t = np.arange(1500, dtype=np.int64) * 100
    zeros = np.zeros(len(t), np.uint16)
    events = Events(t, zeros, zeros, np.ones(len(t), bool))
    write_events_hdf5(folder / "ev.h5", [events], resolution=(64, 48), video_offset_us=250)
    write_video(folder / "v.mp4", [np.zeros((48, 64, 3), np.uint8)] * 3, rate_hz=25)
    with Project.create(folder / "q.evface") as project:
        project.add_recording(folder / "ev.h5", folder / "v.mp4", name="take")
    with Project.create(folder / "p.evface") as project:
        entry = project.add_recording(folder / "ev.h5", folder / "v.mp4", name="take")
        project.apply(ReplaceTracks(entry.id, {"teacher": _landmarks()}))
        project.author = "anna"
        project.apply(MoveLandmarks(entry.id, "teacher", 40_250, {30: (11.5, 12.5)}, "drag"))
        project.apply(VerifyLandmarks(entry.id, "teacher", 80_250, (0, 1)))
        segment = Segment("s", "AU12", 5, 50_005, intensity=Intensity.of_level("B"), side=Side.LEFT)
        project.apply(SetSegments(entry.id, {"s": segment}))
    return folder


@pytest.fixture
def folder(made, tmp_path, monkeypatch):
    shutil.copytree(made, tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def _landmarks():
    return LandmarkTrack(
        times_us=np.array([250, 40_250, 80_250], np.int64),
        valid=np.ones(3, bool),
        source=Source(SourceKind.TEACHER, "tester", "1"),
        landmarks=np.random.default_rng(0).uniform(0, 40, (3, 68, 2)).astype(np.float32),
        confidence=np.ones(3, np.float32),
        state=np.zeros((3, 68), np.uint8),
        camera=Camera.RGB,
    )


def labels_of(path):
    with Project.open(path, read_only=True) as project:
        (entry,) = project.recordings()
        return read_labels(project, entry.id)


@pytest.mark.parametrize(
    ("form", "suffix", "role"),
    [
        ("coco", "json", "imported_coco"),
        ("cvat", "xml", "imported_cvat"),
        ("openface", "csv", "imported_openface"),
        ("openface-exact", "csv", "imported_openface"),
        ("hdf5", "h5", "teacher"),
        ("npz", "npz", "teacher"),
    ],
)
def test_landmarks_go_from_project_to_project(folder, evface, form, suffix, role):
    out = f"labels.{suffix}"
    assert evface("export", "p.evface", "--format", form, "--out", out)[0] == 0
    code, said, err = evface("import", "q.evface", out)
    assert (code, err) == (0, "")
    assert f"{out}: 1 track, 3 corrections" in said
    there, here = labels_of(folder / "p.evface"), labels_of(folder / "q.evface")
    assert here.corrections[role] == there.corrections["teacher"]
    shown, expected = here.labelled(role).laid(), there.labelled("teacher").laid()
    np.testing.assert_array_equal(shown.times_us, expected.times_us)
    np.testing.assert_array_equal(shown.landmarks, expected.landmarks)
    np.testing.assert_array_equal(shown.state, expected.state)
    assert evface("project", "check", "q.evface")[0] == 0


@pytest.mark.parametrize(("form", "suffix"), [("elan", "eaf"), ("hdf5", "h5"), ("npz", "npz")])
def test_segments_go_from_project_to_project(folder, evface, form, suffix):
    assert evface("export", "p.evface", "--format", form, "--out", f"l.{suffix}")[0] == 0
    code, out, _ = evface("import", "q.evface", f"l.{suffix}", "--format", form, "--json")
    assert code == 0
    report = json.loads(out)
    assert (report["recording"], report["format"]) == ("take", form)
    assert report["added"]["segments"] == 1
    assert labels_of(folder / "q.evface").segments == labels_of(folder / "p.evface").segments


def test_an_import_is_one_step_to_take_back(folder, evface):
    evface("export", "p.evface", "--format", "cvat", "--out", "labels.xml")
    assert evface("import", "q.evface", "labels.xml")[0] == 0
    with Project.open(folder / "q.evface") as project:
        assert project.history().undo_label == "Import labels.xml"
        project.undo()
    labels = labels_of(folder / "q.evface")
    assert (dict(labels.tracks), dict(labels.corrections)) == ({}, {})


def test_corrections_made_elsewhere_come_back_onto_the_track(folder, evface):
    evface("export", "p.evface", "--format", "cvat", "--out", "labels.xml")
    text = (folder / "labels.xml").read_text()
    assert 'points="12.0000,13.0000"' in text
    (folder / "labels.xml").write_text(
        text.replace('points="12.0000,13.0000"', 'points="22.00,23.00"')
    )
    code, _, err = evface("import", "p.evface", "labels.xml", "--onto", "teacher", "--by", "carl")
    assert (code, err) == (0, "")
    labels = labels_of(folder / "p.evface")
    assert list(labels.tracks) == ["teacher"]
    words = {
        one.correction.author: one.correction.xy_px
        for one in labels.corrections["teacher"]
        if one.landmark == 30
    }
    assert words == {"anna": (11.5, 12.5), "carl": (21.5, 22.5)}
    assert labels.labelled("teacher").frame(1).landmarks[30].tolist() == [21.5, 22.5]


def test_several_recordings_need_a_name(folder, evface):
    evface("export", "p.evface", "--format", "cvat", "--out", "labels.xml")
    evface("project", "add", "q.evface", "--events", "ev.h5", "--name", "events alone")
    code, _, err = evface("import", "q.evface", "labels.xml")
    assert code == 2
    assert "has 2 recordings" in err
    assert evface("import", "q.evface", "labels.xml", "--recording", "take")[0] == 0
    assert "imported_cvat" in evface("project", "list", "q.evface")[1]
    assert (folder / "q.evface").exists()


def test_a_file_that_cannot_be_read_changes_nothing(folder, evface):
    before = (folder / "q.evface").read_bytes()
    (folder / "bad.xml").write_text("<annotations><track id='0'>")
    for arguments, words in (
        (("bad.xml",), "bad.xml: is not whole XML"),
        (("none.eaf",), "none.eaf: cannot be read"),
        (("v.mp4",), "is not a file of labels that evface knows; choose one of COCO"),
        (("bad.xml", "--format", "coco"), "bad.xml: is not whole JSON"),
    ):
        code, out, err = evface("import", "q.evface", *arguments)
        assert (code, out) == (1, "")
        assert words in err
        assert err.count("\n") == 1
    assert (folder / "q.evface").read_bytes() == before


def test_a_file_says_by_itself_which_picture_it_is_about(folder, evface):
    with Project.open("p.evface") as project:
        (entry,) = project.recordings()
        track = replace(_landmarks(), camera=Camera.EVENTS)
        project.apply(ReplaceTracks(entry.id, {"transferred": track}))
    for form, suffix in (("cvat", "xml"), ("coco", "json")):
        out = f"l.{suffix}"
        evface("export", "p.evface", "--format", form, "--camera", "events", "--out", out)
        assert evface("import", "q.evface", out)[::2] == (0, "")
        assert f"imported_{form}_events" in labels_of(folder / "q.evface").tracks
