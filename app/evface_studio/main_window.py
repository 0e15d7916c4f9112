"""The window: builds menus and panels from tables, and wires the parts to one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal, Slot
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
from evface_studio.docks import (
    ALIGNMENT,
    CODING,
    FILTERS,
    HEALTH,
    JOBS,
    MODELS,
    RECORDINGS,
    REVIEW,
    Docks,
)
from evface_studio.document import Document
from evface_studio.drop_overlay import DropOverlay, files_of
from evface_studio.filtering.controller import Filtering
from evface_studio.health.checking import HealthChecking
from evface_studio.health.lamp_button import LampButton
from evface_studio.jobs.launcher import JobLauncher
from evface_studio.jobs.queue import Job, JobQueue
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

if TYPE_CHECKING:
    from evface.annotations.edits import Place
    from evface_studio.panels.alignment_panel import AlignmentPanel
    from evface_studio.panels.coding_panel import CodingPanel
    from evface_studio.panels.filters_panel import FiltersPanel
    from evface_studio.panels.health_panel import HealthPanel
    from evface_studio.panels.models_panel import ModelsPanel
    from evface_studio.panels.review_panel import ReviewPanel
    from evface_studio.workspace import Workspace

_SIZE = QSize(1600, 950)
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
        geometry = settings.layout("geometry")
        if geometry is None or not self.restoreGeometry(geometry):
            self.resize(_SIZE)
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
        self.health_panel: HealthPanel | None = None
        self.filtering = Filtering(self.document, self.view_state, self)
        self.notifications = NotificationBar(theme)
        self.workspace: Workspace | None = None
        self.alignment_panel: AlignmentPanel | None = None
        self.coding_panel: CodingPanel | None = None
        self.review_panel: ReviewPanel | None = None
        self.models_panel: ModelsPanel | None = None
        self.filters_panel: FiltersPanel | None = None
        self.docks = Docks(self, self.document, self.jobs, theme)
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
        self.lamp.clicked.connect(lambda: self.set_health_wanted(not self.is_health_wanted))
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
    def are_panels_wanted(self) -> bool:
        """Whether the lists at the side are shown where they have something to list."""
        return self.docks.is_wanted(RECORDINGS)

    @property
    def is_alignment_wanted(self) -> bool:
        """Whether it is shown how the two cameras fit together."""
        return self.docks.is_wanted(ALIGNMENT)

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
        from evface_studio.side_panels import (
            make_alignment_panel,
            make_coding_panel,
            make_filters_panel,
            make_health_panel,
            make_models_panel,
            make_review_panel,
        )
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
        theme = self._settings.theme
        self.alignment_panel = make_alignment_panel(self, self.workspace, theme)
        self.coding_panel = make_coding_panel(self, theme)
        self.review_panel = make_review_panel(self, self.workspace, theme)
        self.models_panel = make_models_panel(self, theme)
        self.health_panel = make_health_panel(self, self.workspace, theme)
        self.filters_panel = make_filters_panel(self, self.workspace, theme)
        put_in_order(self, self.workspace)
        self.status_bar.follow(self.view_state, self.workspace.media_reader, self.workspace.growth)
        self.announcements.follow(self.workspace.growth)
        self._restore_layout()
        self._show_page()
        self.workspace_loaded.emit()

    def set_panels_wanted(self, are_wanted: bool) -> None:
        """Show or hide the lists at the side."""
        self.docks.set_wanted(RECORDINGS, are_wanted)
        self._menus.update()

    def set_alignment_wanted(self, is_wanted: bool) -> None:
        """Show or hide how the two cameras fit together."""
        self.docks.set_wanted(ALIGNMENT, is_wanted)
        self._menus.update()

    @property
    def is_coding_wanted(self) -> bool:
        """Whether the chosen segment is shown in full."""
        return self.docks.is_wanted(CODING)

    def set_coding_wanted(self, is_wanted: bool) -> None:
        """Show or hide the chosen segment in full."""
        self.docks.set_wanted(CODING, is_wanted)
        self._menus.update()

    @property
    def is_review_wanted(self) -> bool:
        """Whether the review queue is shown."""
        return self.docks.is_wanted(REVIEW)

    def set_review_wanted(self, is_wanted: bool) -> None:
        """Show or hide the review queue."""
        self.docks.set_wanted(REVIEW, is_wanted)
        self._menus.update()

    @property
    def is_models_wanted(self) -> bool:
        """Whether the trained networks are shown."""
        return self.docks.is_wanted(MODELS)

    def set_models_wanted(self, is_wanted: bool) -> None:
        """Show or hide the trained networks."""
        self.docks.set_wanted(MODELS, is_wanted)
        self._menus.update()

    @property
    def is_health_wanted(self) -> bool:
        """Whether it is shown how good the recording is."""
        return self.docks.is_wanted(HEALTH)

    def set_health_wanted(self, is_wanted: bool) -> None:
        """Show or hide how good the recording is."""
        self.docks.set_wanted(HEALTH, is_wanted)
        self._menus.update()

    @property
    def is_filters_wanted(self) -> bool:
        """Whether the filters of the events are shown."""
        return self.docks.is_wanted(FILTERS)

    def set_filters_wanted(self, is_wanted: bool) -> None:
        """Show or hide the filters of the events."""
        self.docks.set_wanted(FILTERS, is_wanted)
        self._menus.update()

    def show_reaction(self) -> None:
        """Measure how late a person presses keys."""
        from evface_studio.dialogs.reaction_dialog import ReactionDialog

        self._show_dialog(ReactionDialog(self.marking, self._settings.theme, self))

    def zoom_timeline(self, factor: float) -> None:
        """Show a stretch `factor` times as long."""
        if self.workspace is not None:
            self.workspace.timeline.zoom(factor)

    def fit_timeline(self) -> None:
        """Show the whole recording."""
        if self.workspace is not None:
            self.workspace.timeline.fit()

    def show_about(self) -> None:
        """Say what this is."""
        from evface_studio.dialogs.about_dialog import AboutDialog

        self._show_dialog(AboutDialog(self._settings.theme, self))

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
        if self.models_panel is not None:
            self.models_panel.close_threads()
        self.health.close()
        self.filtering.close()
        self.landmarks.close()
        return self.document.shut_down()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask where jobs would be lost, then end everything."""
        if self.jobs.unfinished and not may_stop(self.jobs.unfinished, self):
            event.ignore()
            return
        self._save_layout()
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
        self.jobs_panel.log_asked.connect(self._on_log_asked)
        document.project_changed.connect(self._on_project_changed)
        document.recording_changed.connect(self._on_recording_changed)
        document.edited.connect(self._on_edited)
        self.launcher.demo_made.connect(document.open_project)
        self.predicting.predicted.connect(self.assistance.announce)
        self.filtering.failed.connect(self.document.failed)
        self.live.annotate_asked.connect(self._on_annotate_asked)
        self.live.help_asked.connect(self.assistance.show_help)
        self._settings.theme_changed.connect(self.set_theme)
        self._settings.text_percent_changed.connect(self._on_text_percent_changed)
        self._menus.recent_chosen.connect(document.open)
        for changed in (
            document.history_changed,
            document.tracks_changed,
            document.annotator_changed,
            self.view_state.layers_changed,
            self.view_state.linking_changed,
            self.view_state.comparison_changed,
            self.view_state.sources_changed,
            document.tracks_changed,
            self.view_state.landmark_changed,
            self.view_state.tool_changed,
            self.view_state.loupe_changed,
            self.view_state.shown_scheme_changed,
            self.landmarks.changed,
            self.review.current_changed,
            self.review.known.listed_changed,
            self.models.changed,
            self.view_state.video_hidden_changed,
            self.coding.chosen_changed,
            self.coding.refused_changed,
            self.coding.units.changed,
            self.playback.loop_changed,
        ):
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
            self.alignment_panel,
            self.coding_panel,
            self.review_panel,
            self.models_panel,
            self.lamp,
            self.health_panel,
            self.filters_panel,
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

    @Slot()
    def _on_recording_changed(self) -> None:
        self._menus.update()

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

    @Slot(object)
    def _on_log_asked(self, job: Job) -> None:
        from evface_studio.dialogs.log_dialog import LogDialog

        self._show_dialog(LogDialog(job, self._settings.theme, self))

    def _show_page(self) -> None:
        page = self.workspace if self.document.paths else None
        self._pages.setCurrentWidget(page or self.welcome)

    def _show_dialog(self, dialog: QWidget) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

    def _save_layout(self) -> None:
        self._settings.set_layout("geometry", self.saveGeometry())
        if self.workspace is not None and self.document.paths:
            self._settings.set_layout("docks", self.saveState())
            for number, state in enumerate(self.workspace.save_layout()):
                self._settings.set_layout(f"divider{number}", state)

    def _restore_layout(self) -> None:
        if self.workspace is None:
            return
        states = [self._settings.layout(f"divider{number}") for number in range(2)]
        self.workspace.restore_layout([state for state in states if state is not None])
        docks = self._settings.layout("docks")
        if docks is not None:
            self.docks.restore(self.restoreState(docks))
        self.docks.update()
