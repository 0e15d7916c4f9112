"""Whether somebody is in front of the camera."""

from __future__ import annotations

import numpy as np

from evface.events.windows import fewest_events
from evface.live.picture import LivePicture

# A face that was seen so long ago is gone.
_GONE_US = 1_000_000


class Presence:
    """Somebody is there while models see a face; without models, while there is motion.

    Parameters
    ----------
    after_s
        Nobody is there after so long without a sign.
    """

    def __init__(self, after_s: float) -> None:
        self._after_s = after_s
        self._seen_s: float | None = None

    def begin(self, now_s: float) -> None:
        """Take it that somebody is there now."""
        self._seen_s = now_s

    def is_there(self, picture: LivePicture | None, now_s: float, *, has_models: bool) -> bool:
        """Return whether somebody is there, after another look.

        Parameters
        ----------
        picture
            The newest; None without one.
        """
        if self._seen_s is None or (picture is not None and _is_seen(picture, has_models)):
            self._seen_s = now_s
        return now_s - self._seen_s < self._after_s


def _is_seen(picture: LivePicture, has_models: bool) -> bool:
    if not has_models:
        return picture.n_events >= fewest_events(picture.resolution)
    overlay = picture.overlay
    if overlay is None or picture.overlay_age_us > _GONE_US:
        return False
    return any(bool(np.isfinite(one.points_px).any()) for one in overlay.landmarks.values())
