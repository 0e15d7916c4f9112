"""Rows of a name and a value, and the frame they stand in."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from evface_studio.look.text_size import bound_size
from evface_studio.look.theme import GRID, Theme

# A value that is missing.
NONE = "–"


class Facts(QWidget):
    """What is known, one row each; values can be copied.

    Parameters
    ----------
    names
        Of the rows, from the top.
    """

    def __init__(self, names: tuple[str, ...], theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # A form layout gives wrapped values less height than they ask for.
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GRID + GRID // 2)
        grid.setVerticalSpacing(GRID // 2)
        grid.setColumnStretch(1, 1)
        self._values: dict[str, QLabel] = {}
        self._names: list[QLabel] = []
        for row, name in enumerate(names):
            value = QLabel(NONE)
            font = value.font()
            font.setFeature(QFont.Tag("tnum"), 1)
            value.setFont(font)
            value.setWordWrap(True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            title = QLabel(name)
            bound_size(title, least_width_px=9 * GRID)
            title.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
            self._names.append(title)
            self._values[name] = value
            grid.addWidget(title, row, 0)
            grid.addWidget(value, row, 1)
        self.set_theme(theme)

    def value(self, name: str) -> str:
        """Return what stands in a row."""
        return self._values[name].text()

    def set_value(self, name: str, text: str, colour: str = "", tip: str = "") -> None:
        """Say something in a row, in a colour of its own where that matters."""
        label = self._values[name]
        style = f"color: {colour};" if colour else ""
        # A style is computed anew even where it is the same, and these follow a playing recording.
        if label.styleSheet() != style:
            label.setStyleSheet(style)
        label.setText(text or NONE)
        label.setToolTip(tip)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        for title in self._names:
            title.setStyleSheet(f"color: {theme.muted};")


class Section(QWidget):
    """A title above whatever belongs to it."""

    def __init__(self, title: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel(title)
        font = self._title.font()
        font.setWeight(QFont.Weight.DemiBold)
        self._title.setFont(font)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(GRID + GRID // 2, GRID + GRID // 2, GRID + GRID // 2, GRID)
        self.column.setSpacing(GRID)
        self.column.addWidget(self._title)
        self.theme = theme

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self.theme = theme


def quality_colour(theme: Theme, quality: str) -> str:
    """Return the colour of a quality: ``"good"``, ``"fair"``, ``"bad"`` or ``"assumed"``."""
    return {"good": theme.good, "fair": theme.warn, "bad": theme.error}.get(quality, theme.muted)
