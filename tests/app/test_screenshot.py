import os
import subprocess
import sys

import pytest
from PySide6.QtGui import QImage

from evface_studio.look.theme import DARK, LIGHT

pytestmark = pytest.mark.slow


def run_studio(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "evface_studio", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
    )


def colour_at(picture, x, y):
    return QImage(str(picture)).pixelColor(x, y).name()


def test_a_project_is_pictured(project_path, tmp_path):
    picture = tmp_path / "a.png"
    ended = run_studio(
        project_path, "--screenshot", picture, "--at-us", 250_000, "--size", "1280x800"
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1280, 800)
    # The seventh frame is grey 7 x 16 all over; the middle of the first pane shows it.
    shown = image.pixelColor(100, 260)
    assert abs(shown.red() - 7 * 16) <= 6
    assert shown.red() == shown.green() == shown.blue()


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_the_theme_can_be_chosen(tmp_path, theme):
    picture = tmp_path / "a.png"
    assert run_studio("--screenshot", picture, "--theme", theme.name).returncode == 0
    assert colour_at(picture, 20, 500) == theme.background


def test_what_cannot_be_opened_fails_in_one_line(tmp_path):
    broken = tmp_path / "broken.raw"
    broken.write_bytes(bytes(range(256)) * 100)
    ended = run_studio(broken, "--screenshot", tmp_path / "a.png")
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith("error: ")
    assert "broken.raw" in line
    assert not (tmp_path / "a.png").exists()


def test_a_picture_that_cannot_be_written_fails_in_one_line(tmp_path):
    ended = run_studio("--screenshot", tmp_path / "no such folder" / "a.png")
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith("error: ")


def test_no_display_is_said_in_one_line(tmp_path):
    ended = run_studio(
        "--screenshot", tmp_path / "a.png", DISPLAY="", WAYLAND_DISPLAY="", QT_QPA_PLATFORM=""
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: there is no display")


def test_the_command_line_explains_itself():
    ended = run_studio("--help")
    assert ended.returncode == 0
    for option in ("--demo", "--screenshot", "--theme", "--at-us", "PATH"):
        assert option in ended.stdout


def test_a_wrong_option_is_a_usage_error():
    assert run_studio("--nonsense").returncode == 2


def test_jobs_are_run_by_the_same_program(tmp_path):
    spec = tmp_path / "a.json"
    spec.write_text("{}")
    ended = run_studio("--job", spec)
    assert ended.returncode == 1
    assert '"Failed"' in ended.stdout
