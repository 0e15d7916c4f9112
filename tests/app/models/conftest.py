"""Tiny networks, trained once, beside the project that a window opens."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RUNS = ("points", "units", "other units")


@pytest.fixture(scope="session")
def made_models(tmp_path_factory):
    """Return a folder with three runs, their training set, and a network of somebody else."""
    folder = tmp_path_factory.mktemp("made_models")
    script = Path(__file__).with_name("made_models.py")
    done = subprocess.run(
        [sys.executable, str(script), str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def with_models(project_path, made_models):
    """Return a project beside which the runs lie."""
    for name in RUNS:
        shutil.copytree(made_models / name, project_path.with_name("two.models") / name)
    return project_path


@pytest.fixture
def opened(qtbot, window, open_in, with_models):
    """Return the window with that project and its models panel open."""
    open_in(window, with_models)
    window.action("models_panel").trigger()
    qtbot.waitUntil(lambda: len(window.models.runs) == len(RUNS), timeout=10_000)
    return window


@pytest.fixture
def choose(qtbot):
    """Return a function that chooses a run by its name."""

    def choose_run(window, name):
        models = window.models
        run = next(run for run in models.runs if run.name == name)
        models.choose(run)
        known = run.folder / "evaluation.json"
        qtbot.waitUntil(
            lambda: (
                models.chosen is not None
                and models.chosen.name == name
                and (not known.exists() or models.evaluation is not None)
            )
        )
        return models.chosen

    return choose_run
