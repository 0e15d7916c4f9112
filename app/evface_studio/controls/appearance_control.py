"""Chooses how events are drawn."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from evface.events.catalogue import CATALOGUE
from evface.events.palettes import Palette
from evface_studio.look.theme import GRID
from evface_studio.view_state import ViewState

_PALETTE_WORDS = {
    Palette.DARK: "Dark",
    Palette.LIGHT: "Light",
    Palette.COOLWARM: "Cool-warm",
    Palette.GRAY: "Grey",
}


class AppearanceControl(QWidget):
    """Two lists: representations and palettes."""

    def __init__(self, view_state: ViewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view_state = view_state
        self._representation = QComboBox()
        self._representation.setAccessibleName("Representation of events")
        group = None
        for name, entry in CATALOGUE.items():
            if entry.group is not group:
                group = entry.group
                self._add_heading(group)
            self._representation.addItem(entry.title, name)
            self._representation.setItemData(
                self._representation.count() - 1, entry.shows, Qt.ItemDataRole.ToolTipRole
            )
        self._palette = QComboBox()
        self._palette.setAccessibleName("Colours of events")
        self._palette.setToolTip("Colours of events")
        self._palette.setIconSize(QSize(3 * GRID, GRID + GRID // 2))
        for palette, words in _PALETTE_WORDS.items():
            self._palette.addItem(_swatch(palette), words, str(palette))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._representation)
        layout.addWidget(self._palette)
        self._representation.activated.connect(self._on_representation_chosen)
        self._palette.activated.connect(self._on_palette_chosen)
        view_state.appearance_changed.connect(self._on_appearance_changed)
        self._on_appearance_changed()

    def _add_heading(self, words: str) -> None:
        """Add a line that cannot be chosen."""
        box = self._representation
        if box.count():
            box.insertSeparator(box.count())
        box.addItem(words)
        heading = cast("QStandardItemModel", box.model()).item(box.count() - 1)
        heading.setEnabled(False)
        font = heading.font()
        font.setBold(True)
        heading.setFont(font)

    @Slot(int)
    def _on_representation_chosen(self, row: int) -> None:
        self._view_state.set_representation(self._representation.itemData(row))

    @Slot(int)
    def _on_palette_chosen(self, row: int) -> None:
        self._view_state.set_palette(self._palette.itemData(row))

    @Slot()
    def _on_appearance_changed(self) -> None:
        for box, value in (
            (self._representation, self._view_state.representation),
            (self._palette, self._view_state.palette),
        ):
            box.setCurrentIndex(box.findData(value))
        self._representation.setToolTip(CATALOGUE[self._view_state.representation].shows)


def _swatch(palette: Palette) -> QIcon:
    """Return a patch of the palette's background with its two colours on it."""
    picture = QPixmap(48, 24)
    picture.setDevicePixelRatio(2)
    background, off, on = (QColor(*colour) for colour in palette.colours.tolist())
    picture.fill(background)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(128, 128, 128, 160))
    painter.drawRect(0, 0, 23, 11)
    painter.setPen(QColor(0, 0, 0, 0))
    for x, colour in ((4, on), (13, off)):
        painter.setBrush(colour)
        painter.drawEllipse(x, 2, 8, 8)
    painter.end()
    return QIcon(picture)
