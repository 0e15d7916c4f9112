"""Training: that it learns, that it is the same each time, and that it goes on."""

import json
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from evface.errors import DatasetError, TrainingError
from evface.events.events import Events
from evface.models.checkpoints import BEST, read_info, read_network
from evface.training import loop
from evface.training.checkpoints import read_position
from evface.training.loop import train
from evface.training.runs import LAST, read_curves
from evface.training_sets.writing import write_training_set

from .conftest import make_clip, make_set


def weights_of(folder):
    return load_file(folder / LAST)


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


class Stopped(Exception):
    pass


def test_the_last_network_is_kept_where_that_is_asked_for(configured, tmp_path):
    # So fast that it becomes worse.
    settings = ("run.epochs=4", "optimiser.rate=0.5")
    for keeps in ("best", "last"):
        train(configured("au_light_tiny", *settings, f"run.keeps={keeps}"), tmp_path / keeps)
    best, last = (read_info(tmp_path / keeps / BEST).training for keeps in ("best", "last"))
    assert last["epoch"] == 3
    assert best["metrics"]["loss"] <= last["metrics"]["loss"]


def stop_after(n):
    """Return a report that ends the training at its nth step."""

    def report(fraction, message="", metrics=None):  # noqa: ARG001
        if metrics and "train/loss" in metrics and metrics["step"] >= n:
            raise Stopped

    return report


@pytest.mark.slow
def test_a_class_that_can_be_learnt_is_learnt(configured, tmp_path):
    config = configured(
        "au_light_tiny", "run.epochs=40", "optimiser.rate=0.01", "augmentation.mirror=0",
        "loss.label_smoothing=0", "run.checkpoint_every_s=60.0",
    )  # fmt: skip
    result = train(config, tmp_path)
    lines = [line for line in read_curves(tmp_path) if "train/loss" in line]
    assert lines[-1]["train/loss"] < 0.5 * lines[0]["train/loss"]
    assert result.figures["top1"] > 0.7
    assert result.n_steps == len(lines) == 80


@pytest.mark.parametrize("preset", ["au_light_tiny", "kp_cmfa_tiny", "ssmer_tiny"])
def test_the_same_seed_gives_the_same_weights_bit_for_bit(configured, tmp_path, preset):
    for name in ("one", "two"):
        train(configured(preset, "run.epochs=1"), tmp_path / name)
    train(configured(preset, "run.epochs=1", "seed=1"), tmp_path / "other")
    assert same(weights_of(tmp_path / "one"), weights_of(tmp_path / "two"))
    assert not same(weights_of(tmp_path / "one"), weights_of(tmp_path / "other"))


@pytest.mark.parametrize(
    ("preset", "n_steps"),
    [("au_light_tiny", 1), ("au_light_tiny", 2), ("kp_cmfa_tiny", 3), ("ssmer_tiny", 3)],
)
def test_a_training_that_was_stopped_goes_on_as_if_nothing_happened(
    configured, tmp_path, preset, n_steps
):
    # Dropout, augmentation, momentum, schedule, running averages: all of it.
    config = configured(preset, "run.epochs=2", "optimiser.average=0.9")
    train(config, tmp_path / "whole")
    with pytest.raises(Stopped):
        train(config, tmp_path / "parts", report=stop_after(n_steps))
    assert read_position(tmp_path / "parts" / LAST)[1].step == n_steps
    result = train(config, tmp_path / "parts")
    assert same(weights_of(tmp_path / "whole"), weights_of(tmp_path / "parts"))
    assert result.n_steps == read_position(tmp_path / "parts" / LAST)[1].step
    steps = [line["step"] for line in read_curves(tmp_path / "parts") if "train/loss" in line]
    assert steps == list(range(1, result.n_steps + 1))


@pytest.mark.slow
def test_a_process_that_is_killed_goes_on_as_if_nothing_happened(configured, tmp_path, set_path):
    config = configured("au_light_tiny", "run.epochs=12")
    train(config, tmp_path / "whole")
    command = [
        sys.executable, "-m", "evface.cli", "train", str(tmp_path / "whole" / "config.toml"),
        "--output", str(tmp_path / "killed"), "--data", str(set_path),
    ]  # fmt: skip
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    last = tmp_path / "killed" / LAST
    deadline_s = time.monotonic() + 120
    while not (last.exists() and read_position(last)[1].step >= 3):
        assert process.poll() is None
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
    process.kill()
    process.wait()
    n_done = read_position(last)[1].step
    assert n_done < 24, "it had ended before it was killed"
    train(config, tmp_path / "killed")
    assert same(weights_of(tmp_path / "whole"), weights_of(tmp_path / "killed"))


def test_a_finished_training_does_nothing_more(configured, tmp_path):
    config = configured("au_light_tiny", "run.epochs=1")
    first = train(config, tmp_path)
    before = (tmp_path / BEST).read_bytes()
    again = train(config, tmp_path)
    assert again.figures == first.figures
    assert (tmp_path / BEST).read_bytes() == before


