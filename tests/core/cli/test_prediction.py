import json
import shutil

import onnx
import pytest

from evface.cli.main import main
from evface.projects.project import Project

from ..inference.conftest import SIZE, landmark_track, make_events, make_trained  # noqa: TID252

__all__ = ["make_trained"]


@pytest.fixture
def project_path(tmp_path):
    from evface.annotations.edits import ReplaceTracks
    from evface.events.formats.hdf5_writer import write_events_hdf5

    write_events_hdf5(tmp_path / "clip.h5", [make_events()], resolution=SIZE)
    with Project.create(tmp_path / "p.evface") as project:
        entry = project.add_recording(tmp_path / "clip.h5")
        project.apply(ReplaceTracks(entry.id, {"transferred": landmark_track()}))
    return tmp_path / "p.evface"


def test_predictions_are_tracks_of_the_project(project_path, make_trained, capsys):
    units, points = make_trained("au_light"), make_trained("kp_slpt")
    given = ["--checkpoint", str(units.path), "--checkpoint", str(points.path)]
    assert main(["predict", str(project_path), *given, "--recording", "clip"]) == 0
    assert capsys.readouterr().out.startswith("clip: landmarks in 11 of 11 frames, action units")
    with Project.open(project_path) as project:
        tracks = project.tracks(project.find_recording("clip").id)
    assert tracks["predicted_landmarks_events"].source.version == points.digest
    assert tracks["predicted_action_units"].source.version == units.digest
    assert "transferred" in tracks


def test_what_was_predicted_can_be_had_as_json(project_path, make_trained, capsys):
    given = ["--checkpoint", str(make_trained("kp_slpt").path), "--boxes", "track", "--json"]
    assert main(["predict", str(project_path), *given]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["failed"] == []
    (one,) = said["predicted"]
    assert one["tracks"] == {"predicted_landmarks_events": 11}
    assert one["sources"]["predicted_landmarks_events"]["boxes_from"] == "track"


def test_a_network_of_another_kind_is_one_line(project_path, tmp_path, capsys):
    (tmp_path / "other.safetensors").write_bytes(b"PK\x03\x04")
    assert main(["predict", str(project_path), "--checkpoint", str(tmp_path / "other.safetensors")])
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert "could run code" in said
    assert len(said.splitlines()) == 1


def test_a_network_becomes_onnx_beside_its_checkpoint(make_trained, capsys):
    trained = make_trained("au_light")
    assert main(["export-onnx", str(trained.path)]) == 0
    path = trained.path.with_suffix(".onnx")
    assert capsys.readouterr().out.startswith(f"{path}: au_light, within ")
    said = {one.key: one.value for one in onnx.load(path).metadata_props}
    assert said["checkpoint"] == trained.digest


def test_a_network_can_be_named_by_the_folder_of_its_training(make_trained, tmp_path, capsys):
    trained = make_trained("kp_slpt")
    shutil.copyfile(trained.path, tmp_path / "best.safetensors")
    assert main(["export-onnx", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["onnx"] == str(tmp_path / "best.onnx")
