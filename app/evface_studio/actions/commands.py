"""What the menus' entries do: they ask where something must be asked, then pass it on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtWidgets import QFileDialog, QInputDialog, QWidget

from evface.errors import EvfaceError
from evface_studio.alignment.controller import Alignment
from evface_studio.coding.controller import Coding
from evface_studio.coding.marking import Marking
from evface_studio.docks import ALIGNMENT, Docks
from evface_studio.document import Document
from evface_studio.jobs.launcher import JobLauncher
from evface_studio.jobs.queue import Job
from evface_studio.landmarks.editing import LandmarkEditing
from evface_studio.learning.model_work import ModelWork
from evface_studio.learning.models import Models
from evface_studio.learning.predicting import Predicting
from evface_studio.learning.training import Training
from evface_studio.live.door import LiveDoor
from evface_studio.look.text_size import TEXT_PERCENTS
from evface_studio.look.theme import DARK, LIGHT
from evface_studio.messages.notifications import Level, NotificationBar
from evface_studio.opening import (
    EVENT_SUFFIXES,
    PROJECT_SUFFIX,
    VIDEO_SUFFIXES,
    Listed,
    sort_paths,
)
from evface_studio.playback import Playback
from evface_studio.review.controller import Review
from evface_studio.settings import Settings
from evface_studio.sharing.interchange import Interchange
from evface_studio.sharing.sharing import Sharing
from evface_studio.view_state import Comparison, Layer, ViewState

if TYPE_CHECKING:  # They are made of actions themselves.
    from evface_studio.actions.places import Places
    from evface_studio.assistance import Assistance
    from evface_studio.panes.picture_keys import PictureKeys


class WindowParts(Protocol):
    """What commands may do to the window itself."""

    def zoom_timeline(self, factor: float) -> None:
        """Show a stretch `factor` times as long."""

    def fit_timeline(self) -> None:
        """Show the whole recording."""


class Commands:
    """Gets all it acts on; the window's table of actions calls it.

    What is made after the menus is put in as an attribute.
    """

    landmarks: LandmarkEditing
    review: Review
    pictures: PictureKeys
    places: Places
    assistance: Assistance
    sharing: Sharing
    interchange: Interchange
    live: LiveDoor
    training: Training
    models: Models
    model_work: ModelWork
    predicting: Predicting

    def __init__(
        self,
        window: QWidget,
        parts: WindowParts,
        document: Document,
        view_state: ViewState,
        playback: Playback,
        launcher: JobLauncher,
        alignment: Alignment,
        coding: Coding,
        marking: Marking,
        settings: Settings,
        notifications: NotificationBar,
        docks: Docks,
    ) -> None:
        self.parts = parts
        self.document = document
        self.view_state = view_state
        self.playback = playback
        self.alignment = alignment
        self.coding = coding
        self.marking = marking
        self.settings = settings
        self.docks = docks
        self._window = window
        self._launcher = launcher
        self._notifications = notifications

    @property
    def changes(self) -> tuple[SignalInstance, ...]:
        """What may change which entries of the menus there are, and which can be chosen."""
        document, view_state, coding = self.document, self.view_state, self.coding
        return (
            document.recording_changed,
            document.history_changed,
            document.tracks_changed,
            document.annotator_changed,
            view_state.layers_changed,
            view_state.linking_changed,
            view_state.comparison_changed,
            view_state.sources_changed,
            view_state.landmark_changed,
            view_state.tool_changed,
            view_state.loupe_changed,
            view_state.shown_scheme_changed,
            view_state.video_hidden_changed,
            self.landmarks.changed,
            self.review.current_changed,
            self.review.known.listed_changed,
            self.models.changed,
            coding.chosen_changed,
            coding.refused_changed,
            coding.units.changed,
            self.playback.loop_changed,
        )

    def open(self) -> None:
        """Ask what to open."""
        paths = self._ask_paths("Open", _filters(with_projects=True))
        if paths:
            self.document.open(paths)

    def drop(self, paths: list[Path]) -> None:
        """Open what was dropped, or import it: whether tables are labels or events, they tell."""

        def take(are_labels: bool) -> None:
            if are_labels:
                self.interchange.drop(paths)
            else:
                self.document.open(paths)

        may_be_events = all(path.suffix.lower() in EVENT_SUFFIXES for path in paths)
        if self.interchange.takes(paths) and may_be_events:
            self.interchange.tell_labels(paths, take)
        else:
            take(self.interchange.takes(paths))

    def save_as_project(self) -> None:
        """Ask for a name, and make a project of the media shown."""
        if not self.document.paths:
            return
        proposed = self.document.paths[0].with_suffix(PROJECT_SUFFIX)
        name, _ = QFileDialog.getSaveFileName(
            self._window, "Save as project", str(proposed), f"Projects (*{PROJECT_SUFFIX})"
        )
        if name:
            path = Path(name)
            if path.suffix != PROJECT_SUFFIX:
                path = path.with_name(path.name + PROJECT_SUFFIX)
            self.document.save_as_project(path)

    def add_recording(self) -> None:
        """Ask for an event file and its video, and add them to the project."""
        paths = self._ask_paths("Add recording", _filters(with_projects=False))
        if not paths:
            return
        try:
            media = sort_paths(paths)
        except EvfaceError as error:
            self._notifications.show_message(Level.ERROR, str(error))
            return
        if media.events is not None:
            self.document.add_recording(media.events, media.video)

    def relink(self) -> None:
        """Ask where missing files may be, and look there."""
        folder = QFileDialog.getExistingDirectory(
            self._window, "Choose the folder that the missing files were moved to"
        )
        if folder:
            self.document.relink(Path(folder))

    def process(self) -> None:
        """Process the recording shown; lone media are to be saved as a project before."""
        listed = self.document.listed.get(self.document.recording_id or "")
        if listed is not None:
            self._process(listed)
        elif self.document.project is None:
            self._notifications.show_message(
                Level.INFO,
                "Save this recording as a project first: that is where results are kept.",
                action="Save as project…",
                handler=self.save_as_project,
            )

    def process_all(self) -> None:
        """Process all recordings of the project that have a video and are not processed yet."""
        waiting = [
            listed
            for listed in self.document.listed.values()
            if listed.entry.video is not None and "face" not in listed.roles
        ]
        for listed in waiting:
            self._process(listed)
        if not waiting:
            self._notifications.show_message(
                Level.INFO, "Every recording with a video is processed already."
            )

    def run_demo(self) -> None:
        """Make the demo's recording."""
        self._launcher.make_demo()

    def toggle_layer(self, layer: Layer) -> None:
        """Show or hide a layer."""
        self.view_state.set_layer(layer, not self.view_state.shows(layer))

    def play_forward(self) -> None:
        """Play; faster if it plays forward already."""
        if self.view_state.is_playing and not self.playback.plays_backward:
            self.playback.faster()
        else:
            self.playback.play()

    def play_backward(self) -> None:
        """Play backward; faster if it does already."""
        if self.playback.plays_backward:
            self.playback.faster()
        else:
            self.playback.play_backward()

    def toggle_theme(self) -> None:
        """Change between dark and light."""
        self.settings.set_theme(LIGHT if self.settings.theme.is_dark else DARK)

    def step_text_size(self, step: int) -> None:
        """Write everything in the next larger size, or the next smaller one where `step` is -1."""
        place = TEXT_PERCENTS.index(self.settings.text_percent) + step
        self.settings.set_text_percent(TEXT_PERCENTS[min(max(place, 0), len(TEXT_PERCENTS) - 1)])

    def toggle_comparison(self, comparison: Comparison) -> None:
        """Lay the RGB picture over the events in one way, or take it away again."""
        is_on = self.view_state.comparison is comparison
        self.view_state.set_comparison(Comparison.OFF if is_on else comparison)

    def find_sync(self) -> None:
        """Compare the clocks, and show what is found."""
        self.docks.set_wanted(ALIGNMENT, True)
        self.alignment.find_sync()

    def find_registration(self) -> None:
        """Compare the pictures, and show what is found."""
        self.docks.set_wanted(ALIGNMENT, True)
        self.alignment.find_registration()

    def mark_frame(self) -> None:
        """Mark the video frame shown, which is another one while an offset is tried."""
        self.docks.set_wanted(ALIGNMENT, True)
        self.alignment.mark_frame(self.view_state.time_us - self.view_state.video_shift_us)

    def mark_events(self) -> None:
        """Mark the event window shown."""
        self.docks.set_wanted(ALIGNMENT, True)
        self.alignment.mark_events(self.view_state.time_us, self.view_state.span_us)

    def ask_track_for(self) -> None:
        """Ask how far landmarks are tracked."""
        for_ms, is_chosen = QInputDialog.getDouble(
            self._window,
            "Track landmarks",
            "Track corrected landmarks for, in ms:",
            self.landmarks.track_for_us / 1_000,
            10.0,
            60_000.0,
            0,
        )
        if is_chosen:
            self.landmarks.set_track_for_us(round(for_ms * 1_000))

    def ask_longest_gap(self) -> None:
        """Ask how far apart keyframes may be for corrections to be carried between them."""
        gap_ms, is_chosen = QInputDialog.getDouble(
            self._window,
            "Longest gap",
            "Carry corrections between keyframes at most this far apart, in ms (0: never):",
            self.landmarks.longest_gap_us / 1_000,
            0.0,
            600_000.0,
            0,
        )
        if is_chosen:
            self.landmarks.set_longest_gap(round(gap_ms * 1_000))

    def show_reaction(self) -> None:
        """Measure how late a person presses keys."""
        from evface_studio.dialogs.reaction_dialog import ReactionDialog

        self._show(ReactionDialog(self.marking, self.settings.theme, self._window))

    def show_about(self) -> None:
        """Say what this is."""
        from evface_studio.dialogs.about_dialog import AboutDialog

        self._show(AboutDialog(self.settings.theme, self._window))

    def show_log(self, job: Job) -> None:
        """Show what a job says."""
        from evface_studio.dialogs.log_dialog import LogDialog

        self._show(LogDialog(job, self.settings.theme, self._window))

    def is_full_screen(self) -> bool:
        """Return whether the window fills the screen."""
        return self._window.isFullScreen()

    def toggle_full_screen(self) -> None:
        """Fill the screen, or stop it."""
        if self._window.isFullScreen():
            self._window.showNormal()
        else:
            self._window.showFullScreen()

    def quit(self) -> None:
        """Close the window."""
        self._window.close()

    def _process(self, listed: Listed) -> None:
        if listed.entry.video is None:
            self._notifications.show_message(
                Level.WARNING,
                f"{listed.entry.name}: has no video, which processing needs to find the face; "
                "add the recording again together with its video",
            )
            return
        self._launcher.process(listed.entry)

    def _show(self, dialog: QWidget) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

    def _ask_paths(self, title: str, filters: str) -> list[Path]:
        folder = self.document.paths[0].parent if self.document.paths else Path.home()
        names, _ = QFileDialog.getOpenFileNames(self._window, title, str(folder), filters)
        return [Path(name) for name in names]


def _filters(*, with_projects: bool) -> str:
    events = " ".join(f"*{suffix}" for suffix in EVENT_SUFFIXES)
    videos = " ".join(f"*{suffix}" for suffix in VIDEO_SUFFIXES)
    if not with_projects:
        return f"Events and video ({events} {videos});;All files (*)"
    project = f"*{PROJECT_SUFFIX}"
    return (
        f"Projects, events and video ({project} {events} {videos});;"
        f"Projects ({project});;All files (*)"
    )
