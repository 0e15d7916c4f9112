"""How a training went, or goes: its loss, and what its validation measures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from evface.training.runs import Run, read_curves
from evface.training.tables import FIGURES
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
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


class CurvesView(QWidget):
    """The loss on top, and below it one figure that can be chosen."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._lines: list[dict[str, Any]] = []
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
    def n_lines(self) -> int:
        """How many lines were measured so far."""
        return len(self._lines)

    def show_run(self, run: Run | None) -> None:
        """Show a training; of the one that is shown already, read its curves anew."""
        self._run = run
        self._lines = [] if run is None else read_curves(run.folder)
        self._draw()

    def add(self, metrics: Mapping[str, float]) -> None:
        """Add what the training shown has just measured."""
        step = metrics.get("step", 0)
        # What goes on from an earlier step measures again what came after it.
        while self._lines and self._lines[-1].get("step", 0) > step:
            self._lines.pop()
        self._lines.append(dict(metrics))
        if not self._drawing.isActive():
            self._drawing.start()

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
        has_lines = bool(self._lines) and run is not None
        self.hint.setVisible(not has_lines)
        self.loss.setVisible(has_lines)
        if run is None or not has_lines:
            self.figure_box.hide()
            self.figure.hide()
            self.hint.setText(
                "Choose a training to see its curves."
                if run is None
                else "Nothing is measured yet. The curves begin with the first step."
            )
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

    def _offer_figures(self) -> None:
        """List what is measured beside the loss; what is chosen stays so."""
        keys = dict.fromkeys(key for line in self._lines for key in line if "/" in key)
        offered = [key for key in keys if not key.endswith("/loss")]
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
        known = [
            (float(line["step"]), factor * float(line[key]), line.get("epoch"))
            for line in self._lines
            if isinstance(line.get(key), int | float) and math.isfinite(line[key])
        ]
        best = None
        is_validation = key.startswith(_VALIDATION)
        if is_validation and self._run is not None:
            epoch = self._run.training.get("epoch")
            best = next((step for step, _, at in known if at == epoch and epoch is not None), None)
        return Curve(
            name,
            np.array([step for step, _, _ in known]),
            np.array([value for _, value, _ in known]),
            is_validation,
            best,
        )


def figure_name(key: str) -> str:
    """Return what people call a figure, such as ``validation: NME, inter-ocular``."""
    part, _, name = key.partition("/")
    known = FIGURES.get(name)
    words = known[0] if known else _NAMES.get(name, name.replace("_", " "))
    unit = f", {known[2]}" if known and known[2] else ""
    return f"{'Validation' if part == 'validation' else 'Training'}: {words}{unit}"
