"""How the two cameras fit together, and what is known of one landmark."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QStackedLayout, QWidget

from evface_studio.alignment.controller import Alignment
from evface_studio.document import Document
from evface_studio.look.theme import GRID, Theme
from evface_studio.panels.clock_section import ClockSection
from evface_studio.panels.inspector import Inspector
from evface_studio.panels.prediction_section import PredictionSection
from evface_studio.panels.scrolled_column import ScrolledColumn
from evface_studio.panels.space_section import SpaceSection
from evface_studio.view_state import ViewState


class AlignmentPanel(QWidget):
    """The inspector, the clocks and the pictures, one below the other."""

    def __init__(
        self,
        alignment: Alignment,
        document: Document,
        view_state: ViewState,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self.inspector = Inspector(alignment, document, view_state, theme)
        self.prediction = PredictionSection(document, view_state, theme)
        self.clock = ClockSection(alignment, view_state, theme)
        self.space = SpaceSection(alignment, document, view_state, theme)
        self._lines = (_Line(theme), _Line(theme))
        parts = (
            self.inspector,
            self.prediction,
            self._lines[0],
            self.clock,
            self._lines[1],
            self.space,
        )
        scroll = ScrolledColumn("Alignment and landmark", parts)
        self._hint = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._hint.setWordWrap(True)
        self._hint.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(scroll)
        self._stack.addWidget(self._hint)
        document.recording_changed.connect(self._on_recording_changed)
        document.tracks_changed.connect(self._show_parts)
        self.set_theme(theme)
        self._on_recording_changed()

    @property
    def hint(self) -> str:
        """What is said where there is nothing to align; empty where there is."""
        return self._hint.text() if self._stack.currentWidget() is self._hint else ""

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        for part in (self.inspector, self.prediction, self.clock, self.space, *self._lines):
            part.set_theme(theme)
        self._hint.setStyleSheet(f"color: {theme.muted}; background: {theme.surface};")

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what changed while it was hidden."""
        super().showEvent(event)
        self.inspector.follow()
        self.prediction.follow()
        self.space.follow()

    def hideEvent(self, event: QHideEvent) -> None:
        """Forget an offset that was tried and not set."""
        super().hideEvent(event)
        self.clock.forget_offset()

    @Slot()
    def _on_recording_changed(self) -> None:
        recording = self._document.recording
        if recording is None:
            self._hint.setText("Open a recording with a video to see how the two fit together.")
        elif recording.video is None:
            self._hint.setText("This recording has no video: there is nothing to align.")
        self._show_parts()
        self.clock.forget_offset()

    @Slot()
    def _show_parts(self) -> None:
        """Leave out what needs a video where there is none; say so where nothing is left."""
        recording = self._document.recording
        has_video = recording is not None and recording.video is not None
        is_predicted = recording is not None and self.prediction.has_any
        self._stack.setCurrentIndex(int(not (has_video or is_predicted)))
        for part in (*self._lines, self.clock, self.space):
            part.setVisible(has_video)


class _Line(QWidget):
    """A line between two sections."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(1)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._colour = QColor(theme.border)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._colour)
        painter.end()
