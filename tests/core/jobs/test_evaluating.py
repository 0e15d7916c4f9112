"""Measuring a network as a job."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evface.errors import FileError, ModelFileError, TrainingError
from evface.jobs.evaluating import EvaluateJob
from evface.training.evaluation_file import read_evaluation, whom_in_words
from evface.training.loop import train

from ..training.conftest import SMALL, make_set  # noqa: TID252


def silent(_fraction, _message=""):
    pass


def trained(folder, path, *settings, preset="au_light_tiny"):
    from evface.training.config import read_config

    config = read_config(preset, [*SMALL, f"data.path={path}", "run.max_steps=1", *settings])
    return train(config, folder).path


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    return make_set(tmp_path_factory.mktemp("sets") / "people.evset")


@pytest.fixture(scope="module")
def units(tmp_path_factory, people):
    return trained(tmp_path_factory.mktemp("units"), people)


def test_a_network_is_measured_on_people_it_never_saw(units):
    path = EvaluateJob(str(units)).run(silent)
    assert path == str(units.with_name("evaluation.json"))
    found = read_evaluation(units.with_name("evaluation.json"))
    assert found.part == "test"
    assert found.is_of_units
    assert not found.trained_on
    assert whom_in_words(found) == f"Measured on {len(found.subjects)} person whom it never saw."
    assert {clip.subject for clip in found.clips} == set(found.subjects)
    # Clips and the table say the same.
    pairs = {(clip.shown, clip.told) for clip in found.clips}
    rows, columns = np.nonzero(found.confusion)
    names = [unit.unit for unit in found.per_unit]
    assert pairs == {(names[i], names[j]) for i, j in zip(rows, columns, strict=True)}
    assert set(found.per_part) == {clip.shown for clip in found.clips}
    assert all(0 < clip.probability <= 1 for clip in found.clips)


def test_landmarks_have_figures_by_region_and_by_clip(tmp_path, people):
    network = trained(tmp_path, people, preset="kp_slpt_tiny")
    found = read_evaluation(Path(EvaluateJob(str(network)).run(silent)))
    assert not found.is_of_units
    assert {"jaw", "left_eye", "outer_lips"} <= set(found.per_part)
    assert {"nme", "nmf"} <= set(found.figures)
    mean = np.mean([clip.error for clip in found.clips])
    assert found.figures["nme"].value == pytest.approx(mean)
    for region, figure in found.per_part.items():
        assert figure.value == pytest.approx(np.mean([c.errors[region] for c in found.clips]))


def test_of_one_person_it_says_that_it_says_nothing_of_others(tmp_path):
    alone = make_set(tmp_path / "alone.evset", n_subjects=1)
    network = trained(tmp_path / "run", alone, "data.split=none")
    told = []
    EvaluateJob(str(network)).run(lambda _f, words="": told.append(words))
    found = read_evaluation(tmp_path / "run" / "evaluation.json")
    assert found.part == "train"
    assert found.trained_on == ("s0",)
    assert told[-1] == whom_in_words(found)
    assert "says nothing of other people" in told[-1]


def test_the_set_beside_the_network_counts_before_that_of_the_training(tmp_path, people):
    network = trained(tmp_path / "run", people)
    make_set(tmp_path / "run" / "data.evset", n_subjects=6)
    EvaluateJob(str(network)).run(silent)
    found = read_evaluation(tmp_path / "run" / "evaluation.json")
    assert {"s4", "s5"} < set(found.subjects)


def test_another_set_and_another_file_can_be_named(tmp_path, units):
    other = make_set(tmp_path / "other.evset", n_subjects=6)
    out = tmp_path / "found.json"
    assert EvaluateJob(str(units), str(other), str(out)).run(silent) == str(out)
    assert {"s4", "s5"} < set(read_evaluation(out).subjects)


def test_data_that_are_gone_are_asked_for(tmp_path):
    path = make_set(tmp_path / "gone.evset")
    network = trained(tmp_path / "run", path)
    path.unlink()
    with pytest.raises(TrainingError, match=r"are not here .*choose a training set"):
        EvaluateJob(str(network)).run(silent)


def test_code_is_refused(tmp_path):
    (tmp_path / "best.safetensors").write_bytes(b"\x80\x04code")
    with pytest.raises(ModelFileError, match="could run code"):
        EvaluateJob(str(tmp_path / "best.safetensors")).run(silent)


@pytest.mark.parametrize(
    "change",
    [None, {"confusion": [[1]]}, {"per_unit": [{"unit": "AU1"}]}, {"n": float("inf")}],
)
def test_a_damaged_file_is_told(tmp_path, units, change):
    path = tmp_path / "evaluation.json"
    EvaluateJob(str(units), "", str(path)).run(silent)
    whole = path.read_text()
    path.write_text(whole[:99] if change is None else json.dumps(json.loads(whole) | change))
    with pytest.raises(FileError, match="measure the network again"):
        read_evaluation(path)


def test_who_was_measured_is_said(units, tmp_path):
    EvaluateJob(str(units), "", str(tmp_path / "found.json")).run(silent)
    found = replace(read_evaluation(tmp_path / "found.json"), subjects=("a", "b"))
    said = {
        (part, seen): whom_in_words(replace(found, part=part, trained_on=seen))
        for part in ("test", "validation", "all")
        for seen in ((), ("a",))
    }
    assert said["test", ()] == "Measured on 2 people whom it never saw."
    assert "little of other people" in said["test", ("a",)]
    assert "somewhat too good" in said["validation", ()]
    assert "included" in said["all", ("a",)]
