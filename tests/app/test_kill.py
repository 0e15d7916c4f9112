"""Whenever the studio is killed, everything that it had shown is there.

Four times by default; EVFACE_KILLS=100 asks for more.
"""

import importlib.util
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from evface.projects.snapshots import list_snapshots, snapshot_folder
from evface_studio.opening import Annotator, open_project

SCRIPT = Path(__file__).with_name("killed_studio.py")
N_KILLS = int(os.environ.get("EVFACE_KILLS", "4"))
LONGEST_S = 1.0 if N_KILLS < 10 else 4.0
PATIENCE_S = 240.0

_spec = importlib.util.spec_from_file_location("killed_studio", SCRIPT)
killed_studio = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(killed_studio)


@pytest.fixture
def environment(tmp_path):
    homes = ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")
    environment = os.environ | {home: str(tmp_path / home.lower()) for home in homes}
    if not environment.get("DISPLAY"):
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    return environment


def _lines(report):
    whole = report.read_text().rpartition("\n")[0] if report.exists() else ""
    return [json.loads(line) for line in whole.splitlines()]


def _run_and_kill(project_path, report, environment, seed, chance):
    """Let the studio edit, kill it at a moment by chance, and return what it had told."""
    command = [sys.executable, str(SCRIPT), str(project_path), str(report), str(seed)]
    # Every third time while thousands of corrections are being written.
    in_bulk = seed % 3 == 2
    delay_s = chance.uniform(0, 0.2 if in_bulk else LONGEST_S)
    errors = report.with_suffix(".err")
    with errors.open("wb") as file:
        child = subprocess.Popen(command, env=environment, stderr=file)
    try:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            assert child.poll() is None, errors.read_text()
            lines = _lines(report)
            is_begun = any("shown" in line for line in lines)
            if is_begun and (not in_bulk or lines[-1].get("making") == killed_studio.BULK):
                break
            time.sleep(0.005)
        else:
            pytest.fail(f"the studio made no edits: {errors.read_text()}")
        time.sleep(delay_s)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    return _lines(report)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="asks for SIGKILL")
def test_no_edit_that_was_shown_is_lost_when_the_studio_is_killed(
    project_path, tmp_path, environment, qapp
):
    del qapp
    chance = random.Random(4 if N_KILLS < 10 else None)
    n_before = 1  # The recording was processed.
    figures, kinds = Counter(), Counter()
    for seed in range(N_KILLS):
        report = tmp_path / f"{seed}.jsonl"
        lines = _run_and_kill(project_path, report, environment, seed, chance)
        assert not [line for line in lines if "failed" in line]
        shown = [line["shown"] for line in lines if "shown" in line]
        making = [line for line in lines if "making" in line]
        kinds.update(line["making"] for line in making[: len(shown)])
        opened = open_project(project_path, Annotator())
        project = opened.project
        assert not project.is_read_only
        assert project.check() == []
        n_more = project.count_edits() - n_before - len(shown)
        # One more may be on disk, that the window had no time to show.
        assert n_more in (0, 1), f"{-n_more} of {len(shown)} edits are lost"
        if n_more:
            (entry,) = project.journal(last=1)
            assert entry.label == making[-1]["label"]
            project.apply(entry.inverse)
        opened.close()
        opened = open_project(project_path, Annotator(), opened.recording_id)
        project = opened.project
        name = opened.listed[opened.recording_id].entry.name
        assert killed_studio.in_brief(opened.labels, name) == shown[-1]
        undo_label = project.history().undo_label
        assert undo_label
        assert project.undo() is not None
        assert project.history().redo_label == undo_label
        assert project.check() == []
        n_before = project.count_edits()
        # None of them is half there.
        files = list(snapshot_folder(project_path).glob("*.evface"))
        assert len(list_snapshots(project_path)) == len(files)
        opened.close()
        figures.update(
            kills=1,
            acknowledged=len(shown),
            on_disk_but_not_shown=n_more,
            killed_in_bulk=int(
                making[-1]["making"] == killed_studio.BULK and len(making) > len(shown)
            ),
        )
    print(f"{dict(figures)}, lost: 0; {n_before:,} edits in the journal; {dict(kinds)}")  # noqa: T201
