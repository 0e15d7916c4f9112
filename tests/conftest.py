"""What every test gets: a home of its own, and the sample recordings where they are."""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import settings

# Before evface or Qt is imported: nothing of the user's home is read or written.
_HOME = tempfile.TemporaryDirectory(prefix="evface-tests-")
for _name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
    os.environ[_name] = str(Path(_HOME.name) / _name.lower())

# How long an example takes says nothing on a machine that does other things as well.
settings.register_profile("evface", deadline=None)
settings.load_profile("evface")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Return the path of a sample recording, or skip where the samples are not installed."""

    def find(name: str) -> Path:
        path = SHARED_DATA / name
        if not path.exists():
            pytest.skip(f"sample {name} is not on this machine")
        return path

    return find


@pytest.fixture
def fake_drivers(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Put a fake of the package neuromorphic_drivers, with nothing plugged in, in its place."""
    path = Path(__file__).resolve().parent / "fixtures" / "fake_neuromorphic_drivers.py"
    spec = importlib.util.spec_from_file_location("neuromorphic_drivers", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "neuromorphic_drivers", module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def plugged(fake_drivers: ModuleType) -> Any:
    """Return an EVK4 at the fake's bus."""
    camera = fake_drivers.PluggedCamera()
    fake_drivers.bus.cameras.append(camera)
    return camera
