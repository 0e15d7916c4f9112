"""The trainings of a project, listed without PyTorch."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from evface.training.config import read_config
from evface.training.loop import train
from evface.training.runs import (
    BEST,
    JOB,
    LAST,
    list_runs,
    models_folder,
    problem_of_name,
    read_curves,
    read_run,
)

from .conftest import SMALL


@pytest.fixture(scope="module")
def trained(set_path, tmp_path_factory):
    folder = tmp_path_factory.mktemp("face.models") / "first"
    settings = (f"data.path={set_path}", "run.epochs=2", *SMALL)
    result = train(read_config("au_light_tiny", settings), folder)
    return folder, result


@pytest.fixture
def models(trained, tmp_path):
    """Return a folder of trainings with one, "first", in it."""
    shutil.copytree(trained[0], tmp_path / "face.models" / "first")
    return tmp_path / "face.models"


def test_trainings_lie_beside_their_project():
    assert models_folder(Path("there/face.evface")) == Path("there/face.models")


def test_a_training_tells_its_network_its_steps_and_its_figures(models, trained):
    (run,) = list_runs(models)
    assert (run.name, run.network, run.task) == ("first", "au_light", "action_units")
    assert run.about == "For tests: action units, light"
    assert run.has_network
    assert run.checkpoint.is_file()
    assert run.step == run.n_steps == trained[1].n_steps
    assert run.figures == pytest.approx(trained[1].figures)
    assert run.training["step_s"] > 0
    assert run.is_finished
    assert not run.can_go_on
    assert run.problem == ""


def test_the_newest_training_comes_first(models):
    shutil.copytree(models / "first", models / "second", copy_function=shutil.copyfile)
    assert [run.name for run in list_runs(models)] == ["second", "first"]


def test_no_folder_has_no_trainings(tmp_path):
    assert list_runs(tmp_path / "nothing") == []


def test_other_folders_are_no_trainings(models):
    (models / "notes").mkdir()
    (models / "notes" / "a.txt").write_text("not a training")
    assert [run.name for run in list_runs(models)] == ["first"]


@pytest.mark.parametrize("content", [b"", b"\xff" * 40, b"\x05\0\0\0\0\0\0\0[1,2]", b"\x80\x04."])
def test_a_damaged_network_is_listed_with_what_is_wrong(models, content):
    (models / "first" / BEST).write_bytes(content)
    (run,) = list_runs(models)
    assert BEST in run.problem
    assert not run.has_network
    assert run.network == "au_light"


def test_a_network_that_was_cut_short_is_damaged(models):
    path = models / "first" / BEST
    path.write_bytes(path.read_bytes()[:-10])
    assert "cut short" in read_run(models / "first").problem


@pytest.mark.parametrize(
    "about",
    [
        {"network": "au_light", "training": ["config"]},
        {"network": ["au_light"], "training": {"position": [1], "metrics": [2], "config": 3}},
        {"training": {"position": {"step": "many"}, "n_steps": {}, "metrics": {"loss": "low"}}},
    ],
)
def test_a_network_that_says_nonsense_of_itself_is_listed(models, about):
    header = json.dumps({"__metadata__": {"evface": json.dumps(about)}}).encode()
    (models / "first" / BEST).write_bytes(len(header).to_bytes(8, "little") + header)
    (models / "first" / LAST).unlink()
    (run,) = list_runs(models)
    assert (run.step, run.n_steps, run.figures) == (0, None, {})


def test_a_network_that_is_nested_without_end_is_damaged(models):
    header = b"[" * 100_000
    (models / "first" / BEST).write_bytes(len(header).to_bytes(8, "little") + header)
    assert BEST in read_run(models / "first").problem


def test_a_training_that_has_not_begun_can(tmp_path):
    (tmp_path / JOB).write_text(json.dumps({"kind": "train_project", "config": "au_live"}))
    run = read_run(tmp_path)
    assert (run.network, run.step, run.n_steps, run.has_network) == ("au_light", 0, None, False)
    assert run.can_go_on


def test_a_training_that_was_stopped_can_go_on(models):
    (models / "first" / JOB).write_text(json.dumps({"kind": "train_project"}))
    assert not read_run(models / "first").can_go_on
    (models / "first" / LAST).unlink()
    run = read_run(models / "first")
    assert run.step == 0
    assert run.can_go_on


@pytest.mark.parametrize("job", ['{"kind": "export"}', "[]", "{}", "{", "[" * 100_000])
def test_a_training_whose_job_does_something_else_cannot_go_on(models, job):
    (models / "first" / LAST).unlink()
    (models / "first" / JOB).write_text(job)
    run = read_run(models / "first")
    assert not run.is_finished
    assert not run.can_go_on


def test_curves_hold_what_was_measured(models):
    curves = read_curves(models / "first")
    assert [line["step"] for line in curves] == sorted(line["step"] for line in curves)
    assert any("train/loss" in line for line in curves)
    assert any("validation/loss" in line for line in curves)


def test_a_line_of_the_curves_that_was_cut_short_is_left_out(models):
    whole = read_curves(models / "first")
    with (models / "first" / "metrics.jsonl").open("a") as file:
        file.write('{"step": 9, "train/lo')
    assert read_curves(models / "first") == whole
    assert read_curves(models / "nothing") == []


def test_trainings_are_listed_without_pytorch(models):
    code = (
        "import sys; from pathlib import Path; from evface.training.runs import list_runs; "
        f"assert list_runs(Path({str(models)!r})); "
        "assert not {'torch', 'cv2', 'tensorboard'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", ["anna", "au_light 2", "Überraschung", "v1.2"])
def test_a_run_can_have_a_name_that_every_system_takes_for_a_folder(name):
    assert problem_of_name(name) == ""


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", ".", "..", ".hidden", "end.", "end ", "a/b", "a\\b", "a:b", "a\nb"),
        *("con", "NUL.txt", "x" * 300, "ü" * 100),
    ],
)
def test_a_run_cannot_have_a_name_that_some_system_refuses(name):
    assert problem_of_name(name)
