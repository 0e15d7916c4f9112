"""The clocks of the two recordings: what is set, what was found, and setting it by hand."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QWidget,
)

from evface.geometry.clock import ClockSync
from evface.transfer.sync_finding import SyncFinding
from evface_studio.actions.keymap import stand_for
from evface_studio.alignment.controller import Alignment
from evface_studio.alignment.marks import Mark, finding_of_marks
from evface_studio.look.icons import icon
from evface_studio.look.theme import GRID, Theme
from evface_studio.panels.facts import Facts, Section, quality_colour
from evface_studio.panels.finding_plots import FindingPlot
from evface_studio.view_state import ViewState
from evface_studio.wording import format_span, format_time

_LONGEST_MS = 3_600_000.0
_FIND = "Find from the recording"
_NO_MARKS = "Mark a blink or a flash in both pictures. Two far apart give the drift as well."


class ClockSection(Section):
    """Offset and drift, how they were found, and three ways to change them."""

    # A person wants to mark what is shown now.
    frame_mark_asked = Signal()
    events_mark_asked = Signal()

    def __init__(
        self,
        alignment: Alignment,
        view_state: ViewState,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Clock", theme, parent)
        self._alignment = alignment
        self._view_state = view_state
        self.facts = Facts(("Method", "Offset", "Drift", "Residual"), theme)
        self.find_button = QPushButton(_FIND)
        self.find_button.setToolTip("Compare when things move in both recordings; runs as a job")
        self.find_button.clicked.connect(alignment.find_sync)
        self.found = QLabel()
        self.found.setWordWrap(True)
        self.curve = FindingPlot("offset, ms", "correlation", theme)
        self.motion = FindingPlot("time, s", "motion", theme)
        self.motion.setToolTip("How much moved, as the video saw it and as the events did")
        self.residuals = FindingPlot("time, s", "residual, ms", theme)
        self.use_button = QPushButton("Use what was found")
        self.use_button.setProperty("primary", True)
        self.use_button.clicked.connect(self._on_use)
        self.offset = _OffsetEdit()
        self.offset.setDecimals(3)
        self.offset.setSuffix(" ms")
        self.offset.setRange(-_LONGEST_MS, _LONGEST_MS)
        self.offset.setAccessibleName("Offset")
        self.offset.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.offset.setKeyboardTracking(False)
        self.offset.setToolTip("Where the video begins; arrow keys try other offsets")
        self.offset.valueChanged.connect(self._on_offset_turned)
        self.set_offset = QPushButton("Set")
        self.set_offset.setToolTip("Let the video begin there on the sensor's clock")
        self.set_offset.clicked.connect(self._on_offset_set)
        self.mark_frame = QPushButton("Mark frame")
        self.mark_frame.setToolTip("The video frame shown now")
        stand_for(self.mark_frame, "mark_frame")
        self.mark_frame.clicked.connect(self.frame_mark_asked)
        self.mark_events = QPushButton("Mark events")
        self.mark_events.setToolTip("The event window shown now")
        stand_for(self.mark_events, "mark_events")
        self.mark_events.clicked.connect(self.events_mark_asked)
        self.marks = QLabel(_NO_MARKS)
        self.marks.setWordWrap(True)
        self._mark_rows = QWidget()
        self._mark_grid = QGridLayout(self._mark_rows)
        self._mark_grid.setContentsMargins(0, 0, 0, 0)
        self._mark_grid.setVerticalSpacing(GRID // 2)
        self._mark_grid.setColumnStretch(0, 1)
        self.mark_residuals = FindingPlot("time, s", "residual, ms", theme)
        self.use_marks = QPushButton("Use marks")
        self.use_marks.clicked.connect(self._on_use_marks)
        self._lay_out()
        alignment.changed.connect(self.follow)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        super().set_theme(theme)
        self.facts.set_theme(theme)
        for plot in (self.curve, self.motion, self.residuals, self.mark_residuals):
            plot.set_theme(theme)
        self.follow()

    @Slot()
    def follow(self) -> None:
        """Show what is known now."""
        sync, can_change = self._alignment.sync, self._alignment.can_change
        for name, value in _in_words(sync).items():
            self.facts.set_value(name, value)
        is_busy = self._alignment.is_finding_sync
        self.find_button.setEnabled(self._alignment.can_change and not is_busy)
        self.find_button.setText("Searching…" if is_busy else _FIND)
        for widget in (self.offset, self.mark_frame, self.mark_events):
            widget.setEnabled(can_change)
        self._show_finding()
        self._show_marks()

    def forget_offset(self) -> None:
        """Show the offset that is set instead of one that was tried."""
        sync = self._alignment.sync
        with QSignalBlocker(self.offset):
            self.offset.setValue(0.0 if sync is None else sync.offset_us / 1e3)
        self.set_offset.setEnabled(False)
        self.curve.set_line(None if sync is None else self.offset.value())
        self._view_state.set_video_shift_us(0)

    def _lay_out(self) -> None:
        by_hand = QHBoxLayout()
        by_hand.setSpacing(GRID)
        by_hand.addWidget(self.offset, 1)
        by_hand.addWidget(self.set_offset)
        marking = QHBoxLayout()
        marking.setSpacing(GRID)
        marking.addWidget(self.mark_frame, 1)
        marking.addWidget(self.mark_events, 1)
        plots = (self.curve, self.motion, self.residuals)
        for part in (self.facts, self.find_button, self.found, *plots, self.use_button):
            self.column.addWidget(part)
        self.column.addLayout(by_hand)
        self.column.addLayout(marking)
        for row in (self.marks, self._mark_rows, self.mark_residuals, self.use_marks):
            self.column.addWidget(row)

    def _show_finding(self) -> None:
        finding, sync = self._alignment.sync_finding, self._alignment.sync
        for widget in (self.found, self.use_button):
            widget.setVisible(finding is not None)
        self.curve.setVisible(finding is not None and len(finding.curve) > 0)
        self.motion.setVisible(finding is not None and len(finding.signal_times_us) > 0)
        self.residuals.setVisible(finding is not None and len(finding.window_times_us) > 0)
        if finding is None:
            return
        self.found.setText(f"Found {_finding_in_words(finding)}")
        self.found.setStyleSheet(f"color: {quality_colour(self.theme, finding.quality)};")
        if len(finding.curve):
            self.curve.show_curve(finding.curve_offsets_us / 1e3, finding.curve)
            self.curve.set_line(None if sync is None else self.offset.value())
        if len(finding.signal_times_us):
            seconds = finding.signal_times_us / 1e6
            self.motion.show_curve(seconds, finding.video_signal, finding.event_signal)
        if len(finding.window_times_us):
            self.residuals.show_points(
                finding.window_times_us / 1e6, finding.window_residuals_us / 1e3
            )
        is_set = finding.sync == sync
        is_bad = finding.quality == "bad"
        self.use_button.setEnabled(not is_bad and not is_set and self._alignment.can_change)
        self.use_button.setText("In use" if is_set else "Use what was found")
        self.use_button.setToolTip(
            "Too weak to be used: mark the same moment in both pictures instead" if is_bad else ""
        )

    def _show_marks(self) -> None:
        marks = self._alignment.marks
        while (item := self._mark_grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        finding = finding_of_marks(marks)
        for index, mark in enumerate(marks):
            words = QLabel(_mark_in_words(mark, None if finding is None else finding.sync))
            words.setWordWrap(True)
            remove = QToolButton()
            remove.setAutoRaise(True)
            remove.setIcon(icon("close", self.theme))
            remove.setToolTip("Forget this mark")
            remove.setAccessibleName(f"Forget mark {index + 1}")
            remove.clicked.connect(lambda _=False, i=index: self._alignment.remove_mark(i))
            self._mark_grid.addWidget(words, index, 0)
            self._mark_grid.addWidget(remove, index, 1, Qt.AlignmentFlag.AlignTop)
        self._mark_rows.setVisible(bool(marks))
        self.use_marks.setVisible(bool(marks))
        self.use_marks.setEnabled(
            finding is not None
            and finding.quality != "bad"
            and finding.sync != self._alignment.sync
        )
        is_checked = finding is not None and len(finding.window_times_us) > 1
        self.mark_residuals.setVisible(is_checked)
        if finding is None:
            self.marks.setText(_NO_MARKS)
            self.marks.setStyleSheet(f"color: {self.theme.muted};")
            return
        self.marks.setText(f"Marks say {_finding_in_words(finding)}")
        self.marks.setStyleSheet(f"color: {quality_colour(self.theme, finding.quality)};")
        if is_checked:
            self.mark_residuals.show_points(
                finding.window_times_us / 1e6, finding.window_residuals_us / 1e3
            )

    @Slot()
    def _on_use(self) -> None:
        finding = self._alignment.sync_finding
        if finding is not None:
            self._alignment.use_sync(finding.sync)

    @Slot()
    def _on_use_marks(self) -> None:
        finding = finding_of_marks(self._alignment.marks)
        if finding is not None:
            self._alignment.use_sync(finding.sync)

    @Slot(float)
    def _on_offset_turned(self, offset_ms: float) -> None:
        """Show where on the curve the offset would lie, and the video as it would be then."""
        sync = self._alignment.sync
        if sync is not None:
            shift_us = round(offset_ms * 1e3) - sync.offset_us
            self.set_offset.setEnabled(shift_us != 0)
            self.curve.set_line(offset_ms)
            self._view_state.set_video_shift_us(shift_us)

    @Slot()
    def _on_offset_set(self) -> None:
        self._alignment.use_offset(round(self.offset.value() * 1e3))


class _OffsetEdit(QDoubleSpinBox):
    """Leaves the wheel to the panel, which is scrolled by it, until it is the one that is used."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Try other offsets only where it has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


