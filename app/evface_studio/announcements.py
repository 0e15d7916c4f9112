"""Says what happened: lasting things in the bar at the top, passing ones over a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from evface_studio.actions.action import Scope
from evface_studio.messages.notifications import Level

if TYPE_CHECKING:
    from evface_studio.growth import Growth
    from evface_studio.main_window import MainWindow


class Announcements(QObject):
    """Listens to everything in the window that has something to say."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._document = window.document
        self._bar = window.notifications
        for failed in (
            window.document.failed,
            window.launcher.failed,
            window.training.failed,
            window.models.failed,
            window.model_work.failed,
            window.alignment.failed,
            window.sharing.failed,
            window.review.known.failed,
        ):
            failed.connect(self._on_failed)
        window.launcher.succeeded.connect(self._on_succeeded)
        window.training.succeeded.connect(self._on_trained)
        window.model_work.succeeded.connect(self._on_succeeded)
        window.predicting.noticed.connect(self._on_noticed)
        window.landmarks.refused.connect(self._on_landmarks_refused)
        # The bar would move the pictures while a person works on them.
        for told in (window.coding.noticed, window.review.noticed, window.elsewhere.told):
            told.connect(self._on_told)
        window.document.recording_changed.connect(self._on_recording_changed)

    def follow(self, growth: Growth) -> None:
        """Show what is found to be wrong with a recording once all of it is indexed."""
        growth.warned.connect(self._on_noticed)

    @Slot(str)
    def _on_failed(self, problem: str) -> None:
        document, commands = self._document, self._window.commands
        is_missing = problem == document.problem and document.recording is None
        self._bar.show_message(
            Level.ERROR,
            problem,
            action="Find missing files…" if is_missing else "",
            handler=commands.relink if is_missing else None,
        )

    @Slot(str)
    def _on_succeeded(self, text: str) -> None:
        self._bar.show_message(Level.SUCCESS, text)

    @Slot(str)
    def _on_trained(self, text: str) -> None:
        """Lead on to what a network is trained for."""
        predict = self._window.action("predict")
        is_possible = predict.isEnabled()
        self._bar.show_message(
            Level.SUCCESS,
            text,
            action="Predict…" if is_possible else "",
            handler=predict.trigger if is_possible else None,
        )

    @Slot(str)
    def _on_noticed(self, text: str) -> None:
        self._bar.show_message(Level.WARNING, text)

    @Slot(str)
    def _on_landmarks_refused(self, why_not: str) -> None:
        workspace = self._window.workspace
        if workspace is not None:
            self._window.hint.say(why_not, workspace.pane_of(self._window.landmarks.face.camera))

    @Slot(str)
    def _on_told(self, text: str) -> None:
        """Say what a key did not do, over the part that people look at."""
        workspace = self._window.workspace
        if workspace is None or self._window.is_welcoming:
            return
        is_coding = Scope.TIMELINE in self._window.places.scopes
        camera = self._window.landmarks.face.camera
        self._window.hint.say(text, workspace.timeline if is_coding else workspace.pane_of(camera))

    @Slot()
    def _on_recording_changed(self) -> None:
        # What was said of something else is over.
        self._bar.dismiss_all()
        recording = self._document.recording
        if recording is not None:
            for warning in recording.warnings:
                self._bar.show_message(Level.WARNING, f"{recording.name}: {warning}")
