"""How the moments of a clip become pictures of one size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evface.geometry.transforms import PlanarTransform
from evface.training_sets.clips import PERIOD_US, Clip
from evface.training_sets.inputs import InputRepresentation, enlarged, event_pictures
from evface.training_sets.pictures import warp_picture
from evface.training_sets.placement import (
    Jitter,
    Square,
    drawing_side,
    face_square,
    lay_square,
    middle_square,
    move_events,
)


@dataclass(frozen=True)
class ClipInputs:
    """How clips become pictures; the same for training, testing and use.

    Parameters
    ----------
    representation
        Of the events.
    window_us
        Length of the window of events before each moment.
    side_px
        Pictures are square.
    n_frames
        Clips are cut or padded to so many.
    uses_events, uses_rgb
        Which pictures are made; neither for networks of coefficients.
    crop
        ``"picture"``: the largest square in the middle. ``"face"``: a square around the face that
        stays for the clip, where the face's place is known.
    face_margin
        Side of that square over the longer side of the face's box.
    """

    representation: InputRepresentation = "frame"
    window_us: int = PERIOD_US
    side_px: int = 96
    n_frames: int = 50
    uses_events: bool = True
    uses_rgb: bool = False
    crop: Literal["picture", "face"] = "picture"
    face_margin: float = 1.6

    def square_of(self, clip: Clip) -> Square:
        """Return the part of the event picture that is shown."""
        found = None
        if self.crop == "face":
            found = face_square(clip.boxes_px, margin=self.face_margin)
        return found or middle_square(clip.resolution)

    def draw_events(self, clip: Clip, jitter: Jitter | None = None) -> NDArray[np.uint8]:
        """Draw the events of all moments, (t, 3, side_px, side_px) uint8."""
        square = self.square_of(clip)
        drawn_px = drawing_side(square, self.side_px)
        events = move_events(
            clip.events, lay_square(square, drawn_px, jitter), (drawn_px, drawn_px)
        )
        pictures = event_pictures(
            events,
            clip.times_us,
            representation=self.representation,
            window_us=self.window_us,
            resolution=(drawn_px, drawn_px),
        )
        return enlarged(pictures, self.side_px)

    def draw_rgb(self, clip: Clip, jitter: Jitter | None = None) -> NDArray[np.uint8]:
        """Lay the video of all moments onto the same square, (t, 3, side_px, side_px) uint8.

        Where nobody knows how it lies on the events, its own middle is taken. Black without video.
        """
        side = self.side_px
        pictures = np.zeros((len(clip), 3, side, side), np.uint8)
        if clip.rgb is None:
            return pictures
        if clip.event_from_rgb is None:
            height, width = clip.rgb.shape[1:3]
            laid = lay_square(middle_square((width, height)), side, jitter)
        else:
            onto_square = lay_square(self.square_of(clip), side, jitter)
            laid = PlanarTransform(onto_square.matrix @ clip.event_from_rgb.matrix)
        # Videos are slower than windows may be: what is shown twice is warped once.
        for row, picture in enumerate(clip.rgb):
            pictures[row] = warp_picture(picture, laid, side).transpose(2, 0, 1)
        return pictures
