"""What the marks over a face mean."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from evface.annotations.tracks import LandmarkState
from evface_studio.look.theme import GRID, Theme
from evface_studio.panes.glyphs import Glyph, glyph_pixmap, landmark_glyph

_RADIUS_PX = 4.5
_ROWS = (
    ("automatic", "where a machine found it"),
    ("interpolated", "carried from corrections before and after"),
    ("corrected", "put there by a person"),
    ("verified", "a person says it is right"),
    ("hidden", "struck through: its place was guessed"),
    ("predicted", "by a network that is sure of it"),
    ("less sure", "predicted; fainter the less the network trusts it"),
    ("in doubt", "predicted, joined by dotted lines"),
    ("known truth", "of synthetic recordings"),
)


class StateLegend(QWidget):
    """Shape and colour of each state, its name, and what it says."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(GRID, GRID, 2 * GRID, GRID)
        grid.setHorizontalSpacing(GRID + GRID // 2)
        grid.setVerticalSpacing(GRID // 2)
        self._pictures: list[QLabel] = []
        self._names: list[QLabel] = []
        self._texts: list[QLabel] = []
        for row, (name, text) in enumerate(_ROWS):
            picture, title, words = QLabel(), QLabel(name), QLabel(text)
            picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
            for column, label in enumerate((picture, title, words)):
                grid.addWidget(label, row, column)
            self._pictures.append(picture)
            self._names.append(title)
            self._texts.append(words)
        self.setAccessibleName("; ".join(f"{name}: {text}" for name, text in _ROWS))
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        for picture, drawn in zip(self._pictures, _drawings(theme), strict=True):
            picture.setPixmap(drawn)
        for label in self._names:
            label.setStyleSheet(f"color: {theme.text};")
        for label in self._texts:
            label.setStyleSheet(f"color: {theme.muted};")


def _drawings(theme: Theme) -> list[QPixmap]:
    states = [
        glyph_pixmap(landmark_glyph(state), theme.landmark(state), _RADIUS_PX, 2.0)
        for state in LandmarkState
    ]
    corrected = LandmarkState.CORRECTED
    hidden = glyph_pixmap(
        landmark_glyph(corrected), theme.landmark(corrected), _RADIUS_PX, 2.0, is_occluded=True
    )
    predicted = [
        glyph_pixmap(glyph, theme.landmark_predicted, 0.8 * _RADIUS_PX, 2.0)
        for glyph in (Glyph.SOLID_SQUARE, Glyph.SQUARE, Glyph.DOUBTFUL_SQUARE)
    ]
    truth = glyph_pixmap(Glyph.CROSS, theme.truth, _RADIUS_PX, 2.0)
    return [*states, hidden, *predicted, truth]
