"""Fields for what people set about a filter."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import Field
from typing import Any

from PySide6.QtCore import QSignalBlocker, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QSizePolicy,
    QSpinBox,
    QWidget,
)

from evface.events.filters.filter import Filter, Said
from evface_studio.controls.still_wheel import StillWheel
from evface_studio.look.text_size import bound_size
from evface_studio.look.theme import GRID, Theme

# Turning a number makes one change, once it rests for so long.
_REST_MS = 400


class FilterFields(QWidget):
    """A row for each parameter: what it is, and its value.

    Parameters
    ----------
    one
        The filter that is shown first; those shown later are of the same kind.
    names
        Of the parameters that are offered; all where None.
    """

    # Something was chosen, or a number was set and rests.
    changed = Signal()

    def __init__(self, one: Filter, names: Container[str] | None = None) -> None:
        super().__init__()
        self.fields: dict[str, QWidget] = {}
        self._labels: list[QLabel] = []
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self.settle)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(GRID // 2)
        grid.setColumnStretch(1, 1)
        for field, said in one.parameters():
            if names is not None and field.name not in names:
                continue
            label = QLabel(said.words)
            self._labels.append(label)
            self.fields[field.name] = widget = self._field(field, said)
            StillWheel(widget)
            widget.setAccessibleName(f"{one.title}: {said.words}")
            label.setBuddy(widget)
            row = len(self.fields)
            grid.addWidget(label, row, 0)
            grid.addWidget(widget, row, 1)
        self.show_filter(one)

    def show_filter(self, one: Filter) -> None:
        """Show the values of a filter. What is being typed stays."""
        if self._rest.isActive():
            return
        for name, field in self.fields.items():
            with QSignalBlocker(field):
                _set_value(field, getattr(one, name))

    def take(self) -> Mapping[str, Any]:
        """Return the values as they stand, whether they rest or not; they count as told then."""
        self._rest.stop()
        return {name: _value_of(field) for name, field in self.fields.items()}

    @Slot()
    def settle(self) -> None:
        """Tell at once what was typed or turned."""
        self._rest.stop()
        self.changed.emit()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        for label in self._labels:
            label.setStyleSheet(f"color: {theme.muted};")

    def _field(self, field: Field[Any], said: Said) -> QWidget:
        if said.choices:
            combo = QComboBox()
            combo.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            combo.setMinimumContentsLength(6)
            for value, words in said.choices:
                combo.addItem(words, value)
            combo.currentIndexChanged.connect(self.settle)
            return combo
        box: QSpinBox | QDoubleSpinBox
        if isinstance(field.default, int):
            box = QSpinBox()
            box.setRange(int(said.least), int(said.most))
            box.setStepType(QSpinBox.StepType.AdaptiveDecimalStepType)
            box.setGroupSeparatorShown(True)
        else:
            box = QDoubleSpinBox()
            box.setDecimals(2)
            box.setRange(max(said.least, 0.01), said.most)
            box.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        box.setKeyboardTracking(False)
        box.setSuffix(f" {said.unit}" if said.unit else "")
        # A field as wide as its largest number would be wider than the panel.
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        bound_size(box, least_width_px=11 * GRID)
        box.valueChanged.connect(lambda _value: self._rest.start())
        box.editingFinished.connect(self.settle)
        return box


def _value_of(field: QWidget) -> Any:
    if isinstance(field, QComboBox):
        return field.currentData()
    return field.value() if isinstance(field, QSpinBox | QDoubleSpinBox) else None


def _set_value(field: QWidget, value: Any) -> None:
    if isinstance(field, QComboBox):
        field.setCurrentIndex(field.findData(value))
    elif isinstance(field, QSpinBox | QDoubleSpinBox):
        field.setValue(value)
