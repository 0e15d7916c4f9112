"""The health panel and the lamp in the real window."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.events.health.model import Fault
from evface_studio.docks import HEALTH
from evface_studio.health.checking import Progress
from evface_studio.look.theme import LIGHT

DURATION_US = 3_000_000
SILENCE_US = (1_000_000, 1_400_000)


@pytest.fixture
def ill(tmp_path):
    """Return a file whose sensor is silent for a while."""
    rng = np.random.default_rng(2)
    t = np.sort(rng.integers(0, DURATION_US, 300_000))
    t = t[(t < SILENCE_US[0]) | (t >= SILENCE_US[1])]
    x, y = (rng.integers(0, size, len(t)).astype("u2") for size in (160, 120))
    path = tmp_path / "ill.h5"
    events = Events(t - t[0], x, y, rng.random(len(t)) < 0.5)
    write_events_hdf5(path, [events], resolution=(160, 120))
    return path


@pytest.fixture
def checked(qtbot, window, open_in):
    """Return a function that opens a path, waits for its health, and returns the panel."""

    def open_path(path):
        open_in(window, path)
        qtbot.waitUntil(lambda: window.health.progress is Progress.DONE, timeout=30_000)
        return window.side_panels.health

    return open_path


def test_a_good_recording_has_a_green_lamp_and_no_reasons(checked, window, media):
    panel = checked(media / "face.h5")
    assert not panel.is_empty
    assert panel.title == "Good"
    assert panel.reasons.cards == ()
    assert window.lamp.text() == "● Good"
    assert window.lamp.isVisible()
    assert panel.facts.value("Events").startswith("40")


def test_the_reasons_of_an_ill_one_lead_to_their_places(qtbot, checked, window, ill):
    panel = checked(ill)
    assert panel.title == "Bad"
    assert window.lamp.text() == "■ Bad"
    (card,) = panel.reasons.cards
    assert card.reason.fault is Fault.SILENT
    window.docks.set_wanted(HEALTH, True)
    qtbot.mouseClick(card.go, Qt.MouseButton.LeftButton)
    assert abs(window.view_state.time_us - SILENCE_US[0]) <= 2_000


def test_a_click_on_a_curve_goes_there(qtbot, checked, window, ill):
    panel = checked(ill)
    window.docks.set_wanted(HEALTH, True)
    for chart in (panel.rate, panel.on_share):
        window.view_state.set_time_us(0)
        x = round(chart.x_of(2_000_000))
        qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(x, 10))
        per_px_us = DURATION_US / chart.width()
        assert abs(window.view_state.time_us - 2_000_000) <= 2 * per_px_us


def test_the_curves_are_those_of_the_recording(checked, ill):
    panel = checked(ill)
    rates_hz, shares = panel.rate.values, panel.on_share.values
    at_us = (np.arange(len(rates_hz)) + 0.5) * DURATION_US / len(rates_hz)
    is_silent = (at_us > SILENCE_US[0] + 10_000) & (at_us < SILENCE_US[1] - 10_000)
    assert not rates_hz[is_silent].any()
    assert np.isnan(shares[is_silent]).all()
    np.testing.assert_allclose(np.median(rates_hz[~is_silent]), 100_000, rtol=0.05)


def test_the_lamp_and_the_key_open_the_panel(qtbot, checked, window, media, press):
    checked(media / "face.h5")
    dock = window.docks.panels[HEALTH]
    assert dock.isHidden()
    qtbot.mouseClick(window.lamp, Qt.MouseButton.LeftButton)
    assert dock.isVisible()
    assert window.action("health").isChecked()
    press(window, "Ctrl+H")
    assert dock.isHidden()


def test_while_nothing_is_open_there_is_no_lamp_and_words_say_what_to_do(window):
    assert not window.lamp.isVisibleTo(window)
    assert window.side_panels.health.is_empty
    assert "Open a project" in window.side_panels.health.empty.words[1]


def test_another_theme_keeps_what_is_shown(checked, window, ill):
    panel = checked(ill)
    cards = panel.reasons.cards
    window.set_theme(LIGHT)
    assert panel.reasons.cards == cards
    assert LIGHT.error in window.lamp.styleSheet()
