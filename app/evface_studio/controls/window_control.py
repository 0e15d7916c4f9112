"""Sets what bounds the event window: a length, a number of events, or only that they fade."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QSlider, QWidget

from evface.events.catalogue import CATALOGUE
from evface_studio.controls.time_edit import CountEdit, TimeEdit
from evface_studio.look.text_size import bound_size
from evface_studio.look.theme import GRID
from evface_studio.view_state import (
    MAX_WINDOW_COUNT,
    MAX_WINDOW_US,
    MIN_WINDOW_COUNT,
    MIN_WINDOW_US,
    ViewState,
    WindowKind,
)
from evface_studio.wording import format_span

_STEPS_PER_DECADE = 50
_TIP = Qt.ItemDataRole.ToolTipRole.value


@dataclass(frozen=True)
class _Bound:
    """One way to bound the window: its words, its range, and where its value lives."""

    words: str
    tip: str
    named: str
    least: int
    most: int
    value: Callable[[ViewState], int]
    set_value: Callable[[ViewState, int], None]


_BOUNDS = {
    WindowKind.TIME: _Bound(
        "Window",
        "Events of this long before the moment shown",
        "Length of the event window",
        MIN_WINDOW_US,
        MAX_WINDOW_US,
        lambda view: view.window_us,
        ViewState.set_window_us,
    ),
    WindowKind.COUNT: _Bound(
        "Events",
        "So many events before the moment shown, however long they took",
        "Number of events in the window",
        MIN_WINDOW_COUNT,
        MAX_WINDOW_COUNT,
        lambda view: view.window_count,
        ViewState.set_window_count,
    ),
    WindowKind.FADING: _Bound(
        "Fading",
        "All events, fading to a third in this long",
        "Time in which events fade",
        MIN_WINDOW_US,
        MAX_WINDOW_US,
        lambda view: view.fading_us,
        ViewState.set_fading_us,
    ),
}
_FADES_TIP = "Only time surfaces and leaky sums fade across windows"


class WindowControl(QWidget):
    """A list of bounds, a logarithmic slider, and a field to type the value."""

    def __init__(self, view_state: ViewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view_state = view_state
        self._kind = QComboBox()
        self._kind.setAccessibleName("What bounds the event window")
        self._kind.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        for kind, bound in _BOUNDS.items():
            self._kind.addItem(bound.words, kind)
            self._kind.setItemData(self._kind.count() - 1, bound.tip, _TIP)
        self._slider = _LongSlider(Qt.Orientation.Horizontal)
        self._slider.setSingleStep(1)
        self._slider.setPageStep(_STEPS_PER_DECADE // 4)
        self._slider.setTickInterval(_STEPS_PER_DECADE)
        self._slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        bound_size(self._slider, least_width_px=8 * GRID)
        self._slider.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._length = TimeEdit(lambda length_us: format_span(length_us), "ms", 999_000)
        self._length.setToolTip("Type a length: 20 ms, 500 us, 0.1 s")
        self._count = CountEdit(MAX_WINDOW_COUNT)
        self._count.setToolTip("Type a number: 50 000, 50k, 1.5M")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        for widget in (self._kind, self._slider, self._length, self._count):
            layout.addWidget(widget)
        self._kind.activated.connect(self._on_kind_chosen)
        self._slider.valueChanged.connect(self._on_slider_moved)
        self._length.entered.connect(self._on_entered)
        self._count.entered.connect(self._on_entered)
        view_state.window_changed.connect(self._on_window_changed)
        view_state.appearance_changed.connect(self._on_window_changed)
        self._on_window_changed()

    @property
    def _bound(self) -> _Bound:
        return _BOUNDS[self._view_state.window_kind]

    @Slot(int)
    def _on_kind_chosen(self, row: int) -> None:
        self._view_state.set_window_kind(WindowKind(self._kind.itemData(row)))
        # A kind that cannot be shown leaves what is shown.
        self._on_window_changed()

    @Slot(int)
    def _on_slider_moved(self, step: int) -> None:
        bound = self._bound
        bound.set_value(self._view_state, value_of_step(step, bound.least))

    @Slot(object)
    def _on_entered(self, value: int) -> None:
        self._bound.set_value(self._view_state, value)

    @Slot()
    def _on_window_changed(self) -> None:
        kind, bound = self._view_state.window_kind, self._bound
        value = bound.value(self._view_state)
        self._kind.setCurrentIndex(self._kind.findData(kind))
        self._kind.setToolTip(bound.tip)
        self._allow_fading(CATALOGUE[self._view_state.representation].fades)
        edit, other = (
            (self._count, self._length) if kind is WindowKind.COUNT else (self._length, self._count)
        )
        other.hide()
        edit.show()
        edit.setAccessibleName(bound.named)
        edit.set_value(value)
        # Setting the slider must not round a value that was typed.
        self._slider.blockSignals(True)
        self._slider.setRange(0, step_of_value(bound.most, bound.least))
        self._slider.setValue(step_of_value(value, bound.least))
        self._slider.blockSignals(False)
        self._slider.setAccessibleName(bound.named)
        self._slider.setToolTip(bound.tip)

    def _allow_fading(self, is_allowed: bool) -> None:
        row = self._kind.findData(WindowKind.FADING)
        cast("QStandardItemModel", self._kind.model()).item(row).setEnabled(is_allowed)
        tip = _BOUNDS[WindowKind.FADING].tip if is_allowed else _FADES_TIP
        self._kind.setItemData(row, tip, _TIP)


class _LongSlider(QSlider):
    def sizeHint(self) -> QSize:
        return QSize(20 * GRID, super().sizeHint().height())


def value_of_step(step: int, least: int) -> int:
    """Return the value of the slider's step, to two digits."""
    exact = least * 10 ** (step / _STEPS_PER_DECADE)
    digit = 10 ** (math.floor(math.log10(exact) + 1e-9) - 1)
    return int(round(exact / digit) * digit)


def step_of_value(value: int, least: int) -> int:
    """Return the slider's step nearest to a value."""
    return round(_STEPS_PER_DECADE * math.log10(value / least))
