"""Two trained networks side by side, on the recording in view and on people they never saw."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from evface.annotations.roles import LEAST_TELLING
from evface.training.bootstrap import Figure
from evface.training.evaluation_file import whom_in_words
from evface.training.runs import Run
from evface.training.tables import figure_cells
from evface_studio.dialogs.choice_rows import column_of
from evface_studio.dialogs.figure_table import FigureTable
from evface_studio.document import Document
from evface_studio.learning.comparing import Comparing, Told
from evface_studio.learning.comparison import Said, units_to_show
from evface_studio.learning.model_words import are_comparable, better_of, names_of
from evface_studio.learning.models import Models
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.panels.compared_curves import ComparedCurves, ComparedRow, side_colours
from evface_studio.panels.figure_bars import Bar, BarGroup, FigureBars
from evface_studio.panels.scrolled_column import ScrolledColumn
from evface_studio.view_state import ViewState
from evface_studio.wording import format_time

_STEPS = 1_000
_N_RANKED = 5
# The ranking follows the time at most so often.
_FOLLOW_MS = 60
_LABELS = "The labels"
_LEAST_ERROR_TOP = 0.1
_NONE = "–"


class CompareModelsDialog(QDialog):
    """Asks two networks about the recording in view and draws what they say, with the time.

    Nothing of it is stored in the project.
    """

    def __init__(
        self,
        models: Models,
        comparing: Comparing,
        document: Document,
        view_state: ViewState,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Compare models")
        self._models = models
        self._document = document
        self._view_state = view_state
        self._theme = theme
        # Why one of them could not be asked.
        self._problem = ""
        self.comparing = comparing
        self.first_box, self.second_box = QComboBox(), QComboBox()
        self._swatches = (QLabel(), QLabel(), QLabel())
        self.bar = QProgressBar()
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.rankings = (FigureBars("First", theme), FigureBars("Second", theme))
        self.curves = ComparedCurves(view_state, theme)
        self.curves.sought.connect(view_state.set_time_us)
        self.all_box = QCheckBox("&All action units")
        self.all_box.toggled.connect(self._fill_curves)
        self.here, self.elsewhere = (
            FigureTable(name, ("", "First", "Second", *more), fills=True)
            for name, more in (("This recording", ()), ("Measured", ("Better beyond chance",)))
        )
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self._build()
        self._follow = QTimer(self)
        self._follow.setSingleShot(True)
        self._follow.setInterval(_FOLLOW_MS)
        self._follow.timeout.connect(self._fill_rankings)
        for box in (self.first_box, self.second_box):
            box.activated.connect(self._ask)
        self.comparing.changed.connect(self._fill)
        self.comparing.progressed.connect(self._on_progressed)
        self.comparing.failed.connect(self._on_failed)
        view_state.time_changed.connect(self._on_time_changed)
        models.changed.connect(self._on_models_changed)
        document.recording_changed.connect(self._ask)
        self.set_theme(theme)
        self._fill_boxes()
        self._ask()

    @property
    def runs(self) -> tuple[Run | None, Run | None]:
        """The runs that are compared; the second is None for the labels."""
        return self.first_box.currentData(), self.second_box.currentData()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        for part in (*self.rankings, self.curves):
            part.set_theme(theme)
        for label in (self.words, self.note):
            label.setStyleSheet(f"color: {theme.muted};")
        for bars, colour in zip(self.rankings, side_colours(theme), strict=True):
            bars.set_colour(colour)
        colours = (*side_colours(theme), theme.truth)
        for swatch, colour in zip(self._swatches, colours, strict=True):
            swatch.setStyleSheet(f"background: {colour}; border-radius: 2px;")

    def hideEvent(self, event: QHideEvent) -> None:
        """End what is asked."""
        super().hideEvent(event)
        self.comparing.stop()

    # --- what is shown --------------------------------------------------------------------------

    def _build(self) -> None:
        choice = QGridLayout()
        choice.setHorizontalSpacing(GRID)
        choice.setVerticalSpacing(GRID)
        for column, (text, box) in enumerate(
            (("&First", self.first_box), ("&Second", self.second_box))
        ):
            label = QLabel(text)
            label.setBuddy(box)
            box.setAccessibleName(text.replace("&", ""))
            box.setMinimumWidth(scaled(24 * GRID))
            swatch = self._swatches[column]
            swatch.setFixedSize(scaled(2 * GRID), scaled(GRID // 2))
            choice.addWidget(swatch, 0, 4 * column)
            choice.addWidget(label, 0, 4 * column + 1)
            choice.addWidget(box, 0, 4 * column + 2)
        self._swatches[2].setFixedSize(scaled(2 * GRID), scaled(GRID // 2))
        choice.addWidget(self._swatches[2], 0, 8)
        choice.addWidget(QLabel("Labels, dashed"), 0, 9)
        choice.setColumnMinimumWidth(3, 2 * GRID)
        choice.setColumnMinimumWidth(7, 2 * GRID)
        choice.setColumnStretch(10, 1)
        clip = QWidget()
        ranked = QHBoxLayout()
        ranked.setSpacing(2 * GRID)
        for bars in self.rankings:
            ranked.addWidget(bars, 1, Qt.AlignmentFlag.AlignTop)
        over_time = QVBoxLayout(clip)
        over_time.setContentsMargins(0, GRID, 0, 0)
        over_time.setSpacing(GRID)
        over_time.addLayout(ranked)
        over_time.addWidget(ScrolledColumn("What both say over time", (self.curves,)), 1)
        over_time.addWidget(self.all_box)
        figures = QWidget()
        tables = QVBoxLayout(figures)
        tables.setContentsMargins(0, GRID, 0, 0)
        tables.setSpacing(GRID)
        tables.addWidget(QLabel("In this recording"))
        tables.addWidget(self.here, 2)
        tables.addWidget(QLabel("Measured, with 95 % intervals over people"))
        tables.addWidget(self.note)
        tables.addWidget(self.elsewhere, 3)
        self.tabs.addTab(clip, "Over time")
        self.tabs.addTab(figures, "Figures")
        close = QPushButton("Close")
        close.setAutoDefault(False)
        close.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(self.words, 1)
        foot.addWidget(close)
        layout = column_of(self, spacing_px=GRID + GRID // 2)
        layout.addLayout(choice)
        layout.addWidget(self.bar)
        layout.addWidget(self.tabs, 1)
        layout.addLayout(foot)
        room = self.screen().availableSize()
        self.resize(
            min(scaled(112 * GRID), round(0.9 * room.width())),
            min(scaled(88 * GRID), round(0.9 * room.height())),
        )

    def _fill_boxes(self) -> None:
        usable = self._models.usable
        chosen = self._models.chosen
        ordered = sorted(usable, key=lambda run: run is not chosen and run != chosen)
        # Of what tells the same as the first, else the labels.
        rivals = (row for row, run in enumerate(ordered) if row and run.task == ordered[0].task)
        rival = next(rivals, len(ordered))
        for box, place in ((self.first_box, 0), (self.second_box, 1)):
            before = box.currentData()
            box.clear()
            for run in ordered:
                box.addItem(run.name, run)
            if box is self.second_box:
                box.addItem(_LABELS, None)
            folders = [None if run is None else run.folder for run in ordered]
            known = None if before is None else before.folder
            box.setCurrentIndex(folders.index(known) if known in folders else place and rival)

    @Slot()
    def _on_models_changed(self) -> None:
        shown = [self.first_box.itemData(row) for row in range(self.first_box.count())]
        if {(run.folder, run.made_at) for run in shown} != {
            (run.folder, run.made_at) for run in self._models.usable
        }:
            self._fill_boxes()

    @Slot()
    def _ask(self) -> None:
        if self._document.recording_id is None or self._document.project is None:
            self._say("Open a recording of a project first.")
            return
        self._problem = ""
        wanted = [run for run in self.runs if run is not None]
        self.comparing.ask(list({run.folder: run for run in wanted}.values()))
        self._fill()

    def _told(self) -> tuple[Told | None, Told | None]:
        first, second = (None if run is None else self.comparing.told(run) for run in self.runs)
        return first, second

    @Slot()
    def _fill(self) -> None:
        is_running = self.comparing.is_running
        self.bar.setVisible(is_running)
        if not is_running and any(self._told()) and not self._problem:
            self._say("Nothing of this is stored in the project. A click on a curve goes there.")
        self._fill_rankings()
        self._fill_curves()
        self._fill_figures()

    @Slot()
    def _fill_rankings(self) -> None:
        told = self._told()
        t_us = self._view_state.time_us
        shown = next((one.labels.shown for one in told if one is not None), "")
        for bars, one, run in zip(self.rankings, told, self.runs, strict=True):
            title = _LABELS if run is None else run.name
            ranked = [] if one is None else one.said.ranking(t_us, _N_RANKED)
            if run is None and shown:
                ranked = [(shown, 1.0)]
            rows = tuple(
                Bar(
                    f"{name}  ✓" if name == shown else name,
                    value,
                    words=f"{value:.0%}",
                    tip=f"{name}: {value:.1%} at {format_time(t_us)}",
                )
                for name, value in ranked
            )
            tells_none = run is not None and one is not None and not rows
            when = "tells no class" if tells_none else f"at {format_time(t_us)}"
            bars.show_groups((BarGroup(f"{title}, {when}", rows),))

    @Slot()
    def _fill_curves(self) -> None:
        told = self._told()
        known = next((one for one in told if one is not None), None)
        if known is None:
            self.curves.show_rows(())
            return
        said = tuple(one.said if one is not None else Said() for one in told)
        units = units_to_show(said, known.labels, shows_all=self.all_box.isChecked())
        rows = []
        errors = (said[0].error, said[1].error)
        if any(error is not None for error in errors):
            highest = [error.highest for error in errors if error is not None]
            top = max([_LEAST_ERROR_TOP, *(1.05 * h for h in highest if math.isfinite(h))])
            rows.append(ComparedRow("NME", errors, None, top, f"to {100 * top:.0f} %"))
        for unit in units:
            pair = (said[0].intensity.get(unit), said[1].intensity.get(unit))
            rows.append(
                ComparedRow(unit, pair, known.truth.get(unit), 1.0, _pair_in_words(said, unit))
            )
        self.curves.show_rows(rows)

    def _fill_figures(self) -> None:
        first, second = self._told()
        self.here.show_rows(_rows_here(first, second))
        headings = ["", *("The labels" if run is None else run.name for run in self.runs)]
        self.here.setHeaderLabels(headings)
        self.elsewhere.setHeaderLabels([*headings, "Better beyond chance"])
        found = tuple(None if one is None else one.evaluation for one in (first, second))
        lacking = [
            run.name
            for run, one, said in zip(self.runs, found, (first, second), strict=True)
            if run is not None and said is not None and one is None
        ]
        on_whom: dict[str, list[str]] = {}
        for run, one in zip(self.runs, found, strict=True):
            if run is not None and one is not None:
                on_whom.setdefault(whom_in_words(one), []).append(run.name)
        note = " ".join(f"{' and '.join(names)}: {words}" for words, names in on_whom.items())
        if lacking:
            note += f" Not measured: {', '.join(lacking)}; the models panel does that."
        is_fair = False
        if found[0] is not None and found[1] is not None:
            reason = are_comparable(found[0], found[1])
            is_fair = not reason
            note += f" {reason}"
        self.note.setText(note.strip())
        figures = [{} if one is None else one.figures for one in found]
        names = (self.first_box.currentText(), self.second_box.currentText())
        rows = []
        for name in names_of(figures):
            pair = (figures[0].get(name), figures[1].get(name))
            better = better_of(name, *pair) if is_fair else 0
            known = next(one for one in pair if one is not None)
            rows.append(
                (
                    figure_cells(name, known)[0],
                    *(_figure_in_words(name, one) for one in pair),
                    names[better - 1] if better else (_NONE if all(pair) else ""),
                )
            )
        self.elsewhere.show_rows(rows)
        self.elsewhere.setVisible(bool(rows))

    @Slot()
    def _on_time_changed(self) -> None:
        if not self._follow.isActive():
            self._follow.start()

    @Slot(float, str)
    def _on_progressed(self, fraction: float, words: str) -> None:
        self.bar.setVisible(True)
        self.bar.setValue(round(_STEPS * fraction))
        if not self._problem:
            self._say(words)

    @Slot(str)
    def _on_failed(self, problem: str) -> None:
        self._problem = problem
        self.words.setStyleSheet(f"color: {self._theme.error};")
        self.words.setText(problem)
        self.bar.setVisible(self.comparing.is_running)

    def _say(self, text: str) -> None:
        self.words.setStyleSheet(f"color: {self._theme.muted};")
        self.words.setText(text)


def _rows_here(first: Told | None, second: Told | None) -> list[tuple[str, str, str]]:
    """Return the figures of this recording, of which a single one has no interval."""
    told = (first, second)
    known = next((one for one in told if one is not None), None)
    if known is None:
        return []
    rows: list[tuple[str, str, str]] = []

    def row(name: str, texts: list[str]) -> None:
        if any(texts):
            rows.append((name, texts[0] or _NONE, texts[1] or _NONE))

    shown = known.labels.shown
    taken = ["" if one is None else _taken_for(one.said) for one in told]
    row(f"Taken for (it shows {shown})" if shown else "Taken for", taken)
    units = dict.fromkeys(u for one in told if one is not None for u in one.said.correlations)
    correlations = [{} if one is None else dict(one.said.correlations) for one in told]
    means = [
        f"{sum(values.values()) / len(values):.3f}" if values else "" for values in correlations
    ]
    row("Intensity, correlation with the labels", means)
    for unit in units:
        row(f"    {unit}", [f"{v[unit]:.3f}" if unit in v else "" for v in correlations])
    errors = [math.nan if one is None else one.said.mean_error for one in told]
    row("NME", [f"{100 * error:.1f} %" if math.isfinite(error) else "" for error in errors])
    return rows


def _taken_for(said: Said) -> str:
    ranked = said.ranking(None, 1)
    if not ranked:
        return ""
    unit, probability = ranked[0]
    return f"{unit}, {probability:.0%}" if probability >= LEAST_TELLING else "none stands out"


def _figure_in_words(name: str, figure: Figure | None) -> str:
    if figure is None:
        return ""
    _, value, interval = figure_cells(name, figure)
    return f"{value}  ({interval})" if interval else value


def _pair_in_words(said: tuple[Said, ...], unit: str) -> str:
    values = [one.correlations.get(unit) for one in said]
    if all(value is None for value in values):
        return ""
    return "r " + " / ".join(_NONE if value is None else f"{value:.2f}" for value in values)
