"""How large text is, and what grows with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QSize
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

# Per cent of the system's own size that are offered.
TEXT_PERCENTS = (100, 125, 150, 175, 200)

# Properties that applications and widgets carry.
_PERCENT = "text_percent"
_BASE_POINTS = "text_base_points"
_ICON = "unscaled_icon"
_FACTOR = "text_factor"
_WIDTH, _HEIGHT = "unscaled_width", "unscaled_height"
_LEAST_WIDTH, _LEAST_HEIGHT = "unscaled_least_width", "unscaled_least_height"
_MOST_WIDTH = "unscaled_most_width"
_SETTERS: Mapping[str, Callable[[QWidget, int], None]] = {
    _WIDTH: QWidget.setFixedWidth,
    _HEIGHT: QWidget.setFixedHeight,
    _LEAST_WIDTH: QWidget.setMinimumWidth,
    _LEAST_HEIGHT: QWidget.setMinimumHeight,
    _MOST_WIDTH: QWidget.setMaximumWidth,
}


def scaled(length_px: float) -> int:
    """Return a length that was drawn up for text of the usual size, at the size of text now.

    Parameters
    ----------
    length_px
        Device-independent pixels at 100 %.
    """
    return round(length_px * _percent() / 100)


def scaled_in(widget: QWidget, length_px: float) -> int:
    """Return a length as `scaled`, in a widget that may be written larger than elsewhere."""
    return scaled(length_px * (widget.property(_FACTOR) or 1.0))


def fix_size(widget: QWidget, *, width_px: int | None = None, height_px: int | None = None) -> None:
    """Give a widget a width, a height or both that grow with text."""
    for name, length_px in ((_WIDTH, width_px), (_HEIGHT, height_px)):
        if length_px is not None:
            widget.setProperty(name, length_px)
    _apply_to(widget)


def bound_size(
    widget: QWidget,
    *,
    least_width_px: int | None = None,
    least_height_px: int | None = None,
    most_width_px: int | None = None,
) -> None:
    """Give a widget bounds that grow with text."""
    for name, length_px in (
        (_LEAST_WIDTH, least_width_px),
        (_LEAST_HEIGHT, least_height_px),
        (_MOST_WIDTH, most_width_px),
    ):
        if length_px is not None:
            widget.setProperty(name, length_px)
    _apply_to(widget)


def set_icon_size(button: QAbstractButton, side_px: int) -> None:
    """Give a button an icon that grows with text."""
    button.setProperty(_ICON, side_px)
    _apply_to(button)


def set_text_factor(widget: QWidget, factor: float) -> None:
    """Write in a widget larger, or smaller, than elsewhere, whatever the size of text."""
    widget.setProperty(_FACTOR, factor)
    _apply_to(widget)


def apply_text_size(application: QApplication, percent: int) -> None:
    """Write everything larger; whatever was given a size above follows."""
    base_points = application.property(_BASE_POINTS)
    if base_points is None:
        base_points = application.font().pointSizeF()
        application.setProperty(_BASE_POINTS, base_points)
    application.setProperty(_PERCENT, percent)
    font = QFont(application.font())
    font.setPointSizeF(base_points * percent / 100)
    application.setFont(font)
    for widget in application.allWidgets():
        _apply_to(widget)


def _percent() -> float:
    application = QApplication.instance()
    percent = None if application is None else application.property(_PERCENT)
    return 100 if percent is None else float(percent)


def _apply_to(widget: QWidget) -> None:
    factor = widget.property(_FACTOR)
    if factor is not None:
        font = QFont(widget.font())
        font.setPointSizeF(QApplication.font().pointSizeF() * factor)
        widget.setFont(font)
    for name, set_length in _SETTERS.items():
        length_px = widget.property(name)
        if length_px is not None:
            set_length(widget, scaled(length_px))
    icon_px = widget.property(_ICON)
    if icon_px is not None and isinstance(widget, QAbstractButton):
        widget.setIconSize(QSize(scaled(icon_px), scaled(icon_px)))
