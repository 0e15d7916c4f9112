"""Overlays brought to the pictures that they belong to."""

from __future__ import annotations

import threading
from dataclasses import replace

from evface.live.picture import LivePicture, Overlay

MAX_AGE_US = 1_000_000
"""An overlay of a picture that is so long gone says nothing any more."""

# A view in step with the models shows pictures up to so late, then the newest all the same.
_MAX_WAIT_US = 400_000


class OverlayMatcher:
    """Holds the newest picture and the newest overlay. For any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: LivePicture | None = None
        self._in_step: LivePicture | None = None

    @property
    def number(self) -> int:
        """Of the newest picture; 0 before the first."""
        newest = self._newest
        return 0 if newest is None else newest.number

    def add_picture(self, picture: LivePicture) -> LivePicture | None:
        """Add the newest picture; return the one that it replaces."""
        with self._lock:
            before, self._newest = self._newest, picture
            return before

    def add_overlay(self, picture: LivePicture, overlay: Overlay) -> bool:
        """Add what models say of an earlier picture; return whether that still counts."""
        with self._lock:
            if self._newest is None or self._newest.epoch != picture.epoch:
                return False
            self._in_step = replace(picture, overlay=overlay)
            return True

    def forget(self) -> None:
        """Forget the overlays."""
        with self._lock:
            self._in_step = None

    def latest(self, *, in_step: bool) -> LivePicture | None:
        """Return the newest picture with the newest overlay; None if there is none yet.

        Parameters
        ----------
        in_step
            Rather return the newest picture whose own overlay is known, if it is not too late.
        """
        with self._lock:
            newest, told = self._newest, self._in_step
        if newest is None or told is None or told.epoch != newest.epoch:
            return newest
        # While nothing comes time goes on by the computer's clock: what comes may lie before that.
        age_us = max(newest.t_us - told.t_us, 0)
        if told.number >= newest.number or (in_step and age_us <= _MAX_WAIT_US):
            return told
        if age_us > MAX_AGE_US:
            return newest
        return replace(newest, overlay=told.overlay, overlay_age_us=age_us)
