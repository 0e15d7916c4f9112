"""What is known of one trained network: figures, who is taken for whom, and how it came about."""

from __future__ import annotations

import math
from html import escape

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QStackedWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from evface.datasets.splits import SPLITS
from evface.training.evaluation_file import Evaluation, whom_in_words
from evface.training.runs import Run
from evface.training_sets.clips import AU_CLASSES, N_FACIAL
from evface_studio.learning.clip_places import ClipPlaces
from evface_studio.learning.model_words import evaluation_groups, validation_groups
from evface_studio.look.theme import GRID, Theme
from evface_studio.panels.clip_list import ClipList
from evface_studio.panels.confusion_matrix import ConfusionMatrix, cell_in_words
from evface_studio.panels.figure_bars import FigureBars
from evface_studio.panels.scrolled_column import ScrolledColumn
from evface_studio.wording import format_count, format_when

# Landmark clips listed of a region: those furthest off.
_N_WORST = 20
_OF_VALIDATION = {
    "best": "These are figures of the validation, by which the best step was chosen: somewhat too "
    "good. Measure the network on clips it never saw.",
    "last": "These are figures of the validation, after the last step. Measure the network on "
    "clips it never saw.",
}
_NO_INTERVAL = "One person gives no interval."
_NO_FIGURES = "Nobody validated it. Measure it to know how good it is."


