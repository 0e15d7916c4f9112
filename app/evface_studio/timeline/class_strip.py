"""The action unit that a network holds the clip to show, over time, as a thin strip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter
from PySide6.QtWidgets import QWidget

from evface.annotations.facs_names import facs_name
from evface.annotations.roles import LEAST_TELLING
from evface.annotations.tracks import ActionUnitTrack
from evface_studio.look.text_size import fix_size
from evface_studio.look.theme import GRID, Theme
from evface_studio.timeline.strip import TimeStrip
from evface_studio.timeline.time_scale import TimeScale
from evface_studio.view_state import ViewState

CLASS = "Class"
HEIGHT = 2 * GRID + GRID // 2
_FAINTEST, _DEEPEST = 30, 150
# Half of what the only window stands for.
_HALF_US = 500_000


@dataclass(frozen=True)
class ToldClass:
    """The class that a window tells.

    Parameters
    ----------
    start_us, stop_us
        From halfway to the window before, to halfway to the next one.
    """

    unit: str
    start_us: int
    stop_us: int
    probability: float


class ClassStrip(TimeStrip):
    """A block for each window, the deeper the more probable its class. Hidden without any."""

    def __init__(self, view_state: ViewState, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(view_state, theme, parent)
        self._track: ActionUnitTrack | None = None
        self._told: tuple[ToldClass, ...] = ()
        fix_size(self, height_px=HEIGHT)
        self.setAccessibleName("Class told by the network")
        self.hide()

    @property
    def told(self) -> tuple[ToldClass, ...]:
        """What windows tell, in order of time."""
        return self._told

    def set_classes(self, track: ActionUnitTrack | None) -> None:
        """Show what another track tells; None for nothing."""
        if track is not self._track:
            self._track = track
            self._told = () if track is None else classes_of(track)
            self.setVisible(bool(self._told))
            self.redraw()

    def words_at(self, t_us: int) -> str:
        """Return the class told for a moment, with its probability; empty where there is none."""
        one = self._at(t_us)
        return "" if one is None else f"{one.unit} {one.probability:.2f}"

    def paint_content(self, painter: QPainter, scale: TimeScale) -> None:
        """Paint the blocks, and their names where there is room."""
        metrics = painter.fontMetrics()
        for one in self._told:
            if one.stop_us < scale.start_us or one.start_us > scale.stop_us:
                continue
            left = max(scale.x_of(one.start_us), -1.0)
            right = min(scale.x_of(one.stop_us), scale.width_px + 1.0)
            place = QRectF(left, 2, max(right - left - 1, 1), self.height() - 4)
            colour = QColor(self._theme.predicted)
            colour.setAlpha(round(_FAINTEST + (_DEEPEST - _FAINTEST) * one.probability))
            painter.fillRect(place, colour)
            words = f"{one.unit}  {one.probability:.2f}"
            if metrics.horizontalAdvance(words) + GRID > place.width():
                words = one.unit
            if metrics.horizontalAdvance(words) + 4 <= place.width():
                painter.setPen(QColor(self._theme.text))
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)

    def event(self, event: QEvent) -> bool:
        """Say what is under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            one = self._at(self.scale.t_of(event.pos().x()))
            words = ""
            if one is not None and self._track is not None:
                words = (
                    f"{one.unit} {facs_name(one.unit)}, probability {one.probability:.2f}; "
                    f"predicted by {self._track.source.name}"
                )
            self.setToolTip(words)
        return super().event(event)

    def _at(self, t_us: int) -> ToldClass | None:
        return next((one for one in self._told if one.start_us <= t_us < one.stop_us), None)


def classes_of(track: ActionUnitTrack) -> tuple[ToldClass, ...]:
    """Return the most probable class of each window, for the time that is nearest to its middle.

    Windows in which none stands out tell nothing, such as all of a network that learnt no classes.

    Parameters
    ----------
    track
        Probabilities, at the middles of the windows.
    """
    if not len(track):
        return ()
    names, probabilities = track.name_list(), np.asarray(track.intensity)
    middles_us = np.asarray(track.times_us, np.int64)
    best = probabilities.argmax(axis=1)
    steps_us = np.diff(middles_us)
    half_us = int(np.median(steps_us)) // 2 if len(steps_us) else _HALF_US
    # The last window lies nearer; where some were passed over, for want of a face, none is told.
    before_us = np.minimum(np.concatenate([[half_us], steps_us // 2]), half_us)
    after_us = np.minimum(np.concatenate([steps_us - steps_us // 2, [half_us]]), half_us)
    return tuple(
        ToldClass(names[one], max(middle - before, 0), middle + after, probability)
        for one, middle, before, after, probability in zip(
            best.tolist(),
            middles_us.tolist(),
            before_us.tolist(),
            after_us.tolist(),
            probabilities.max(axis=1).tolist(),
            strict=True,
        )
        if probability >= LEAST_TELLING
    )
