import numpy as np
from PySide6.QtCore import QLineF
from PySide6.QtGui import QTransform

from evface_studio.panes.stamps import are_known, lines_between, on_screen


def test_a_pixel_lies_in_its_middle_on_the_screen():
    shown = on_screen(np.array([[0.0, 0.0], [3.0, 1.0]]), QTransform(2, 0, 0, 4, 10, 20))
    assert shown.tolist() == [[11.0, 22.0], [17.0, 26.0]]


def test_what_is_missing_stays_missing_and_has_no_lines():
    points = on_screen(np.array([[0.0, 0.0], [np.nan, 1.0], [2.0, 2.0]]), QTransform())
    assert are_known(points).tolist() == [True, False, True]
    edges = np.array([[0, 1], [1, 2], [0, 2]])
    assert lines_between(points, edges) == [QLineF(0.5, 0.5, 2.5, 2.5)]
