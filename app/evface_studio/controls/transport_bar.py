"""The row of controls under the pictures: time, speed, window and how events are drawn."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from evface_studio.actions.keymap import stand_for
from evface_studio.controls.appearance_control import AppearanceControl
from evface_studio.controls.time_edit import TimeEdit
from evface_studio.controls.window_control import WindowControl
from evface_studio.look.icons import icon
from evface_studio.look.text_size import fix_size, scaled, set_icon_size
from evface_studio.look.theme import GRID, ICON, Theme
from evface_studio.playback import SPEEDS, Playback
from evface_studio.view_state import ViewState
from evface_studio.wording import format_speed, format_time

_HEIGHT = 48
# Widths below which parts are left out.
_ROOMY, _NARROW, _NARROWEST = 1020, 860, 720


class TransportBar(QWidget):
    """Plays, steps and seeks, and says where time is."""

    def __init__(
        self,
        view_state: ViewState,
        playback: Playback,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._view_state = view_state
        self._playback = playback
        self._theme = theme
        self._icons: dict[QToolButton, str] = {}
        fix_size(self, height_px=_HEIGHT)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(GRID + GRID // 2, 0, GRID + GRID // 2, 0)
        self._layout.setSpacing(GRID // 2)
        to_start = self._add_button("to_start", "Go to the start", lambda: playback.seek(0))
        step_back = self._add_button("step_back", "Back by a frame", lambda: playback.step(-1))
        self._play = self._add_button("play", "Play", playback.toggle)
        step_forward = self._add_button("step_forward", "On by a frame", lambda: playback.step(1))
        to_end = self._add_button(
            "to_end", "Go to the end", lambda: playback.seek(view_state.duration_us)
        )
        for button in (to_start, step_back, step_forward, to_end):
            stand_for(button, self._icons[button])
        self._layout.addSpacing(GRID)
        self._time = TimeEdit(format_time, "s", 59_999_999)
        self._time.setAccessibleName("Time")
        self._time.setToolTip("The moment shown. Type another: 1.9, 200 ms, 2:05.5")
        self._duration = QLabel()
        self._duration.setAccessibleName("Length of the recording")
        self._layout.addWidget(self._time)
        self._layout.addWidget(self._duration)
        self._layout.addSpacing(GRID)
        self._speed = QComboBox()
        self._speed.setAccessibleName("Speed")
        self._speed.setToolTip("How fast time runs")
        for speed in SPEEDS:
            self._speed.addItem(format_speed(speed), speed)
        self._layout.addWidget(self._speed)
        self._layout.addSpacing(2 * GRID)
        self._layout.addStretch(1)
        window = WindowControl(view_state)
        self._layout.addWidget(window)
        self._line = QFrame()
        self._line.setFixedWidth(1)
        fix_size(self._line, height_px=3 * GRID)
        self._layout.addSpacing(GRID)
        self._layout.addWidget(self._line)
        self._layout.addSpacing(GRID)
        appearance = AppearanceControl(view_state)
        self._layout.addWidget(appearance)
        # What can be spared in a narrow window, first things first; keys and menus remain.
        self._spared: tuple[tuple[int, tuple[QWidget, ...]], ...] = (
            (_ROOMY, (self._duration,)),
            (_NARROW, (to_start, to_end, self._line)),
            (_NARROWEST, (appearance,)),
        )
        self._layout.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        self._time.entered.connect(playback.seek)
        self._speed.activated.connect(self._on_speed_chosen)
        view_state.time_changed.connect(self._time.set_value)
        view_state.duration_changed.connect(self._on_duration_changed)
        view_state.playing_changed.connect(self._on_playing_changed)
        view_state.speed_changed.connect(self._on_speed_changed)
        self._time.set_value(view_state.time_us)
        self._on_duration_changed(view_state.duration_us)
        self._on_speed_changed(view_state.speed)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        for button, name in self._icons.items():
            button.setIcon(icon(name, theme))
        self._line.setStyleSheet(f"background: {theme.border};")
        self._duration.setStyleSheet(f"color: {theme.muted};")
        self.update()

    def minimumSizeHint(self) -> QSize:
        """Fit into the narrowest window."""
        return QSize(_NARROWEST // 2, scaled(_HEIGHT))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what there is no room for."""
        super().resizeEvent(event)
        for least, widgets in self._spared:
            for widget in widgets:
                widget.setVisible(self.width() >= scaled(least))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Fill, with a line above."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.surface))
        painter.fillRect(0, 0, self.width(), 1, QColor(self._theme.border))
        painter.end()

    def _add_button(self, name: str, tip: str, action: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setAutoRaise(True)
        fix_size(button, width_px=4 * GRID, height_px=4 * GRID)
        set_icon_size(button, ICON)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda: action())
        self._icons[button] = name
        self._layout.addWidget(button)
        return button

    @Slot(object)
    def _on_duration_changed(self, duration_us: int) -> None:
        self._duration.setText(f"/ {format_time(duration_us)}")
        self.setEnabled(duration_us > 0)

    @Slot(bool)
    def _on_playing_changed(self, is_playing: bool) -> None:
        self._icons[self._play] = "pause" if is_playing else "play"
        self._play.setIcon(icon(self._icons[self._play], self._theme))
        self._play.setToolTip("Pause" if is_playing else "Play")
        self._play.setAccessibleName(self._play.toolTip())

    @Slot(float)
    def _on_speed_changed(self, speed: float) -> None:
        row = next((i for i, usual in enumerate(SPEEDS) if abs(usual - speed) < 1e-6), -1)
        self._speed.setPlaceholderText(format_speed(speed))
        self._speed.setCurrentIndex(row)

    @Slot(int)
    def _on_speed_chosen(self, row: int) -> None:
        self._view_state.set_speed(SPEEDS[row])
