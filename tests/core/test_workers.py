"""Work in other processes: that it is all done once, whatever becomes of the processes."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial

import pytest

from evface.errors import EvfaceError
from evface.workers import spread, tell_share

# Importable by processes that know nothing of pytest.
WORK = """
import os, time
from pathlib import Path
from evface.workers import tell_share

def square(log, number):
    tell_share(0.5)
    with Path(log).open("a") as file:
        file.write(f"{number} {os.getpid()}\\n")
    time.sleep(0.3)
    return number * number

def alone(log, number):
    from threadpoolctl import threadpool_info
    square(log, number)
    threads = max([one["num_threads"] for one in threadpool_info()], default=1)
    n_here = len(Path(log).read_text().splitlines())
    time.sleep(0.1)
    return threads, len(Path(log).read_text().splitlines()) - n_here

def die(log, number):
    square(log, number)
    os._exit(9)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the module of work, which this and other processes find."""
    (tmp_path / "squaring.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def work_of(folder, name="square"):
    import squaring

    return partial(getattr(squaring, name), str(folder / "log"))


def begun(folder):
    """Return which item was begun by which process, in order."""
    try:
        lines = (folder / "log").read_text().splitlines()
    except FileNotFoundError:
        return []
    return [tuple(map(int, line.split())) for line in lines]


def killing_one(folder):
    """Return a look that kills the first process that works, once."""
    killed = []

    def look(_n_begun):
        if not killed and begun(folder):
            killed.append(begun(folder)[0][1])
            os.kill(killed[0], signal.SIGKILL)

    return look, killed


def test_everything_is_done_once_and_told_as_it_comes(folder):
    found, shares = {}, []
    spread(work_of(folder), range(6), n_processes=2, done=found.setdefault, look=shares.append)
    assert found == {number: number**2 for number in range(6)}
    assert {pid for _, pid in begun(folder)} & {os.getpid()} == set()
    assert set(shares) <= {0.0, 0.5, 1.0}
    assert {number for number, _ in begun(folder)} == set(range(6))


@pytest.mark.slow
def test_what_a_killed_process_had_is_done_by_another(folder):
    look, killed = killing_one(folder)
    found = {}
    spread(work_of(folder), range(8), n_processes=2, done=found.setdefault, look=look)
    assert found == {number: number**2 for number in range(8)}
    assert killed
    assert {pid for _, pid in begun(folder)} > set(killed)


@pytest.mark.slow
def test_what_ends_every_process_is_given_up(folder):
    with pytest.raises(EvfaceError, match=r"stopped again and again.*fewer --jobs"):
        spread(work_of(folder, "die"), range(1), n_processes=1, done=print)
    assert len(begun(folder)) == 3


def test_who_stops_looking_ends_the_work(folder):
    def look(_n_begun):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        spread(work_of(folder), range(50), n_processes=1, done=print, look=look)
    assert len(begun(folder)) < 10


def test_alone_it_may_be_told_how_far_it_is():
    tell_share(0.5)


def test_what_is_no_address_is_told():
    pytest.importorskip("distributed")
    with pytest.raises(EvfaceError, match="nonsense: is no address of a scheduler"):
        spread(abs, [1], scheduler="nonsense", done=print)


@pytest.fixture
def n_threads():
    return 1


@pytest.fixture
def cluster(folder, n_threads):
    """A Dask cluster of two workers on this machine: its address, and its workers' processes."""
    pytest.importorskip("distributed")
    here = {**os.environ, "PYTHONPATH": str(folder)}
    started = []

    def start(*command):
        log = (folder / f"log{len(started)}").open("w")
        process = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli." + command[0], *command[1:]],
            stdout=log, stderr=log, env=here, cwd=folder,
        )  # fmt: skip
        log.close()
        started.append(process)

    said = folder / "scheduler.json"
    start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
          "--scheduler-file", str(said))  # fmt: skip
    for _ in range(2):
        start("dask_worker", "--scheduler-file", str(said), "--host", "127.0.0.1",
              "--nthreads", str(n_threads), "--no-nanny", "--no-dashboard")  # fmt: skip
    try:
        deadline_s = time.monotonic() + 60
        while not said.exists():
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
        yield json.loads(said.read_text())["address"], started[1:]
    finally:
        for process in started:
            process.kill()
            process.wait()


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_does_everything(folder, cluster):
    address, workers = cluster
    look, killed = killing_one(folder)
    found, told = {}, []

    def done(number, result):
        told.append(number)
        found[number] = result

    spread(work_of(folder), range(10), scheduler=address, done=done, look=look)
    assert found == {number: number**2 for number in range(10)}
    assert sorted(told) == list(range(10))
    assert set(killed) < {process.pid for process in workers}


@pytest.mark.slow
@pytest.mark.parametrize("n_threads", [4])
def test_a_worker_of_many_threads_does_one_thing_at_a_time(folder, cluster):
    address, workers = cluster
    workers[1].kill()
    found = {}
    spread(work_of(folder, "alone"), range(4), scheduler=address, done=found.setdefault)
    assert found == dict.fromkeys(range(4), (1, 0))


@pytest.mark.slow
def test_a_cluster_without_anyone_to_work_is_told(cluster, monkeypatch):
    address, workers = cluster
    monkeypatch.setattr("evface.workers._ANSWERS_WITHIN", "3s")
    for process in workers:
        process.kill()
        process.wait()
    with pytest.raises(EvfaceError, match=r"has no workers; start some: dask worker tcp://"):
        spread(abs, [1], scheduler=address, done=print)
