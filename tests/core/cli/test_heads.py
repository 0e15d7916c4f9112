import dataclasses
import json

import cv2
import numpy as np
import pytest

from evface.cli.main import main
from evface.morphable.model import load_model, load_open_head, write_model


@pytest.fixture
def flame2020(tmp_path, flame_pickle, flame_embedding):
    folder = tmp_path / "FLAME2020"
    folder.mkdir()
    (folder / "generic_model.pkl").write_bytes(flame_pickle)
    np.save(folder / "landmark_embedding.npy", np.array(flame_embedding, object))
    return folder


@pytest.fixture
def landmarks(tmp_path):
    path = tmp_path / "landmarks.json"
    path.write_text(json.dumps(load_open_head().landmarks.tolist()))
    return path


def _run(*arguments):
    return main([str(argument) for argument in arguments])


def test_info_tells_key_size_and_notice(capsys):
    assert _run("head", "info", "open-head-1") == 0
    told = capsys.readouterr().out
    for part in ("open-head-1", "5,082 vertices", "100 components", "32 components", "CC0"):
        assert part in told
    assert _run("head", "info", "open-head-1", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["key"] == "open-head-1"
    assert report["facs"][0] == "AU1"
    assert report["contour_deg"] == [-40, 40]


def test_flame_is_imported_into_the_library_and_found_there(
    capsys, tmp_path, monkeypatch, flame2020
):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    embedding = flame2020 / "landmark_embedding.npy"
    source = flame2020 / "generic_model.pkl"
    assert _run("head", "import", source, "--landmarks", embedding, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["version"].startswith("2020-")
    assert "non-commercial" in report["notice"]
    assert _run("head", "list", "--json") == 0
    heads = json.loads(capsys.readouterr().out)["heads"]
    assert heads[report["key"]] == report["head"]
    assert _run("head", "info", report["key"]) == 0
    assert "cannot be read from its fits" in capsys.readouterr().out


def test_a_head_of_our_own_is_taken_into_the_library(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    path = tmp_path / "other.npz"
    write_model(path, dataclasses.replace(load_open_head(), name="other"))
    assert _run("head", "import", path) == 0
    assert _run("head", "list") == 0
    assert "other-1: " in capsys.readouterr().out


def test_flame_is_converted_to_a_file_whose_model_is_that_of_the_pickle(
    capsys, tmp_path, flame2020, flame_arrays
):
    out = tmp_path / "flame.npz"
    embedding = flame2020 / "landmark_embedding.npy"
    source = flame2020 / "generic_model.pkl"
    assert _run("head", "import", source, out, "--landmarks", embedding) == 0
    assert "mm from the embedded points" in capsys.readouterr().out
    model = load_model(out)
    expected = 1e3 * flame_arrays[0]["shapedirs"][..., 302]
    np.testing.assert_allclose(model.action_unit_basis[2], expected, atol=0.0011)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda content: content[:100_000], "is cut, damaged"),
        (lambda _: b"cos\nsystem\n(S'true'\ntR.", "is refused: it asks for os.system"),
    ],
)
def test_a_bad_flame_file_is_one_clear_line(capsys, tmp_path, flame2020, change, problem):
    source = flame2020 / "generic_model.pkl"
    source.write_bytes(change(source.read_bytes()))
    out = tmp_path / "flame.npz"
    embedding = flame2020 / "landmark_embedding.npy"
    assert _run("head", "import", source, out, "--landmarks", embedding) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert f"generic_model.pkl: {problem}" in error
    assert not out.exists()


def test_an_unknown_version_is_an_error(capsys, tmp_path, flame2020):
    source = (flame2020 / "generic_model.pkl").rename(tmp_path / "face.pkl")
    embedding = flame2020 / "landmark_embedding.npy"
    assert _run("head", "import", source, tmp_path / "o.npz", "--landmarks", embedding) == 1
    assert "state one of 2017, 2020, 2023, 2023-open" in capsys.readouterr().err


def test_a_head_is_built_reported_on_and_drawn(capsys, tmp_path, vocaset, landmarks):
    out, picture = tmp_path / "built.npz", tmp_path / "components.png"
    options = ["--landmarks", landmarks, "--components", 6, "--compare", "--picture", picture]
    assert _run("head", "build", vocaset, "--out", out, *options, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert load_model(out).key == report["key"]
    quality = report["quality"]
    assert set(quality["expressions"]) == {"dictionary", "pca", "sparse-pca", "localised"}
    assert quality["identity_mm"] < quality["identity_mean_mm"]
    assert len(quality["held_out"]) == 1
    assert cv2.imread(str(picture)).std() > 10


def test_a_head_that_was_built_is_described(capsys, tmp_path, d3dfacs, landmarks):
    out = tmp_path / "built.npz"
    options = ["--landmarks", landmarks, "--components", 4, "--method", "localised"]
    assert _run("head", "build", d3dfacs, "--out", out, *options, "--notice", "Mine.") == 0
    told = capsys.readouterr().out
    for part in ("5 people, 40 expressive faces", "localised", "spread", "Mine."):
        assert part in told


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--method", "magic"], "choose dictionary, pca"),
        (["--unit", "inch"], "choose mm, cm, m"),
        ([], "give a file of landmarks"),
        (["--open"], "or --open alone"),
        (["--landmarks", "l.json", "--name", "../head"], "is no plain name"),
    ],
)
def test_usage_errors(capsys, tmp_path, options, problem):
    out = tmp_path / "built.npz"
    assert _run("head", "build", tmp_path, "--out", out, *options) == 2
    assert problem in capsys.readouterr().err.replace("\n", " ")


def test_landmarks_of_another_mesh_are_one_clear_line(capsys, tmp_path, vocaset):
    path = tmp_path / "landmarks.json"
    path.write_text(json.dumps(list(range(68))))
    options = ["--landmarks", path, "--components", 4, "--every", 4]
    assert _run("head", "build", vocaset, "--out", tmp_path / "o.npz", *options) == 1
    assert "landmarks.json: does not fit these meshes" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "cannot be read: No such file"), (b"", "is cut, damaged"), (b"PK", "is cut, damaged")],
)
def test_a_source_that_is_no_head_is_told_what_is_wrong_with_it(capsys, tmp_path, content, problem):
    source = tmp_path / "head.npz"
    if content is not None:
        source.write_bytes(content)
    assert _run("head", "import", source, tmp_path / "o.npz") == 1
    assert f"head.npz: {problem}" in capsys.readouterr().err


def test_a_head_is_not_learnt_before_it_is_known_where_to_put_it(capsys, tmp_path):
    options = ["--landmarks", tmp_path / "no.json", "--out", tmp_path]
    assert _run("head", "build", tmp_path / "nowhere", *options) == 1
    assert f"{tmp_path}: is a folder" in capsys.readouterr().err
