"""The models of the project: which there are, how good they are, and what is done with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QLineEdit,
    QMenu,
    QMessageBox,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from evface.training.runs import Run
from evface_studio.learning.clip_places import ClipPlaces
from evface_studio.learning.model_work import ModelWork
from evface_studio.learning.models import Models
from evface_studio.learning.training import Training
from evface_studio.look.icons import icon
from evface_studio.look.text_size import bound_size, set_icon_size
from evface_studio.look.theme import GRID, Theme
from evface_studio.panels.curves import CurvesView
from evface_studio.panels.model_list import ModelList
from evface_studio.panels.model_pages import AboutPage, ConfusionPage, FiguresPage
from evface_studio.panes.pane import EmptyState

_LEAST_WIDTH = 44 * GRID
# Of the list and of the pages, px: any multiple of them.
_SIZES = (26 * GRID, 74 * GRID)
_NETWORKS = "Networks (*.safetensors)"
_ONNX = "ONNX (*.onnx)"
_NONE = "Train a network on the labels of this project, or import one that was trained elsewhere."
_NO_PROJECT = "Models belong to a project. Save this recording as one first, then process it."


class ModelsPanel(QWidget):
    """A list above the pages of the chosen run; asks where something must be asked."""

    # Networks are to be trained.
    train_asked = Signal()
    # The recording in view is to be predicted by a run.
    predict_asked = Signal(object)
    # Two runs are to be compared.
    compare_asked = Signal()

    def __init__(
        self,
        models: Models,
        work: ModelWork,
        places: ClipPlaces,
        training: Training,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._models = models
        self._work = work
        self._theme = theme
        # What the pages show.
        self._shown: tuple[object, ...] = ()
        self._icons: list[tuple[QPushButton | QToolButton, str]] = []
        self.list = ModelList(models, theme)
        self.list.menu_asked.connect(self._on_menu_asked)
        self.curves = CurvesView(theme)
        self.figures = FiguresPage(places, theme)
        self.figures.measure_asked.connect(self.measure)
        self.confusion = ConfusionPage(places, theme)
        self.about = AboutPage(theme)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName("About the chosen model")
        for page, title in (
            (self.curves, "Curves"),
            (self.figures, "Figures"),
            (self.confusion, "Confusion"),
            (self.about, "About"),
        ):
            self.tabs.addTab(page, title)
        self.empty = EmptyState("curves", theme)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.list)
        splitter.addWidget(self._with_buttons(self.tabs))
        splitter.setStretchFactor(0, 0)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes(list(_SIZES))
        self._pages = QStackedWidget()
        self._pages.addWidget(splitter)
        self._pages.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._build_head())
        layout.addWidget(self._pages, 1)
        bound_size(self, least_width_px=_LEAST_WIDTH)
        models.changed.connect(self._on_changed)
        models.chosen_changed.connect(self._on_chosen_changed)
        training.measured.connect(self._on_measured)
        self.set_theme(theme)
        self._on_chosen_changed()

    @property
    def is_empty(self) -> bool:
        """Whether it says that there is nothing yet."""
        return self._pages.currentWidget() is self.empty

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        for part in (
            self.list,
            self.curves,
            self.figures,
            self.confusion,
            self.about,
            self.empty,
        ):
            part.set_theme(theme)
        for button, name in self._icons:
            button.setIcon(icon(name, theme))

    def close_threads(self) -> None:
        """End the thread that reads curves."""
        self.curves.close_threads()

    @Slot()
    def measure(self) -> None:
        """Measure the chosen run, and show its figures."""
        run = self._models.chosen
        if run is not None and self._work.measure(run) is not None:
            self.tabs.setCurrentWidget(self.figures)

    def menu_of(self, run: Run) -> QMenu:
        """Return what can be done with a run."""
        is_free = not self._models.is_busy(run)
        entries: tuple[tuple[str, Callable[[], object], bool] | None, ...] = (
            ("&Predict this recording", self._on_predict, self._work.can_predict(run)),
            ("&Measure", self.measure, self._can_measure(run)),
            ("&Measure on another set…", self._on_measure_on, self._can_measure(run)),
            ("Re&sume the training", self._on_resume, self._can_resume(run)),
            None,
            ("&Rename…", self._on_rename, is_free),
            ("Show the &folder", self._on_show_folder, True),
            ("&Export as ONNX…", self._on_export, is_free and run.has_network),
            None,
            ("Move to the &wastebasket…", self._on_remove, is_free),
        )
        menu = QMenu(self)
        for entry in entries:
            if entry is None:
                menu.addSeparator()
                continue
            text, handler, is_enabled = entry
            action = menu.addAction(text)
            action.setEnabled(is_enabled)
            action.triggered.connect(handler)
        return menu

    def _build_head(self) -> QHBoxLayout:
        self.train = self._button("Train…", "curves", "Train a network on this project")
        self.train.clicked.connect(self.train_asked)
        self.import_button = self._button(
            "Import…", "open", "Take a network that was trained elsewhere"
        )
        self.import_button.clicked.connect(self._on_import)
        self.compare = self._button(
            "Compare…", "", "Two models, or one and the labels, on the recording in view"
        )
        self.compare.clicked.connect(self.compare_asked)
        row = QHBoxLayout()
        row.setContentsMargins(GRID, GRID, GRID, GRID)
        row.setSpacing(GRID)
        for button in (self.train, self.import_button, self.compare):
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _with_buttons(self, tabs: QTabWidget) -> QWidget:
        self.predict = self._button("Predict", "process", "Ask it about the recording in view")
        self.predict.setProperty("primary", True)
        self.predict.clicked.connect(self._on_predict)
        self.measure_button = self._button("Measure", "", "On people it never saw")
        self.measure_button.clicked.connect(self.measure)
        self.pause = self._button("Pause", "pause", "Let its training wait")
        self.pause.clicked.connect(self._on_pause)
        self.resume = self._button("Resume", "play", "Let its training go on")
        self.resume.clicked.connect(self._on_resume)
        self.more = self._button("More", "", "Rename, export, remove and so on")
        self.more.clicked.connect(self._on_more)
        row = QHBoxLayout()
        row.setContentsMargins(GRID, GRID, GRID, GRID)
        row.setSpacing(GRID)
        for button in (self.predict, self.measure_button, self.pause, self.resume):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.more)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addWidget(tabs, 1)
        return page

    def _button(self, text: str, icon_name: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        set_icon_size(button, 2 * GRID)
        if icon_name:
            self._icons.append((button, icon_name))
        return button

    def _can_measure(self, run: Run) -> bool:
        can = run.has_network and not run.problem and run.task != "self_supervised"
        return can and not self._models.is_busy(run)

    def _can_resume(self, run: Run) -> bool:
        state = self._models.state_of(run)
        return state.words.startswith("paused") or (
            run.can_go_on and not run.problem and not self._models.is_busy(run)
        )

    @Slot()
    def _on_changed(self) -> None:
        models, run = self._models, self._models.chosen
        self._pages.setCurrentIndex(0 if models.runs else 1)
        self.empty.set_words("No models yet", _NONE if models.folder is not None else _NO_PROJECT)
        self.import_button.setEnabled(models.folder is not None)
        self.train.setEnabled(models.folder is not None)
        self.compare.setEnabled(bool(models.usable))
        self.predict.setEnabled(run is not None and self._work.can_predict(run))
        self.measure_button.setEnabled(run is not None and self._can_measure(run))
        self.figures.measure.setEnabled(self.measure_button.isEnabled())
        self.pause.setVisible(run is not None and self._work.can_pause(run))
        self.resume.setVisible(run is not None and self._can_resume(run))
        self.more.setEnabled(run is not None)
        shown = (run, models.evaluation, models.evaluation_problem)
        if self._shown != shown:
            self._shown = shown
            self.figures.show_run(*shown)
            self.confusion.show_run(run, models.evaluation)
            self.about.show_run(run)

    @Slot()
    def _on_chosen_changed(self) -> None:
        self._shown = ()
        self.curves.show_run(self._models.chosen)
        self._on_changed()

    @Slot(object, object)
    def _on_measured(self, folder: Path, metrics: dict[str, float]) -> None:
        run = self._models.chosen
        if run is not None and run.folder == folder:
            self.curves.add(metrics)

    @Slot(QPoint)
    def _on_menu_asked(self, position: QPoint) -> None:
        item = self.list.itemAt(position)
        run = self._models.chosen
        if item is not None and run is not None:
            self.menu_of(run).popup(self.list.viewport().mapToGlobal(position))

    @Slot()
    def _on_more(self) -> None:
        run = self._models.chosen
        if run is not None:
            below = self.more.mapToGlobal(QPoint(0, self.more.height()))
            self.menu_of(run).popup(below)

    @Slot()
    def _on_predict(self) -> None:
        run = self._models.chosen
        if run is not None:
            self.predict_asked.emit(run)

    @Slot()
    def _on_pause(self) -> None:
        run = self._models.chosen
        if run is not None:
            self._work.pause(run)

    @Slot()
    def _on_resume(self) -> None:
        run = self._models.chosen
        if run is not None:
            self._work.resume(run)

    @Slot()
    def _on_measure_on(self) -> None:
        run = self._models.chosen
        if run is None:
            return
        name, _ = QFileDialog.getOpenFileName(
            self, "Measure on", str(run.folder.parent), "Training sets (*.evset)"
        )
        if name and self._work.measure(run, Path(name)) is not None:
            self.tabs.setCurrentWidget(self.figures)

    @Slot()
    def _on_rename(self) -> None:
        run = self._models.chosen
        if run is None:
            return
        name, is_given = QInputDialog.getText(
            self, "Rename", "Name of the model:", QLineEdit.EchoMode.Normal, run.name
        )
        if is_given:
            self._work.rename(run, name)

    @Slot()
    def _on_show_folder(self) -> None:
        run = self._models.chosen
        if run is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(run.folder)))

    @Slot()
    def _on_export(self) -> None:
        run = self._models.chosen
        if run is None:
            return
        proposed = run.folder.parent / f"{run.name}.onnx"
        name, _ = QFileDialog.getSaveFileName(self, "Export as ONNX", str(proposed), _ONNX)
        if name:
            path = Path(name)
            self._work.export(run, path if path.suffix else path.with_suffix(".onnx"))

    @Slot()
    def _on_import(self) -> None:
        folder = self._models.folder
        if folder is None:
            return
        name, _ = QFileDialog.getOpenFileName(
            self, "Import a network", str(folder.parent), _NETWORKS
        )
        if name:
            self._work.import_network(Path(name))

    @Slot()
    def _on_remove(self) -> None:
        run = self._models.chosen
        if run is None:
            return
        answer = QMessageBox.question(
            self,
            "Move to the wastebasket",
            f"Move {run.name}, with its network and figures, to the wastebasket?",
            QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel,
            QMessageBox.StandardButton.Cancel,
        )
        if answer is QMessageBox.StandardButton.Yes:
            self._work.remove(run)
