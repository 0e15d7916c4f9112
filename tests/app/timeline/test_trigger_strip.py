"""Triggers on the timeline."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from evface.events.events import Events
from evface.events.formats.raw_writer import RawEventWriter
from evface.events.triggers import Triggers
from evface_studio.look.theme import DARK
from evface_studio.timeline.trigger_strip import TriggerStrip
from evface_studio.view_state import ViewState

TIMES_US = np.array([100_000, 110_000, 300_000, 310_000, 500_000], np.int64)
EDGES = Triggers(
    TIMES_US, np.array([0, 0, 0, 0, 6], np.uint8), np.array([True, False, True, False, True])
)


@pytest.fixture
def strip(qtbot):
    view_state = ViewState()
    view_state.set_duration_us(1_000_000)
    view_state.set_visible_range(0, 1_000_000)
    strip = TriggerStrip(view_state, DARK)
    strip.view_state = view_state
    qtbot.addWidget(strip)
    strip.resize(1000, strip.minimumHeight())
    return strip


def test_a_strip_without_triggers_is_hidden(strip):
    assert strip.isHidden()
    strip.set_triggers(EDGES)
    assert not strip.isHidden()
    strip.set_triggers(Triggers.empty())
    assert strip.isHidden()


def test_the_words_tell_time_input_and_direction(strip):
    strip.set_triggers(EDGES)
    upper, lower = 1, strip.height() - 1
    assert "Input 0 goes up at 0.100" in strip.words_at(100, upper)
    assert "Input 0 goes down at 0.310" in strip.words_at(311, upper)
    assert strip.words_at(500, upper) == ""
    assert "Input 6 goes up at 0.500" in strip.words_at(499, lower)
    assert strip.words_at(700, upper) == ""
    assert strip.summary() == "Input 0: 2 up, 2 down\nInput 6: 1 up, 0 down"


def test_of_two_edges_in_one_pixel_the_half_under_the_pointer_decides(strip):
    t = np.array([500_100, 500_200], np.int64)
    strip.set_triggers(Triggers(t, np.zeros(2, "u1"), np.array([True, False])))
    assert "up" in strip.words_at(500, 2)
    assert "down" in strip.words_at(500, strip.height() - 2)


def test_both_edges_are_told_apart_by_place_and_colour(strip):
    strip.set_triggers(EDGES)
    image = strip.grab().toImage()
    band = strip.height() // 2
    ratio = image.devicePixelRatio()

    def has_colour(x, rows, colour):
        pixels = (
            image.pixelColor(round((x + dx) * ratio), round(y * ratio))
            for dx in (0, 1)
            for y in rows
        )
        want = {"blue": lambda c: c.blue() > c.red() + 30, "red": lambda c: c.red() > c.blue() + 30}
        return any(want[colour](pixel) for pixel in pixels)

    assert has_colour(100, range(1, band // 2), "blue")
    assert not has_colour(100, range(band // 2 + 2, band - 1), "blue")
    assert has_colour(110, range(band // 2 + 1, band - 1), "red")


def test_many_triggers_are_painted_as_columns(strip):
    n = 200_000
    t = np.arange(n, dtype=np.int64) * 5
    strip.set_triggers(Triggers(t, np.zeros(n, "u1"), np.arange(n) % 2 == 0))
    image = strip.grab().toImage()
    assert not image.isNull()


def test_a_click_goes_to_the_time_under_the_pointer(qtbot, strip):
    strip.set_triggers(EDGES)
    strip.show()
    with qtbot.waitSignal(strip.sought) as sought:
        qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPointF(301, 3).toPoint())
    assert sought.args == [300_000]


def test_the_triggers_of_a_file_lie_on_the_timeline(qtbot, window, open_in, tmp_path):
    path = tmp_path / "triggered.raw"
    rng = np.random.default_rng(0)
    t = np.sort(rng.integers(0, 900_000, 20_000))
    t[0] = 0
    x, y = (rng.integers(0, size, len(t)).astype("u2") for size in (160, 120))
    with RawEventWriter(path, resolution=(160, 120), encoding="EVT3") as writer:
        events = Events(t, x, y, rng.random(len(t)) < 0.5)
        writer.append(events.between(0, 50_000))
        writer.append_triggers(EDGES)
        writer.append(events.between(50_000, 900_000))
    open_in(window, path)
    strip = window.workspace.timeline.trigger_strip
    qtbot.waitUntil(lambda: len(strip.triggers) == len(EDGES), timeout=20_000)
    assert strip.isVisible()
    assert window.workspace.timeline.trigger_label.isVisible()
    np.testing.assert_array_equal(strip.triggers.times_us, TIMES_US)
