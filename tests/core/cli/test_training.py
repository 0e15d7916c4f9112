import json

import pytest

from evface.cli.main import main

_SMALL = (
    "data.n_frames=3", "data.crop=picture", "run.threads=1", "run.device=cpu",
    "data.caches_pictures=false",
)  # fmt: skip
_SET = [part for setting in _SMALL for part in ("--set", setting)]


@pytest.fixture
def run(capsys):
    def run(*arguments, code=0):
        capsys.readouterr()
        assert main([str(argument) for argument in arguments]) == code
        captured = capsys.readouterr()
        return captured.err if code else captured.out

    return run


def test_presets_are_listed_with_what_they_are(run):
    out = run("train", "--list")
    assert "au_light " in out
    assert "trains on a processor" in out
    presets = json.loads(run("train", "--list", "--json"))["presets"]
    assert presets["kp_cmfa"]["network"] == "kp_cmfa"


def test_a_configuration_can_be_looked_at(run, tmp_path):
    text = run("train", "au_light", "--set", "run.epochs=3", "--show")
    assert "epochs = 3" in text
    (tmp_path / "mine.toml").write_text(text)
    assert run("train", tmp_path / "mine.toml", "--show") == text


def test_training_and_measuring(run, bare_set_path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = ("train", "au_light_tiny", "--data", bare_set_path, *_SET, "--set", "run.epochs=1")
    out = run(*command)
    assert "train: 8 clips of 2 people" in out
    assert "ms a step" in out
    network = tmp_path / "runs" / "au_light_tiny" / "best.safetensors"
    assert network.is_file()
    told = json.loads(run(*command, "--json"))
    assert told["network"].endswith("best.safetensors")
    assert 0 <= told["figures"]["top1"] <= 1
    found = json.loads(run("evaluate", network, bare_set_path, "--json"))
    assert (found["split"], found["n"]) == ("test", 4)
    assert found["figures"]["top1"]["low"] is None  # a single person
    out = run(
        "evaluate", network, bare_set_path, "--split", "all", "--markdown", tmp_path / "all.md"
    )
    assert "top-1" in out
    assert (tmp_path / "all.md").read_text().startswith("**au_light, all: 16 clips of 4 people**")


def test_a_sweep_names_the_best(run, bare_set_path, tmp_path):
    out = run(
        "train", "au_light_tiny", "--data", bare_set_path, *_SET, "--set", "run.max_steps=1",
        "--sweep", "loss.coefficients=0,1", "--output", tmp_path / "sweep", "--json",
    )  # fmt: skip
    told = json.loads(out)
    assert [one["setting"] for one in told["runs"]] == [
        "loss.coefficients=0", "loss.coefficients=1",
    ]  # fmt: skip
    assert told["best"] in {one["setting"] for one in told["runs"]}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("train", "au_heavy"), "there is no such preset"),
        (("train", "au_light", "--set", "run.epoch=1"), "run.epoch: there is no such key"),
        (("train", "au_light"), "data.path is missing"),
        (("train", "au_light", "--data", "none.evset"), "is not there; name a training set"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(run, arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = run(*arguments, code=1)
    assert words in said
    assert said.startswith("error: ")
    assert said.count("\n") == 1


def test_a_name_is_wanted(run):
    assert "name a preset or a TOML file" in run("train", code=2)


def test_a_checkpoint_that_is_none_is_told(run, bare_set_path, tmp_path):
    (tmp_path / "x.safetensors").write_bytes(b"\x80\x04code")
    assert "which could run code" in run(
        "evaluate", tmp_path / "x.safetensors", bare_set_path, code=1
    )
