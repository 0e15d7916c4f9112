"""Keys and pointer as the display sends them, with the repeats of a key that is held down."""

import shutil
import subprocess

import pytest
from PySide6.QtGui import QGuiApplication

XDOTOOL = shutil.which("xdotool")


@pytest.fixture
def xdotool(qtbot):
    """Return a function that sends what people do to the display."""
    if XDOTOOL is None or QGuiApplication.platformName() != "xcb":
        pytest.skip("needs xdotool and an X display")

    def send(*words):
        subprocess.run([XDOTOOL, *map(str, words)], check=True, timeout=10)
        qtbot.wait(80)

    return send


@pytest.fixture
def point(rows, at, xdotool):
    def move(unit, t_us):
        place = rows.mapToGlobal(at(unit, t_us))
        xdotool("mousemove", place.x(), place.y())

    return move


def test_a_held_key_is_one_segment_however_often_it_repeats(qtbot, opened, xdotool, point, stored):
    point("AU1", 20_000)
    xdotool("click", 1)
    opened.view_state.set_speed(0.1)
    xdotool("key", "space")
    qtbot.waitUntil(lambda: opened.view_state.is_playing)
    xdotool("keydown", "x")
    began_us = opened.view_state.time_us
    # Longer than it takes until keys repeat.
    qtbot.wait(1_300)
    assert list(opened.marking.marks) == ["AU1"]
    xdotool("keyup", "x")
    xdotool("key", "space")
    (segment,) = stored()
    assert segment.onset_us == pytest.approx(began_us, abs=20_000)
    assert segment.duration_us > 100_000


def test_a_segment_is_drawn_dragged_graded_typed_and_removed(qtbot, opened, xdotool, point, stored):
    opened.view_state.set_time_us(480_000)
    point("AU1", 100_000)
    xdotool("mousedown", 1)
    point("AU1", 150_000)
    point("AU1", 200_000)
    xdotool("mouseup", 1)
    (segment,) = stored()
    assert segment.offset_us == pytest.approx(200_000, abs=1_500)
    xdotool("mousedown", 1)
    point("AU1", 260_000)
    point("AU1", 300_000)
    xdotool("mouseup", 1)
    xdotool("key", "c")
    (segment,) = stored()
    assert segment.offset_us == pytest.approx(300_000, abs=1_500)
    assert segment.intensity.level == "C"
    xdotool("type", "25bl")
    xdotool("key", "Return")
    assert [one.unit for one in stored()] == ["AU1", "AU25"]
    xdotool("key", "Delete")
    assert [one.unit for one in stored()] == ["AU1"]
    xdotool("key", "ctrl+z")
    qtbot.waitUntil(lambda: len(opened.document.segments) == 2)
