import json

import pytest

from evface.cli.main import main
from evface.errors import TeacherError
from evface.morphable.model import load_open_head
from evface.teacher import bundles


def test_the_models_are_listed_with_what_is_missing(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(bundles, "bundle_folder", lambda: tmp_path)
    assert main(["models", "list", "--json"]) == 0
    models = json.loads(capsys.readouterr().out)["models"]
    assert models["open head"] == load_open_head().key
    assert "evface models fetch" in models["teacher mediapipe"]
    assert "teacher fan" in models
    assert main(["models", "list"]) == 0
    assert "evface models fetch" in capsys.readouterr().out


@pytest.mark.parametrize(("options", "said"), [([], True), (["--quiet"], False)])
def test_a_bundle_that_is_there_is_left_as_it_is(capsys, monkeypatch, tmp_path, options, said):
    monkeypatch.setattr(bundles, "fetch_bundle", lambda _report: tmp_path / "x.task")
    assert main(["models", "fetch", *options]) == 0
    assert ("x.task" in capsys.readouterr().out) is said


def test_fetching_without_network_is_one_line(capsys, monkeypatch):
    def unreachable(_report):
        raise TeacherError("the bundle could not be fetched")

    monkeypatch.setattr(bundles, "fetch_bundle", unreachable)
    assert main(["models", "fetch"]) == 1
    assert capsys.readouterr().err.strip() == "error: the bundle could not be fetched"
