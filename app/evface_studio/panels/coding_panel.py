"""The chosen segment in full, the recording's class, and how late a person presses."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from evface.annotations.facs_names import facs_name
from evface.annotations.reaction import NO_REACTION
from evface.annotations.segment_changes import with_apex, with_edge_moved
from evface.annotations.segments import LEVELS, UNITS, Decision, Presence, Scale, Segment, Side
from evface_studio.coding.controller import Coding
from evface_studio.coding.marking import Marking
from evface_studio.controls.time_edit import TimeEdit
from evface_studio.document import Document
from evface_studio.look.text_size import bound_size
from evface_studio.look.theme import GRID, Theme
from evface_studio.panels.facts import Facts, Section
from evface_studio.panels.scrolled_column import ScrolledColumn
from evface_studio.view_state import ViewState
from evface_studio.wording import format_span, format_time

_HEAD = ("Action unit", "Length")
_TAIL = ("Scale", "Came about", "By", "When", "From")
_ASK = "none chosen: click one on the timeline"
_PRESENCES = {
    Presence.PRESENT: "present",
    Presence.ABSENT: "absent",
    Presence.NOT_VISIBLE: "not visible",
}
_SCALES = {
    Scale.FACS: "1 to 5, FACS A to E",
    Scale.UNIT: "0 to 1, the model's full activation",
    Scale.OPENFACE: "0 to 5, OpenFace",
}
_DECISIONS = {
    Decision.CODED: "coded",
    Decision.ACCEPTED: "suggested, accepted",
    Decision.CHANGED: "suggested, changed",
    Decision.REFUSED: "suggested, refused",
}


class CodingPanel(QWidget):
    """Follows the chosen segment; every field changes it."""

    calibrate_asked = Signal()

    def __init__(
        self,
        coding: Coding,
        marking: Marking,
        document: Document,
        view_state: ViewState,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._coding = coding
        self._marking = marking
        self._document = document
        self._view_state = view_state
        self._titles: list[QLabel] = []
        self.facts = Facts(_HEAD, theme)
        self.more_facts = Facts(_TAIL, theme)
        self._segment = Section("Segment", theme)
        self._segment.column.addWidget(self.facts)
        self._segment.column.addLayout(self._build_fields())
        self._segment.column.addWidget(self.more_facts)
        self._recording = Section("Whole recording", theme)
        self.video_class = QComboBox()
        self.video_class.setAccessibleName("Class of the recording")
        self.video_class.activated.connect(self._on_class_chosen)
        self._recording.column.addWidget(self.video_class)
        self._reaction = Section("Your reaction time", theme)
        self.reaction = QLabel()
        self.reaction.setWordWrap(True)
        self._measure = QPushButton("Measure…")
        self._measure.clicked.connect(self.calibrate_asked)
        self._reaction.column.addWidget(self.reaction)
        self._reaction.column.addWidget(self._measure, 0, Qt.AlignmentFlag.AlignLeft)
        sections = (self._segment, self._recording, self._reaction)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(ScrolledColumn("Coding", sections))
        coding.chosen_changed.connect(self.follow)
        document.coding_changed.connect(self.follow)
        document.recording_changed.connect(self.follow)
        marking.reaction_changed.connect(self.follow)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        for part in (self._segment, self._recording, self._reaction, self.facts, self.more_facts):
            part.set_theme(theme)
        for label in (self.reaction, *self._titles):
            label.setStyleSheet(f"color: {theme.muted};")
        self._muted = theme.muted
        self.follow()

    @Slot()
    def follow(self) -> None:
        """Show what is chosen now."""
        segment = self._coding.chosen
        self._show_facts(segment)
        can_change = segment is not None and self._coding.can_edit
        for field in (self.presence, self.level, self.side, *self._times):
            field.setEnabled(can_change)
        if segment is None:
            # What was chosen before says nothing any more, least of all to somebody else.
            for box in (self.presence, self.level, self.side):
                box.setCurrentIndex(-1)
            for time in self._times:
                time.set_value(None)
        else:
            self.presence.setCurrentIndex(list(_PRESENCES).index(segment.presence))
            self.side.setCurrentIndex(list(Side).index(segment.side))
            level = "" if segment.intensity is None else segment.intensity.level
            self.level.setCurrentIndex(LEVELS.index(level) + 1 if level else 0)
            self.level.setEnabled(can_change and segment.presence is Presence.PRESENT)
            self.onset.set_value(segment.onset_us)
            self.offset.set_value(segment.offset_us)
            self.apex.set_value(segment.apex_us)
        self._show_class()
        reaction = self._marking.reaction
        if reaction == NO_REACTION:
            self.reaction.setText(
                "Not measured. Ten taps tell how late you press; held keys make up for it."
            )
        else:
            self.reaction.setText(
                f"{format_span(reaction.delay_us)}, the middle half from "
                f"{format_span(reaction.lower_us)} to {format_span(reaction.upper_us)}. "
                "It is taken off what held keys mark."
            )

    def _build_fields(self) -> QFormLayout:
        self.presence = self._choice(
            "Presence",
            tuple(_PRESENCES.values()),
            lambda row: self._coding.set_presence(list(_PRESENCES)[row]),
        )
        self.level = self._choice(
            "Level",
            ("not graded", *LEVELS),
            lambda row: self._coding.set_level(LEVELS[row - 1] if row else None),
        )
        self.side = self._choice(
            "Side, the subject's own",
            tuple(Side),
            lambda row: self._coding.set_side(list(Side)[row]),
        )
        self.onset = self._time("Onset", self._on_onset_entered)
        self.apex = self._time("Apex", self._on_apex_entered)
        self.offset = self._time("Offset", self._on_offset_entered)
        self.apex.setPlaceholderText("not said")
        self._times = (self.onset, self.apex, self.offset)
        form = QFormLayout()
        form.setHorizontalSpacing(GRID + GRID // 2)
        form.setVerticalSpacing(GRID // 2)
        for title, field in (
            ("Onset", self.onset),
            ("Apex", self.apex),
            ("Offset", self.offset),
            ("Presence", self.presence),
            ("Level", self.level),
            ("Side", self.side),
        ):
            label = QLabel(title)
            bound_size(label, least_width_px=9 * GRID)
            self._titles.append(label)
            form.addRow(label, field)
        return form

    def _choice(
        self, name: str, words: tuple[str, ...], chosen: Callable[[int], None]
    ) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        box.addItems(words)
        box.activated.connect(chosen)
        return box

    def _time(self, name: str, entered: Callable[[int], None]) -> TimeEdit:
        edit = TimeEdit(format_time, "s", 59_999_999)
        edit.setAccessibleName(name)
        edit.entered.connect(entered)
        return edit

    def _show_facts(self, segment: Segment | None) -> None:
        if segment is None:
            for facts, names in ((self.facts, _HEAD), (self.more_facts, _TAIL)):
                for name in names:
                    facts.set_value(name, "")
            self.facts.set_value("Action unit", _ASK, self._muted)
            return
        intensity = segment.intensity
        is_open = self._coding.is_suggestion(segment)
        self.facts.set_value("Action unit", f"{segment.unit} {facs_name(segment.unit)}")
        self.facts.set_value("Length", format_span(segment.duration_us))
        self.more_facts.set_value(
            "Scale",
            "" if intensity is None else f"{intensity.value:g} of {_SCALES[intensity.scale]}",
        )
        self.more_facts.set_value(
            "Came about", "suggested, not decided" if is_open else _DECISIONS[segment.decision]
        )
        self.more_facts.set_value("By", segment.author)
        self.more_facts.set_value("When", segment.made_at.replace("T", " ")[:19])
        self.more_facts.set_value("From", segment.source)

    def _show_class(self) -> None:
        box, chosen = self.video_class, self._document.video_class
        units = [*UNITS, *([chosen] if chosen is not None and chosen not in UNITS else [])]
        if box.count() != len(units) + 1:
            box.clear()
            box.addItem("no class")
            for unit in units:
                box.addItem(f"{unit} {facs_name(unit)}", unit)
        box.setCurrentIndex(0 if chosen is None else units.index(chosen) + 1)
        box.setEnabled(self._coding.can_edit)

    @Slot(int)
    def _on_class_chosen(self, row: int) -> None:
        self._coding.set_video_class(self.video_class.itemData(row))

    @Slot(object)
    def _on_onset_entered(self, t_us: int) -> None:
        stop_us = self._view_state.duration_us
        self._coding.change(
            lambda one: with_edge_moved(one, "onset", t_us, stop_us=stop_us), "Set the onset"
        )

    @Slot(object)
    def _on_offset_entered(self, t_us: int) -> None:
        stop_us = self._view_state.duration_us
        self._coding.change(
            lambda one: with_edge_moved(one, "offset", t_us, stop_us=stop_us), "Set the offset"
        )

    @Slot(object)
    def _on_apex_entered(self, t_us: int) -> None:
        self._coding.change(lambda one: with_apex(one, t_us), "Set the apex")
