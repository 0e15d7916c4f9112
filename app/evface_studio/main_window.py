"""The window: builds menus and panels from tables, and wires the parts to one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QMessageBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from evface_studio.actions.commands import Commands
from evface_studio.actions.elsewhere import KeysElsewhere
from evface_studio.actions.keymap import Keymap
from evface_studio.actions.menus import Menus
from evface_studio.actions.places import Places
from evface_studio.actions.table import all_actions
from evface_studio.alignment.controller import Alignment
from evface_studio.announcements import Announcements
from evface_studio.assistance import Assistance
from evface_studio.coding.controller import Coding
from evface_studio.coding.held_keys import HeldKeys
from evface_studio.coding.marking import Marking
from evface_studio.controls.remembered_appearance import RememberedAppearance
from evface_studio.dialogs.stop_jobs import may_stop
from evface_studio.docks import HEALTH, JOBS, RECORDINGS, Docks
from evface_studio.document import Document
from evface_studio.drop_overlay import DropOverlay, files_of
from evface_studio.filtering.controller import Filtering
from evface_studio.health.checking import HealthChecking
from evface_studio.health.lamp_button import LampButton
from evface_studio.jobs.launcher import JobLauncher
from evface_studio.jobs.queue import JobQueue
from evface_studio.landmarks.editing import LandmarkEditing
from evface_studio.learning.model_work import ModelWork
from evface_studio.learning.models import Models
from evface_studio.learning.predicting import Predicting
from evface_studio.learning.training import Training
from evface_studio.live.door import LiveDoor
from evface_studio.look.icons import application_icon
from evface_studio.look.style import apply_theme
from evface_studio.look.text_size import apply_text_size
from evface_studio.look.theme import Theme
from evface_studio.messages.hint_toast import HintToast
from evface_studio.messages.notifications import NotificationBar
from evface_studio.messages.read_only_banner import ReadOnlyBanner
from evface_studio.panels.jobs_panel import JobsPanel
from evface_studio.panels.recordings_panel import RecordingsPanel
from evface_studio.panes.picture_keys import PictureKeys
from evface_studio.parts_in_order import put_in_order
from evface_studio.playback import Playback
from evface_studio.review.controller import Review
from evface_studio.settings import Settings
from evface_studio.sharing.annotator_button import AnnotatorButton
from evface_studio.sharing.interchange import Interchange
from evface_studio.sharing.sharing import Sharing
from evface_studio.status_bar import StatusBar
from evface_studio.tour.steps import window_steps
from evface_studio.view_state import ViewState
from evface_studio.welcome import WelcomePage
from evface_studio.window_layout import WindowLayout

if TYPE_CHECKING:
    from evface.annotations.edits import Place
    from evface_studio.side_panels import SidePanels
    from evface_studio.workspace import Workspace

_SMALLEST = QSize(960, 600)


class MainWindow(QMainWindow):
    """Everything that a person sees.

    It can be shown at once; `load_workspace` then brings the parts that take long to import.
    """

    # The panes and the timeline are there.
    workspace_loaded = Signal()

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        theme = settings.theme
        self.setWindowIcon(application_icon())
        self.setAcceptDrops(True)
        self.setMinimumSize(_SMALLEST)
        self.document = Document(self)
        self.view_state = ViewState(self)
        self._appearance = RememberedAppearance(self.view_state, settings, self)
        self.playback = Playback(self.view_state, self)
        self.jobs = JobQueue(self)
        self.launcher = JobLauncher(self.document, self.jobs, self)
        self.alignment = Alignment(self.document, self.launcher, self)
        self.coding = Coding(self.document, self.view_state, self.playback, settings, self)
        self.held_keys = HeldKeys(self)
        self.marking = Marking(
            self.coding,
            self.document,
            self.view_state,
            self.playback,
            settings,
            self.held_keys,
            self,
        )
        self.landmarks = LandmarkEditing(self.document, self.view_state, self)
        self.review = Review(self.document, self.view_state, self.landmarks, self.coding, self)
        self.health = HealthChecking(self.document, self)
        self.filtering = Filtering(self.document, self.view_state, self)
        self.notifications = NotificationBar(theme)
        self.workspace: Workspace | None = None
        self.side_panels: SidePanels | None = None
        self.docks = Docks(self, self.document, self.jobs, theme)
        self._layout = WindowLayout(self, self.docks, settings)
        self.commands = Commands(
            self,
            self,
            self.document,
            self.view_state,
            self.playback,
            self.launcher,
            self.alignment,
            self.coding,
            self.marking,
            settings,
            self.notifications,
            self.docks,
        )
        self.commands.landmarks = self.landmarks
        self.commands.review = self.review
        self.sharing = Sharing(self, self.document, settings)
        self.commands.sharing = self.sharing
        self.interchange = Interchange(
            self, self.document, self.launcher, settings, self.notifications
        )
        self.commands.interchange = self.interchange
        self.training = Training(self, self.document, self.jobs, settings)
        self.commands.training = self.training
        self.models = Models(self.document, self.jobs, self.training, self)
        self.commands.models = self.models
        self.model_work = ModelWork(
            self,
            self.models,
            self.document,
            self.view_state,
            self.launcher,
            self.training,
            settings,
        )
        self.commands.model_work = self.model_work
        self.predicting = Predicting(
            self, self.document, self.launcher, settings, lambda: self.models.usable
        )
        self.commands.predicting = self.predicting
        self.live = LiveDoor(self.document, self.models, settings, self)
        self.commands.live = self.live
        self._build_center(theme)
        self._build_panels(theme)
        self.keymap = Keymap(all_actions(), settings, self)
        self.places = Places(self)
        self._menus = Menus(
            self.menuBar(), self.commands, settings, self.keymap, self.places, theme, self
        )
        self.commands.places = self.places
        self.commands.pictures = PictureKeys(self)
        self.assistance = Assistance(
            self,
            self.document,
            self.playback,
            self._menus,
            self.keymap,
            settings,
            lambda: window_steps(self),
            self.launcher.make_demo,
        )
        self.commands.assistance = self.assistance
        self.status_bar = StatusBar(self.document, theme)
        self.setStatusBar(self.status_bar)
        self.lamp = LampButton(self.health, theme)
        self.lamp.clicked.connect(lambda: self.docks.toggle(HEALTH))
        self.status_bar.insertPermanentWidget(2, self.lamp)
        annotator_button = AnnotatorButton(self.document, self.sharing)
        self.status_bar.insertPermanentWidget(2, annotator_button)
        self._drop_overlay = DropOverlay(theme, self)
        self.hint = HintToast(self, theme)
        self.elsewhere = KeysElsewhere(self, self.keymap, self._menus, self.places)
        self.announcements = Announcements(self)
        self._connect()
        self._on_project_changed()
        self._menus.update()

    @property
    def is_welcoming(self) -> bool:
        """Whether nothing is open."""
        return self._pages.currentWidget() is self.welcome

    def action(self, key: str) -> QAction:
        """Return an entry of the menus by its key."""
        return self._menus.action(key)

    def load_workspace(self) -> None:
        """Make the panes and the timeline, which takes some tenths of a second."""
        if self.workspace is not None:
            return
        from evface_studio.side_panels import SidePanels
        from evface_studio.workspace import Workspace

        self.workspace = Workspace(
            self.document,
            self.view_state,
            self.playback,
            self.coding,
            self.marking,
            self.landmarks,
            self._settings.theme,
        )
        self._pages.addWidget(self.workspace)
        self.side_panels = SidePanels(self, self.workspace, self._settings.theme)
        put_in_order(self, self.workspace)
        self.status_bar.follow(self.view_state, self.workspace.media_reader, self.workspace.growth)
        self.announcements.follow(self.workspace.growth)
        self._layout.restore(self.workspace)
        self._show_page()
        self.workspace_loaded.emit()

    def zoom_timeline(self, factor: float) -> None:
        """Show a stretch `factor` times as long."""
        if self.workspace is not None:
            self.workspace.timeline.zoom(factor)

    def fit_timeline(self) -> None:
        """Show the whole recording."""
        if self.workspace is not None:
            self.workspace.timeline.fit()

    def shut_down(self) -> list[str]:
        """End jobs and threads, and release all files. The window is of no use afterwards.

        Returns
        -------
        list[str]
            One line for each edit that could not be written.
        """
        self.live.close()
        self.playback.pause()
        self.jobs.stop_all()
        if self.workspace is not None:
            self.workspace.close_threads()
        self.coding.close()
        self.training.close()
        self.sharing.close()
        self.interchange.close()
        self.review.close()
        self.model_work.close()
        self.models.close()
        if self.side_panels is not None:
            self.side_panels.close_threads()
        self.health.close()
        self.filtering.close()
        self.landmarks.close()
        return self.document.shut_down()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask where jobs would be lost, then end everything."""
        if self.jobs.unfinished and not may_stop(self.jobs.unfinished, self):
            event.ignore()
            return
        self._layout.save(self.workspace if self.document.paths else None)
        self._appearance.keep()
        self.hide()
        problems = self.shut_down()
        if problems:
            QMessageBox.critical(None, "Not everything was written", "\n".join(problems))
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if files_of(event):
            event.acceptProposedAction()
            self._drop_overlay.cover()

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        """Take the veil away."""
        self._drop_overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        self._drop_overlay.hide()
        event.acceptProposedAction()
        self.commands.drop(files_of(event))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the veil as large as the window."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.docks.update()
        if self._drop_overlay.isVisible():
            self._drop_overlay.cover()

    def changeEvent(self, event: QEvent) -> None:
        """Look for changes by other programs when a person comes back."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.document.refresh()

    def _build_center(self, theme: Theme) -> None:
        self.welcome = WelcomePage(self._settings, theme)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.welcome)
        center = QWidget()
        column = QVBoxLayout(center)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.read_only_banner = ReadOnlyBanner(self.document, theme)
        self.read_only_banner.retry_asked.connect(self._on_retry_asked)
        column.addWidget(self.read_only_banner)
        column.addWidget(self.notifications)
        column.addWidget(self._pages, 1)
        self.setCentralWidget(center)

    def _build_panels(self, theme: Theme) -> None:
        self.recordings_panel = RecordingsPanel(self.document, self.jobs, theme)
        self.jobs_panel = JobsPanel(self.jobs, theme)
        self.docks.add(RECORDINGS, self.recordings_panel)
        self.docks.add(JOBS, self.jobs_panel)

    def _connect(self) -> None:
        document, commands = self.document, self.commands
        self.welcome.open_asked.connect(commands.open)
        self.welcome.demo_asked.connect(commands.run_demo)
        self.welcome.recent_chosen.connect(document.open)
        self.recordings_panel.chosen.connect(document.show_recording)
        self.recordings_panel.process_asked.connect(commands.process)
        self.recordings_panel.add_asked.connect(commands.add_recording)
        self.recordings_panel.relink_asked.connect(commands.relink)
        self.recordings_panel.save_asked.connect(commands.save_as_project)
        self.jobs_panel.log_asked.connect(commands.show_log)
        document.project_changed.connect(self._on_project_changed)
        document.edited.connect(self._on_edited)
        self.launcher.demo_made.connect(document.open_project)
        self.predicting.predicted.connect(self.assistance.announce)
        self.filtering.failed.connect(self.document.failed)
        self.live.annotate_asked.connect(self._on_annotate_asked)
        self.live.help_asked.connect(self.assistance.show_help)
        self._settings.theme_changed.connect(self.set_theme)
        self._settings.text_percent_changed.connect(self._on_text_percent_changed)
        self._menus.recent_chosen.connect(document.open)
        for changed in (*commands.changes, self.docks.changed):
            changed.connect(self._menus.update)

    @Slot(object)
    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        application = QApplication.instance()
        if isinstance(application, QApplication):
            apply_theme(application, theme)
        for part in (
            self.welcome,
            self.notifications,
            self.read_only_banner,
            self.assistance,
            self.recordings_panel,
            self.jobs_panel,
            self.docks,
            self.status_bar,
            self._drop_overlay,
            self.hint,
            self.workspace,
            self.side_panels,
            self.lamp,
        ):
            if part is not None:
                part.set_theme(theme)
        self._menus.set_theme(theme)
        self._menus.update()

    @Slot(int)
    def _on_text_percent_changed(self, percent: int) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            apply_text_size(application, percent)
        self.set_theme(self._settings.theme)
        self.docks.update()

    @Slot()
    def _on_project_changed(self) -> None:
        paths = self.document.paths
        if paths:
            self._settings.remember(paths)
        self.setWindowTitle(f"{paths[0].name} – evface studio" if paths else "evface studio")
        self.docks.update()
        self._show_page()

    @Slot(object)
    def _on_edited(self, place: Place) -> None:
        """Show where something changed: an edit of a moment that is not in view would be silent."""
        if place.t_us is None:
            return
        start_us, stop_us = self.view_state.visible_range
        is_on_timeline = start_us <= place.t_us <= stop_us or self.view_state.is_playing
        # The timeline shows segments wherever the cursor is; other labels lie on the pictures.
        if place.role is not None:
            self.landmarks.go_to(place)
        elif not is_on_timeline:
            self.view_state.set_time_us(place.t_us)

    @Slot()
    def _on_retry_asked(self) -> None:
        self.document.open(self.document.paths)

    @Slot()
    def _on_annotate_asked(self) -> None:
        """Come up: the live view may have been alone until now."""
        self.show()
        self.raise_()
        self.activateWindow()
        QTimer.singleShot(0, self.load_workspace)

    def _show_page(self) -> None:
        page = self.workspace if self.document.paths else None
        self._pages.setCurrentWidget(page or self.welcome)
