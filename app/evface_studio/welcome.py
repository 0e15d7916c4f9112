"""What is shown while nothing is open: what to do, and what was open last."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from evface_studio.look.icons import application_icon, coloured_icon, icon, pixmap
from evface_studio.look.text_size import bound_size, scaled, set_icon_size, set_text_factor
from evface_studio.look.theme import GRID, ICON, Theme
from evface_studio.settings import Settings

_WIDTH = 560


class WelcomePage(QWidget):
    """Opens, or makes, a first recording."""

    open_asked = Signal()
    demo_asked = Signal()
    # Paths of a recent project or of recent media.
    recent_chosen = Signal(object)

    def __init__(self, settings: Settings, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._theme = theme
        column = QWidget()
        bound_size(column, least_width_px=_WIDTH, most_width_px=_WIDTH)
        self._lines = QVBoxLayout(column)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(0)
        self._add_title()
        self._lines.addSpacing(4 * GRID)
        self._add_buttons()
        self._lines.addSpacing(2 * GRID)
        self._drop = DropHint(theme)
        self._lines.addWidget(self._drop)
        self._lines.addSpacing(4 * GRID)
        self._recent_title = QLabel("Recent")
        self._recent_title.setFont(_bold(self._recent_title.font()))
        self._lines.addWidget(self._recent_title)
        self._lines.addSpacing(GRID)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        self._lines.addLayout(self._recent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 3 * GRID)
        layout.addStretch(2)
        layout.addWidget(column, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        settings.recent_changed.connect(self._fill_recent)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._motto.setStyleSheet(f"color: {theme.muted};")
        self._open.setIcon(coloured_icon("open", theme.accent_text))
        self._demo.setIcon(icon("demo", theme))
        self._drop.set_theme(theme)
        self._fill_recent()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Fill."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.background))
        painter.end()

    def _add_title(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        picture = QLabel()
        picture.setPixmap(application_icon().pixmap(QSize(56, 56), self.devicePixelRatioF()))
        title = QLabel("evface studio")
        font = title.font()
        font.setWeight(QFont.Weight.DemiBold)
        title.setFont(font)
        set_text_factor(title, 2.2)
        self._motto = QLabel("Show, label and learn faces recorded by event cameras")
        words = QVBoxLayout()
        words.setSpacing(GRID // 2)
        words.addWidget(title)
        words.addWidget(self._motto)
        row.addWidget(picture)
        row.addLayout(words, 1)
        self._lines.addLayout(row)

    def _add_buttons(self) -> None:
        self._open = QPushButton(" Open…")
        self._open.setProperty("primary", True)
        self._open.setToolTip("Open a project, or an event file with or without its video")
        self._demo = QPushButton(" Try the demo")
        self._demo.setToolTip(
            "Make a recording whose truth is known, process it, and open it. Needs no camera, no "
            "network and about a minute."
        )
        row = QHBoxLayout()
        row.setSpacing(GRID)
        for button in (self._open, self._demo):
            set_icon_size(button, ICON)
            bound_size(button, least_height_px=5 * GRID)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            row.addWidget(button)
        self._open.clicked.connect(self.open_asked)
        self._demo.clicked.connect(self.demo_asked)
        self._lines.addLayout(row)

    def _fill_recent(self) -> None:
        while (item := self._recent.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        entries = self._settings.recent
        self._recent_title.setVisible(bool(entries))
        for paths in entries:
            self._recent.addWidget(self._recent_button(paths))

    def _recent_button(self, paths: tuple[Path, ...]) -> QToolButton:
        button = QToolButton()
        button.setAutoRaise(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        is_project = paths[0].suffix == ".evface"
        button.setIcon(coloured_icon("project" if is_project else "events", self._theme.muted))
        set_icon_size(button, ICON)
        names = " + ".join(path.name for path in paths)
        text = f" {names}    {_short(paths[0].parent)}"
        button.setText(
            button.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, scaled(500))
        )
        button.setToolTip("\n".join(map(str, paths)))
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        bound_size(button, least_height_px=4 * GRID)
        button.clicked.connect(lambda: self.recent_chosen.emit(paths))
        return button


class DropHint(QFrame):
    """A dashed frame that says what can be dropped."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._text = QLabel(
            "or drop files here: a project, an event file,\n"
            "or an event file together with its video",
            alignment=Qt.AlignmentFlag.AlignCenter,
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 3 * GRID, 2 * GRID, 3 * GRID)
        layout.setSpacing(GRID)
        layout.addWidget(self._picture)
        layout.addWidget(self._text)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._picture.setPixmap(pixmap("drop", theme.muted, scaled(3 * GRID)))
        self._text.setStyleSheet(f"color: {theme.muted};")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the dashed frame."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(self._theme.border), 1.5, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), GRID, GRID)
        painter.end()


def _bold(font: QFont) -> QFont:
    font.setWeight(QFont.Weight.DemiBold)
    return font


def _short(folder: Path) -> str:
    try:
        return str(Path("~") / folder.relative_to(Path.home()))
    except ValueError:
        return str(folder)
