"""A dock with a slim header, as the panes have."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QDockWidget, QVBoxLayout, QWidget

from evface_studio.look.text_size import bound_size, scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.panes.pane import PaneHeader

_WIDTH = 34 * GRID


class SidePanel(QDockWidget):
    """Holds one list at the side of the window."""

    def __init__(
        self, title: str, content: QWidget, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(title, parent)
        self.setObjectName(title)
        self.setAccessibleName(title)
        self.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetMovable)
        self._header = PaneHeader(title, theme)
        # A dock asks its title for the height it would like, which only a layout answers.
        bar = QWidget()
        column = QVBoxLayout(bar)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._header)
        self.setTitleBarWidget(bar)
        content.setBackgroundRole(QPalette.ColorRole.Base)
        content.setAutoFillBackground(True)
        self.setWidget(content)
        bound_size(self, least_width_px=28 * GRID)

    @property
    def header(self) -> PaneHeader:
        """The line with its name."""
        return self._header

    def sizeHint(self) -> QSize:
        """Ask for the usual width."""
        return QSize(scaled(_WIDTH), super().sizeHint().height())

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._header.set_theme(theme)
