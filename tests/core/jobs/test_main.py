"""Jobs in processes of their own, as the application and the command line start them."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evface.jobs.protocol import Done, Failed, Progress, decode

# `python -m evface.jobs` with one more kind of job.
START = """
import sys
sys.path.insert(0, {folder!r})
from evface.jobs import __main__, spec
spec.JOB_KINDS["sample"] = "sample_jobs:SampleJob"
sys.exit(__main__.main(sys.argv[1:]))
"""


@pytest.fixture
def start(tmp_path):
    processes = []

    def start(does, *numbers):
        job = {"kind": "sample", "does": does, "numbers": numbers}
        (tmp_path / "job.json").write_text(json.dumps(job))
        code = START.format(folder=str(Path(__file__).parent))
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "job.json")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def _end(process):
    out, err = process.communicate(timeout=20)
    return process.returncode, [decode(line) for line in out.splitlines()], err


def test_only_reports_are_on_stdout(start):
    code, reports, err = _end(start("works", 1, 2, 3))
    assert (code, reports) == (0, [Progress(0.0, "begins"), Done("6")])
    assert "noise from a C library" in err
    assert "noise from Python" in err


def test_each_failure_is_the_last_report_and_exit_code_1(start):
    ends = {
        "meets a bad file": "ev.raw: is cut short; record it again",
        "fills the disk": "out.npz: No space left on device",
        "has a bug": "internal error: TypeError: a bug",
    }
    for does, words in ends.items():
        code, reports, err = _end(start(does))
        assert (code, reports[-1]) == (1, Failed(words))
        assert ("Traceback" in err) == (does == "has a bug")


def test_cancel_on_stdin_ends_a_job(start):
    process = start("goes on")
    assert decode(process.stdout.readline()) == Progress(0.0, "begins")
    process.stdin.write("cancel\n")
    process.stdin.flush()
    asked_s = time.monotonic()
    code, reports, err = _end(process)
    assert (code, reports[-1], err) == (1, Failed("cancelled"), "")
    assert time.monotonic() - asked_s < 5


def test_a_job_that_ends_while_stdin_is_open_ends_cleanly(start):
    process = start("works")
    assert process.wait(timeout=20) == 0
    assert "Fatal" not in process.stderr.read()


def test_a_job_ends_when_its_starter_is_gone(start):
    process = start("goes on")
    assert decode(process.stdout.readline()) == Progress(0.0, "begins")
    process.stdout.close()
    assert process.wait(timeout=20) == 1


def test_the_command_reads_a_spec_and_says_what_is_wrong_with_it(tmp_path):
    (tmp_path / "job.json").write_text('{"kind": "nothing"}')
    command = [sys.executable, "-m", "evface.jobs"]
    done = subprocess.run(
        [*command, str(tmp_path / "job.json")],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    failed = decode(done.stdout)
    assert isinstance(failed, Failed)
    assert "is not a job that this version of evface knows" in failed.error
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2
