"""Where a network itself sees the faces of a training set's clips: boxes to measure it by."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from evface.inference.landmarks import FaceFollower, FaceLooker, Moment
from evface.inference.trained import Trained
from evface.training_sets.file import TrainingSet

_NO_BOX = np.full(4, np.nan, np.float32)


def followed_boxes(
    trained: Trained,
    training_set: TrainingSet,
    clips: Sequence[int],
    *,
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> dict[int, NDArray[np.float32]]:
    """Search the face in each clip's first moment, and follow it from there, without its labels.

    Parameters
    ----------
    trained
        A network of landmarks.
    clips
        Indices of those that are looked at.

    Returns
    -------
    dict of (t, 4) float32
        By clip, ``x0, y0, x1, y1`` of the box that the network looked about at each moment, px of
        the event picture; the whole picture where it saw no face.

    Raises
    ------
    DatasetError
        If a clip is damaged.
    """
    looker = FaceLooker(trained)
    width, height = training_set.about.resolution
    boxes = {}
    for number, index in enumerate(clips):
        report(number / len(clips), "Following faces")
        clip = training_set.clip(index, with_rgb=looker.sees_rgb)
        follower = FaceFollower(looker, clip.resolution)
        own = np.empty((len(clip), 4), np.float32)
        for row, t_us in enumerate(clip.times_us.tolist()):
            rgb = None if clip.rgb is None else clip.rgb[row]
            before, n_lost = follower.box, follower.n_lost
            follower.follow(Moment(clip.events, t_us, rgb, clip.event_from_rgb), _NO_BOX)
            box = before if follower.n_lost == n_lost else None
            # A face that was searched is where it was found.
            box = follower.box if box is None else box
            own[row] = (0, 0, width - 1, height - 1) if box is None else box
        boxes[index] = own
    return boxes
