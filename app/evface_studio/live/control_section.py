"""What can be set about the camera that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from evface.cameras.base import Control, Preset
from evface_studio.controls.still_wheel import StillWheel
from evface_studio.look.text_size import bound_size
from evface_studio.look.theme import GRID, Theme

_OWN = "As set below"
_NUMBER_WIDTH = 76


class ControlSection(QWidget):
    """Presets, and a row for each control with its words; empty where nothing can be set."""

    # Key and value of a control.
    set_asked = Signal(str, int)
    # A `Preset`.
    preset_asked = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._presets: tuple[Preset, ...] = ()
        self._shape: tuple[object, ...] = ()
        self.rows: dict[str, ControlRow] = {}
        self._title = QLabel("Camera")
        font = self._title.font()
        font.setWeight(QFont.Weight.DemiBold)
        self._title.setFont(font)
        self._nothing = QLabel("Nothing can be set about this camera.")
        self._nothing.setWordWrap(True)
        self.preset = QComboBox()
        self.preset.setAccessibleName("Preset of the camera")
        self.preset.activated.connect(self._on_preset)
        StillWheel(self.preset)
        self.reset = QPushButton("Reset")
        self.reset.setToolTip(
            "Set everything as it was at first. What you set is remembered for this camera."
        )
        self.reset.clicked.connect(self._on_reset)
        line = QHBoxLayout()
        line.addWidget(self.preset, 1)
        line.addWidget(self.reset)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(GRID)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID + GRID // 2, GRID, GRID + GRID // 2, GRID)
        column.setSpacing(GRID)
        column.addWidget(self._title)
        column.addWidget(self._nothing)
        column.addLayout(line)
        column.addLayout(self._rows)
        self.show_controls((), ())
        self.set_theme(theme)

    def show_controls(self, controls: Sequence[Control], presets: Sequence[Preset]) -> None:
        """Show the controls with the values they have now; what is held by hand stays."""
        self._presets = tuple(presets)
        shape = tuple((c.key, c.minimum, c.maximum) for c in controls), tuple(presets)
        if shape != self._shape or not controls:
            self._shape = shape
            self._build(controls)
        for control in controls:
            self.rows[control.key].show_value(control.value)
        self._show_preset({control.key: control.value for control in controls}, controls)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._nothing.setStyleSheet(f"color: {theme.muted};")
        for row in self.rows.values():
            row.set_theme(theme)

    def _build(self, controls: Sequence[Control]) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.rows = {}
        group = ""
        for control, following in zip_longest(controls, controls[1:]):
            if control.group != group:
                group = control.group
                heading = QLabel(group)
                heading.setContentsMargins(0, GRID, 0, 0)
                heading.setFont(self._title.font())
                self._rows.addWidget(heading)
            # What holds for several in a row is said once, below them.
            is_said = following is None or following.words != control.words
            row = ControlRow(control, self._theme, is_said=is_said)
            row.changed.connect(self.set_asked)
            self.rows[control.key] = row
            self._rows.addWidget(row)
        self._nothing.setVisible(not controls)
        self.reset.setVisible(bool(controls))
        self.preset.setVisible(bool(self._presets))
        self.preset.clear()
        for preset in self._presets:
            self.preset.addItem(preset.name)
            tip = Qt.ItemDataRole.ToolTipRole
            self.preset.setItemData(self.preset.count() - 1, preset.words, tip)
        self.preset.addItem(_OWN)

    def _show_preset(self, values: dict[str, int], controls: Sequence[Control]) -> None:
        defaults = {control.key: control.default for control in controls}
        place = next(
            (i for i, one in enumerate(self._presets) if {**defaults, **one.values} == values),
            len(self._presets),
        )
        if not self.preset.view().isVisible():
            self.preset.setCurrentIndex(place)
        is_named = place < len(self._presets)
        self.preset.setToolTip(self._presets[place].words if is_named else "")

    @Slot(int)
    def _on_preset(self, place: int) -> None:
        if place < len(self._presets):
            self.preset_asked.emit(self._presets[place])

    @Slot()
    def _on_reset(self) -> None:
        # Controls that a preset does not name get their defaults.
        self.preset_asked.emit(Preset("", ""))


class ControlRow(QWidget):
    """A slider and a number, or a switch, with what it does."""

    changed = Signal(str, int)

    def __init__(self, control: Control, theme: Theme, *, is_said: bool) -> None:
        super().__init__()
        self._control = control
        self._words = QLabel(control.words)
        self._words.setWordWrap(True)
        self._words.setVisible(is_said)
        self.switch: QCheckBox | None = None
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(GRID // 4)
        grid.setColumnStretch(0, 1)
        if (control.minimum, control.maximum) == (0, 1):
            self.switch = QCheckBox(control.name)
            self.switch.toggled.connect(lambda is_on: self._ask(int(is_on)))
            grid.addWidget(self.switch, 0, 0, 1, 2)
        else:
            self.slider = QSlider(Qt.Orientation.Horizontal)
            self.number = QSpinBox()
            for field in (self.slider, self.number):
                StillWheel(field)
                field.setRange(control.minimum, control.maximum)
                field.setAccessibleName(control.name)
                field.setToolTip(
                    f"{control.words}\nAt first {control.default} {control.unit}".rstrip()
                )
            if control.unit:
                self.number.setSuffix(f" {control.unit}")
            self.number.setKeyboardTracking(False)
            # The slider is there for that.
            self.number.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
            self.number.setAlignment(Qt.AlignmentFlag.AlignRight)
            self.slider.valueChanged.connect(self._ask)
            self.number.valueChanged.connect(self._ask)
            bound_size(self.number, least_width_px=_NUMBER_WIDTH)
            grid.addWidget(QLabel(control.name), 0, 0)
            grid.addWidget(self.number, 0, 1)
            grid.addWidget(self.slider, 1, 0, 1, 2)
        grid.addWidget(self._words, 2, 0, 1, 2)
        self.show_value(control.value)
        self.set_theme(theme)

    def show_value(self, value: int) -> None:
        """Show the camera's value, unless it is being turned or typed."""
        if self.switch is not None:
            with QSignalBlocker(self.switch):
                self.switch.setChecked(bool(value))
            return
        if self.slider.isSliderDown() or self.number.lineEdit().isModified():
            return
        for field in (self.slider, self.number):
            with QSignalBlocker(field):
                field.setValue(value)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._words.setStyleSheet(f"color: {theme.muted};")

    def _ask(self, value: int) -> None:
        if self.switch is None:
            for field in (self.slider, self.number):
                with QSignalBlocker(field):
                    field.setValue(value)
        self.changed.emit(self._control.key, value)
