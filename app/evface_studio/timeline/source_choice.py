"""Chooses whose curves the timeline shows: those of the labels, of predictions, or both."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QComboBox, QWidget

from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.view_state import LabelSource, ViewState

_CHOICES = (
    (LabelSource.BOTH, "Labels and predictions"),
    (LabelSource.LABELS, "Labels"),
    (LabelSource.PREDICTIONS, "Predictions"),
)


class SourceChoice(QComboBox):
    """Each choice with the lines that it shows, so that it is a legend, too."""

    def __init__(self, view_state: ViewState, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view_state = view_state
        self.setToolTip("Whose curves are shown. Dotted: the network doubts what it says")
        self.setAccessibleName("Whose curves are shown")
        for source, words in _CHOICES:
            self.addItem(words, source)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.set_theme(theme)
        self.activated.connect(self._on_activated)
        view_state.sources_changed.connect(self._follow)
        self._follow()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours, and the size of text."""
        side = scaled(2 * GRID)
        self.setIconSize(QSize(side, side))
        for index, (source, _) in enumerate(_CHOICES):
            self.setItemIcon(index, _lines(source, theme))

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        self._view_state.set_curve_source(LabelSource(self.itemData(index)))

    @Slot()
    def _follow(self) -> None:
        self.setCurrentIndex(self.findData(self._view_state.curve_source))


def _lines(source: LabelSource, theme: Theme) -> QIcon:
    """Draw the lines of a choice as the rows draw them."""
    side = scaled(2 * GRID)
    ratio = 2.0
    drawn = QPixmap(QSize(side, side) * ratio)
    drawn.setDevicePixelRatio(ratio)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    lines = []
    if source is not LabelSource.PREDICTIONS:
        lines.append((QColor(theme.muted), 1))
    if source is not LabelSource.LABELS:
        lines.append((QColor(theme.predicted), 2))
    for place, (colour, width) in enumerate(lines):
        painter.setPen(QPen(colour, width))
        y = side * (place + 1) // (len(lines) + 1)
        painter.drawLine(1, y, side - 1, y)
    painter.end()
    return QIcon(drawn)
