"""How the outline's landmarks slide over the skin when a head turns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface.morphable.model import MorphableModel


class OutlineSlide:
    """Where a teacher puts the outline of a turned head, beside the landmarks of a frontal one.

    A detector may mark the edge that is seen, which on a turned head is another line of the skin,
    or guess the jaw behind it. Most do something in between.

    Parameters
    ----------
    model
        One without a contour slides nowhere.
    share
        0 for landmarks that stay on the skin, 1 for landmarks of the visible edge.
    """

    def __init__(self, model: MorphableModel, share: float) -> None:
        self._yaw_deg: NDArray[np.float64] | None = None
        if share and model.contour is not None and model.contour_yaw_deg is not None:
            outline = model.mean_shape[model.landmarks[: model.contour.shape[1]]]
            slid = model.mean_shape[model.contour].astype(np.float64) - outline
            self._yaw_deg = np.asarray(model.contour_yaw_deg, np.float64)
            self._slid_mm = share * slid

    @property
    def is_still(self) -> bool:
        """Whether nothing slides."""
        return self._yaw_deg is None

    def shift_mm(self, turn_deg: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return how far each landmark has slid.

        Parameters
        ----------
        turn_deg : (n,) float, degrees
            How far the head is turned to the subject's left; beyond the model's table the
            outline slides no further.

        Returns
        -------
        (n, 68, 3) float64, mm
            In the model's axes, to be added to the landmarks of a frontal face.
        """
        shift = np.zeros((len(turn_deg), 68, 3))
        if self._yaw_deg is None:
            return shift
        known = self._yaw_deg
        place = np.interp(turn_deg, known, np.arange(len(known), dtype=np.float64))
        row = np.minimum(place.astype(np.int64), len(known) - 2)
        part = (place - row)[:, None, None]
        n_outline = self._slid_mm.shape[1]
        shift[:, :n_outline] = (1.0 - part) * self._slid_mm[row] + part * self._slid_mm[row + 1]
        return shift
