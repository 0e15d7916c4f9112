import json
import shutil

import numpy as np
import pytest

from evface.annotations.edits import ReplaceTracks
from evface.annotations.tracks import Camera, LandmarkTrack, Source, SourceKind
from evface.cli.main import main
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.projects.project import Project
from evface.video.writer import write_video


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with ``ev.h5`` and ``v.mp4`` in it."""
    t = np.arange(500, dtype=np.int64) * 100
    zeros = np.zeros(len(t), np.uint16)
    events = Events(t, zeros, zeros, np.ones(len(t), bool))
    write_events_hdf5(tmp_path / "ev.h5", [events], resolution=(64, 48), video_offset_us=250)
    write_video(tmp_path / "v.mp4", [np.zeros((48, 64, 3), np.uint8)] * 3, rate_hz=25)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def evface(capsys):
    """Run the command line; return its exit code, stdout and stderr."""

    def run(*arguments):
        code = main(list(arguments))
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def project(folder, evface):
    assert evface("project", "new", "p.evface")[0] == 0
    added = evface("project", "add", "p.evface", "--events", "ev.h5", "--video", "v.mp4")
    assert added[0] == 0
    return folder / "p.evface"


def test_a_project_is_made_and_filled_and_listed(folder, evface):
    assert evface("project", "new", "p.evface") == (0, "p.evface: made\n", "")
    code, out, _ = evface("project", "list", "p.evface")
    assert (code, out) == (
        0,
        "p.evface: no recordings yet; add one with evface project add\n",
    )
    code, out, _ = evface("project", "add", "p.evface", "--events", "ev.h5", "--video", "v.mp4")
    assert code == 0
    assert "added 'ev'" in out
    assert "video begins 250 us after the first event (simulated, residual 0 us)" in out
    code, out, _ = evface("project", "list", "p.evface")
    assert code == 0
    assert str(folder / "ev.h5") in out
    assert "none yet; make them with evface process" in out
    said = "p.evface: all is well; 0 edits, all in place\n"
    assert evface("project", "check", "p.evface") == (0, said, "")


@pytest.mark.usefixtures("folder")
def test_the_suffix_is_added(evface):
    assert evface("project", "new", "face.v2") == (0, "face.v2.evface: made\n", "")


def test_json_is_one_object_on_stdout(folder, evface):
    code, out, _ = evface("project", "new", "p.evface", "--json")
    assert (code, json.loads(out)) == (0, {"project": "p.evface"})
    arguments = ("--events", "ev.h5", "--video", "v.mp4", "--name", "anna", "--json")
    code, out, _ = evface("project", "add", "p.evface", *arguments)
    added = json.loads(out)
    assert (code, added["name"]) == (0, "anna")
    assert added["events"] == {"path": str(folder / "ev.h5"), "is_missing": False}
    assert added["sync"]["offset_us"] == 250
    with Project.open(folder / "p.evface") as opened:
        track = LandmarkTrack(
            times_us=np.array([5], np.int64),
            valid=np.ones(1, bool),
            source=Source(SourceKind.TEACHER, "mediapipe", "1.2"),
            landmarks=np.zeros((1, 68, 2), np.float32),
            confidence=np.ones(1, np.float32),
            state=np.zeros((1, 68), np.uint8),
            camera=Camera.RGB,
        )
        opened.apply(ReplaceTracks(added["id"], {"teacher": track}))
    code, out, _ = evface("project", "list", "p.evface", "--json")
    (listed,) = json.loads(out)["recordings"]
    assert listed["tracks"]["teacher"]["n"] == 1
    assert listed["tracks"]["teacher"]["made_by"] == "mediapipe 1.2"
    assert "teacher: 1 samples by mediapipe 1.2" in evface("project", "list", "p.evface")[1]
    code, out, err = evface("project", "check", "p.evface", "--json")
    assert (code, json.loads(out), err) == (
        0,
        {"project": "p.evface", "edits": 1, "problems": []},
        "",
    )


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["new", "p.evface"], "p.evface: exists already"),
        (["new", "none/p.evface"], "its folder does not exist"),
        (["list", "none.evface"], "does not exist; make a project with evface project new"),
        (["list", "v.mp4"], "is not an evface project"),
        (["list", "."], "is a folder"),
        (["check", "ev.h5"], "is not an evface project"),
        (["add", "p.evface", "--events", "none.h5"], "none.h5"),
        (["add", "p.evface", "--events", "v.mp4"], "is a video"),
        (["add", "p.evface", "--events", "ev.h5", "--video", "ev.h5"], "ev.h5"),
        (["add", "p.evface", "--events", "ev.h5", "--video", "v.mp4"], "already, as recording"),
        (["relink", "p.evface", "none"], "is not a folder"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_1(evface, arguments, words):
    code, out, err = evface("project", *arguments)
    assert (code, out) == (1, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert words in err


@pytest.mark.usefixtures("project")
def test_usage_errors_exit_2(evface):
    assert evface("project", "add", "p.evface")[0] == 2
    code, _, err = evface("project", "add", "p.evface", "--events", "ev.h5", "--offset-us", "5")
    assert code == 2
    assert "--offset-us needs --video" in err


def test_a_stated_offset_counts(folder, evface):
    evface("project", "new", "p.evface")
    code, out, _ = evface(
        "project",
        "add",
        "p.evface",
        *("--events", "ev.h5", "--video", "v.mp4", "--offset-us", "-1500", "--json"),
    )
    assert code == 0
    sync = json.loads(out)["sync"]
    assert (sync["offset_us"], sync["method"], sync["residual_us"]) == (-1500, "given", None)
    assert (folder / "p.evface").exists()


def test_media_that_moved_are_checked_and_found(project, folder, evface):
    (folder / "elsewhere").mkdir()
    shutil.move(folder / "ev.h5", folder / "elsewhere" / "other-name.h5")
    code, out, err = evface("project", "check", str(project))
    assert (code, out) == (1, "")
    assert "ev: " in err
    assert "is missing; find it with evface project relink" in err
    assert err.count("\n") == 1
    code, out, _ = evface("project", "check", str(project), "--json")
    assert code == 1
    assert [problem["recording"] for problem in json.loads(out)["problems"]] == ["ev"]
    assert "(missing)" in evface("project", "list", str(project))[1]
    (folder / "empty").mkdir()
    code, out, err = evface("project", "relink", str(project), "empty")
    assert (code, out) == (1, "")
    assert "is not below empty; search another folder" in err
    code, out, _ = evface("project", "relink", str(project), ".", "--json")
    assert code == 0
    assert json.loads(out)["found"] == [str(folder / "elsewhere" / "other-name.h5")]
    assert evface("project", "check", str(project))[0] == 0
    assert "nothing was missing" in evface("project", "relink", str(project), ".")[1]


def test_looking_at_a_project_leaves_its_folder_as_it_was(project, folder, evface):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for command in ("list", "check"):
        assert evface("project", command, str(project))[0] == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
