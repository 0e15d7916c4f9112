"""The line above the pictures of a live view."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from evface_studio.health.words import LOOKS, lamp_colour
from evface_studio.live.words import Verdict
from evface_studio.look.icons import icon
from evface_studio.look.text_size import set_icon_size
from evface_studio.look.theme import GRID, ICON, Theme


class TopBar(QWidget):
    """Which camera it is, how it is doing, and what can be done."""

    cameras_asked = Signal()
    record_asked = Signal()
    operating_asked = Signal()
    side_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._verdict: Verdict | None = None
        self.cameras = QPushButton("Cameras")
        self.cameras.setToolTip("Choose another camera")
        self._name = QLabel()
        font = self._name.font()
        font.setWeight(QFont.Weight.DemiBold)
        self._name.setFont(font)
        self.lamp = QLabel()
        self.record = QPushButton("Record…")
        self.operate = QPushButton("Full screen")
        self.operate.setToolTip("For an audience: full screen, by keyboard only (F11)")
        self.side = QToolButton()
        self.side.setAutoRaise(True)
        self.side.setCheckable(True)
        self.side.setChecked(True)
        self.side.setToolTip("Show or hide the settings")
        self.side.setAccessibleName("Settings")
        set_icon_size(self.side, ICON)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        row.setSpacing(GRID)
        row.addWidget(self.cameras)
        row.addWidget(self._name)
        row.addWidget(self.lamp)
        row.addStretch(1)
        row.addWidget(self.record)
        row.addWidget(self.operate)
        row.addWidget(self.side)
        self.cameras.clicked.connect(self.cameras_asked)
        self.record.clicked.connect(self.record_asked)
        self.operate.clicked.connect(self.operating_asked)
        self.side.clicked.connect(self.side_asked)
        self.set_theme(theme)

    @property
    def camera(self) -> str:
        """Which camera is said to be shown; empty for none."""
        return self._name.text()

    def show_camera(self, name: str) -> None:
        """Say which camera is shown; empty for none."""
        self._name.setText(name)

    def show_recording(self, *, is_on: bool) -> None:
        """Say that something is being recorded, or not."""
        self.record.setEnabled(not is_on)

    def show_verdict(self, verdict: Verdict | None) -> None:
        """Say how the camera is doing."""
        if verdict == self._verdict:
            return
        self._verdict = verdict
        self._paint_lamp()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.side.setIcon(icon("colours", theme))
        self._paint_lamp()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Fill, and draw the line below."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.surface))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(self._theme.border))
        painter.end()

    def _paint_lamp(self) -> None:
        verdict = self._verdict
        if verdict is None:
            self.lamp.clear()
            return
        known = verdict.lamp
        shape = "○" if known is None else LOOKS[known].shape
        colour = self._theme.muted if known is None else lamp_colour(known, self._theme)
        self.lamp.setText(f"{shape} {verdict.title}")
        self.lamp.setStyleSheet(f"color: {colour};")
        self.lamp.setToolTip("\n".join(verdict.reasons))
        self.lamp.setAccessibleName(f"Health of the camera: {verdict.title}")
