"""How the two cameras of the recording shown fit together: finding, judging and changing it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from evface.errors import EvfaceError
from evface.geometry.clock import ClockSync
from evface.geometry.registration import Registration
from evface_studio.alignment.frame_on import frame_on_at
from evface_studio.alignment.marks import Mark, with_side
from evface_studio.document import Document
from evface_studio.jobs.launcher import JobLauncher

if TYPE_CHECKING:
    from evface.annotations.edits import Edit
    from evface.projects.entries import RecordingEntry
    from evface.transfer.registration_finding import RegistrationFinding
    from evface.transfer.sync_finding import SyncFinding

BY_HAND = "by hand"
# Kinds of jobs.
_SYNC, _REGISTRATION = "sync", "register"


@dataclass(frozen=True, eq=False)
class _Known:
    """What was found and marked of one recording since the window was opened."""

    sync_finding: SyncFinding | None = None
    registration_finding: RegistrationFinding | None = None
    # The sync that the search for the registration went by.
    searched_by: ClockSync | None = None
    marks: tuple[Mark, ...] = ()


class Alignment(QObject):
    """Asks jobs what fits, keeps what they find, and changes the recording by undoable edits.

    Nothing that is found is used before a person says so.
    """

    # Findings, marks, or what the recording itself says.
    changed = Signal()
    # One line for the user.
    failed = Signal(str)

    def __init__(
        self, document: Document, launcher: JobLauncher, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._launcher = launcher
        self._known: dict[tuple[Path, str], _Known] = {}
        self._searches: set[tuple[tuple[Path, str], str]] = set()
        document.recording_changed.connect(self.changed)
        document.tracks_changed.connect(self.changed)
        document.labels_changed.connect(self._on_labels_changed)

    @property
    def entry(self) -> RecordingEntry | None:
        """What the project says of the recording shown; None for lone media and for nothing."""
        listed = self._document.listed.get(self._document.recording_id or "")
        return None if listed is None else listed.entry

    @property
    def sync(self) -> ClockSync | None:
        """The map from the video's clock to the sensor's; None without a video."""
        recording = self._document.recording
        return None if recording is None or recording.video is None else recording.sync

    @property
    def registration(self) -> Registration | None:
        """How the two pictures lie to one another; None without a video."""
        recording, entry = self._document.recording, self.entry
        if recording is None or recording.video is None:
            return None
        # The entry is newer where only the judgement of the same registration changed.
        return recording.event_from_rgb if entry is None else entry.event_from_rgb

    @property
    def can_change(self) -> bool:
        """Whether there is a project to keep changes in."""
        return self.entry is not None and self.sync is not None

    @property
    def can_place(self) -> bool:
        """Whether landmarks were carried over, so that one can be corrected."""
        return self.can_change and "transferred" in self._document.tracks

    @property
    def can_find_registration(self) -> bool:
        """Whether a face was fitted, which is what the events are compared with."""
        return self.can_change and "face" in self._document.tracks

    @property
    def sync_finding(self) -> SyncFinding | None:
        """What was found of the clocks last."""
        return self._now.sync_finding

    @property
    def registration_finding(self) -> RegistrationFinding | None:
        """What was found of the pictures last."""
        return self._now.registration_finding

    @property
    def is_clock_newer(self) -> bool:
        """Whether the clock was changed since what was found of the pictures was searched for."""
        by, now = self._now.searched_by, self.sync
        if by is None or now is None:
            return False
        return (by.offset_us, by.drift_ppm) != (now.offset_us, now.drift_ppm)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The moments marked by hand."""
        return self._now.marks

    @property
    def is_finding_sync(self) -> bool:
        """Whether the clocks of this recording are being compared."""
        return self._key is not None and (self._key, _SYNC) in self._searches

    @property
    def is_finding_registration(self) -> bool:
        """Whether the pictures of this recording are being compared."""
        return self._key is not None and (self._key, _REGISTRATION) in self._searches

    def find_sync(self) -> None:
        """Compare what moves in both recordings, in a job."""
        from evface.transfer.sync_finding import read_sync_finding

        self._find(
            _SYNC,
            "Find the clock of",
            lambda known, path: replace(known, sync_finding=read_sync_finding(path)),
        )

    def find_registration(self) -> None:
        """Compare where things move in both pictures, in a job."""
        from evface.transfer.registration_finding import read_finding

        sync = self.sync
        self._find(
            _REGISTRATION,
            "Align the pictures of",
            lambda known, path: replace(
                known, registration_finding=read_finding(path), searched_by=sync
            ),
        )

    def use_sync(self, sync: ClockSync) -> None:
        """Set the sync, and carry the labels over anew, in one step."""
        self._apply("Set sync", new_sync=sync)

    def use_offset(self, offset_us: int) -> None:
        """Set the offset by hand; the drift stays."""
        if self.sync is not None and offset_us != self.sync.offset_us:
            self.use_sync(ClockSync(offset_us, self.sync.drift_ppm, BY_HAND))

    def use_registration(self, registration: Registration) -> None:
        """Set the registration, and carry the labels over anew, in one step."""
        self._apply("Set registration", new_event_from_rgb=registration)

    def mark_frame(self, t_us: int) -> None:
        """Mark the video frame that is on at a moment."""
        recording = self._document.recording
        if recording is None or recording.video is None:
            return
        index = frame_on_at(recording, t_us)
        if index is None:
            self.failed.emit(f"{recording.name}: the video has no frame at this moment to mark")
            return
        video_us = recording.sync.to_video_us(recording.video_times_us[index : index + 1])
        self._mark(Mark(video_us=int(video_us[0])))

    def mark_events(self, t_us: int, window_us: int) -> None:
        """Mark the middle of the event window that ends at a moment."""
        if self._document.recording is not None:
            self._mark(Mark(sensor_us=t_us - window_us // 2))

    def remove_mark(self, index: int) -> None:
        """Forget a mark."""
        marks = self.marks
        self._keep(replace(self._now, marks=(*marks[:index], *marks[index + 1 :])))

    @property
    def _key(self) -> tuple[Path, str] | None:
        project, recording_id = self._document.project, self._document.recording_id
        return None if project is None or recording_id is None else (project.path, recording_id)

    @property
    def _now(self) -> _Known:
        return self._known.get(self._key, _NOTHING) if self._key else _NOTHING

    def _keep(self, known: _Known) -> None:
        if self._key is not None:
            self._known[self._key] = known
            self.changed.emit()

    def _mark(self, side: Mark) -> None:
        self._keep(replace(self._now, marks=with_side(self.marks, side)))

    def _find(self, kind: str, title: str, read: Callable[[_Known, Path], _Known]) -> None:
        key, entry = self._key, self.entry
        if key is None or entry is None:
            return
        take = partial(self._take, key, read)
        job = self._launcher.find(kind, f"{title} {entry.name}", entry, take)
        if job is not None:
            self._searches.add((key, kind))
            job.ended.connect(partial(self._on_search_ended, (key, kind)))
            self.changed.emit()

    def _on_search_ended(self, search: tuple[tuple[Path, str], str]) -> None:
        self._searches.discard(search)
        self.changed.emit()

    def _take(
        self, key: tuple[Path, str], read: Callable[[_Known, Path], _Known], path: Path
    ) -> None:
        try:
            self._known[key] = read(self._known.get(key, _NOTHING), path)
        except EvfaceError as error:
            self.failed.emit(str(error))
        self.changed.emit()

    def _apply(
        self,
        label: str,
        *,
        new_sync: ClockSync | None = None,
        new_event_from_rgb: Registration | None = None,
    ) -> None:
        project, entry = self._document.project, self.entry
        if project is None or entry is None:
            return

        def make() -> Edit:
            from evface.jobs.realigning import realignment_edit

            return realignment_edit(
                project,
                entry.id,
                label=label,
                new_sync=new_sync,
                new_event_from_rgb=new_event_from_rgb,
            )

        self._document.edit_from(label, make)

    @Slot(object)
    def _on_labels_changed(self, roles: frozenset[str]) -> None:
        # Landmarks that a person placed are pairs to align by.
        if "transferred" in roles:
            self.changed.emit()


_NOTHING = _Known()
