"""Networks beside the project that a window opens."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def _made_networks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("networks")
    script = Path(__file__).with_name("made_networks.py")
    subprocess.run([sys.executable, str(script), str(folder)], check=True)
    return folder


@pytest.fixture
def models(_made_networks, project_path):
    """Return the models of the project: one of landmarks, two of action units."""
    return shutil.copytree(_made_networks, project_path.with_name("two.models"))
