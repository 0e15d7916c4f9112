import numpy as np
import pytest
from PySide6.QtGui import QColor

from evface_studio.look.theme import DARK, LIGHT
from evface_studio.panels.finding_plots import ErrorMap, FindingPlot


@pytest.fixture
def plot(qtbot):
    plot = FindingPlot("time, s", "residual, ms", DARK)
    qtbot.addWidget(plot)
    return plot


def test_points_that_are_not_known_are_left_out(plot):
    plot.show_points(np.arange(4.0), np.array([1.0, np.nan, -2.0, np.inf]))
    assert plot.n_points == 2
    plot.show_points(np.arange(3.0), np.full(3, np.nan))
    assert plot.n_points == 0


def test_one_drawing_replaces_the_other(plot):
    x = np.linspace(0, 1, 50)
    plot.show_curve(x, x**2, x)
    assert plot.n_points == 100
    plot.show_curve(x, x)
    assert plot.n_points == 50
    plot.show_points(x[:5], x[:5])
    assert plot.n_points == 5


def test_the_line_comes_and_goes(plot):
    assert plot.line is None
    plot.set_line(12.5)
    assert plot.line == 12.5
    plot.set_line(None)
    assert plot.line is None


def test_a_map_keeps_the_shape_of_the_picture_and_says_its_range(qtbot):
    shown = ErrorMap(LIGHT)
    qtbot.addWidget(shown)
    assert shown.n_cells == 0
    shown.set_map(np.array([[0.5, np.nan], [6.0, 2.0]], np.float32), (200, 100))
    shown.resize(400, shown.height())
    assert "0.5 to 6.0 px" in shown.toolTip()
    image = shown.grab().toImage()
    # Twice as wide as high, in the middle; nothing beside it.
    left = round((400 - 2 * shown.height()) / 2)
    beside, known = image.pixelColor(left - 6, 10), image.pixelColor(left + 6, 6)
    assert beside == image.pixelColor(2, 2)
    assert known != beside
    shown.set_map(np.full((2, 2), np.nan, np.float32), (200, 100))
    assert shown.toolTip().startswith("Nothing is known")
    assert QColor(shown.grab().toImage().pixelColor(left + 6, 6)) == beside
