"""The two pictures: how they lie to one another, what was found, and pairs set by hand."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QWidget

from evface.annotations.tracks import LandmarkState
from evface.geometry.registration import Registration
from evface_studio.alignment.controller import Alignment
from evface_studio.document import Document
from evface_studio.look.theme import GRID, Theme
from evface_studio.panels.facts import Facts, Section, quality_colour
from evface_studio.panels.finding_plots import ErrorMap, FindingPlot
from evface_studio.view_state import Comparison, PointerTool, ViewState

_FIND = "Find from the recording"
_FIND_TIP = "Compare where things move in both pictures; runs as a job"
_NO_FACE = "Process the recording first: the fitted face is what the events are compared with"
_NO_LANDMARK = "Click a landmark, then place it in the event picture: each is a pair to align by."
_COMPARISONS = (
    (Comparison.OFF, "Off", "Show the events alone"),
    (Comparison.SWIPE, "Swipe", "Show the video's frame left of a line that can be dragged"),
    (Comparison.BLEND, "Blend", "Show the video's frame through the events"),
)


class SpaceSection(Section):
    """The registration, how good it is and where, and ways to change it."""

    # The map to lay over the event picture, (n_rows, n_columns) float32; None for none.
    map_changed = Signal(object)
    # The `Registration` to compare the pictures by; None for the one that is set.
    tried_changed = Signal(object)

    def __init__(
        self,
        alignment: Alignment,
        document: Document,
        view_state: ViewState,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Pictures", theme, parent)
        self._alignment = alignment
        self._document = document
        self._view_state = view_state
        self.facts = Facts(("Method", "Quality", "Residual", "Pairs"), theme)
        self.comparisons = QButtonGroup(self)
        self.find_button = QPushButton(_FIND)
        self.find_button.clicked.connect(alignment.find_registration)
        self.found = QLabel()
        self.found.setWordWrap(True)
        self.map = ErrorMap(theme)
        self.show_map = QPushButton("Show on the events")
        self.show_map.setCheckable(True)
        self.show_map.setToolTip("Lay this map of errors over the event picture")
        self.show_map.toggled.connect(self._tell_map)
        self.try_button = QPushButton("Try it in the picture")
        self.try_button.setCheckable(True)
        self.try_button.setToolTip("Lay the video over the events as it was found")
        self.try_button.toggled.connect(self._on_tried)
        self.residuals = FindingPlot("time, s", "error, px", theme)
        self.use_button = QPushButton("Use what was found")
        self.use_button.setProperty("primary", True)
        self.use_button.clicked.connect(self._on_use)
        self.place = QPushButton("Place landmark")
        self.place.setCheckable(True)
        self.place.clicked.connect(lambda: view_state.toggle_tool(PointerTool.PLACE))
        self.hint = QLabel(_NO_LANDMARK)
        self.hint.setWordWrap(True)
        self._lay_out()
        alignment.changed.connect(self.follow)
        view_state.landmark_changed.connect(self._show_placing)
        view_state.tool_changed.connect(self._show_placing)
        view_state.comparison_changed.connect(self._show_comparison)
        self.set_theme(theme)
        self._show_comparison()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        super().set_theme(theme)
        self.facts.set_theme(theme)
        self.map.set_theme(theme)
        self.residuals.set_theme(theme)
        self.hint.setStyleSheet(f"color: {theme.muted};")
        self.follow()

    @Slot()
    def follow(self) -> None:
        """Show what is known now."""
        registration = self._alignment.registration
        quality = "" if registration is None else registration.quality
        self.facts.set_value("Method", "" if registration is None else registration.method)
        self.facts.set_value("Quality", quality, quality_colour(self.theme, quality))
        self.facts.set_value("Residual", _residual_in_words(registration))
        self.facts.set_value("Pairs", str(self._n_pairs()))
        is_busy = self._alignment.is_finding_registration
        can_find = self._alignment.can_find_registration
        self.find_button.setEnabled(can_find and not is_busy)
        self.find_button.setToolTip(_FIND_TIP if can_find else _NO_FACE)
        self.find_button.setText("Searching…" if is_busy else _FIND)
        for button in self.comparisons.buttons():
            button.setEnabled(registration is not None)
        self._show_finding()
        self._show_placing()

    def _lay_out(self) -> None:
        comparing = QHBoxLayout()
        comparing.setSpacing(GRID // 2)
        for number, (_, text, tip) in enumerate(_COMPARISONS):
            button = QPushButton(text)
            button.setCheckable(True)
            button.setToolTip(tip)
            self.comparisons.addButton(button, number)
            comparing.addWidget(button, 1)
        self.comparisons.idClicked.connect(
            lambda number: self._view_state.set_comparison(_COMPARISONS[number][0])
        )
        self.column.addWidget(self.facts)
        self.column.addLayout(comparing)
        for widget in (
            self.find_button,
            self.found,
            self.map,
            self.show_map,
            self.residuals,
            self.try_button,
            self.use_button,
            self.place,
            self.hint,
        ):
            self.column.addWidget(widget)

    def _n_pairs(self) -> int:
        """Return how many landmarks a person placed or verified in the event picture."""
        labelled = self._document.labels.get("transferred")
        # Hidden, it costs nothing while landmarks are corrected.
        if labelled is None or not self.isVisible():
            return 0
        return sum(
            placed.correction.state >= LandmarkState.CORRECTED for placed in labelled.corrections
        )

    def _show_finding(self) -> None:
        finding = self._alignment.registration_finding
        for widget in (self.found, self.try_button, self.use_button):
            widget.setVisible(finding is not None)
        has_map = finding is not None and finding.map_px.size > 0
        self.map.setVisible(has_map)
        self.show_map.setVisible(has_map)
        self._tell_map()
        self._tell_tried()
        has_residuals = finding is not None and bool(np.isfinite(finding.residuals_px).any())
        self.residuals.setVisible(has_residuals)
        recording = self._document.recording
        if finding is None or recording is None:
            return
        doubt = (
            ". The clock was changed since: find it again" if self._alignment.is_clock_newer else ""
        )
        self.found.setText(f"Found: {finding.in_words}{doubt}")
        quality = finding.registration.quality
        self.found.setStyleSheet(f"color: {quality_colour(self.theme, quality)};")
        self.map.set_map(finding.map_px, recording.events.resolution)
        if has_residuals:
            self.residuals.show_points(finding.instants_us / 1e6, finding.residuals_px)
        set_now = self._alignment.registration
        is_set = set_now is not None and set_now.maps_like(finding.registration)
        self.try_button.setEnabled(not is_set)
        is_bad = quality == "bad"
        self.use_button.setEnabled(not is_bad and not is_set and self._alignment.can_change)
        self.use_button.setText("In use" if is_set else "Use what was found")
        self.use_button.setToolTip(
            "Too weak to be used: place landmarks in the event picture, then find again"
            if is_bad
            else ""
        )

    @Slot()
    def _tell_map(self) -> None:
        finding = self._alignment.registration_finding
        is_shown = finding is not None and finding.map_px.size and self.show_map.isChecked()
        self.map_changed.emit(finding.map_px if finding and is_shown else None)

    @Slot(bool)
    def _on_tried(self, is_tried: bool) -> None:
        if is_tried and self._view_state.comparison is Comparison.OFF:
            self._view_state.set_comparison(Comparison.SWIPE)
        self._tell_tried()

    def _tell_tried(self) -> None:
        finding, set_now = self._alignment.registration_finding, self._alignment.registration
        is_new = (
            finding is not None
            and set_now is not None
            and not set_now.maps_like(finding.registration)
        )
        if not is_new:
            with QSignalBlocker(self.try_button):
                self.try_button.setChecked(False)
        is_tried = self.try_button.isChecked()
        self.tried_changed.emit(finding.registration if finding and is_tried else None)

    @Slot()
    def _show_placing(self) -> None:
        chosen = self._view_state.chosen_landmark
        self.place.setEnabled(chosen is not None and self._alignment.can_place)
        is_placing = self._view_state.tool is PointerTool.PLACE
        self.place.setChecked(is_placing)
        self.place.setText("Place landmark" if chosen is None else f"Place landmark {chosen}")
        self.hint.setText(
            "Click in the event picture where it is. Escape ends it."
            if is_placing
            else _NO_LANDMARK
        )

    @Slot()
    def _show_comparison(self) -> None:
        for number, (comparison, _, _) in enumerate(_COMPARISONS):
            self.comparisons.button(number).setChecked(comparison is self._view_state.comparison)

    @Slot()
    def _on_use(self) -> None:
        finding = self._alignment.registration_finding
        if finding is not None:
            self._alignment.use_registration(finding.registration)


def _residual_in_words(registration: Registration | None) -> str:
    if registration is None:
        return ""
    if math.isnan(registration.residual_px):
        return "unknown"
    return f"{registration.residual_px:.1f} px"
