import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsScene

from evface.annotations.tracks import LandmarkState
from evface.landmarks.schemes import IBUG68
from evface_studio.panes.landmark_overlay import FaceMarks, LandmarkOverlay

SIDE = 400


@pytest.fixture
def overlay(qtbot, theme):
    del qtbot
    overlay = LandmarkOverlay(IBUG68, theme)
    overlay.set_resolution((SIDE, SIDE))
    return overlay


def marks(state=LandmarkState.AUTO, *, is_aged=False, missing=()):
    angle = np.linspace(0, 2 * np.pi, 68, endpoint=False)
    points = SIDE / 2 + 0.35 * SIDE * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    points[list(missing)] = np.nan
    return FaceMarks(points.astype(np.float32), np.full(68, state, np.uint8), is_aged)


def painted(overlay, scale=1.0):
    """Return what the overlay paints on grey, (SIDE, SIDE, 3) int."""
    scene = QGraphicsScene(0, 0, SIDE, SIDE)
    scene.addItem(overlay)
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.gray)
    painter = QPainter(image)
    painter.scale(scale, scale)
    scene.render(painter, image.rect(), image.rect())
    painter.end()
    scene.removeItem(overlay)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(SIDE, SIDE, 4)
    return pixels[..., 2::-1].astype(int)


def test_nothing_is_painted_without_marks(overlay):
    assert len(np.unique(painted(overlay).reshape(-1, 3), axis=0)) == 1


def test_states_differ_in_shape_and_not_in_colour_alone(overlay):
    shapes = []
    for state in LandmarkState:
        overlay.set_marks(marks(state))
        shapes.append(difference(painted(overlay)) > 40)
    for i, one in enumerate(shapes):
        for other in shapes[i + 1 :]:
            assert (one != other).sum() > 68


def difference(pixels):
    """Return how far each pixel is from the grey behind, which the corner shows."""
    return np.abs(pixels - pixels[0, 0]).sum(axis=-1)


def test_automatic_points_are_hollow_and_corrected_ones_solid(overlay):
    overlay.set_layers(shows_points=True, shows_box=False)
    # A point of the left brow's end: no contour runs through its middle but its own.
    for state, is_solid in ((LandmarkState.AUTO, False), (LandmarkState.CORRECTED, True)):
        points = np.full((68, 2), np.nan, np.float32)
        points[17] = (200, 100)
        overlay.set_marks(FaceMarks(points, np.full(68, state, np.uint8)))
        red, _, blue = painted(overlay)[100, 200]
        assert (red - blue > 100) == is_solid


def test_missing_points_are_left_out(overlay):
    overlay.set_layers(shows_points=True, shows_box=False)
    overlay.set_marks(marks(missing=range(68)))
    assert len(np.unique(painted(overlay).reshape(-1, 3), axis=0)) == 1
    overlay.set_marks(marks(missing=range(0, 68, 2)))
    assert len(np.unique(painted(overlay).reshape(-1, 3), axis=0)) > 1


def test_aged_marks_are_fainter(overlay):
    overlay.set_marks(marks())
    fresh = difference(painted(overlay)).sum()
    overlay.set_marks(marks(is_aged=True))
    aged = difference(painted(overlay)).sum()
    assert aged < 0.7 * fresh


def test_layers_can_be_left_out(overlay):
    overlay.set_marks(marks())
    overlay.set_layers(shows_points=False, shows_box=False)
    assert len(np.unique(painted(overlay).reshape(-1, 3), axis=0)) == 1
    overlay.set_layers(shows_points=False, shows_box=True)
    assert len(np.unique(painted(overlay).reshape(-1, 3), axis=0)) > 1


def test_truth_is_drawn_even_without_labels(overlay):
    overlay.set_marks(None, marks())
    assert len(np.unique(painted(overlay).reshape(-1, 3), axis=0)) > 1


def test_the_pointer_picks_the_nearest_centre(overlay):
    overlay.set_marks(marks())
    x, y = (overlay.marks.landmarks_px[30] + 0.5).tolist()
    overlay.hover(QPointF(x + 2, y), 1.0)
    assert overlay.hovered == 30
    overlay.hover(QPointF(SIDE / 2, SIDE / 2), 1.0)
    assert overlay.hovered is None
    overlay.hover(QPointF(x, y), 1.0)
    overlay.hover(None, 1.0)
    assert overlay.hovered is None


def test_a_hovered_name_is_painted(overlay):
    overlay.set_marks(marks())
    before = painted(overlay)
    x, y = overlay.marks.landmarks_px[30].tolist()
    overlay.hover(QPointF(x, y), 1.0)
    assert (painted(overlay) != before).any(axis=-1).sum() > 500


def test_pointing_at_no_landmarks_is_safe(overlay):
    overlay.set_marks(marks(missing=range(68)))
    overlay.hover(QPointF(10, 10), 1.0)
    assert overlay.hovered is None
