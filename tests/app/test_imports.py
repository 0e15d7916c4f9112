import subprocess
import sys

import pytest

HEAVY = "torch", "torchvision", "cv2", "mediapipe", "face_alignment", "jax", "tensorflow"


def modules_after(code):
    """Return what a fresh interpreter has imported after running `code`."""
    printed = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sorted(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return set(printed.split())


ALL = """
import importlib, pkgutil, evface_studio
for module in pkgutil.walk_packages(evface_studio.__path__, "evface_studio."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""


def test_no_part_of_the_studio_brings_a_network_library():
    assert not modules_after(ALL) & set(HEAVY)


def test_the_window_is_shown_before_slow_imports():
    early = modules_after("import evface_studio.main_window, evface_studio.application")
    assert not early & {"pyqtgraph", "vispy", "numba", "h5py", "av", "scipy"}


@pytest.mark.slow
def test_a_running_studio_never_brings_a_network_library(project_path, tmp_path):
    picture = tmp_path / "a.png"
    loaded = modules_after(
        "from evface_studio.application import run\n"
        f"assert run([{str(project_path)!r}, '--screenshot', {str(picture)!r}]) == 0"
    )
    assert "evface_studio.workspace" in loaded
    assert not loaded & set(HEAVY)
