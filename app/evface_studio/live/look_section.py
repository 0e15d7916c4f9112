"""How live events are drawn."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from evface_studio.controls.appearance_control import AppearanceControl
from evface_studio.controls.still_wheel import StillWheel
from evface_studio.controls.time_edit import TimeEdit
from evface_studio.controls.window_control import step_of_value, value_of_step
from evface_studio.live.choice import LookChoice
from evface_studio.look.theme import GRID, Theme
from evface_studio.view_state import ViewState
from evface_studio.wording import format_span

_SHORTEST_US, _LONGEST_US = 1_000, 500_000


class LookSection(QWidget):
    """Representation, palette, and how long a picture looks back."""

    # A `LookChoice`.
    changed = Signal(object)
    # A palette's name.
    palette_changed = Signal(str)

    def __init__(self, look: LookChoice, theme: Theme) -> None:
        super().__init__()
        self._view = ViewState(self)
        self._view.set_representation(look.representation)
        self._window_us = look.window_us
        self._title = QLabel("Events")
        font = self._title.font()
        font.setWeight(QFont.Weight.DemiBold)
        self._title.setFont(font)
        self.appearance = AppearanceControl(self._view)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("How long a picture looks back")
        self.slider.setToolTip(
            "How long a picture looks back. Longer: more of a face that is almost still; "
            "shorter: sharper when it moves."
        )
        self.slider.setRange(0, step_of_value(_LONGEST_US, _SHORTEST_US))
        self.length = TimeEdit(lambda length_us: format_span(length_us), "ms", 999_000)
        self.length.setAccessibleName("How long a picture looks back")
        for field in (self.slider, *self.appearance.findChildren(QComboBox)):
            StillWheel(field)
        self._words = QLabel("Window")
        line = QHBoxLayout()
        line.setSpacing(GRID)
        line.addWidget(self._words)
        line.addWidget(self.slider, 1)
        line.addWidget(self.length)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID + GRID // 2, GRID, GRID + GRID // 2, GRID)
        column.setSpacing(GRID)
        column.addWidget(self._title)
        column.addWidget(self.appearance)
        column.addLayout(line)
        self._representation, self._palette = self._view.representation, self._view.palette
        self._view.appearance_changed.connect(self._on_appearance)
        self.slider.valueChanged.connect(
            lambda step: self._set_window(value_of_step(step, _SHORTEST_US))
        )
        self.length.entered.connect(self._set_window)
        self._show_window()
        self.set_theme(theme)

    @property
    def look(self) -> LookChoice:
        """What is chosen."""
        return LookChoice(self._view.representation, self._window_us)

    @property
    def palette_name(self) -> str:
        """The colours that are chosen."""
        return self._view.palette

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._words.setStyleSheet(f"color: {theme.muted};")

    @Slot()
    def _on_appearance(self) -> None:
        if self._view.palette != self._palette:
            self._palette = self._view.palette
            self.palette_changed.emit(self._palette)
        if self._view.representation != self._representation:
            self._representation = self._view.representation
            self.changed.emit(self.look)

    @Slot(object)
    def _set_window(self, window_us: int) -> None:
        window_us = min(max(int(window_us), _SHORTEST_US), _LONGEST_US)
        if window_us != self._window_us:
            self._window_us = window_us
            self.changed.emit(self.look)
        self._show_window()

    def _show_window(self) -> None:
        with QSignalBlocker(self.slider):
            self.slider.setValue(step_of_value(self._window_us, _SHORTEST_US))
        self.length.set_value(self._window_us)