def test_another_configuration_or_other_data_are_not_mixed_in(configured, tmp_path):
    train(configured("au_light_tiny", "run.epochs=1"), tmp_path)
    other = configured("au_light_tiny", "run.epochs=1", "loss.coefficients=3")
    with pytest.raises(TrainingError, match=r"another configuration \(loss.coefficients: 1.0, 3"):
        train(other, tmp_path)
    path = make_set(tmp_path / "other.evset", classes=(0, 2))
    with pytest.raises(TrainingError, match="was begun with other data"):
        train(configured("au_light_tiny", "run.epochs=1", path=path), tmp_path)
    train(other, tmp_path, restarts=True)


def test_the_best_network_holds_all_it_takes_to_use_it(configured, tmp_path, training_set):
    result = train(configured("au_light_tiny", "run.epochs=2"), tmp_path)
    network, info = read_network(result.path)
    assert not network.training
    assert info.training["data"] == training_set.content_hash
    assert info.training["metrics"] == pytest.approx(dict(result.figures))
    parts = info.training["split"]
    assert sorted(p for people in parts.values() for p in people) == ["s0", "s1", "s2", "s3"]
    assert info.inputs["n_frames"] == 4
    assert len(info.statistics["coefficient_mean"]) == 3
    assert not [name for name in load_file(result.path) if not name.startswith("network.")]


def test_test_people_are_never_looked_at(configured, tmp_path, monkeypatch):
    asked = set()
    monkeypatch.setattr(
        loop.TrainingSet, "clip", _recorded(loop.TrainingSet.clip, asked), raising=True
    )
    result = train(configured("au_light_tiny", "run.epochs=1"), tmp_path)
    parts = read_info(result.path).training["split"]
    assert asked
    assert not asked & set(parts["test"])


def _recorded(read, asked):
    def clip(self, index, **options):
        asked.add(self.index[index].subject)
        return read(self, index, **options)

    return clip


def test_training_ends_when_validation_gets_no_better(configured, tmp_path):
    config = configured(
        "au_light_tiny", "run.epochs=30", "run.patience=2", "optimiser.rate=1e-9",
        "run.metric=top1",
    )  # fmt: skip
    result = train(config, tmp_path)
    assert result.epoch == 0
    assert result.n_steps == 3 * 2


def test_an_unknown_metric_is_told_with_those_there_are(configured, tmp_path):
    with pytest.raises(TrainingError, match=r"'topp1' is not measured; there are .*top1"):
        train(configured("au_light_tiny", "run.metric=topp1", "run.epochs=1"), tmp_path)


def test_a_step_limit_ends_it_in_mid_epoch_with_a_validation(configured, tmp_path):
    result = train(configured("au_light_tiny", "run.max_steps=3", "run.epochs=9"), tmp_path)
    assert result.n_steps == 3
    validated = [line["step"] for line in read_curves(tmp_path) if "validation/loss" in line]
    assert validated == [2, 3]


# --- what can be wrong ----------------------------------------------------------------------------


def test_one_person_is_refused_unless_nobody_is_to_validate(configured, tmp_path):
    path = make_set(tmp_path / "one.evset", n_subjects=1, repetitions=4)
    with pytest.raises(DatasetError, match="has 1 subject; training, validation and test need 3"):
        train(configured(path=path), tmp_path / "run")
    config = configured("au_light_tiny", "data.split=none", "run.epochs=1", path=path)
    result = train(config, tmp_path / "run")
    assert any("say nothing of other people" in note for note in result.notes)
    assert result.path.exists()


def test_a_class_that_nobody_shows_in_training_is_told(configured, tmp_path):
    clips = [make_clip(s, c, 0) for s in range(4) for c in (0, 1)]
    clips += [make_clip(3, 5, 0)]
    path = tmp_path / "missing.evset"
    write_training_set(path, clips)
    for seed in range(20):
        config = configured(
            "au_light_tiny", f"data.split_seed={seed}", "run.max_steps=1", path=path
        )
        result = train(config, tmp_path / str(seed))
        people = read_info(result.path).training["split"]["train"]
        told = any("No training clip shows AU9" in note for note in result.notes)
        assert told == ("s3" not in people)
        if told:
            return
    pytest.fail("no split left the class out")


def test_clips_without_events_are_told(configured, tmp_path):
    path = tmp_path / "dark.evset"
    write_training_set(path, [make_clip(s, 0, events=Events.empty()) for s in range(4)])
    result = train(configured("au_light_tiny", "run.max_steps=1", path=path), tmp_path / "run")
    assert "2 of 2 training clips have no events" in result.notes


def test_labels_that_are_missing_now_and_then_do_no_harm(configured, tmp_path):
    nan = np.full((4, 3), np.nan, np.float32)
    clips = [make_clip(s, c) for s in range(4) for c in (0, 1)]
    clips += [make_clip(s, -1, 7, coefficients=nan, pose=np.full((4, 4), np.nan, np.float32))
              for s in range(4)]  # fmt: skip
    path = tmp_path / "nan.evset"
    write_training_set(path, clips)
    result = train(configured("au_light_tiny", "run.epochs=2", path=path), tmp_path / "run")
    assert np.isfinite(result.figures["loss"])
    assert all(v.isfinite().all() for v in weights_of(tmp_path / "run").values())


