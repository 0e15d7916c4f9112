"""Measuring trained networks, features that are kept, and sweeps."""

import json
import shutil

import numpy as np
import pytest
import torch

from evface.errors import DatasetError, TrainingError
from evface.files import replacing
from evface.models.digests import digest_of
from evface.training import cached_features, evaluation
from evface.training.evaluation import evaluate
from evface.training.loop import train
from evface.training.sweep import best_of, parse_sweep, sweep
from evface.training.tables import markdown_of, tables_of
from evface.training_sets.file import TrainingSet
from evface.training_sets.writing import write_training_set

from .conftest import SMALL, make_clip, make_set


@pytest.fixture(scope="module")
def trained(tmp_path_factory, set_path):
    from evface.training.config import read_config

    folder = tmp_path_factory.mktemp("run")
    config = read_config(
        "au_light_tiny", [*SMALL, f"data.path={set_path}", "run.epochs=1", "data.split_seed=3"]
    )
    return train(config, folder)


def test_validation_is_measured_as_in_training(trained, training_set):
    found = evaluate(trained.path, training_set, part="validation", n_resamples=10)
    for name, figure in found.figures.items():
        # Training measured it before it knew how sure the network is too often.
        if name != "calibration_error":
            assert figure.value == pytest.approx(trained.figures[name], abs=1e-5), name


def test_every_part_has_its_people_and_all_has_everyone(trained, training_set):
    found = {
        part: evaluate(trained.path, training_set, part=part, n_resamples=10)
        for part in ("train", "validation", "test", "all")
    }
    people = [set(found[part].subjects) for part in ("train", "validation", "test")]
    assert set.union(*people) == set(found["all"].subjects) == {"s0", "s1", "s2", "s3"}
    assert sum(map(len, people)) == 4
    assert found["all"].n_rows == 16
    assert found["all"].confusion.sum() == 16


def test_the_network_that_is_named_is_the_one_that_was_measured(trained, training_set, tmp_path):
    path = tmp_path / "best.safetensors"
    shutil.copyfile(trained.path, path)

    def keep_another(_fraction, _message):
        with replacing(path) as temporary:
            temporary.write_bytes(b"a better one")

    found = evaluate(path, training_set, n_resamples=1, report=keep_another)
    assert found.checkpoint == digest_of(trained.path)


def test_in_another_set_those_who_trained_are_left_out(trained, tmp_path):
    path = make_set(tmp_path / "more.evset", n_subjects=6)
    with TrainingSet(path) as more:
        found = evaluate(trained.path, more, n_resamples=10)
    assert {"s4", "s5"} < set(found.subjects)
    assert len(found.subjects) == 3


def test_a_set_that_does_not_suit_is_told(trained, tmp_path):
    path = tmp_path / "other.evset"
    write_training_set(path, [make_clip(9, 0, coefficients=np.zeros((4, 7), np.float32))])
    with (
        TrainingSet(path) as other,
        pytest.raises(TrainingError, match="has 7 coefficients of 'made-up', the network 3"),
    ):
        evaluate(trained.path, other)
    write_training_set(path, [make_clip(9, 0)])
    with TrainingSet(path) as other, pytest.raises(DatasetError, match="has nobody of train"):
        evaluate(trained.path, other, part="train")


def test_clips_of_another_length_and_size_are_measured(trained, tmp_path):
    path = tmp_path / "other.evset"
    write_training_set(path, [make_clip(9, 0, n=2, resolution=(64, 48))])
    with TrainingSet(path) as other:
        assert evaluate(trained.path, other, n_resamples=1).n_rows == 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_told_before_measuring(trained, training_set):
    with pytest.raises(TrainingError, match=r"--device is cuda, but there is no GPU"):
        evaluate(trained.path, training_set, device="cuda")


def test_out_of_memory_in_measuring_says_what_to_lower(trained, training_set, monkeypatch):
    def full(*_):
        raise MemoryError

    monkeypatch.setattr(evaluation, "to_floats", full)
    with pytest.raises(TrainingError, match=r"--batch-size 8, .*for example --batch-size 4"):
        evaluate(trained.path, training_set, part="all", batch_size=8)


def test_landmarks_are_measured_over_all_moments(configured, tmp_path, training_set):
    result = train(configured("kp_cmfa_tiny", "run.max_steps=1"), tmp_path)
    found = evaluate(result.path, training_set, part="test", n_resamples=5)
    n_clips = sum(entry.subject in found.subjects for entry in training_set.index)
    assert found.n_rows == 4 * n_clips
    assert {"nme", "fr10", "auc10", "landmark_fr10", "landmark_auc10", "nmf"} == set(found.figures)
    assert "NME" in markdown_of(found)