class FiguresPage(QWidget):
    """Headline figures with their intervals, then each action unit or region."""

    measure_asked = Signal()

    def __init__(self, places: ClipPlaces, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Evaluation | None = None
        self._note = _note()
        self.measure = QPushButton("Measure")
        self.measure.setToolTip("On people of its training set that it never saw")
        self.measure.clicked.connect(self.measure_asked)
        self.bars = FigureBars("Figures", theme)
        self.bars.chosen.connect(self._on_part_chosen)
        self.clips = ClipList(places, theme)
        button = QWidget()
        row = QVBoxLayout(button)
        row.setContentsMargins(GRID + GRID // 2, 0, GRID + GRID // 2, GRID)
        row.addWidget(self.measure, 0, Qt.AlignmentFlag.AlignLeft)
        self._button = button
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(ScrolledColumn("Figures", (self._note, button, self.bars)), 1)
        layout.addWidget(self.clips)
        self.set_theme(theme)

    @property
    def note(self) -> str:
        """On whom was measured."""
        return self._note.text()

    def show_run(self, run: Run | None, found: Evaluation | None, problem: str) -> None:
        """Show the figures of a run, of its validation where it was not measured."""
        self._found = found
        self.clips.show_clips("", ())
        self._button.setVisible(found is None and run is not None and run.has_network)
        if found is not None:
            words = whom_in_words(found)
            self._note.setText(words if len(found.subjects) > 1 else f"{words} {_NO_INTERVAL}")
            self.bars.show_groups(evaluation_groups(found))
        elif run is not None and run.figures:
            self._note.setText(problem or _OF_VALIDATION[_keeps(run)])
            self.bars.show_groups(validation_groups(run))
        elif run is not None and run.problem:
            self._note.setText(run.problem)
            self.bars.show_groups(())
        else:
            has_network = run is not None and run.has_network
            self._note.setText(problem or (_NO_FIGURES if has_network else "No network yet."))
            self.bars.show_groups(())

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._note.setStyleSheet(f"color: {theme.muted};")
        for part in (self.bars, self.clips):
            part.set_theme(theme)

    @Slot(str)
    def _on_part_chosen(self, part: str) -> None:
        if self._found is None:
            return
        if self._found.is_of_units:
            clips = [clip for clip in self._found.clips if clip.shown == part]
            # Those that were taken for something else first.
            clips.sort(key=lambda clip: (clip.told == part, clip.recording))
            n_right = sum(clip.told == part for clip in clips)
            self.clips.show_clips(f"{part}: {n_right} of {len(clips)} told right", clips)
            return
        known = [clip for clip in self._found.clips if math.isfinite(_error(clip.errors, part))]
        known.sort(key=lambda clip: -_error(clip.errors, part))
        self.clips.show_clips(
            f"{part.replace('_', ' ')}: clips where it is furthest off", known[:_N_WORST]
        )


class ConfusionPage(QWidget):
    """The table of action units, what its cell says, and the clips of a cell."""

    def __init__(self, places: ClipPlaces, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Evaluation | None = None
        self.matrix = ConfusionMatrix(theme)
        self.matrix.pointed.connect(self._on_pointed)
        self.matrix.chosen.connect(self._on_chosen)
        self._words = _note()
        self._words.setWordWrap(False)
        self.clips = ClipList(places, theme)
        self._hint = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._hint.setWordWrap(True)
        self._hint.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, GRID // 2, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._words)
        layout.addWidget(self.matrix, 1)
        layout.addWidget(self.clips)
        self._pages = QStackedWidget()
        self._pages.addWidget(page)
        self._pages.addWidget(self._hint)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)
        self.set_theme(theme)

    @property
    def words(self) -> str:
        """What the cell pointed at says, or what is said instead of a table."""
        is_hint = self._pages.currentWidget() is self._hint
        return self._hint.text() if is_hint else self._words.text()

    def show_run(self, run: Run | None, found: Evaluation | None) -> None:
        """Show the table of a run."""
        self._found = found
        self.clips.show_clips("", ())
        has_table = found is not None and found.confusion is not None and found.confusion.any()
        self._pages.setCurrentIndex(0 if has_table else 1)
        if found is not None and found.confusion is not None and has_table:
            self.matrix.show_table(found.confusion, AU_CLASSES, n_first=N_FACIAL)
            self._on_pointed("")
        elif run is not None and run.task != "action_units":
            self._hint.setText("Landmarks are not taken for one another: see the figures.")
        elif found is not None:
            self._hint.setText("None of the clips it was measured on has a class.")
        else:
            self._hint.setText("Measure the network to see which action unit it takes for which.")

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        for label in (self._words, self._hint):
            label.setStyleSheet(f"color: {theme.muted};")
        for part in (self.matrix, self.clips):
            part.set_theme(theme)

    @Slot(str)
    def _on_pointed(self, words: str) -> None:
        self._words.setText(words or "Shown in rows, told in columns")

    @Slot(int, int)
    def _on_chosen(self, row: int, column: int) -> None:
        if self._found is None or self._found.confusion is None:
            return
        pair = (AU_CLASSES[row], AU_CLASSES[column])
        clips = [clip for clip in self._found.clips if (clip.shown, clip.told) == pair]
        words = cell_in_words(self._found.confusion, AU_CLASSES, row, column)
        self.clips.show_clips(words, clips)


class AboutPage(QTextBrowser):
    """Data, people, notes and configuration of a run."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("About the model")
        self.document().setDocumentMargin(GRID + GRID // 2)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.set_theme(theme)

    def show_run(self, run: Run | None) -> None:
        """Say how a run came about."""
        self.setHtml("" if run is None else _about_in_html(run))

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self.setStyleSheet(f"QTextBrowser {{ background: {theme.surface}; border: none; }}")


def _about_in_html(run: Run) -> str:
    parts = [f"<p><b>{escape(run.name)}</b><br>{escape(run.about)}</p>"]
    if run.problem:
        parts.append(f"<p>{escape(run.problem)}</p>")
    facts = [("Network", run.network), ("Written", format_when(run.made_at.isoformat()))]
    if run.step:
        of = f" of {format_count(run.n_steps)}" if run.n_steps else ""
        facts.append(("Steps", f"{format_count(run.step)}{of}"))
    facts.append(("Folder", str(run.folder)))
    config = run.training.get("config") or {}
    data = config.get("data") or {}
    if data.get("path"):
        facts.append(("Data", str(data["path"])))
    split = run.training.get("split") or {}
    names = {"train": "Trained on", "validation": "Validated on", "test": "Kept for tests"}
    facts += [
        (names[part], ", ".join(map(str, split[part])) or "nobody")
        for part in SPLITS
        if part in split
    ]
    rows = "".join(
        f"<tr><td style='padding-right: 12px'>{escape(name)}</td><td>{escape(words)}</td></tr>"
        for name, words in facts
    )
    parts.append(f"<table>{rows}</table>")
    notes = run.training.get("notes") or ()
    if notes:
        lines = "".join(f"<li>{escape(str(note))}</li>" for note in notes)
        parts.append(f"<p><b>Notes</b></p><ul>{lines}</ul>")
    for section, values in config.items():
        if isinstance(values, dict) and values:
            lines = "<br>".join(f"{escape(str(k))} = {escape(str(v))}" for k, v in values.items())
            parts.append(f"<p><b>{escape(str(section))}</b><br>{lines}</p>")
    return "".join(parts)


def _keeps(run: Run) -> str:
    """Return which network a training keeps: the best one, or the last."""
    config = run.training.get("config")
    section = config.get("run") if isinstance(config, dict) else None
    is_last = isinstance(section, dict) and section.get("keeps") == "last"
    return "last" if is_last else "best"


def _note() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setContentsMargins(GRID + GRID // 2, GRID, GRID + GRID // 2, GRID // 2)
    return label


def _error(errors: object, part: str) -> float:
    return float(errors.get(part, math.nan)) if isinstance(errors, dict) else math.nan
