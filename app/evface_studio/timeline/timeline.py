"""The recording over time: events, keyframes, and a row for each action unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from evface.annotations.facs_names import facs_name
from evface.annotations.roles import PREDICTED_CLASSES, PREDICTED_UNITS
from evface.annotations.segments import Decision, Segment
from evface.annotations.tracks import ActionUnitTrack
from evface.datasets.labels import ACTION_UNITS
from evface.errors import EvfaceError
from evface.events.triggers import Triggers
from evface_studio.actions.keymap import stand_for
from evface_studio.coding.controller import Coding
from evface_studio.coding.marking import Marking
from evface_studio.coding.text import Typed, describe
from evface_studio.document import Document
from evface_studio.look.text_size import scaled, set_text_factor
from evface_studio.look.theme import GRID, Theme
from evface_studio.newest import NewestWins
from evface_studio.panes.pane import PaneHeader
from evface_studio.panes.sampling import TrackSampler
from evface_studio.playback import Playback
from evface_studio.timeline.chooser import ActionUnitChooser
from evface_studio.timeline.class_strip import CLASS, ClassStrip
from evface_studio.timeline.event_rate import EventRate, count_events, format_rate
from evface_studio.timeline.keyframes import Keyframes, KeyframeStrip
from evface_studio.timeline.rate_strip import RateStrip
from evface_studio.timeline.row_curves import CurveSource, RowCurves, make_curves
from evface_studio.timeline.row_labels import Label, RowLabels
from evface_studio.timeline.row_segments import RowSegments
from evface_studio.timeline.ruler import Ruler
from evface_studio.timeline.source_choice import SourceChoice
from evface_studio.timeline.time_scale import zoomed
from evface_studio.timeline.trigger_strip import TRIGGERS, TriggerStrip
from evface_studio.timeline.type_field import TypeField
from evface_studio.timeline.unit_rows import Row, UnitRows
from evface_studio.view_state import LabelSource, Layer, ViewState
from evface_studio.wording import format_span

if TYPE_CHECKING:
    from evface.projects.recording import Recording

_ROLE = "action_units"
_TRUTH_ROLE = "truth_action_units"
_RATE = "Events"
_ZOOM = 0.6
# The actions that the header's buttons stand for, by their icons.
_ACTIONS = {"minus": "zoom_out", "plus": "zoom_in", "fit": "zoom_fit"}
_TALLEST_ROW = 8 * GRID
_QUIET = "color: {}; padding-left: {}px;"
_HINT = "No curves yet. Process the recording to get them."
_HINT_WITHOUT_ROWS = "No rows. Choose others by the button with the curve."
_HINT_WITHOUT_VIDEO = "No curves. They are found in a video, and this recording has none."


class Timeline(QWidget):
    """A header, the strips over the whole width, and the rows that can be scrolled."""

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        playback: Playback,
        coding: Coding,
        marking: Marking,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self._document = document
        self._view_state = view_state
        self._playback = playback
        self._coding = coding
        self._marking = marking
        self._theme = theme
        self._source = CurveSource()
        self._curves = RowCurves()
        self._made: dict[str, Row] = {}
        self._followed: tuple[str, str | None] = ("", None)
        self._sampler: TrackSampler | None = None
        self._rate: EventRate | None = None
        # What the values beside the rows are of.
        self._valued: ActionUnitTrack | None = None
        self._classes: ActionUnitTrack | None = None
        self.header = PaneHeader("Timeline", theme)
        self.rate_strip = RateStrip(view_state, theme)
        self.ruler = Ruler(view_state, theme)
        self.keyframe_strip = KeyframeStrip(view_state, theme)
        self.class_strip = ClassStrip(view_state, theme)
        self.trigger_strip = TriggerStrip(view_state, theme)
        self.trigger_label = RowLabels(theme)
        self.class_label = RowLabels(theme)
        self.rows = UnitRows(view_state, theme)
        self.rate_label = RowLabels(theme)
        self.labels = RowLabels(theme)
        self.type_field = TypeField(coding.typed, theme)
        self._keyframe_label = QLabel("Keyframes")
        set_text_factor(self._keyframe_label, 0.85)
        self._add_buttons()
        self._lay_out()
        self._counter: NewestWins[Recording, EventRate] = NewestWins(
            "event rate", count_events, self._on_counted, self._on_count_failed, parent=self
        )
        self._maker: NewestWins[CurveSource, RowCurves] = NewestWins(
            "curves", make_curves, self._on_made, self._on_making_failed, parent=self
        )
        self._connect()
        self._on_recording_changed()
        self._on_tracks_changed()
        self._rebuild()

    @property
    def is_idle(self) -> bool:
        """Whether all curves and suggestions are drawn."""
        return self._counter.is_idle and self._maker.is_idle and self._coding.suggesting.is_idle

    @property
    def shown_names(self) -> tuple[str, ...]:
        """The action units that have a row."""
        return self._coding.units.shown

    @property
    def hint(self) -> str:
        """What to do to get rows, or curves; empty where there are some."""
        recording = self._document.recording
        if recording is not None and not self.shown_names:
            return _HINT_WITHOUT_ROWS
        if recording is None or self._source.main is not None:
            return ""
        return _HINT_WITHOUT_VIDEO if recording.video is None else _HINT

    def show_names(self, names: Sequence[str]) -> None:
        """Give these action units a row, and no others."""
        self._coding.units.choose(names)

    def set_keyframes(self, keyframes: Sequence[Keyframes]) -> None:
        """Draw moments at which something was corrected, the last ones on top."""
        self.keyframe_strip.set_keyframes(keyframes)
        self._keyframe_label.setVisible(self.keyframe_strip.isVisibleTo(self))

    def count_again(self) -> None:
        """Count the events of a recording that has become longer."""
        if self._document.recording is not None:
            self._counter.ask(self._document.recording)

    def set_triggers(self, triggers: Triggers) -> None:
        """Draw edges at the sensor's trigger inputs."""
        self.trigger_strip.set_triggers(triggers)
        self.trigger_label.setVisible(self.trigger_strip.isVisibleTo(self))
        self._lay_rows()

    def fit(self) -> None:
        """Show the whole recording."""
        self._view_state.set_visible_range(0, self._view_state.duration_us)

    def zoom(self, factor: float) -> None:
        """Show a stretch `factor` times as long, about the cursor if it is in view."""
        view = self._view_state
        start_us, stop_us = view.visible_range
        is_in_view = start_us <= view.time_us <= stop_us
        about_us = view.time_us if is_in_view else (start_us + stop_us) // 2
        view.set_visible_range(*zoomed(view.visible_range, factor, about_us, view.duration_us))

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        for part in (
            self.header,
            self.rate_strip,
            self.ruler,
            self.keyframe_strip,
            self.class_strip,
            self.class_label,
            self.trigger_strip,
            self.trigger_label,
            self.source_choice,
            self.rows,
            self.rate_label,
            self.labels,
            self.type_field,
        ):
            part.set_theme(theme)
        self._keyframe_label.setStyleSheet(_QUIET.format(theme.muted, 5 * GRID))

    def close_threads(self) -> None:
        """End the threads that count events and make curves."""
        self._counter.close()
        self._maker.close()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the size of text."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            # Once all parts have their new font.
            QTimer.singleShot(0, self, self._lay_rows)

    def _add_buttons(self) -> None:
        self._chooser = ActionUnitChooser()
        choose = self.header.add_button("curves", "Choose the rows")
        menu = QMenu(choose)
        action = QWidgetAction(menu)
        action.setDefaultWidget(self._chooser)
        menu.addAction(action)
        self.source_choice = SourceChoice(self._view_state, self._theme)
        self.header.add_widget(self.source_choice)
        choose.setMenu(menu)
        choose.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        for icon_name, tip, handler in (
            ("minus", "Show more of the recording", lambda: self.zoom(1 / _ZOOM)),
            ("plus", "Show less, larger", lambda: self.zoom(_ZOOM)),
            ("fit", "Show the whole recording", self.fit),
        ):
            button = self.header.add_button(icon_name, tip)
            button.clicked.connect(lambda _, do=handler: do())
            stand_for(button, _ACTIONS[icon_name])

    def _lay_out(self) -> None:
        strips = self._strips = QGridLayout()
        strips.setSpacing(0)
        strips.setColumnStretch(1, 1)
        strips.addWidget(self.rate_label, 0, 0)
        strips.addWidget(self.rate_strip, 0, 1)
        strips.addWidget(self.ruler, 1, 1)
        strips.addWidget(self._keyframe_label, 2, 0)
        strips.addWidget(self.keyframe_strip, 2, 1)
        strips.addWidget(self.class_label, 3, 0)
        strips.addWidget(self.class_strip, 3, 1)
        strips.addWidget(self.trigger_label, 4, 0)
        strips.addWidget(self.trigger_strip, 4, 1)
        self.trigger_label.hide()
        self._keyframe_label.hide()
        self._keyframe_label.setStyleSheet(_QUIET.format(self._theme.muted, 5 * GRID))
        # As high as its rows at once, not when a layout gets round to it: rows are scrolled to.
        self._content = QWidget()
        row = QHBoxLayout(self._content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.labels, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.rows, 1, Qt.AlignmentFlag.AlignTop)
        self._scroll = _RowsArea()
        self._scroll.resized.connect(self._lay_rows)
        self._scroll.setWidget(self._content)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.type_field)
        layout.addLayout(strips)
        layout.addWidget(self._scroll, 1)

    def _connect(self) -> None:
        document, view, coding = self._document, self._view_state, self._coding
        for strip in (
            self.rate_strip,
            self.ruler,
            self.keyframe_strip,
            self.class_strip,
            self.trigger_strip,
            self.rows,
        ):
            strip.sought.connect(self._playback.seek)
            strip.range_marked.connect(self._on_range_marked)
        rows = self.rows
        rows.unit_pressed.connect(coding.choose_unit)
        rows.segment_pressed.connect(coding.choose)
        rows.segment_double_clicked.connect(coding.loop)
        rows.drawn.connect(coding.draw)
        rows.reshaped.connect(coding.put)
        rows.marks_cancelled.connect(self._marking.cancel)
        self.labels.pressed.connect(coding.choose_unit)
        self.labels.pressed.connect(lambda: rows.setFocus(Qt.FocusReason.MouseFocusReason))
        self._chooser.filter_asked.connect(coding.units.set_filter)
        self._chooser.chosen.connect(coding.units.choose)
        self._chooser.added.connect(coding.units.add)
        self.type_field.entered.connect(self._on_entered)
        self.type_field.closed.connect(rows.setFocus)
        coding.typing_asked.connect(self.type_field.open)
        coding.units.changed.connect(self._rebuild)
        coding.segments_changed.connect(self._on_segments_changed)
        coding.refused_changed.connect(self._on_all_changed)
        coding.chosen_changed.connect(self._on_chosen_changed)
        self._marking.changed.connect(lambda: rows.set_marks(self._marking.marks))
        self._playback.loop_changed.connect(lambda: self.ruler.set_loop(self._playback.loop_us))
        self._playback.loop_changed.connect(self._follow_typing)
        view.time_changed.connect(self._on_time_changed)
        view.duration_changed.connect(self._on_range_changed)
        view.visible_range_changed.connect(self._on_range_changed)
        view.layers_changed.connect(self._on_all_changed)
        view.sources_changed.connect(self._on_all_changed)
        document.recording_changed.connect(self._on_recording_changed)
        document.tracks_changed.connect(self._on_tracks_changed)

    @Slot()
    def _on_recording_changed(self) -> None:
        self._counter.forget()
        self._rate = None
        self.rate_strip.set_rate(None)
        recording = self._document.recording
        self._on_range_changed()
        if recording is not None:
            self._counter.ask(recording)
        self._say_values()

    def _on_counted(self, recording: Recording, rate: EventRate) -> None:
        if recording is self._document.recording:
            self._rate = rate
            self.rate_strip.set_rate(rate)
            self._say_values()

    def _on_count_failed(self, recording: Recording, error: Exception) -> None:
        if recording is self._document.recording:
            self._say_problem("events cannot be counted", error)

    @Slot()
    def _on_tracks_changed(self) -> None:
        tracks = self._document.tracks
        found, known = tracks.get(_ROLE, tracks.get(ACTION_UNITS)), tracks.get(_TRUTH_ROLE)
        told = tracks.get(PREDICTED_UNITS)
        source = CurveSource(
            found if isinstance(found, ActionUnitTrack) else None,
            known if isinstance(known, ActionUnitTrack) else None,
            tracks.get("face"),
            told if isinstance(told, ActionUnitTrack) else None,
        )
        classes = tracks.get(PREDICTED_CLASSES)
        self._classes = classes if isinstance(classes, ActionUnitTrack) else None
        if not source.is_same(self._source):
            self._source = source
            self._maker.ask(source)
        self._follow_source()
        self._on_range_changed()

    def _follow_source(self) -> None:
        """Show what the view is asked to show: labels, predictions, or both."""
        source, wanted = self._source, self._view_state.curve_source
        shows_predictions = wanted is not LabelSource.LABELS
        self._valued = source.main
        if wanted is LabelSource.PREDICTIONS and source.predicted is not None:
            self._valued = source.predicted
        elif not shows_predictions and source.main is source.predicted:
            self._valued = source.truth
        self._sampler = None if self._valued is None else TrackSampler(self._valued)
        self.source_choice.setVisible(source.predicted is not None)
        self.class_strip.set_classes(self._classes if shows_predictions else None)
        self.class_label.setVisible(self.class_strip.isVisibleTo(self))

    def _on_made(self, source: CurveSource, curves: RowCurves) -> None:
        if source is not self._source:
            return
        self._curves = curves
        self.rate_strip.set_spans(curves.spans_us)
        self.rows.set_spans(curves.spans_us)
        self._made.clear()
        self._coding.units.set_known(curves.units, curves.active)
        self._rebuild()

    def _on_making_failed(self, source: CurveSource, error: Exception) -> None:
        if source is self._source:
            self._say_problem("curves cannot be read", error)

    def _say_problem(self, words: str, error: Exception) -> None:
        if not isinstance(error, EvfaceError | OSError):
            raise error
        self.header.set_hint(words, str(error))

    @Slot(object)
    def _on_segments_changed(self, units: frozenset[str]) -> None:
        for unit in units:
            self._made.pop(unit, None)
        self._rebuild()

    @Slot()
    def _on_all_changed(self) -> None:
        self._made.clear()
        self._follow_source()
        self._rebuild()

    @Slot()
    def _rebuild(self) -> None:
        """Make the rows that are shown and were not made yet, and lay them out."""
        coding = self._coding
        missing = [unit for unit in coding.units.shown if unit not in self._made]
        if missing:
            self._make_rows(missing)
        self._chooser.set_units(coding.units.all, coding.units.shown, coding.units.row_filter)
        self._lay_rows()
        self._on_chosen_changed()
        self._on_range_changed()
        self._say_values()

    def _make_rows(self, units: list[str]) -> None:
        coding = self._coding
        wanted = frozenset(units)
        coded: dict[str, list[Segment]] = {unit: [] for unit in units}
        others: dict[str, list[Segment]] = {unit: [] for unit in units}
        suggested: dict[str, list[Segment]] = {unit: [] for unit in units}
        for segment in coding.segments.values():
            if segment.unit not in wanted:
                continue
            if segment.decision is Decision.REFUSED:
                if coding.shows_refused:
                    suggested[segment.unit].append(segment)
            else:
                (others if coding.is_others(segment) else coded)[segment.unit].append(segment)
        for segment in coding.suggested.values():
            if segment.unit in wanted:
                suggested[segment.unit].append(segment)
        shows_truth = self._view_state.shows(Layer.TRUTH)
        wanted_source = self._view_state.curve_source
        for unit in units:
            curve, truth = self._curves.found.get(unit), self._curves.truth.get(unit)
            told, unsure = self._curves.predicted.get(unit), self._curves.unsure.get(unit)
            if wanted_source is LabelSource.LABELS:
                told = unsure = None
            elif wanted_source is LabelSource.PREDICTIONS and told is not None:
                curve = None
            if (curve is not None or told is not None) and not shows_truth:
                truth = None
            shown = (curve, truth, told, unsure)
            tops = [one.highest for one in shown if one is not None and len(one)]
            self._made[unit] = Row(
                unit,
                curve,
                truth,
                max([1.0, *(top for top in tops if top == top)]),
                RowSegments(coded[unit]),
                RowSegments(others[unit]),
                RowSegments(suggested[unit]),
                told,
                unsure,
            )

    @Slot()
    def _lay_rows(self) -> None:
        """Share the height among the rows: as high as there is room for, never too low to read."""
        rows = [self._made[unit] for unit in self._coding.units.shown if unit in self._made]
        least = self.labels.least_row_height
        room = self._scroll.viewport().height() // max(len(rows), 1)
        height = min(max(room, least), max(scaled(_TALLEST_ROW), least))
        labels = [
            Label(row.unit, facs_name(row.unit), str((index + 1) % 10) if index < 10 else "")
            for index, row in enumerate(rows)
        ]
        self.labels.set_labels(labels, height)
        self.rows.set_rows(rows, height)
        self._content.resize(self._scroll.viewport().width(), self.rows.height())
        bar_width = self._scroll.verticalScrollBar().sizeHint().width()
        self._strips.setContentsMargins(0, 0, bar_width, 0)
        self.rate_label.set_labels([Label(_RATE, "per second")], self.rate_strip.height())
        self.class_label.set_labels([Label(CLASS, "predicted")], self.class_strip.height())
        self.trigger_label.set_labels([Label(TRIGGERS, "")], self.trigger_strip.minimumHeight())

    @Slot()
    def _on_chosen_changed(self) -> None:
        unit = self._coding.unit
        chosen = self._coding.chosen
        self.rows.set_chosen(unit, chosen)
        if chosen is not None:
            words = describe(chosen, is_suggestion=self._coding.is_suggestion(chosen))
        else:
            words = f"{unit} {facs_name(unit)}" if unit else "none"
        self.rows.setAccessibleName(f"Action units, chosen: {words}")
        self._follow_typing()
        self.labels.set_chosen(unit)
        top = self.rows.top_of(unit)
        place = (unit, None if chosen is None else chosen.id)
        # Who looks at other rows is left there until something else is chosen.
        if top is not None and place != self._followed:
            self._followed = place
            middle = self.rows.row_height // 2
            self._scroll.ensureVisible(0, top + middle, 0, middle)

    @Slot()
    def _on_time_changed(self) -> None:
        view = self._view_state
        start_us, stop_us = view.visible_range
        if stop_us > start_us and not start_us <= view.time_us <= stop_us:
            # The cursor left: turn the page, and keep a tenth of what was seen before it.
            length_us = stop_us - start_us
            start_us = max(view.time_us - length_us // 10, 0)
            start_us = min(start_us, max(view.duration_us - length_us, 0))
            view.set_visible_range(start_us, start_us + length_us)
        self._say_values()
        self._follow_typing()

    @Slot()
    def _follow_typing(self) -> None:
        """Say where a code that is being typed would be laid now."""
        if self.type_field.isVisible():
            self.type_field.follow()

    @Slot()
    def _on_range_changed(self) -> None:
        start_us, stop_us = self._view_state.visible_range
        has_time = self._view_state.duration_us > 0
        self.header.set_tools_visible(has_time)
        self.type_field.setVisible(self.type_field.isVisibleTo(self) and has_time)
        shown = f"{format_span(stop_us - start_us)} shown" if stop_us > start_us else ""
        self.header.set_info("  ·  ".join(filter(None, (shown, self.hint))))

    @Slot()
    def _say_values(self) -> None:
        t_us = self._view_state.time_us
        rate_hz = self._rate.at(t_us) if self._rate is not None else None
        self.rate_label.set_values({_RATE: "" if rate_hz is None else format_rate(rate_hz)})
        self.class_label.set_values({CLASS: self.class_strip.words_at(t_us)})
        main = self._valued
        sample = self._sampler.at(t_us) if self._sampler is not None else None
        values: dict[str, str] = {}
        if main is not None and sample is not None and not sample.is_aged:
            intensity = main.intensity[sample.index]
            values = {
                name: f"{value:.2f}"
                for name, value in zip(main.name_list(), intensity.tolist(), strict=True)
                if value == value
            }
        self.labels.set_values(values)

    @Slot(object, object)
    def _on_range_marked(self, start_us: int, stop_us: int) -> None:
        start_us = max(start_us, 0)
        stop_us = min(stop_us, self._view_state.duration_us)
        if start_us < stop_us:
            self._playback.seek(start_us)
            self._playback.set_loop((start_us, stop_us))

    @Slot(object)
    def _on_entered(self, typed: Typed) -> None:
        self._coding.enter(typed)


class _RowsArea(QScrollArea):
    """Says when there is more room for rows, or less."""

    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()
