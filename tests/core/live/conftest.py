import importlib.util
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location(
    "synthetic_camera", Path(__file__).parent / "synthetic_camera.py"
)
synthetic_camera = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(synthetic_camera)


@pytest.fixture
def make_camera():
    return synthetic_camera.SyntheticCamera


@pytest.fixture
def make_frames():
    return synthetic_camera.SyntheticFrames


@pytest.fixture
def make_events():
    return synthetic_camera.sweep
