"""Coding of action units: what is chosen, and what keys, pointer and typing make of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from evface.annotations.coding_edits import SetSegments, SetVideoClass
from evface.annotations.segment_changes import (
    Edge,
    coded,
    graded,
    merge_edit,
    moved,
    neighbours,
    remove_edit,
    set_edit,
    split,
    with_apex,
    with_edge_moved,
    with_presence,
    with_side,
)
from evface.annotations.segments import Decision, Presence, Segment, Side, new_segment_id
from evface.coding.suggestions import accept_edit, change_edit, refuse_edit
from evface_studio.coding.segments import CodedSegments, says_the_same
from evface_studio.coding.text import Typed, read_typed
from evface_studio.coding.unit_choice import UnitChoice
from evface_studio.document import Document
from evface_studio.playback import Playback
from evface_studio.settings import Settings
from evface_studio.view_state import ViewState

Change = Callable[[Segment], Segment]


class Coding(CodedSegments):
    """What is chosen, and what can be done with it: every change is one edit of the document."""

    # The row, or the segment.
    chosen_changed = Signal()
    # Whether refused suggestions are shown.
    refused_changed = Signal()
    # The digit that a code begins with, empty for none: it shall be typed on.
    typing_asked = Signal(str)
    # One line for the user.
    noticed = Signal(str)

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        playback: Playback,
        settings: Settings,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(document, parent)
        self._view_state = view_state
        self._playback = playback
        self.units = UnitChoice(settings, self)
        self._unit = ""
        self._chosen_id: str | None = None
        self._shows_refused = False
        document.edited.connect(self._on_edited)
        document.recording_changed.connect(self._on_recording_changed)
        self.segments_changed.connect(self._on_segments_changed)
        self.units.changed.connect(self._on_units_changed)
        self._on_units_changed()

    @property
    def shows_refused(self) -> bool:
        """Whether refused suggestions are shown."""
        return self._shows_refused

    @property
    def unit(self) -> str:
        """The chosen row; empty without rows."""
        return self._unit

    @property
    def chosen(self) -> Segment | None:
        """The chosen segment or suggestion."""
        if self._chosen_id is None:
            return None
        return self._segments.get(self._chosen_id) or self._suggested.get(self._chosen_id)

    def choose_unit(self, unit: str) -> None:
        """Choose a row."""
        if unit != self._unit:
            self._unit = unit
            chosen = self.chosen
            if chosen is not None and chosen.unit != unit:
                self._chosen_id = None
            self.chosen_changed.emit()

    def step_unit(self, step: int) -> None:
        """Choose the row below, or above where negative."""
        shown = self.units.shown
        if shown:
            here = shown.index(self._unit) if self._unit in shown else 0
            self.choose_unit(shown[min(max(here + step, 0), len(shown) - 1)])

    def choose(self, segment: Segment | None) -> None:
        """Choose a segment or a suggestion, and its row; None lets go of it."""
        self._chosen_id = None if segment is None else segment.id
        if segment is not None:
            self.units.show(segment.unit)
            self._unit = segment.unit
        self.chosen_changed.emit()

    def set_shows_refused(self, shows_refused: bool) -> None:
        """Show refused suggestions, so that they can be brought back."""
        if shows_refused != self._shows_refused:
            self._shows_refused = shows_refused
            self.refused_changed.emit()

    def draw(self, unit: str, onset_us: int, offset_us: int, *, source: str = "person") -> None:
        """Code a new segment, and choose it."""
        stop_us = self._view_state.duration_us
        segment = coded(unit, onset_us, offset_us, source=source, stop_us=stop_us)
        # Of several keys that are held, those of other rows do not take the row away.
        self._add([segment], chooses=unit == self._unit or source == "person")

    def put(self, before: Segment, after: Segment, label: str = "") -> None:
        """Change a segment or a suggestion. What somebody else coded stays, beside the change."""
        recording_id = self._document.recording_id or ""
        if self.is_suggestion(before):
            self.edit(change_edit(recording_id, after))
        else:
            if self.is_others(before):
                after = _as_own(after)
            self.edit(_set([after], recording_id, label or f"Change {after.unit}"))
        self.choose(after)

    def change(self, make: Change, label: str) -> None:
        """Change the chosen segment; `make` says how, and raises ValueError where it cannot."""
        segment = self.chosen
        if segment is None:
            self.noticed.emit("Choose a segment first: click it, or go to one with Page down.")
            return
        try:
            changed = make(segment)
        except ValueError as error:
            self.noticed.emit(_sentence(error))
            return
        if says_the_same(segment, changed) and not self.is_suggestion(segment):
            return
        if says_the_same(segment, changed):
            self.accept()
        else:
            self.put(segment, changed, f"{label} of {segment.unit}")

    def set_level(self, level: str | None) -> None:
        """Grade the chosen segment, A to E; None takes it back."""
        self.change(lambda one: graded(one, level), "Set the level")

    def set_side(self, side: Side) -> None:
        """Say on which side of the face the chosen segment was seen."""
        self.change(lambda one: with_side(one, side), "Set the side")

    def set_presence(self, presence: Presence) -> None:
        """Say what was seen in the chosen segment."""
        self.change(lambda one: with_presence(one, presence), "Set the presence")

    def set_onset(self) -> None:
        """Let the chosen segment begin at the cursor."""
        self._move_edge("onset", self._playback.moment_us)

    def set_offset(self) -> None:
        """Let the chosen segment end at the cursor."""
        self._move_edge("offset", self._playback.moment_us)

    def set_apex(self) -> None:
        """Let the chosen segment be strongest at the cursor."""
        t_us = self._playback.moment_us
        self.change(lambda one: with_apex(one, t_us), "Set the apex")

    def nudge(self, by_us: int) -> None:
        """Move the edge nearest to the cursor, and the cursor with it."""
        segment = self.chosen
        if segment is None:
            self.change(lambda one: one, "")
            return
        edge = self.near_edge(segment)
        t_us = (segment.onset_us if edge == "onset" else segment.offset_us) + by_us
        self._move_edge(edge, t_us)
        moved = self.chosen or segment
        self._playback.pause()
        self._playback.seek(moved.onset_us if edge == "onset" else moved.offset_us)

    def nudge_frames(self, n_frames: int) -> None:
        """Move the edge nearest to the cursor by frames of the video, or by event windows."""
        segment = self.chosen
        if segment is None:
            self.change(lambda one: one, "")
            return
        is_onset = self.near_edge(segment) == "onset"
        at_us = segment.onset_us if is_onset else segment.offset_us
        self.nudge(self._playback.frame_after(at_us, n_frames) - at_us)

    def near_edge(self, segment: Segment) -> Edge:
        """Return which edge of a segment the cursor is nearer to."""
        t_us = self._view_state.time_us
        is_onset = abs(t_us - segment.onset_us) <= abs(t_us - segment.offset_us)
        return "onset" if is_onset else "offset"

    def split(self) -> None:
        """Split the chosen segment at the cursor."""
        segment = self.chosen
        if segment is None or self.is_suggestion(segment):
            self.noticed.emit("Choose a segment first; a suggestion is to be accepted before.")
            return
        try:
            parts = split(segment, self._playback.moment_us)
        except ValueError as error:
            self.noticed.emit(_sentence(error))
            return
        if self.is_others(segment):
            parts = (_as_own(parts[0]), _as_own(parts[1]))
        self.edit(_set(parts, self._document.recording_id or "", f"Split {segment.unit}"))
        self.choose(parts[1])

    def merge(self) -> None:
        """Join the chosen segment with the next one of its row, else with the one before."""
        segment = self.chosen
        if segment is None or self.is_suggestion(segment) or self.is_others(segment):
            self.noticed.emit("Choose a segment of yours first.")
            return
        own = [one for one in self._segments.values() if not self.is_others(one)]
        before, after = neighbours(own, segment)
        other = after or before
        if other is None:
            self.noticed.emit(f"{segment.unit} has no other segment to be joined with.")
            return
        try:
            edit = merge_edit(self._document.recording_id or "", [segment, other])
        except ValueError as error:
            self.noticed.emit(_sentence(error))
            return
        self.edit(edit)
        self.choose(next(one for one in edit.segments.values() if one is not None))

    def remove(self) -> None:
        """Remove the chosen segment; refuse it if it is only suggested."""
        segment = self.chosen
        if segment is None:
            self.noticed.emit("Choose a segment first: click it, or go to one with Page down.")
        elif self.is_suggestion(segment):
            self.refuse()
        elif self.is_others(segment):
            self.noticed.emit(f"{segment.author} coded this; only they can remove it.")
        else:
            self.edit(remove_edit(self._document.recording_id or "", [segment]))
            self.choose(None)

    def accept(self) -> None:
        """Take the chosen suggestion as it is, and go to the next.

        One that was refused is taken as well, and a copy of what somebody else coded.
        """
        segment = self.chosen
        if segment is None or not self._can_accept(segment):
            self.next_suggestion()
        else:
            taken = _as_own(segment) if self.is_others(segment) else segment
            self.edit(accept_edit(self._document.recording_id or "", [taken]))
            self._go_on_from(segment)

    def refuse(self) -> None:
        """Refuse the chosen suggestion for good, and go to the next."""
        segment = self.chosen
        if segment is None or not self.is_suggestion(segment):
            self.next_suggestion()
        else:
            self.edit(refuse_edit(self._document.recording_id or "", [segment]))
            self._go_on_from(segment)

    def accept_row(self) -> None:
        """Take all suggestions of the chosen row in one edit."""
        row = [one for one in self._suggested.values() if one.unit == self._unit]
        if row:
            self.edit(accept_edit(self._document.recording_id or "", row))
        else:
            self.noticed.emit(f"Nothing is suggested for {self._unit or 'this row'}.")

    def next_suggestion(self, step: int = 1) -> None:
        """Choose the next suggestion in time, of the rows shown, and go there."""
        shown = set(self.units.shown)
        waiting = sorted((one for one in self._suggested.values() if one.unit in shown), key=_order)
        if not waiting:
            hidden = len(self._suggested)
            words = f" of the rows shown; {hidden} in others" if hidden else ""
            self.noticed.emit(f"No suggestion is left{words}.")
            return
        chosen = self.chosen
        places = [_order(one) for one in waiting]
        if chosen is None:
            here = bisect_left(places, (self._view_state.time_us, 0, 0, ""))
            index = here if step > 0 else here - 1
        elif step > 0:
            index = bisect_right(places, _order(chosen))
        else:
            index = bisect_left(places, _order(chosen)) - 1
        self._go_to(waiting[index % len(waiting)])

    def step_edge(self, step: int) -> None:
        """Go to the next edge of a segment of the chosen row, and choose the segment."""
        row = [one for one in self._shown_segments() if one.unit == self._unit]
        edges = sorted({(t, one.id) for one in row for t in (one.onset_us, one.offset_us)})
        t_us = self._view_state.time_us
        ahead = [edge for edge in edges if (edge[0] > t_us if step > 0 else edge[0] < t_us)]
        if not ahead:
            self.noticed.emit(f"{self._unit} has no edge {'after' if step > 0 else 'before'} this.")
            return
        at_us, segment_id = ahead[0] if step > 0 else ahead[-1]
        self.choose(self._segments.get(segment_id) or self._suggested.get(segment_id))
        self._playback.pause()
        self._playback.seek(at_us)

    def toggle_loop(self) -> None:
        """Play the chosen segment again and again, or no longer."""
        segment = self.chosen
        if self._playback.loop_us is not None:
            self._playback.set_loop(None)
        elif segment is not None:
            self.loop(segment)
        else:
            self.noticed.emit("Choose a segment first, or drag over the ruler with Shift.")

    def loop(self, segment: Segment) -> None:
        """Play a segment again and again."""
        self._playback.seek(segment.onset_us)
        self._playback.set_loop((segment.onset_us, segment.offset_us))
        self._playback.play()

    def typed(self, text: str) -> Typed:
        """Return what a typed code would do."""
        return read_typed(text, self.chosen, self._playback.loop_us, self._window())

    def enter(self, typed: Typed) -> None:
        """Do what was typed, in one edit."""
        if typed.changed is not None and typed.was is not None:
            self.put(typed.was, typed.changed, f"Type {typed.changed.unit}")
        elif typed.added:
            stop_us = self._view_state.duration_us
            self._add([_within(one, stop_us) for one in typed.added])

    def set_video_class(self, unit: str | None) -> None:
        """Say which action unit the whole recording shows; None takes it back."""
        recording_id = self._document.recording_id
        if recording_id is not None and unit != self._document.video_class:
            self._document.edit(SetVideoClass(recording_id, unit))

    def let_go(self) -> None:
        """End the loop, else let go of the segment."""
        if self._playback.loop_us is not None:
            self._playback.set_loop(None)
        else:
            self.choose(None)

    def _move_edge(self, edge: Edge, t_us: int) -> None:
        stop_us = self._view_state.duration_us
        self.change(
            lambda one: with_edge_moved(one, edge, t_us, stop_us=stop_us), f"Set the {edge}"
        )

    def _add(self, segments: list[Segment], *, chooses: bool = True) -> None:
        units = list(dict.fromkeys(one.unit for one in segments))
        label = (
            f"Code {' and '.join(units)}" if len(units) < 4 else f"Code {len(segments)} segments"
        )
        self.edit(_set(segments, self._document.recording_id or "", label))
        for unit in units:
            self.units.show(unit)
        if chooses:
            self.choose(segments[0])

    def _can_accept(self, segment: Segment) -> bool:
        is_refused = segment.decision is Decision.REFUSED
        return self.is_suggestion(segment) or is_refused or self.is_others(segment)

    def _go_on_from(self, decided: Segment) -> None:
        """Choose the suggestion after one that was decided."""
        shown = set(self.units.shown)
        waiting = [one for one in self._suggested.values() if one.unit in shown]
        if waiting:
            here = _order(decided)
            self._go_to(min(waiting, key=lambda one: (_order(one) < here, _order(one))))

    def _go_to(self, segment: Segment) -> None:
        self.choose(segment)
        self._playback.pause()
        self._playback.seek(segment.onset_us if segment.apex_us is None else segment.apex_us)

    def _window(self) -> tuple[int, int]:
        view = self._view_state
        start_us = max(view.time_us - view.span_us, 0)
        return start_us, max(view.time_us, start_us + 1)

    def _shown_segments(self) -> list[Segment]:
        kept = [
            one
            for one in self._segments.values()
            if self._shows_refused or one.decision is not Decision.REFUSED
        ]
        return [*kept, *self._suggested.values()]

    @Slot()
    def _on_edited(self) -> None:
        """Show the row of what was taken back or made again."""
        units = [unit for unit in self.units.all if unit in self._taken_back]
        self._taken_back = frozenset()
        if units:
            self.units.show(units[0])
            self.choose_unit(units[0])

    @Slot()
    def _on_recording_changed(self) -> None:
        self._playback.set_loop(None)
        self.choose(None)

    @Slot()
    def _on_segments_changed(self) -> None:
        kept = (one for one in self.segments.values() if one.decision is not Decision.REFUSED)
        self.units.set_coded(dict.fromkeys(one.unit for one in kept))
        self.chosen_changed.emit()

    @Slot()
    def _on_units_changed(self) -> None:
        shown = self.units.shown
        if self._unit not in shown:
            self._unit = shown[0] if shown else ""
            self.chosen_changed.emit()


def _set(segments: Iterable[Segment], recording_id: str, label: str) -> SetSegments:
    return set_edit(recording_id, segments, label)


def _as_own(segment: Segment) -> Segment:
    """Return a copy of what somebody else coded, to be one's own."""
    return replace(segment, id=new_segment_id(), author="", made_at="")


def _within(segment: Segment, stop_us: int) -> Segment:
    return replace(moved(segment, 0, stop_us=stop_us), decision=segment.decision)


def _order(segment: Segment) -> tuple[int, int, int, str]:
    number = int(segment.unit.removeprefix("AU"))
    return segment.onset_us, segment.offset_us, number, segment.id


def _sentence(error: ValueError) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
