import subprocess
import sys

import pytest

from evface.errors import ProjectInUseError
from evface.projects.editing_lock import EditingLock

HOLD = """
import sys, time
from pathlib import Path
from evface.projects.editing_lock import EditingLock
lock = EditingLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that edits."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "p.evface")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_the_second_is_told_who_edits(holder, tmp_path):
    with pytest.raises(ProjectInUseError, match=rf"another window \(process {holder.pid} on "):
        EditingLock(tmp_path / "p.evface")


def test_a_link_leads_to_the_same_project(holder, tmp_path):
    assert holder.poll() is None
    (tmp_path / "p.evface").touch()
    (tmp_path / "link.evface").symlink_to("p.evface")
    with pytest.raises(ProjectInUseError):
        EditingLock(tmp_path / "link.evface")


def test_a_killed_editor_leaves_the_project_free(holder, tmp_path):
    holder.kill()
    holder.wait()
    EditingLock(tmp_path / "p.evface").release()


def test_what_was_released_is_free(tmp_path):
    first = EditingLock(tmp_path / "p.evface")
    first.release()
    first.release()
    second = EditingLock(tmp_path / "p.evface")
    with pytest.raises(ProjectInUseError):
        EditingLock(tmp_path / "p.evface")
    second.release()
