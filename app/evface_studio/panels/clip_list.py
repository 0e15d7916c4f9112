"""Clips that a network was measured on; a click goes to those that are in the project."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from evface.training.evaluation_file import ClipTold
from evface_studio.learning.clip_places import ClipPlaces
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.wording import format_time

_CLIP = Qt.ItemDataRole.UserRole
_HEIGHT = 13 * GRID


class ClipList(QWidget):
    """A title and a row a clip; hidden where there is none."""

    # A clip was gone to.
    went = Signal(object)

    def __init__(self, places: ClipPlaces, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._places = places
        self._title = QLabel()
        self._title.setWordWrap(True)
        self._title.setContentsMargins(GRID + GRID // 2, GRID // 2, GRID, GRID // 2)
        self.list = QListWidget()
        self.list.setAccessibleName("Clips")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(self._on_item_chosen)
        self.list.itemActivated.connect(self._on_item_chosen)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._title)
        layout.addWidget(self.list)
        self.set_theme(theme)
        self.hide()

    @property
    def title(self) -> str:
        """What the clips have in common."""
        return self._title.text()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._title.setStyleSheet(f"color: {theme.muted};")
        space = f"padding: {GRID // 2}px {GRID + GRID // 2}px;"
        self.list.setStyleSheet(
            f"QListView::item {{ {space} color: {theme.text}; }}"
            f"QListView::item:disabled {{ color: {theme.muted}; }}"
            f"QListView::item:hover:enabled {{ background: {theme.hover}; }}"
            f"QListView::item:selected {{ background: {theme.chosen}; }}"
        )

    def show_clips(self, title: str, clips: Sequence[ClipTold]) -> None:
        """List other clips; none hides the list."""
        self._title.setText(title)
        self.list.clear()
        for clip in clips:
            item = QListWidgetItem(words_of(clip))
            item.setData(_CLIP, clip)
            if self._places.recording_of(clip) is None:
                item.setFlags(Qt.ItemFlag.ItemIsSelectable)
                item.setToolTip(f"{clip.recording} is not in the open project")
            else:
                item.setToolTip("Go there")
            self.list.addItem(item)
        rows = self.list.sizeHintForRow(0) * len(clips) + 2
        self.list.setFixedHeight(min(rows, scaled(_HEIGHT)))
        self.setVisible(bool(clips))

    @Slot(QListWidgetItem)
    def _on_item_chosen(self, item: QListWidgetItem) -> None:
        clip: ClipTold = item.data(_CLIP)
        if self._places.go_to(clip):
            self.went.emit(clip)


def words_of(clip: ClipTold) -> str:
    """Return a clip as a row says it."""
    where = clip.recording
    if clip.start_us:
        where += f", {format_time(clip.start_us)}"
    if clip.told:
        return f"{where}  ·  told {clip.told}, {clip.probability:.0%}"
    return f"{where}  ·  NME {100 * clip.error:.1f} %" if math.isfinite(clip.error) else where
