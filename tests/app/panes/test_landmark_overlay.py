from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsScene

from evface.annotations.mirror import check_mirror
from evface.annotations.tracks import LandmarkState
from evface.landmarks.schemes import IBUG68
from evface_studio.landmarks.face_marks import FaceMarks
from evface_studio.panes.hover_card import HoverCard
from evface_studio.panes.landmark_overlay import LandmarkOverlay
from evface_studio.tools.targets import PointTarget

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


def test_what_is_known_of_the_landmark_under_the_pointer_is_painted(overlay):
    overlay.set_marks(marks())
    before = painted(overlay)
    x, y = overlay.marks.landmarks_px[30].tolist()
    card = HoverCard("nose tip · 30", x, y, ("automatic",), LandmarkState.AUTO)
    overlay.set_hovered(PointTarget(30), (), card)
    assert (painted(overlay) != before).any(axis=-1).sum() > 500


@pytest.mark.parametrize("state", LandmarkState)
def test_hidden_points_are_struck_through_in_every_state(overlay, state):
    overlay.set_layers(shows_points=True, shows_box=False)
    overlay.set_marks(marks(state))
    before = painted(overlay)
    hidden = replace(marks(state), occluded=np.arange(68) < 34)
    overlay.set_marks(hidden)
    assert (painted(overlay) != before).any(axis=-1).sum() > 34 * 5


def test_chosen_points_are_ringed_and_the_one_looked_at_more_strongly(overlay):
    overlay.set_marks(marks())
    plain = painted(overlay)
    overlay.set_selected(frozenset({3, 20}), None)
    chosen = painted(overlay)
    overlay.set_selected(frozenset({3, 20}), 20)
    looked_at = painted(overlay)
    assert (chosen != plain).any()
    assert difference(looked_at).sum() > difference(chosen).sum()


def test_a_box_that_was_drawn_differs_in_shape_from_that_of_the_landmarks(overlay):
    overlay.set_layers(shows_points=False, shows_box=True)
    overlay.set_marks(marks())
    around = painted(overlay)
    overlay.set_marks(replace(marks(), is_box_drawn=True))
    assert (painted(overlay) != around).any(axis=-1).sum() > 4 * 16


def test_a_face_with_changed_sides_is_marked_where_the_mirror_is_checked(overlay):
    points = 0.5 * SIDE + np.stack(np.divmod(np.arange(68), 9)[::-1], axis=-1) * 12.0
    face = FaceMarks(points, np.zeros(68, np.uint8))
    overlay.set_marks(face)
    before = painted(overlay)
    overlay.set_mirror(check_mirror(points, IBUG68))
    assert (painted(overlay) != before).any(axis=-1).sum() > 50
    overlay.set_mirror(None)
    np.testing.assert_array_equal(painted(overlay), before)
