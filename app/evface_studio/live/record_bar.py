"""Asks for consent before something is recorded, and says how the recording is going."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from evface_studio.look.accessibility import set_role
from evface_studio.look.text_size import fix_size, scaled, set_text_factor
from evface_studio.look.theme import GRID, Theme
from evface_studio.wording import format_count

if TYPE_CHECKING:
    from evface.live.recorder import RecorderState

CONSENT = (
    "Has everybody in view agreed to be recorded? Their face will be kept on this computer, "
    "as events and as video."
)
_RED = "#e5484d"
_BLINK_MS = 500
_LARGE = 1.5


class RecordBar(QWidget):
    """Hidden while nothing is recorded and nobody asks to."""

    # The person says that all agreed.
    agreed = Signal()
    stop_asked = Signal()
    annotate_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._is_recording = False
        self._light = _RedLight()
        self._text = QLabel()
        self._text.setWordWrap(True)
        font = self._text.font()
        font.setFeature(QFont.Tag("tnum"), 1)
        self._text.setFont(font)
        self.yes = QPushButton("They agreed: record (V)")
        self.yes.setProperty("primary", True)
        self.no = QPushButton("Cancel (Esc)")
        self.annotate = QPushButton("Annotate it now (A)")
        self.annotate.setToolTip("Open the recording in the project; it goes on meanwhile")
        self.stop = QPushButton("Stop recording (V)")
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID, GRID, GRID, GRID)
        row.setSpacing(GRID + GRID // 2)
        row.addWidget(self._light)
        row.addWidget(self._text, 1)
        for button in (self.yes, self.no, self.annotate, self.stop):
            row.addWidget(button)
        self.yes.clicked.connect(self._on_yes)
        self.no.clicked.connect(self.hide)
        self.stop.clicked.connect(self.stop_asked)
        self.annotate.clicked.connect(self.annotate_asked)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        set_role(self, QAccessible.Role.AlertMessage, "Recording")
        self.set_theme(theme)
        self.hide()

    @property
    def text(self) -> str:
        """What is said."""
        return self._text.text()

    @property
    def is_asking(self) -> bool:
        """Whether it waits for consent."""
        return self.isVisible() and not self._is_recording

    def ask(self) -> None:
        """Ask for consent."""
        if not self._is_recording:
            self._text.setText(CONSENT)
            self._show(is_recording=False)
            self.yes.setFocus()

    def show_recording(self, state: RecorderState | None, *, is_on: bool, is_listed: bool) -> None:
        """Say how a recording is going; hide where there is none.

        Parameters
        ----------
        is_listed
            Whether a project has it already.
        """
        if not is_on:
            if self._is_recording:
                self._is_recording = False
                self._light.set_lit(False)
                self.hide()
            return
        self._text.setText("One moment…" if state is None else words_of(state))
        self._show(is_recording=True)
        self.annotate.setVisible(is_listed)

    def set_large(self, is_large: bool) -> None:
        """Write so that it is read from afar, or as usual."""
        for part in (self._text, self.yes, self.no, self.annotate, self.stop):
            set_text_factor(part, _LARGE if is_large else 1.0)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._text.setStyleSheet(f"color: {theme.text};")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Fill, with a red edge while something is recorded."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.raised))
        colour = _RED if self._is_recording else self._theme.accent
        painter.fillRect(0, 0, GRID // 2, self.height(), QColor(colour))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(self._theme.border))
        painter.end()

    def _show(self, *, is_recording: bool) -> None:
        self._is_recording = is_recording
        self._light.setVisible(is_recording)
        self._light.set_lit(is_recording)
        for button in (self.yes, self.no):
            button.setVisible(not is_recording)
        for button in (self.stop, self.annotate):
            button.setVisible(is_recording)
        self.show()
        self.update()

    def _on_yes(self) -> None:
        self.hide()
        self.agreed.emit()


class _RedLight(QWidget):
    """A red light, which fades and comes again so that it is noticed."""

    def __init__(self) -> None:
        super().__init__()
        self._is_full = True
        fix_size(self, width_px=2 * GRID, height_px=2 * GRID)
        set_role(self, QAccessible.Role.Graphic, "Recording")
        self._blink = QTimer(self)
        self._blink.setInterval(_BLINK_MS)
        self._blink.timeout.connect(self._on_blink)

    def set_lit(self, is_lit: bool) -> None:
        """Light up, or not."""
        if is_lit != self._blink.isActive():
            if is_lit:
                self._blink.start()
            else:
                self._blink.stop()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the light; it never goes out wholly."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        colour = QColor(_RED)
        colour.setAlphaF(1.0 if self._is_full else 0.55)
        painter.setBrush(colour)
        side = scaled(GRID + GRID // 2)
        painter.drawEllipse(
            QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        )
        painter.end()

    def _on_blink(self) -> None:
        self._is_full = not self._is_full
        self.update()


def words_of(state: RecorderState) -> str:
    """Return how long, how large and how fast a recording is, and how much more there is room."""
    minutes, seconds = divmod(int(state.duration_s), 60)
    words = [
        f"Recording {minutes}:{seconds:02d}",
        f"{_size(state.n_bytes)} at {_size(state.bytes_per_s)}/s",
        f"{_size(state.free_bytes)} free{_for_how_long(state.left_s)}",
    ]
    if state.n_dropped:
        words.append(f"{format_count(state.n_dropped)} lost")
    return "   ·   ".join(words)


def _for_how_long(left_s: float | None) -> str:
    if left_s is None:
        return ""
    if left_s > 48 * 3600:
        return ", for days"
    if left_s > 7200:
        return f", for {left_s / 3600:.0f} hours"
    if left_s > 120:
        return f", for {left_s / 60:.0f} min"
    return f", for {left_s:.0f} s"


def _size(n_bytes: float) -> str:
    for factor, unit in ((1e9, "GB"), (1e6, "MB")):
        if n_bytes >= factor:
            return f"{n_bytes / factor:.1f}\u202f{unit}"
    return f"{n_bytes / 1e3:.0f}\u202fkB"