def test_landmarks_are_measured_about_other_boxes(configured, tmp_path, training_set):
    result = train(configured("kp_cmfa_tiny", "run.max_steps=1"), tmp_path)
    own = evaluate(result.path, training_set, part="test", n_resamples=1)
    far = {index: np.full((4, 4), (0, 0, 4, 4), np.float32) for index in range(len(training_set))}
    beside = evaluate(result.path, training_set, part="test", n_resamples=1, boxes=far)
    assert beside.figures["nme"].value > own.figures["nme"].value + 0.2


def test_what_learns_without_labels_has_nothing_to_measure(configured, tmp_path, training_set):
    result = train(configured("ssmer_tiny", "run.max_steps=1"), tmp_path)
    with pytest.raises(TrainingError, match="tells nothing that could be measured"):
        evaluate(result.path, training_set)


def test_tables_say_the_same_as_json(trained, training_set):
    found = evaluate(trained.path, training_set, part="all", n_resamples=50)
    plain = json.loads(json.dumps(found.to_json(), allow_nan=False))
    figure = plain["figures"]["facial_top1"]
    markdown = markdown_of(found)
    assert (
        f"| face (18), top-1 | {100 * figure['value']:.1f} % | "
        f"{100 * figure['low']:.1f} – {100 * figure['high']:.1f} |"
    ) in markdown
    assert [table.title for table in tables_of(found)][1:] == [
        "Action units", "Shown (rows) and told (columns)",
    ]  # fmt: skip
    for table in tables_of(found):
        assert {len(row) for row in table.rows} == {len(table.columns)}


# --- features that are computed once --------------------------------------------------------------


def test_features_are_computed_once_and_are_what_the_convolutions_see(
    configured, tmp_path, monkeypatch
):
    path = make_set(tmp_path / "set.evset")
    config = configured("au_resnet18_lstm_tiny", "run.epochs=1", path=path)
    cached = train(config, tmp_path / "cached")
    plain = configured("au_resnet18_lstm_tiny", "run.epochs=1", "data.caches_features=false",
                       path=path)  # fmt: skip
    direct = train(plain, tmp_path / "direct")
    # Without augmentation both see the same.
    for name, value in cached.figures.items():
        assert value == pytest.approx(direct.figures[name], abs=1e-3), name

    def again(*_):
        raise AssertionError("convolved again")

    monkeypatch.setattr(cached_features._FeatureItems, "_convolve", again)
    train(config, tmp_path / "second")
    # Other weights are other features.
    with pytest.raises(AssertionError, match="convolved again"):
        train(configured("au_resnet18_lstm_tiny", "seed=5", path=path), tmp_path / "third")


def test_only_frozen_convolutions_can_be_kept(configured, tmp_path):
    with pytest.raises(TrainingError, match="has no frozen convolutions"):
        train(configured("au_light_tiny", "data.caches_features=true"), tmp_path)


@pytest.mark.parametrize(
    "preset",
    ["au_i3d_tiny", "au_vit_spt_lsa_tiny", "au_resnet18_transformer_tiny",
     "au_coefficients_lstm_tiny", "au_coefficients_transformer_tiny", "kp_slpt_tiny"],
)  # fmt: skip
def test_every_network_trains_and_is_measured(configured, tmp_path, preset):
    path = make_set(tmp_path / "set.evset", n_subjects=3, repetitions=1)
    result = train(configured(preset, "run.max_steps=1", path=path), tmp_path / "run")
    with TrainingSet(path) as training_set:
        assert evaluate(result.path, training_set, n_resamples=2).figures


# --- sweeps ---------------------------------------------------------------------------------------


def test_a_sweep_trains_once_a_value_and_goes_on(tmp_path, set_path):
    settings = [*SMALL, f"data.path={set_path}", "run.max_steps=2"]
    swept = parse_sweep("loss.coefficients=0,1,10")
    told = []

    def report(fraction, message="", metrics=None):  # noqa: ARG001
        told.append((fraction, message))

    results = sweep("au_light_tiny", settings, swept, tmp_path, report=report)
    assert [one.setting for one in results] == [f"loss.coefficients={v}" for v in ("0", "1", "10")]
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert told[-1][1].startswith("loss.coefficients=10: Epoch")
    best = best_of(results).result.figures["facial_top1"]
    assert best == max(one.result.figures["facial_top1"] for one in results)
    again = sweep("au_light_tiny", settings, swept, tmp_path, report=report)
    assert [one.result.figures for one in again] == [one.result.figures for one in results]


@pytest.mark.parametrize("text", ["loss.coefficients", "loss.coefficients=1", "seed=1,1"])
def test_a_sweep_that_makes_no_sense_is_refused(text):
    with pytest.raises(TrainingError):
        parse_sweep(text)


def test_a_wrong_value_is_told_before_anything_is_trained(tmp_path, set_path):
    with pytest.raises(TrainingError, match="must be a whole number"):
        sweep(
            "au_light_tiny", [f"data.path={set_path}"], ["run.epochs=1", "run.epochs=x"], tmp_path,
            report=lambda *_: pytest.fail("trained"),
        )  # fmt: skip
    assert not list(tmp_path.iterdir())