def test_clips_without_a_class_teach_their_coefficients(configured, tmp_path):
    path = tmp_path / "classless.evset"
    write_training_set(path, [make_clip(s, -1, k) for s in range(3) for k in range(2)])
    result = train(configured("au_light_tiny", "run.max_steps=1", path=path), tmp_path / "run")
    assert np.isfinite(result.figures["loss"])


def test_without_any_label_it_does_not_begin(configured, tmp_path):
    nan = np.full((4, 3), np.nan, np.float32)
    changes = {"coefficients": nan, "pose": np.full((4, 4), np.nan, np.float32)}
    clips = [make_clip(s, -1, k, **changes) for s in range(3) for k in range(2)]
    path = tmp_path / "bare.evset"
    write_training_set(path, clips)
    with pytest.raises(TrainingError, match="holds no label that this configuration learns from"):
        train(configured(path=path), tmp_path / "run")


def test_a_loss_that_runs_away_stops_and_leaves_the_last_good_state(
    configured, tmp_path, monkeypatch
):
    real = loop.Trainer._step

    def step(self, batch, number):
        if number == 2:
            batch = batch | {"events": batch["events"].float() * np.nan}
        return real(self, batch, number)

    monkeypatch.setattr(loop.Trainer, "_step", step)
    with pytest.raises(TrainingError, match="no number at step 3: lower optim"):
        train(configured("au_light_tiny", "run.epochs=3"), tmp_path)
    assert read_position(tmp_path / LAST)[1].step == 2
    assert all(v.isfinite().all() for v in weights_of(tmp_path).values())


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_told(configured, tmp_path):
    with pytest.raises(TrainingError, match="there is no GPU that PyTorch can use"):
        train(configured("au_light_tiny", "run.device=cuda"), tmp_path)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 80000000000"),
    ],
)
def test_out_of_memory_says_what_to_lower(configured, tmp_path, monkeypatch, error):
    def step(*_):
        raise error

    monkeypatch.setattr(loop.Trainer, "_step", step)
    with pytest.raises(TrainingError, match=r"lower the batch size first.*run.batch_size=2"):
        train(configured(), tmp_path)


def test_a_bug_is_not_taken_for_full_memory(configured, tmp_path, monkeypatch):
    def step(*_):
        raise RuntimeError("shapes do not agree")

    monkeypatch.setattr(loop.Trainer, "_step", step)
    with pytest.raises(RuntimeError, match="shapes do not agree"):
        train(configured(), tmp_path)


def test_unknown_settings_of_the_network_are_told(configured, tmp_path):
    with pytest.raises(TrainingError, match="au_light has no setting 'depth'"):
        train(configured("au_light_tiny", "model.depth=3"), tmp_path)


def test_without_data_it_says_so(configured, tmp_path):
    with pytest.raises(TrainingError, match=r"data.path is missing"):
        train(configured("au_light_tiny", "data.path=''"), tmp_path)


def test_the_log_is_lines_of_json_and_a_board(configured, tmp_path):
    train(configured("au_light_tiny", "run.epochs=1"), tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert {"step", "epoch", "train/loss", "train/rate"} <= lines[0].keys()
    assert "validation/top1" in lines[-1]
    board = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    losses = {scalar.step: scalar.value for scalar in board.Scalars("train/loss")}
    logged = {line["step"]: line["train/loss"] for line in lines if "train/loss" in line}
    assert losses == pytest.approx(logged)


@pytest.mark.slow
def test_two_processes_train_together(tmp_path, set_path):
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
        "-m", "evface.cli", "train", "au_light_tiny", "--data", str(set_path),
        "--output", str(tmp_path), "--json", "--set", "run.device=cpu", "--set", "run.epochs=2",
        "--set", "data.n_frames=4", "--set", "run.threads=1", "--set", "data.crop=picture",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(lines) == 1, "one speaks for all"
    assert json.loads(lines[0])["n_steps"] == 4
    assert read_position(tmp_path / LAST)[1].n_validated == 2
    read_network(tmp_path / BEST)


@pytest.mark.slow
def test_fewer_digits_train_as_well(tmp_path, set_path):
    """In a process of its own: Accelerate keeps one state a process."""
    command = [
        sys.executable, "-m", "evface.cli", "train", "au_light_tiny", "--data", str(set_path),
        "--output", str(tmp_path), "--json", "--set", "run.precision=bf16",
        "--set", "run.device=cpu", "--set", "run.max_steps=2", "--set", "data.n_frames=4",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=True)
    assert np.isfinite(json.loads(done.stdout)["figures"]["loss"])
    assert all(value.isfinite().all() for value in weights_of(tmp_path).values())
