"""How a training went, or goes: its loss, and what its validation measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from evface.training.runs import Run, read_curves
from evface.training.tables import FIGURES
from evface_studio.learning.measured import Measured
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.newest import NewestWins
from evface_studio.panels.curve_chart import Curve, CurveChart

# Often enough to be seen moving; the drawing must leave the pictures their time.
_DRAW_EVERY_MS = 250
_TRAIN, _VALIDATION = "train/", "validation/"
# The first of these that is measured is shown at first.
_PREFERRED = (
    "validation/facial_top1",
    "validation/top1",
    "validation/nme",
    "validation/intensity_correlation",
    "validation/spread",
)
_NAMES = {
    "rate": "learning rate",
    "classes": "loss of classes",
    "coefficients": "loss of coefficients",
    "pose": "loss of the head's pose",
    "intensity": "loss of intensities",
    "spread": "spread of features",
}


@dataclass(frozen=True, eq=False)
class _Asked:
    folder: Path


class CurvesView(QWidget):
    """The loss on top, and below it one figure that can be chosen. Files are read in a thread."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._measured = Measured()
        # What is being read, and what was measured since that was asked for.
        self._asked: _Asked | None = None
        self._since: list[Mapping[str, float]] = []
        self._reader: NewestWins[_Asked, Measured] | None = None
        self._theme = theme
        self.hint = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.hint.setWordWrap(True)
        self.loss = CurveChart("Loss", theme, may_be_log=True)
        self.figure_box = QComboBox()
        self.figure_box.setAccessibleName("Figure")
        self.figure_box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.figure_box.setMinimumContentsLength(12)
        self.figure = CurveChart("Figure", theme, is_named=False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, GRID, GRID, GRID)
        layout.setSpacing(GRID)
        layout.addWidget(self.hint, 1)
        layout.addWidget(self.loss, 1)
        layout.addWidget(self.figure_box)
        layout.addWidget(self.figure, 1)
        self._drawing = QTimer(self)
        self._drawing.setSingleShot(True)
        self._drawing.setInterval(_DRAW_EVERY_MS)
        self._drawing.timeout.connect(self._draw)
        self.figure_box.activated.connect(self._draw)
        self.set_theme(theme)
        self.show_run(None)

    @property
    def run(self) -> Run | None:
        """The training shown."""
        return self._run

    @property
    def is_reading(self) -> bool:
        """Whether the curves are being read."""
        return self._asked is not None

    def show_run(self, run: Run | None) -> None:
        """Show a training; of the one that is shown already, read its curves anew."""
        is_other = run is None or self._run is None or run.folder != self._run.folder
        self._run = run
        self._since = []
        if is_other:
            self._measured = Measured()
        if run is None:
            self._asked = None
        else:
            self._asked = _Asked(run.folder)
            if self._reader is None:
                self._reader = NewestWins(
                    "curves", _read, self._on_read, self._on_unread, parent=self
                )
            self._reader.ask(self._asked)
        self._draw()

    def add(self, metrics: Mapping[str, float]) -> None:
        """Add what the training shown has just measured."""
        self._measured.add(metrics)
        if self.is_reading:
            self._since.append(metrics)
        if not self._drawing.isActive():
            self._drawing.start()

    def close_threads(self) -> None:
        """End the thread that reads."""
        if self._reader is not None:
            self._reader.close()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.hint.setStyleSheet(f"color: {theme.muted};")
        self.hint.setContentsMargins(scaled(GRID), 0, scaled(GRID), 0)
        self.loss.set_theme(theme)
        self.figure.set_theme(theme)

    @Slot()
    def _draw(self) -> None:
        self._drawing.stop()
        run = self._run
        has_curves = bool(self._measured.keys) and run is not None
        self.hint.setVisible(not has_curves)
        self.loss.setVisible(has_curves)
        if run is None or not has_curves:
            self.figure_box.hide()
            self.figure.hide()
            self.hint.setText(self._why_empty())
            return
        self._offer_figures()
        n_steps = run.n_steps or 0
        losses = [
            self._curve(f"{_TRAIN}loss", "training"),
            self._curve(f"{_VALIDATION}loss", "validation"),
        ]
        self.loss.show_curves(losses, n_steps=n_steps)
        key = self.figure_box.currentData()
        has_figure = key is not None
        self.figure_box.setVisible(has_figure)
        self.figure.setVisible(has_figure)
        if has_figure:
            # Both, one of them empty, so that each keeps the colour that it has above.
            curves = [
                self._curve(key if key.startswith(part) else "", name)
                for part, name in ((_TRAIN, "training"), (_VALIDATION, "validation"))
            ]
            self.figure.show_curves(curves, n_steps=n_steps, name=self.figure_box.currentText())

    def _why_empty(self) -> str:
        if self._run is None:
            return "Choose a training to see its curves."
        if self.is_reading:
            return "Reading the curves…"
        return "Nothing is measured yet. The curves begin with the first step."

    def _on_read(self, asked: _Asked, measured: Measured) -> None:
        if asked is not self._asked:
            return
        for metrics in self._since:
            measured.add(metrics)
        self._asked, self._since = None, []
        self._measured = measured
        self._draw()

    def _on_unread(self, asked: _Asked, error: Exception) -> None:
        if asked is self._asked:
            self._asked, self._since = None, []
            self._draw()
            self.hint.setText(f"The curves cannot be read: {error}")

    def _offer_figures(self) -> None:
        """List what is measured beside the loss; what is chosen stays so."""
        offered = [key for key in self._measured.keys if not key.endswith("/loss")]
        offered.sort(key=lambda key: (not key.startswith(_VALIDATION), figure_name(key)))
        box = self.figure_box
        if [box.itemData(row) for row in range(box.count())] == offered:
            return
        kept = box.currentData()
        had_validation = kept is not None and kept.startswith(_VALIDATION)
        preferred = next((key for key in _PREFERRED if key in offered), None)
        box.clear()
        for key in offered:
            box.addItem(figure_name(key), key)
        chosen = kept if had_validation and kept in offered else preferred or kept
        box.setCurrentIndex(max(box.findData(chosen), 0))

    def _curve(self, key: str, name: str) -> Curve:
        figure = FIGURES.get(key.partition("/")[2])
        factor = figure[1] if figure else 1
        steps, values = self._measured.curve(key)
        best = None
        is_validation = key.startswith(_VALIDATION)
        if is_validation and self._run is not None:
            best = self._measured.step_of_epoch(key, self._run.training.get("epoch"))
        return Curve(name, steps, factor * values, is_validation, best)


def _read(asked: _Asked) -> Measured:
    return Measured(read_curves(asked.folder))


def figure_name(key: str) -> str:
    """Return what people call a figure, such as ``validation: NME, inter-ocular``."""
    part, _, name = key.partition("/")
    known = FIGURES.get(name)
    words = known[0] if known else _NAMES.get(name, name.replace("_", " "))
    unit = f", {known[2]}" if known and known[2] else ""
    return f"{'Validation' if part == 'validation' else 'Training'}: {words}{unit}"
