"""A picture that knows when it was painted."""

from __future__ import annotations

import time

from PySide6.QtGui import QPaintEvent

from evface.live.latency import Latency, LatencyMeter
from evface.live.picture import LivePicture
from evface_studio.panes.picture_view import PictureView


class TimedView(PictureView):
    """Measures how late pictures of events are when they are painted.

    Attributes
    ----------
    painted
        From the arrival of a window's last event until its picture was painted.
    screen
        The screen's share of that: from being fetched until painted.
    """

    def __init__(self, background: str) -> None:
        super().__init__(background)
        self.painted, self.screen = LatencyMeter(), LatencyMeter()
        self._waiting: tuple[float, float] | None = None
        self._received_s = 0.0

    @property
    def latency(self) -> Latency:
        """How late pictures are painted, over the last minute."""
        return self.painted.latency()

    def expect(self, picture: LivePicture) -> None:
        """Measure the next painting, which shows a picture that was fetched just now."""
        # Where nothing came since the picture before there is nothing to be late.
        if picture.received_s > self._received_s:
            self._received_s = picture.received_s
            self._waiting = (picture.received_s, time.monotonic())

    def forget(self) -> None:
        """Begin anew: with another camera."""
        self.painted, self.screen = LatencyMeter(), LatencyMeter()
        self._waiting, self._received_s = None, 0.0

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, and look at the clock."""
        super().paintEvent(event)
        if self._waiting is not None:
            received_s, fetched_s = self._waiting
            self._waiting = None
            now_s = time.monotonic()
            self.painted.add(now_s - received_s)
            self.screen.add(now_s - fetched_s)
