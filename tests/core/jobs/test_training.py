"""Training as a job: its own process, told what to do by lines."""

import json
import subprocess
import sys

import pytest
from safetensors.torch import load_file

from evface.jobs.protocol import Done, Failed, Progress, decode
from evface.jobs.spec import read_job, write_job
from evface.jobs.training import TrainJob


def job_of(bare_set_path, folder, *settings):
    return TrainJob(
        "au_light_tiny",
        str(folder),
        (f"data.path={bare_set_path}", "data.n_frames=3", "data.crop=picture", "run.threads=1",
         "run.device=cpu", "data.caches_pictures=false", *settings),
    )  # fmt: skip


@pytest.fixture
def start(tmp_path):
    processes = []

    def start(job):
        write_job(tmp_path / "job.json", job)
        assert read_job(tmp_path / "job.json") == job
        process = subprocess.Popen(
            [sys.executable, "-m", "evface.jobs", str(tmp_path / "job.json")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def say(process, order):
    process.stdin.write(order + "\n")
    process.stdin.flush()


def next_measured(process):
    for line in process.stdout:
        told = decode(line)
        assert isinstance(told, Progress), told
        if "train/loss" in told.metrics:
            return told
    raise AssertionError("nothing was measured")


def test_a_window_can_draw_curves_from_what_is_told(bare_set_path, tmp_path):
    told = []

    def report(fraction, message="", metrics=None):
        told.append((fraction, message, metrics))

    output = job_of(bare_set_path, tmp_path / "run", "run.epochs=3").run(report)
    assert output == str(tmp_path / "run" / "best.safetensors")
    measured = [metrics for _, _, metrics in told if metrics]
    losses = [(m["step"], m["train/loss"]) for m in measured if "train/loss" in m]
    validated = [(m["epoch"], m["validation/top1"]) for m in measured if "validation/top1" in m]
    assert [epoch for epoch, _ in validated] == [0, 1, 2]
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    kept = [line for line in map(json.loads, lines) if "train/loss" in line]
    assert losses == [(line["step"], line["train/loss"]) for line in kept]
    assert told[-1][0] == 1.0


@pytest.mark.slow
def test_a_job_waits_ends_and_goes_on_to_the_same_network(bare_set_path, tmp_path, start):
    settings = ("run.epochs=40",)
    process = start(job_of(bare_set_path, tmp_path / "run", *settings))
    next_measured(process)
    say(process, "pause")
    while decode(process.stdout.readline()).message != "Paused":
        pass
    say(process, "resume")
    step = next_measured(process).metrics["step"]
    say(process, "cancel")
    out, _ = process.communicate(timeout=60)
    assert decode(out.splitlines()[-1]) == Failed("cancelled")
    process = start(job_of(bare_set_path, tmp_path / "run", *settings))
    first = next_measured(process).metrics["step"]
    assert first > step
    out, _ = process.communicate(timeout=300)
    assert decode(out.splitlines()[-1]) == Done(str(tmp_path / "run" / "best.safetensors"))
    job_of(bare_set_path, tmp_path / "whole", *settings).run(lambda *_: None)
    one, other = (load_file(tmp_path / name / "last.safetensors") for name in ("run", "whole"))
    assert all((one[name] == other[name]).all() for name in one)


def test_what_is_wrong_is_one_line(bare_set_path, tmp_path, start):
    process = start(job_of(bare_set_path, tmp_path / "run", "run.epoch=3"))
    out, _ = process.communicate(timeout=60)
    failed = decode(out.splitlines()[-1])
    assert isinstance(failed, Failed)
    assert failed.error.startswith("run.epoch: there is no such key; run has")
    assert not (tmp_path / "run").exists()
