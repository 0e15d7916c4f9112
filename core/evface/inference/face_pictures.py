"""A face cut out of one moment for a network, and what it says of it laid back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.geometry.transforms import PlanarTransform
from evface.training_sets.inputs import enlarged, event_pictures
from evface.training_sets.keypoint_items import FaceInputs
from evface.training_sets.pictures import warp_picture
from evface.training_sets.placement import Square, drawing_side, lay_square, move_events


def draw_face(events: Events, t_us: int, square: Square, inputs: FaceInputs) -> NDArray[np.uint8]:
    """Draw the events before a moment in a square, as in training: (3, side_px, side_px) uint8.

    Parameters
    ----------
    events
        On the clock of `t_us`; at least what the representation remembers.
    """
    drawn_px = drawing_side(square, inputs.side_px)
    moved = move_events(events, lay_square(square, drawn_px), (drawn_px, drawn_px))
    drawn = event_pictures(
        moved,
        np.array([t_us], np.int64),
        representation=inputs.representation,
        window_us=inputs.window_us,
        resolution=(drawn_px, drawn_px),
    )
    return enlarged(drawn, inputs.side_px)[0]


def draw_video(
    picture: NDArray[np.uint8], event_from_rgb: PlanarTransform, square: Square, side_px: int
) -> NDArray[np.uint8]:
    """Lay the video's picture, (h, w, 3) uint8, onto a square: (3, side_px, side_px) uint8."""
    onto_square = lay_square(square, side_px)
    laid = PlanarTransform(onto_square.matrix @ event_from_rgb.matrix)
    return np.ascontiguousarray(warp_picture(picture, laid, side_px).transpose(2, 0, 1))


def from_square(points: NDArray[np.floating], square: Square) -> NDArray[np.float32]:
    """Return points (..., 2), 0 to 1 across a square, as pixels of the event picture."""
    # The origin of pixels is the centre of the first, that of the square is its corner.
    corner = np.array(square.centre_px) - square.size_px / 2
    return np.asarray(corner + np.asarray(points, np.float64) * square.size_px, np.float32)
