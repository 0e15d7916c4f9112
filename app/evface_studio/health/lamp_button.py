"""The lamp at the bottom of the window: how good the recording shown is."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QToolButton, QWidget

from evface_studio.health.checking import HealthChecking, Progress
from evface_studio.health.words import lamp_colour, shape_of, title_of
from evface_studio.look.theme import Theme


class LampButton(QToolButton):
    """A click asks for the reasons. Hidden where nothing is open."""

    def __init__(
        self, checking: HealthChecking, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._checking = checking
        self._theme = theme
        self.setAutoRaise(True)
        checking.changed.connect(self._update)
        checking.went_on.connect(self._on_went_on)
        self._update()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._update()

    @Slot()
    def _update(self) -> None:
        checking, health = self._checking, self._checking.health
        title = title_of(checking.progress, health)
        self.setText(f"{shape_of(health)} {title}")
        colour = self._theme.muted if health is None else lamp_colour(health.lamp, self._theme)
        self.setStyleSheet(f"QToolButton {{ color: {colour}; }}")
        said = [checking.problem] if checking.problem else []
        if health is not None:
            said += [reason.words for reason in health.reasons]
        self.setToolTip("\n".join(["Health of the recording", *said]))
        self.setAccessibleName(f"Health of the recording: {title}")
        self.setVisible(checking.progress is not Progress.NOTHING_OPEN)

    @Slot(float)
    def _on_went_on(self, fraction: float) -> None:
        if self._checking.progress is Progress.CHECKING:
            self.setText(f"{shape_of(None)} Checking {fraction:.0%}")
