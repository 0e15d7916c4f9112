"""Icons: one-colour drawings that take their colour from the theme."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from evface_resources import path
from evface_studio.look.theme import Theme

# Device pixels: what buttons, menus and lists ask for on ordinary and on dense screens.
_SIZES = (16, 18, 20, 24, 32, 36, 48)


def icon(name: str, theme: Theme) -> QIcon:
    """Return an icon in the colour of text, faded where it is disabled.

    Parameters
    ----------
    name
        Name of a file in ``evface_resources/icons``, without its ending.

    Raises
    ------
    FileNotFoundError
        If there is no such drawing.
    """
    return coloured_icon(name, theme.text, theme.disabled)


@cache
def coloured_icon(name: str, colour: str, disabled: str | None = None) -> QIcon:
    """Return an icon in any colour, the same where it is disabled unless another is given."""
    made = QIcon()
    for size in _SIZES:
        made.addPixmap(_draw(name, colour, size), QIcon.Mode.Normal)
        made.addPixmap(_draw(name, colour, size), QIcon.Mode.Selected)
        made.addPixmap(_draw(name, disabled or colour, size), QIcon.Mode.Disabled)
    return made


def pixmap(name: str, colour: str, size: int) -> QPixmap:
    """Return a drawing of `size` device-independent pixels, sharp on dense screens."""
    drawn = QPixmap(_draw(name, colour, 2 * size))
    drawn.setDevicePixelRatio(2)
    return drawn


def application_icon() -> QIcon:
    """Return the application's own icon, in its own colours."""
    made = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        drawn = _empty(size)
        painter = QPainter(drawn)
        _renderer("evface").render(painter, QRectF(0, 0, size, size))
        painter.end()
        made.addPixmap(drawn)
    return made


@cache
def _renderer(name: str) -> QSvgRenderer:
    return QSvgRenderer(str(path(f"icons/{name}.svg")))


def _empty(size: int) -> QPixmap:
    drawn = QPixmap(size, size)
    drawn.fill(Qt.GlobalColor.transparent)
    return drawn


@cache
def _draw(name: str, colour: str, size: int) -> QPixmap:
    renderer = _renderer(name)
    drawn = _empty(size)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(drawn.rect(), QColor(colour))
    painter.end()
    return drawn
