"""Marking action units by holding keys down, made up for how late a person presses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import astuple

from PySide6.QtCore import QObject, Signal, Slot

from evface.annotations.reaction import NO_REACTION, ReactionTime
from evface_studio.coding.controller import Coding
from evface_studio.coding.held_keys import HeldKeys
from evface_studio.coding.held_marks import Instant, span_of
from evface_studio.document import Document
from evface_studio.playback import Playback
from evface_studio.settings import Settings
from evface_studio.view_state import ViewState


class Marking(QObject):
    """Each held key marks one action unit, from when it goes down to when it comes up.

    A pause leaves the key at work: the mark goes on with the cursor. Where time jumps while it
    runs, as at the end of a loop, the mark ends where it was before.
    """

    # What held keys have marked so far.
    changed = Signal()
    reaction_changed = Signal()

    def __init__(
        self,
        coding: Coding,
        document: Document,
        view_state: ViewState,
        playback: Playback,
        settings: Settings,
        held_keys: HeldKeys,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._coding = coding
        self._document = document
        self._view_state = view_state
        self._playback = playback
        self._settings = settings
        self._held_keys = held_keys
        self._presses: dict[str, Instant] = {}
        view_state.time_changed.connect(self._on_time_changed)
        playback.jumped.connect(self._on_jumped)
        document.recording_changed.connect(self.cancel)
        document.annotator_changed.connect(self.reaction_changed)

    @property
    def reaction(self) -> ReactionTime:
        """How late this annotator presses; nothing until it was measured."""
        kept = self._settings.reaction_of(self._document.annotator).split()
        return ReactionTime(*map(int, kept)) if len(kept) == 5 else NO_REACTION

    def set_reaction(self, reaction: ReactionTime) -> None:
        """Keep how late this annotator presses; `NO_REACTION` makes up for nothing."""
        words = "" if reaction == NO_REACTION else " ".join(map(str, astuple(reaction)))
        self._settings.set_reaction_of(self._document.annotator, words)
        self.reaction_changed.emit()

    @property
    def marks(self) -> Mapping[str, tuple[int, int]]:
        """What would be coded if all keys were let go now, by action unit: onset and offset, us."""
        now, reaction = self._now(self._view_state.time_us), self.reaction
        stop_us = self._view_state.duration_us
        return {
            unit: span_of(press, now, reaction, stop_us=stop_us)
            for unit, press in self._presses.items()
        }

    def start(self, unit: str) -> None:
        """Mark an action unit until the key is let go that is pressed now."""
        if not self._coding.can_edit:
            self._coding.noticed.emit(
                "Nothing can be coded here: open a project that can be written."
            )
        elif unit and unit not in self._presses:
            press = self._now(self._playback.moment_us)
            if self._held_keys.hold(lambda: self._lift(unit)):
                self._presses[unit] = press
                self.changed.emit()
            else:
                self._coding.noticed.emit("Hold its key down while the action unit is there.")

    def start_row(self, number: int) -> None:
        """Mark the row of this number, from 1; while time stands, a digit begins a code."""
        shown = self._coding.units.shown
        if not self._view_state.is_playing:
            self._coding.typing_asked.emit(str(number % 10))
        elif number <= len(shown):
            self.start(shown[number - 1])

    def peek(self) -> None:
        """Look at a hidden video until the key is let go that is pressed now."""
        if self._held_keys.hold(lambda: lambda: self._view_state.peek_at_video(False)):
            self._view_state.peek_at_video(True)
        elif not self._view_state.is_video_seen:
            self._coding.noticed.emit("Hold its key down to look at the video.")

    @Slot()
    def cancel(self) -> bool:
        """Forget what is being marked; return whether something was."""
        was_marking = bool(self._presses)
        self._presses.clear()
        if was_marking:
            self.changed.emit()
        return was_marking

    def _now(self, t_us: int) -> Instant:
        return Instant(t_us, self._playback.velocity)

    def _lift(self, unit: str) -> Callable[[], None]:
        release = self._now(self._playback.moment_us)
        return lambda: self._code(unit, release) if unit in self._presses else None

    def _code(self, unit: str, release: Instant) -> None:
        press = self._presses.pop(unit)
        if press == release and not release.velocity:
            self._coding.noticed.emit(
                "Hold the key while the recording plays, or step on while you hold it."
            )
            self.changed.emit()
            return
        stop_us = self._view_state.duration_us
        span_us = span_of(press, release, self.reaction, stop_us=stop_us)
        self._coding.draw(unit, *span_us, source="held key")
        self.changed.emit()

    @Slot()
    def _on_time_changed(self) -> None:
        if self._presses:
            self.changed.emit()

    @Slot(object)
    def _on_jumped(self, from_us: int) -> None:
        for unit in list(self._presses):
            self._code(unit, self._now(from_us))