def _in_words(sync: ClockSync | None) -> dict[str, str]:
    if sync is None:
        return dict.fromkeys(("Method", "Offset", "Drift", "Residual"), "")
    is_known = not math.isnan(sync.residual_us)
    return {
        "Method": sync.method,
        "Offset": f"{_signed(sync.offset_us / 1e3, 3)} ms",
        "Drift": f"{_signed(sync.drift_ppm, 1)} ppm",
        "Residual": format_span(sync.residual_us) if is_known else "unknown",
    }


def _finding_in_words(finding: SyncFinding) -> str:
    sync = finding.sync
    words = (
        f"{_signed(sync.offset_us / 1e3, 1)} ms, {_signed(sync.drift_ppm, 0)} ppm: "
        f"{finding.quality}, confidence {finding.confidence:.0%}"
    )
    return (
        f"{words}. {finding.problem[:1].upper()}{finding.problem[1:]}" if finding.problem else words
    )


def _mark_in_words(mark: Mark, sync: ClockSync | None) -> str:
    video = "frame?" if mark.video_us is None else f"frame {format_time(mark.video_us)}"
    events = "events?" if mark.sensor_us is None else f"events {format_time(mark.sensor_us)}"
    if sync is None or mark.video_us is None or mark.sensor_us is None:
        return f"{video}, {events}"
    said_us = int(sync.to_sensor_us(np.array([mark.video_us], np.int64))[0])
    return f"{video}, {events}, off by {_signed((mark.sensor_us - said_us) / 1e3, 1)} ms"


def _signed(value: float, decimals: int) -> str:
    """Return a number with its sign, and zero without a negative one."""
    return f"{round(value, decimals) + 0.0:+.{decimals}f}".replace("-", "\u2212")
