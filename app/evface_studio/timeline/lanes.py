"""The two rows of curves: events per second, and action units."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Signal, Slot
from PySide6.QtWidgets import QWidget

from evface.annotations.tracks import ActionUnitTrack
from evface_studio.theme import GRID, Theme
from evface_studio.timeline.curves import Curve
from evface_studio.timeline.event_rate import EventRate, format_rate
from evface_studio.timeline.lane import Lane
from evface_studio.timeline.pyramid import Pyramid
from evface_studio.timeline.time_axis import TimeAxis
from evface_studio.view_state import ViewState

RATE_HEIGHT = 6 * GRID
_AXIS_WIDTH = 7 * GRID
_AXIS_HEIGHT = 3 * GRID
_SHORTEST_S = 1e-3
_UNBOUNDED = 10_000


class Lanes(pg.GraphicsLayoutWidget):
    """Curves over time that share their ruler, their cursor and the stretch they show."""

    # The cursor was moved to a time, us.
    sought = Signal(object)

    def __init__(self, view_state: ViewState, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view_state = view_state
        self._theme = theme
        self._duration_s = 0.0
        self.ci.setContentsMargins(0, GRID // 2, GRID, 0)
        self.ci.setSpacing(GRID)
        self.setMinimumHeight(12 * GRID)
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)
        self._rates = Lane()
        self._units = Lane({"bottom": TimeAxis()})
        self.addItem(self._rates, row=0, col=0)
        self.addItem(self._units, row=1, col=0)
        self._rates.hideAxis("bottom")
        self._units.getAxis("bottom").setHeight(_AXIS_HEIGHT)
        self._units.box.setXLink(self._rates.box)
        for lane in (self._rates, self._units):
            lane.getAxis("left").setWidth(_AXIS_WIDTH)
            lane.box.sought.connect(self._on_sought)
        self._rate: EventRate | None = None
        self._rates.box.sigXRangeChanged.connect(self._on_range_changed)
        for changed in (view_state.time_changed, view_state.window_changed):
            changed.connect(self._on_moment_changed)
        view_state.visible_range_changed.connect(self._on_visible_range_changed)
        view_state.duration_changed.connect(self._on_duration_changed)
        self._on_duration_changed(view_state.duration_us)
        self.set_theme(theme)

    def place_of(self, time_us: int, row: int = 1) -> QPoint:
        """Return where a time lies in a row's middle, in this view's pixels."""
        box = (self._rates, self._units)[row].box
        _, (low, high) = box.viewRange()
        return self.mapFromScene(box.mapViewToScene(QPointF(time_us * 1e-6, (low + high) / 2)))

    def set_theme(self, theme: Theme) -> None:
        """Take other colours; those of the action units are given anew by `set_action_units`."""
        self._theme = theme
        self.setBackground(theme.surface)
        for lane in (self._rates, self._units):
            lane.set_theme(theme)
        self.set_rate(self._rate)

    def set_rate(self, rate: EventRate | None) -> None:
        """Draw events per second."""
        self._rate = rate
        axis = self._rates.getAxis("left")
        if rate is None or not len(rate.curve):
            self._rates.curves.set_curves([])
            axis.setTicks([[]])
            return
        top_hz = max(rate.curve.highest, 1.0)
        self._rates.curves.set_curves([Curve(rate.curve, self._theme.rate, is_filled=True)])
        self._rates.box.setYRange(0, top_hz * 1.15, padding=0)
        axis.setTicks([[(top_hz, format_rate(top_hz))]])

    def set_spans(self, spans_us: NDArray[np.int64]) -> None:
        """Shade stretches without a face."""
        self._rates.spans.set_spans(spans_us)
        self._units.spans.set_spans(spans_us)

    def set_action_units(
        self,
        track: ActionUnitTrack | None,
        truth: ActionUnitTrack | None,
        colours: Mapping[str, str],
    ) -> None:
        """Draw some action units.

        Parameters
        ----------
        track, truth
            What was found, drawn as lines; what is known, drawn dashed.
        colours
            By name of the action units to draw.
        """
        self._share_height(has_units=track is not None or truth is not None)
        curves = [
            Curve(Pyramid(shown.times_us * 1e-6, column), colours[name], is_dashed=shown is truth)
            for shown in (truth, track)
            if shown is not None
            for name, column in zip(shown.name_list(), shown.intensity.T, strict=True)
            if name in colours
        ]
        self._units.curves.set_curves(curves)
        top = max([1.0, *(curve.data.highest for curve in curves)])
        self._units.box.setYRange(-0.04 * top, 1.06 * top, padding=0)

    def _share_height(self, *, has_units: bool) -> None:
        """Give the row without curves no more than its ruler."""
        self.ci.layout.setRowMaximumHeight(0, RATE_HEIGHT if has_units else _UNBOUNDED)
        self.ci.layout.setRowMaximumHeight(1, _UNBOUNDED if has_units else _AXIS_HEIGHT)
        self.ci.layout.setRowMinimumHeight(0, RATE_HEIGHT)
        ticks = [(0, "0"), (0.5, "0.5"), (1, "1")] if has_units else []
        self._units.getAxis("left").setTicks([ticks])

    @Slot()
    def _on_moment_changed(self) -> None:
        view = self._view_state
        for lane in (self._rates, self._units):
            lane.set_moment(view.time_us, view.window_us)
        start_us, stop_us = view.visible_range
        if stop_us > start_us and not start_us <= view.time_us <= stop_us:
            # The cursor left: turn the page, and keep a tenth of what was seen before it.
            length_us = stop_us - start_us
            start_us = max(view.time_us - length_us // 10, 0)
            start_us = min(start_us, max(view.duration_us - length_us, 0))
            view.set_visible_range(start_us, start_us + length_us)

    @Slot(object)
    def _on_duration_changed(self, duration_us: int) -> None:
        self._duration_s = duration_us * 1e-6
        # An empty ruler says nothing.
        self.setVisible(duration_us > 0)
        for lane in (self._rates, self._units):
            lane.box.setLimits(
                xMin=0,
                xMax=max(self._duration_s, _SHORTEST_S),
                minXRange=min(_SHORTEST_S, max(self._duration_s, 1e-6)),
            )
        self._on_visible_range_changed()

    @Slot()
    def _on_visible_range_changed(self) -> None:
        start_us, stop_us = self._view_state.visible_range
        shown = self._shown_us()
        if stop_us > start_us and (start_us, stop_us) != shown:
            self._rates.box.setXRange(start_us * 1e-6, stop_us * 1e-6, padding=0)

    @Slot()
    def _on_range_changed(self) -> None:
        start_us, stop_us = self._shown_us()
        # Never beyond the recording, which rounding could bring about.
        self._view_state.set_visible_range(
            max(start_us, 0), min(stop_us, self._view_state.duration_us)
        )

    @Slot(float)
    def _on_sought(self, at_s: float) -> None:
        self.sought.emit(round(at_s * 1e6))

    def _shown_us(self) -> tuple[int, int]:
        (start_s, stop_s), _ = self._rates.box.viewRange()
        return round(start_s * 1e6), round(stop_s * 1e6)
