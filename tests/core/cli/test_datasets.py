import json

import numpy as np
import pytest

from evface.cli.main import main
from evface.datasets.registry import DATASETS
from evface.projects.project import Project
from evface.video.writer import write_video


@pytest.fixture
def evface(capsys):
    """Run the command line; return its exit code, stdout and stderr."""

    def run(*arguments):
        code = main(["dataset", *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with a project ``p.evface`` and two short videos in ``mine``."""
    mine = tmp_path / "mine"
    mine.mkdir()
    for name in ("a", "b"):
        frames = np.full((4, 48, 64, 3), 40, np.uint8)
        for k, frame in enumerate(frames):
            frame[10:30, 10 + 5 * k : 25 + 5 * k] = 220
        write_video(mine / f"{name}.mp4", frames, rate_hz=25)
    (mine / "boxes.csv").write_text("0,10,10,25,30\n40000,15,10,30,30\n")
    (mine / "manifest.csv").write_text(
        "name,subject,split,label,video,boxes\n"
        "first,anna,train,AU12,a.mp4,boxes.csv\n"
        "second,berta,test,AU1,b.mp4,\n"
    )
    Project.create(tmp_path / "p.evface").close()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_all_data_sets_are_listed(evface):
    code, out, _ = evface("list")
    assert code == 0
    for dataset in DATASETS.values():
        assert f"{dataset.name} " in out
        assert dataset.title in out
    code, out, _ = evface("list", "--json")
    assert [entry["name"] for entry in json.loads(out)["datasets"]] == list(DATASETS)


def test_a_data_set_is_explained(evface):
    code, out, _ = evface("info", "wflw")
    assert code == 0
    for heading in ("How to get it", "What must lie where in FOLDER", "What is read"):
        assert f"\n{heading}\n" in out
    # Nothing of it is assumed.
    assert "assumed" not in out
    assert "What is assumed" in evface("info", "nefer")[1]
    assert json.loads(evface("info", "fes", "--json")[1])["name"] == "fes"


def test_a_name_that_is_none_is_a_usage_error(evface):
    code, _, err = evface("info", "celeba")
    assert code == 2
    assert "facemorphic" in err


@pytest.mark.usefixtures("folder")
def test_a_folder_is_checked(evface):
    code, out, err = evface("check", "manifest", "mine")
    assert (code, err) == (0, "")
    assert out.startswith("mine: 2 samples of 2 subjects\n  2 whose events are simulated\n")
    assert "  split train: 1\n" in out
    report = json.loads(evface("check", "manifest", "mine", "--json")[1])
    assert (report["n_samples"], report["labels"]) == (2, {"AU12": 1, "AU1": 1})


def test_what_is_missing_is_said_in_one_line_each(folder, evface):
    (folder / "mine" / "b.mp4").unlink()
    code, out, err = evface("check", "manifest", "mine")
    assert (code, err) == (0, "missing: mine/b.mp4: is missing; manifest.csv names it as video\n")
    assert out.startswith("mine: 1 sample of")
    code, _, err = evface("check", "wflw", "mine")
    assert code == 1
    assert "missing: mine/WFLW_images: is missing; unpack WFLW_images.tar.gz there\n" in err
    assert "error: mine: holds nothing of wflw; see evface dataset info wflw\n" in err
    assert evface("check", "wflw", "nowhere")[0] == 1


def test_recordings_are_added_with_their_labels_and_not_twice(folder, evface):
    arguments = ("add", "p.evface", "manifest", "mine", "--preset", "clean")
    code, out, _ = evface(*arguments, "--limit", "1")
    assert (code, out) == (0, "p.evface: added 1 recording of manifest\n")
    code, out, _ = evface(*arguments, "--json")
    report = json.loads(out)
    assert (report["added"], report["n_there"]) == (["manifest/second AU1"], 1)
    with Project.open(folder / "p.evface") as project:
        first, second = project.recordings()
        assert first.name == "manifest/first AU12"
        assert set(project.tracks(first.id)) == {"published_boxes", "published_boxes_events"}
        assert project.tracks(second.id) == {}
    assert {path.name for path in folder.iterdir()} >= {"mine", "p.evface", "p.media"}
    assert {path.name for path in (folder / "mine").iterdir()} == {
        *("a.mp4", "b.mp4", "boxes.csv", "manifest.csv")
    }


def test_one_split_can_be_added(folder, evface):
    evface("add", "p.evface", "manifest", "mine", "--split", "test", "--preset", "clean")
    with Project.open(folder / "p.evface") as project:
        assert [entry.name for entry in project.recordings()] == ["manifest/second AU1"]


def test_one_that_fails_does_not_stop_the_others(folder, evface):
    (folder / "mine" / "a.mp4").write_bytes(b"no video")
    code, out, err = evface("add", "p.evface", "manifest", "mine", "--preset", "clean")
    assert (code, out) == (1, "p.evface: added 1 recording of manifest\n")
    assert err.startswith("error: mine/a.mp4: not a video")
    assert err.count("\n") == 1


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("option", ["--preset", "--split"])
def test_unknown_choices_are_usage_errors(evface, option):
    code, _, err = evface("add", "p.evface", "manifest", "mine", option, "odd")
    assert code == 2
    assert "there is no 'odd'" in err


def test_many_failures_are_cut_but_for_json(folder, evface):
    (folder / "mine" / "no.mp4").write_bytes(b"no video")
    lines = "".join(f"n{k},no.mp4\n" for k in range(23))
    (folder / "mine" / "manifest.csv").write_text(f"name,video\n{lines}")
    code, _, err = evface("add", "p.evface", "manifest", "mine")
    assert code == 1
    assert len(err.splitlines()) == 21
    assert err.endswith("error: 3 more; --json lists them all\n")
    out = evface("add", "p.evface", "manifest", "mine", "--json")[1]
    assert len(json.loads(out)["errors"]) == 23


def test_a_place_for_media_that_cannot_be_made_is_said_once(folder, evface):
    (folder / "p.media").write_bytes(b"")
    code, out, err = evface("add", "p.evface", "manifest", "mine")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "p.media/manifest: cannot be made" in err
