"""Sets the length of the event window."""

from __future__ import annotations

import math

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QWidget

from evface_studio.controls.time_edit import TimeEdit
from evface_studio.look.text_size import bound_size
from evface_studio.look.theme import GRID
from evface_studio.view_state import MAX_WINDOW_US, MIN_WINDOW_US, ViewState
from evface_studio.wording import format_span

_STEPS_PER_DECADE = 50
_N_STEPS = round(_STEPS_PER_DECADE * math.log10(MAX_WINDOW_US / MIN_WINDOW_US))


class WindowControl(QWidget):
    """A logarithmic slider from 100 us to 1 s, with a field to type the length."""

    def __init__(self, view_state: ViewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view_state = view_state
        self.label = QLabel("Window")
        self._slider = _LongSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, _N_STEPS)
        self._slider.setSingleStep(1)
        self._slider.setPageStep(_STEPS_PER_DECADE // 4)
        self._slider.setTickInterval(_STEPS_PER_DECADE)
        self._slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        bound_size(self._slider, least_width_px=8 * GRID)
        self._slider.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._slider.setAccessibleName("Length of the event window")
        self._slider.setToolTip("Events of this long before the moment shown are drawn")
        self._edit = TimeEdit(lambda length_us: format_span(length_us), "ms", 999_000)
        self._edit.setAccessibleName("Length of the event window")
        self._edit.setToolTip("Type a length: 20 ms, 500 us, 0.1 s")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        for widget in (self.label, self._slider, self._edit):
            layout.addWidget(widget)
        self._slider.valueChanged.connect(self._on_slider_moved)
        self._edit.entered.connect(view_state.set_window_us)
        view_state.window_changed.connect(self._on_window_changed)
        self._on_window_changed(view_state.window_us)

    @Slot(int)
    def _on_slider_moved(self, step: int) -> None:
        self._view_state.set_window_us(window_of_step(step))

    @Slot(int)
    def _on_window_changed(self, window_us: int) -> None:
        self._edit.set_value(window_us)
        # Setting the slider must not round a length that was typed.
        self._slider.blockSignals(True)
        self._slider.setValue(step_of_window(window_us))
        self._slider.blockSignals(False)


class _LongSlider(QSlider):
    def sizeHint(self) -> QSize:
        return QSize(20 * GRID, super().sizeHint().height())


def window_of_step(step: int) -> int:
    """Return the length of the slider's step, to two digits, us."""
    exact_us = MIN_WINDOW_US * 10 ** (step / _STEPS_PER_DECADE)
    digit = 10 ** (math.floor(math.log10(exact_us) + 1e-9) - 1)
    return int(round(exact_us / digit) * digit)


def step_of_window(window_us: int) -> int:
    """Return the slider's step nearest to a length."""
    return round(_STEPS_PER_DECADE * math.log10(window_us / MIN_WINDOW_US))
